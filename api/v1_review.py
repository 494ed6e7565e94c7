"""The JSON API of what else the queue does: what changes would pay, what was decided together, taking it back."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint
from werkzeug.exceptions import NotFound

from api.asking import actor, alone, sight, world
from api.documents import Item, Items, Paged, Reason, ToRevert, ToTry
from api.programs import done_once, read_id, why
from api.security import csrf
from api.spec import route, sent
from domain.rights import Right
from syncd.changes.reverting import revert_ids
from syncd.changes.told import reverted_document
from syncd.documents import Document, change_about
from syncd.pay.documents import as_if_document
from syncd.seen.changes import BatchSeen, batch_seen, chosen, numbers
from syncd.seen.effects import effect_seen

routes = Blueprint("v1_review", __name__, url_prefix="/api/v1")
csrf.exempt(routes)  # as all of the API


@routes.post("/changes/effect")
@route(json=ToTry, gives=Item)
def effect() -> Document:
    """Give what pending changes would pay, where that differs; a calculation is made for it, and nothing is kept."""
    asked = sent(ToTry)
    ids = _seen(asked.ids)
    with alone():
        found = effect_seen(world(), sight(Right.SEE_PAY), ids, asked.period)
    return {
        **as_if_document(found.changes, found.found),
        "calendar": found.calendar,
        "period": found.period.label,
        "hidden": found.hidden,
    }


@routes.post("/changes/revert")
@route(json=ToRevert, gives=Item)
def revert() -> Document:
    """Propose the opposite of applied changes: somebody else has to approve it. Refused ones come with why."""
    asked = sent(ToRevert)
    return done_once(lambda: _reverted(_seen(asked.ids), why(asked.reason)))


@routes.get("/batches/<batch_id>")
@route(query=Paged, gives=Items)
def batch(batch_id: str) -> Document:
    """List what was decided together, by id."""
    asked = sent(Paged)
    found = _batch(batch_id, asked.after, asked.limit)
    return {"items": [change_about(row.change, row.person) for row in found.rows], "next": found.next}


@routes.post("/batches/<batch_id>/revert")
@route(json=Reason, gives=Item)
def revert_batch(batch_id: str) -> Document:
    """Propose the opposite of all that was applied together."""
    reason, applied = why(sent(Reason).reason), _batch(batch_id, 0, 1).applied
    return done_once(lambda: _reverted(applied, reason))


def _seen(named: Sequence[str]) -> list[int]:
    ids = chosen(world(), sight(), numbers(named))
    if not ids:
        raise NotFound("there are no such changes among those you see")
    return ids


def _batch(batch_id: str, after: int, limit: int) -> BatchSeen:
    found = batch_seen(world(), sight(), read_id(batch_id, "B"), after, limit)
    if found is None:
        raise NotFound("there is no such batch among what you see")
    return found


def _reverted(ids: Sequence[int], reason: str) -> Document:
    return reverted_document(revert_ids(world(), ids, reason, actor()))
