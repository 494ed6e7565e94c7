"""The JSON API of units: what `units --json` prints, of a day and over time."""

from __future__ import annotations

from flask import Blueprint

from api.asking import sight, world
from api.documents import Items, MembersAsked, UnitAsked, UnitsAsked
from api.security import csrf
from api.spec import route, sent
from api.units import seen_unit
from syncd.documents import Document
from syncd.seen.units import described, is_like, member_document, unit_document, units_seen

routes = Blueprint("v1_units", __name__, url_prefix="/api/v1")
csrf.exempt(routes)  # as all of the API


@routes.get("/units")
@route(query=UnitsAsked, gives=Items)
def listed() -> Document:
    """List the units of a day, by kind and id, with what is above each and who is in it.

    `next` is the `after` of the following page: how many came before it.
    """
    asked = sent(UnitsAsked)
    seen = units_seen(world(), asked.as_of or world().today, sight(), known_at=asked.known_at)
    found = [one for one in seen if asked.kind in (None, one.id.kind) and is_like(one, asked.text)]
    last = asked.after + asked.limit
    items = [unit_document(one) for one in found[asked.after : last]]
    return {"items": items, "next": last if len(found) > last else None}


@routes.get("/units/<kind>/<path:unit>")
@route(query=UnitAsked, gives=Items)
def one(kind: str, unit: str) -> Document:
    """Give the names and parents of one unit over time; none where no feed describes it."""
    asked = sent(UnitAsked)
    found = seen_unit(kind, unit, asked.as_of or world().today, asked.known_at)
    return {"items": [{**described(one.id, one), "feed": one.feed} for one in found.history], "next": None}


@routes.get("/members/<kind>/<path:unit>")
@route(query=MembersAsked, gives=Items)
def members(kind: str, unit: str) -> Document:
    """List who is in one unit on a day, by participant, with role, share and terms.

    `next` is the `after` of the following page: how many came before it.
    """
    asked = sent(MembersAsked)
    found = seen_unit(kind, unit, asked.as_of or world().today, asked.known_at).members
    last = asked.after + asked.limit
    items = [member_document(*one) for one in found[asked.after : last]]
    return {"items": items, "next": last if len(found) > last else None}
