"""Units: what one belongs to and rolls up through. Each has an id among those of its kind, a name and a parent, dated.

A unit that no feed describes exists by its id, as soon as somebody is in it; one that nobody is in is vacant. What
people are in is said by ids, so that a unit that is renamed moves nobody.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from domain.attributes import UnitKind
from domain.member import memberships_in
from domain.value import Values

#: Where the values of a participant say which units of a kind they are in: the one that leads, and all of them.
SAID_BY: dict[UnitKind, tuple[str, ...]] = {
    UnitKind.TEAM: ("team", "teams"),
    UnitKind.TERRITORY: ("territory", "territories"),
    UnitKind.POSITION: ("position", "positions"),
    UnitKind.CLUB: ("club", "clubs"),
    UnitKind.BUSINESS_UNIT: ("business_unit",),
}


class UnitId(NamedTuple):
    """Which unit it is."""

    kind: UnitKind
    unit: str


@dataclass(frozen=True, slots=True)
class Unit:
    """What a feed says of a unit over `[start, end)`."""

    id: UnitId
    name: str | None
    parent: UnitId | None
    start: date
    end: date
    feed: str


def above(units: Mapping[UnitId, Unit], unit: UnitId) -> tuple[UnitId, ...]:
    """Give the units above one, from its parent up, among those of a day; one that no feed describes is the last."""
    chain = [unit]
    while (known := units.get(chain[-1])) and known.parent and known.parent not in chain:
        chain.append(known.parent)
    return tuple(chain[1:])


def units_of(values: Values) -> Iterator[UnitId]:
    """Yield the units that the values of a participant put them in, each once."""
    for kind, names in SAID_BY.items():
        said = [value for name in names if (value := values.get(name))]
        members = [one for value in said for one in ([value] if isinstance(value, str) else value)]
        members += [one.unit for one in memberships_in(values, (kind.value,))]
        yield from (UnitId(kind, one) for one in dict.fromkeys(members))
