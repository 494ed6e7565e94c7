"""`units`: teams, territories, positions and the like of a day, with what is above each and who is in it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from domain.attributes import UnitKind
from domain.errors import FixFile
from formula.parse import suggestion
from syncd import show
from syncd.documents import Document
from syncd.options import DAY, as_json, as_known, day_of
from syncd.seen.units import SeenUnit, described, names_on, unit_document, unit_history, units_seen
from syncd.world import open_world


@click.command("units")
@click.option("--as-of", type=DAY, help="the day (default: today in the calendar's zone)")
@as_known
@click.option("--kind", type=click.Choice([kind.value for kind in UnitKind]), help="only of this kind")
@click.option("--history", "unit", metavar="UNIT", help="the names and parents of one unit, with their days")
@as_json
@click.pass_obj
def units_command(
    place: tuple[Path, Any],
    as_of: datetime | None,
    known_at: str | None,
    kind: str | None,
    unit: str | None,
    as_json: bool,  # noqa: FBT001 - click passes options so
) -> int:
    """What people belong to and roll up through on a day: each unit with its parent and who is in it."""
    if unit is not None and as_of is not None:
        raise FixFile("--history shows every day: leave out --as-of")
    world = open_world(*place)
    day = day_of(as_of) or world.today
    seen = units_seen(world, day, known_at=known_at) if unit is None else unit_history(world, unit, known_at=known_at)
    if unit is not None and not seen:
        known = tuple({one.id.unit for one in units_seen(world, day, known_at=known_at) if one.unit})
        raise FixFile(f"no feed describes a unit '{unit}'{suggestion(unit, known)}")
    found = [one for one in seen if kind in (None, one.id.kind.value)]
    if as_json:
        show.answer([unit_document(one) if unit is None else _history(one) for one in found])
    elif unit is None:
        show.table(f"Units of {day}", ("kind", "unit", "name", "above it", "who is in it"), _rows(found))
    else:
        rows = [tuple(described(one.id, one.unit).values()) for one in found]
        show.table(f"History of {unit}", ("kind", "unit", "name", "parent", "its kind", "from", "until (not on)"), rows)
    return 0


def _history(one: SeenUnit) -> Document:
    return {**described(one.id, one.unit), "feed": one.unit and one.unit.feed}


def _rows(found: Sequence[SeenUnit]) -> list[tuple[str | None, ...]]:
    names = names_on(found)
    return [
        (
            one.id.kind.value,
            one.id.unit,
            names.get(one.id),
            ", ".join(names.get(unit, unit.unit) for unit in one.above),
            ", ".join(f"P{person}" for person in one.members) or ("vacant" if one.id.kind is UnitKind.POSITION else ""),
        )
        for one in found
    ]
