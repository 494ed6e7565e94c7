"""Units: what there is of a day, and one of them whole, with its names and parents over time and who is in it."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, render_template
from werkzeug.exceptions import NotFound

from api.asking import sight, world
from api.forms import day_of, one_of, text_of, whole_of
from domain.attributes import UnitKind
from domain.step import FOREVER
from domain.units import UnitId
from syncd.seen.people import names_of
from syncd.seen.units import UnitPortrait, is_like, names_on, unit_portrait, units_seen

pages = Blueprint("units", __name__)

_PAGE = 200
#: So many of who is in a unit are named in its row.
_NAMED = 3


@pages.get("/units")
def listed() -> str:
    """Show the units of a day."""
    day, kind, text = day_of("as_of") or world().today, one_of("kind", UnitKind), text_of("text")
    after = whole_of("after") or 0
    seen = units_seen(world(), day, sight())
    names = names_on(seen)
    found = [one for one in seen if kind in (None, one.id.kind) and is_like(one, text)]
    rows = found[after : after + _PAGE]
    people = names_of(world(), sight(), {person for one in rows for person in one.members[:_NAMED]})
    return render_template(
        "units.html", rows=rows, names=names, people=people, named=_NAMED, day=day, kind=kind, kinds=list(UnitKind),
        text=text, total=len(found), following=after + _PAGE if len(found) > after + _PAGE else None,
        is_described=any(one.unit for one in seen),
    )  # fmt: skip


@pages.get("/units/<kind>/<path:unit>")
def one(kind: str, unit: str) -> str:
    """Show one unit."""
    day, after = day_of("as_of") or world().today, whole_of("after") or 0
    found = seen_unit(kind, unit, day)
    members = found.members[after : after + _PAGE]
    following = after + _PAGE if len(found.members) > after + _PAGE else None
    return render_template(
        "unit.html", found=found, members=members, following=following, day=day, always=date.min, forever=FOREVER
    )


def seen_unit(kind: str, unit: str, day: date, known_at: str | None = None) -> UnitPortrait:
    """Give one unit that the user sees; not found where there is none."""
    found = None
    if kind in set(UnitKind):
        found = unit_portrait(world(), UnitId(UnitKind(kind), unit), day, sight(), known_at=known_at)
    if found is None:
        raise NotFound("there is no such unit among those you see on that day")
    return found
