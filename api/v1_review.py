"""The JSON API of what else the queue does: what changes would pay, what was decided together, taking it back."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint
from werkzeug.exceptions import NotFound

from api.asking import actor, alone, sight, who, world
from api.documents import GroupsAsked, Item, Items, NewestFirst, Paged, Reason, ToRevert, ToTry
from api.programs import ACCEPTED, Answer, done_once, read_id, why
from api.security import csrf
from api.spec import route, sent
from domain.errors import Refused
from domain.rights import Right
from syncd.changes.reverting import revert_ids
from syncd.changes.told import reverted_document
from syncd.daemon.asking import ask_effect
from syncd.documents import Document, change_about
from syncd.seen.changes import (
    Asked,
    BatchSeen,
    batch_seen,
    by_policy,
    chosen,
    group_document,
    groups_seen,
    numbers,
    one_change,
    shown_document,
)
from syncd.seen.effects import GONE, effect_asked, effect_document, effect_now, takes_long
from syncd.seen.effects import effect_by_job as effect_found
from syncd.seen.jobs import job_document

routes = Blueprint("v1_review", __name__, url_prefix="/api/v1")
csrf.exempt(routes)  # as all of the API


@routes.get("/changes/<change_id>")
@route(gives=Item)
def change(change_id: str) -> Document:
    """Give one change, with the batch it was decided in and why."""
    found = one_change(world(), sight(), read_id(change_id, "C"))
    if found is None:
        raise NotFound("there is no such change among those you see")
    return shown_document(found[0])


@routes.get("/changes/groups")
@route(query=GroupsAsked, gives=Items)
def groups() -> Document:
    """List how many changes wait for a decision, by run, kind or team."""
    asked = sent(GroupsAsked)
    which = Asked(kind=asked.kind, feed=asked.feed, run=asked.run, key=asked.participant, text=asked.text)
    return {"items": [group_document(one, asked.by) for one in groups_seen(world(), sight(), which, asked.by)]}


@routes.get("/changes/by-policy")
@route(query=NewestFirst, gives=Items)
def policies() -> Document:
    """List what policies approved, the newest first; `next` is the `before` of the following page."""
    asked = sent(NewestFirst)
    found = by_policy(world(), sight(), asked.before, asked.limit + 1)
    before = found[asked.limit - 1].change.id if len(found) > asked.limit else None
    return {"items": [shown_document(one) for one in found[: asked.limit]], "next": before}


@routes.post("/changes/effect")
@route(json=ToTry, gives=Item, later=Item)
def effect() -> Answer:
    """Give what pending changes would pay, where that differs; or the job that works it out, where that is long.

    Nothing of it is approved. What a job found is at `jobs/T1/effect` for two days.
    """
    asked = sent(ToTry)
    trying, pay = effect_asked(world(), who().user.id, _seen(asked.ids), asked.period), sight(Right.SEE_PAY)
    if takes_long(world()):
        return job_document(ask_effect(world(), trying, actor())), ACCEPTED
    with alone():
        return effect_document(effect_now(world(), pay, trying))


@routes.get("/jobs/<job_id>/effect")
@route(gives=Item, later=Item)
def effect_by_job(job_id: str) -> Answer:
    """Give what a job found that changes would pay; until then, as 202, how far it has come."""
    seen = effect_found(world(), who(), read_id(job_id, "T"))
    if seen is None:
        raise NotFound(GONE)
    job, found = seen[0].job, seen[1]
    if found is not None:
        return effect_document(found)
    if not job.is_open:
        raise Refused(job.message or f"T{job.id} failed: ask again")
    return job_document(job), ACCEPTED


@routes.post("/changes/revert")
@route(json=ToRevert, gives=Item)
def revert() -> Answer:
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
def revert_batch(batch_id: str) -> Answer:
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
