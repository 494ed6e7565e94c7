"""The JSON API of participants: who is there on a day, and everything about one, with where it comes from."""

from __future__ import annotations

from flask import Blueprint
from werkzeug.exceptions import NotFound

from api.asking import sight, world
from api.documents import Item, Items, ParticipantsAsked
from api.security import csrf
from api.spec import route, sent
from syncd.documents import Document
from syncd.seen.people import Portrait, participant_documents, portrait, portrait_document
from syncd.seen.people import participants as participants_of

routes = Blueprint("v1_people", __name__, url_prefix="/api/v1")
csrf.exempt(routes)  # as all of the API


@routes.get("/participants")
@route(query=ParticipantsAsked, gives=Items)
def listed() -> Document:
    """List who is employed on a day, by participant."""
    asked = sent(ParticipantsAsked)
    day = asked.as_of or world().today
    found = participants_of(world(), sight(), day, known_at=asked.known_at, everyone=asked.all, text=asked.text)
    rows = [one for one in found if one.version.person > asked.after]
    people = sorted({one.version.person for one in rows})
    last = people[asked.limit - 1] if len(people) > asked.limit else None
    shown = [one for one in rows if last is None or one.version.person <= last]
    return {"items": participant_documents(shown), "next": last}


@routes.get("/participants/<key>")
@route(gives=Items)
def one(key: str) -> Document:
    """Give every version of one participant."""
    return {"items": participant_documents([one.known for one in _portrait(key).timeline])}


@routes.get("/participants/<key>/portrait")
@route(gives=Item)
def whole(key: str) -> Document:
    """Give everything about one: each version with the decisions it comes from, what waits, overrides, links."""
    return portrait_document(world(), _portrait(key))


def _portrait(key: str) -> Portrait:
    found = portrait(world(), sight(), key)
    if found is None:
        raise NotFound("nobody you see is known so")
    return found
