"""The units of a day, or everything that is known of one: described by feeds, named by people, or both."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from domain.units import Unit, UnitId, above, units_of
from store.history import roster
from syncd.facts.units import units_as_known
from syncd.world import World


@dataclass(frozen=True, slots=True)
class SeenUnit:
    """One unit over some days.

    unit     what a feed says of it; None where people alone name it
    above    the units above it on that day, from its parent up
    members  who is in it itself that day, in any post: people's numbers
    """

    id: UnitId
    unit: Unit | None
    above: tuple[UnitId, ...] = ()
    members: tuple[int, ...] = ()


def units_on(tx: Connection, world: World, day: date, revision: int) -> list[SeenUnit]:
    """Give the units that there are on a day, as known at a revision, by kind and id."""
    there = {one.id: one for one in units_as_known(tx, world, revision) if one.start <= day < one.end}
    members: dict[UnitId, set[int]] = {}
    for held in roster(tx, day, revision, everyone=False):
        for unit in units_of(held.version.attributes):
            members.setdefault(unit, set()).add(held.version.person)
    named = {one.parent for one in there.values() if one.parent}
    return [
        SeenUnit(one, there.get(one), above(there, one), tuple(sorted(members.get(one, ()))))
        for one in sorted({*there, *members, *named})
    ]


def history_of_unit(tx: Connection, world: World, unit: str, revision: int) -> list[SeenUnit]:
    """Give everything that feeds say of the units with an id, by kind and day."""
    return [SeenUnit(one.id, one) for one in units_as_known(tx, world, revision) if one.id.unit == unit]
