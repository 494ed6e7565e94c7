"""`units`: teams, territories, positions and the like of a day, with what is above each and who is in it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from domain.attributes import UnitKind
from domain.errors import FixFile
from domain.step import FOREVER
from formula.parse import suggestion
from store.database import reading
from syncd import show
from syncd.documents import Document
from syncd.options import DAY, as_json, as_known, day_of, revision_named
from syncd.seen.units import SeenUnit, history_of_unit, units_on
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
    with reading(world.database) as tx:
        revision = revision_named(tx, known_at)
        seen = units_on(tx, world, day, revision) if unit is None else history_of_unit(tx, world, unit, revision)
        if unit is not None and not seen:
            known = tuple({one.id.unit for one in units_on(tx, world, day, revision) if one.unit})
            raise FixFile(f"no feed describes a unit '{unit}'{suggestion(unit, known)}")
    found = [one for one in seen if kind in (None, one.id.kind.value)]
    if as_json:
        show.answer([_document(one, is_history=unit is not None) for one in found])
    elif unit is None:
        show.table(f"Units of {day}", ("kind", "unit", "name", "above it", "who is in it"), _rows(found))
    else:
        rows = [tuple(_history(one).values()) for one in found]
        show.table(f"History of {unit}", ("kind", "unit", "name", "parent", "its kind", "from", "until (not on)"), rows)
    return 0


def _document(one: SeenUnit, *, is_history: bool) -> Document:
    if is_history:
        return {**_history(one), "feed": one.unit and one.unit.feed}
    chain = [{"kind": unit.kind.value, "unit": unit.unit} for unit in one.above]
    members = [f"P{person}" for person in one.members]
    return {**_history(one), "feed": one.unit and one.unit.feed, "above": chain, "members": members}


def _history(one: SeenUnit) -> Document:
    known = one.unit
    parent = known.parent if known else None
    return {
        "kind": one.id.kind.value,
        "unit": one.id.unit,
        "name": known.name if known else None,
        "parent": parent.unit if parent else None,
        "parent_kind": parent.kind.value if parent else None,
        "valid_from": None if known is None or known.start == date.min else known.start.isoformat(),
        "valid_to": None if known is None or known.end == FOREVER else known.end.isoformat(),
    }


def _rows(found: Sequence[SeenUnit]) -> list[tuple[str | None, ...]]:
    names = {one.id: one.unit.name for one in found if one.unit and one.unit.name}
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
