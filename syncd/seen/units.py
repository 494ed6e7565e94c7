"""The units of a day, or everything that is known of one: described by feeds, named by people, or both.

Who does not see everybody sees the units that somebody in their sight is in on that day, and what is above those.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from domain.member import Membership, memberships_in
from domain.rights import EVERYBODY, Sight
from domain.step import FOREVER
from domain.units import Unit, UnitId, above, units_of
from store.database import reading
from store.history import KnownVersion
from syncd.documents import Document
from syncd.facts.units import units_as_known
from syncd.options import revision_named
from syncd.seen.people import roster_seen
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


@dataclass(frozen=True, slots=True)
class UnitPortrait:
    """Everything a page shows of one unit: on a day, what is right below it, who is in it, and over all days.

    members  each post that is in it that day, with the membership that says so; None where a plain value does
    history  its names and parents, by day; empty where no feed describes it
    names    what the units that are seen on that day are called
    """

    day: SeenUnit
    below: Sequence[SeenUnit]
    members: Sequence[tuple[KnownVersion, Membership | None]]
    history: Sequence[Unit]
    names: Mapping[UnitId, str]


def units_seen(world: World, day: date, sight: Sight = EVERYBODY, *, known_at: str | None = None) -> list[SeenUnit]:
    """Give the units that there are on a day, as known at a revision or a moment, by kind and id."""
    with reading(world.database) as tx:
        revision = revision_named(tx, known_at)
        people = roster_seen(tx, world, sight, day, revision, everyone=False)
        return _on(units_as_known(tx, world, revision), people, day, sight)


def unit_history(world: World, unit: str, *, known_at: str | None = None) -> list[SeenUnit]:
    """Give everything that feeds say of the units with an id, by kind and day."""
    with reading(world.database) as tx:
        known = units_as_known(tx, world, revision_named(tx, known_at))
    return [SeenUnit(one.id, one) for one in known if one.id.unit == unit]


def unit_portrait(
    world: World, wanted: UnitId, day: date, sight: Sight = EVERYBODY, *, known_at: str | None = None
) -> UnitPortrait | None:
    """Give everything of one unit; None where there is none, or none they see."""
    with reading(world.database) as tx:
        revision = revision_named(tx, known_at)
        people = roster_seen(tx, world, sight, day, revision, everyone=False)
        known = units_as_known(tx, world, revision)
    units = {one.id: one for one in _on(known, people, day, sight)}
    history = [one for one in known if one.id == wanted]
    if wanted not in units and not (sight.everybody and history):
        return None
    return UnitPortrait(
        day=units.get(wanted, SeenUnit(wanted, None)),
        below=[one for one in units.values() if one.above[:1] == (wanted,)],
        members=[(one, _by(one, wanted)) for one in people if wanted in units_of(one.version.attributes)],
        history=history,
        names=names_on(units.values()),
    )


def is_like(one: SeenUnit, text: str | None) -> bool:
    """Tell whether a text stands in a unit's id or name, capitals or not."""
    like = text.strip().casefold() if text else ""
    return like in one.id.unit.casefold() or like in ((one.unit and one.unit.name) or "").casefold()


def names_on(units: Iterable[SeenUnit]) -> dict[UnitId, str]:
    """Say what units are called, those that have a name."""
    return {one.id: one.unit.name for one in units if one.unit and one.unit.name}


def unit_document(one: SeenUnit) -> Document:
    """One unit of a day as the contract writes it."""
    chain = [{"kind": unit.kind.value, "unit": unit.unit} for unit in one.above]
    members = [f"P{person}" for person in one.members]
    return {**described(one.id, one.unit), "feed": one.unit and one.unit.feed, "above": chain, "members": members}


def member_document(held: KnownVersion, said: Membership | None) -> Document:
    """One post that is in a unit, with role, share, terms and days where a membership says so."""
    version = held.version
    return {
        "participant": f"P{version.person}",
        "engagement": version.engagement,
        "name": version.attributes.get("name"),
        "role": said.role if said else None,
        "share": said.shown_share or None if said else None,
        "terms": dict(said.terms) if said else {},
        "valid_from": said.first.isoformat() if said else None,
        "valid_to": None if said is None or said.last == FOREVER else said.last.isoformat(),
    }


def described(which: UnitId, known: Unit | None) -> Document:
    """What a feed says of a unit over some days; nothing of one that people alone name."""
    parent = known.parent if known else None
    return {
        "kind": which.kind.value,
        "unit": which.unit,
        "name": known.name if known else None,
        "parent": parent.unit if parent else None,
        "parent_kind": parent.kind.value if parent else None,
        "valid_from": None if known is None or known.start == date.min else known.start.isoformat(),
        "valid_to": None if known is None or known.end == FOREVER else known.end.isoformat(),
    }


def _on(known: Sequence[Unit], people: Sequence[KnownVersion], day: date, sight: Sight) -> list[SeenUnit]:
    there = {one.id: one for one in known if one.start <= day < one.end}
    members: dict[UnitId, set[int]] = {}
    for held in people:
        for unit in units_of(held.version.attributes):
            members.setdefault(unit, set()).add(held.version.person)
    shown = {*members, *(up for one in members for up in above(there, one))}
    if sight.everybody:
        shown |= {*there, *(one.parent for one in there.values() if one.parent)}
    return [
        SeenUnit(one, there.get(one), above(there, one), tuple(sorted(members.get(one, ())))) for one in sorted(shown)
    ]


def _by(held: KnownVersion, unit: UnitId) -> Membership | None:
    of_kind = memberships_in(held.version.attributes, (unit.kind.value,))
    return next((one for one in of_kind if one.unit == unit.unit), None)
