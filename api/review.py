"""The review queue: what is proposed, and what is decided of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from api.asking import actor, alone, refused, sight, who, world
from api.forms import comes_back, day_of, one_of, reason_of, text_of, whole_of
from api.telling import sentence, tell, tell_refused, tell_wrong
from domain.change import GroupedBy, Kind, State
from domain.errors import FixFile, SyncError
from domain.rejection import Scope
from domain.rights import Right
from syncd.catalogue import told
from syncd.changes.decide import AT_ONCE, Approval, Rejecting
from syncd.changes.deciding import Deciding
from syncd.changes.reverting import revert_ids
from syncd.changes.told import TOLD, outcome_lines
from syncd.daemon.asking import ask_decision, ask_effect
from syncd.names import number
from syncd.seen.changes import (
    Asked,
    all_that_match,
    batch_seen,
    by_policy,
    chosen,
    numbers,
    one_change,
    runs_waiting,
)
from syncd.seen.changes import (
    queue as queue_of,
)
from syncd.seen.effects import GONE, effect_asked, effect_now, takes_long
from syncd.seen.effects import effect_by_job as effect_found
from syncd.seen.jobs import review_underway

pages = Blueprint("review", __name__)

_PAGE = 100
_Answer = Response | tuple[str, int]
_FILTERS = ("kind", "feed", "run", "key", "text", "by")
_BACK = told("{:,} changes are proposed, which take {} back: somebody else approves them.")
_LEFT = told("{} is left as it is: {}")


@pages.get("/changes")
def queue() -> str:
    """Show a page of the queue: groups, what differs, and what can be done."""
    by = one_of("by", GroupedBy) or GroupedBy.RUN
    after = (_group_of(by), whole_of("after") or 0) if "after" in request.args else None
    asked = _asked()
    mine = sight(Right.SEE_CHANGES)
    found = queue_of(world(), mine, asked, by, after, _PAGE)
    filters = _filters()
    is_whole = by is GroupedBy.RUN and not filters.keys() - {"by"}
    runs = [int(group.name) for group in found.groups] if is_whole else runs_waiting(world(), mine)
    following = _queue_at(group=found.next[0], after=str(found.next[1])) if found.next else None
    return render_template(
        "queue.html", queue=found, asked=asked, by=by, feeds=sorted(world().workspace.feeds), runs=runs,
        kinds=list(Kind), groupings=GroupedBy, following=following, filters=filters, is_later=after, scopes=Scope,
        underway=review_underway(world(), who()),
    )  # fmt: skip


def _group_of(by: GroupedBy) -> str:
    """Give the group that a page goes on in. `FixFile` where it is none."""
    return str(whole_of("group") or 0) if by is GroupedBy.RUN else request.args.get("group", "")


@pages.post("/changes/decide")
def decide() -> _Answer:
    """Approve or reject what is ticked, or all that matched when the page was made; many are for a job."""
    asked = _asked()
    if request.form.get("all"):
        ids = all_that_match(world(), sight(), asked)
    else:
        ids = chosen(world(), sight(), numbers(request.form.getlist("id")))
    try:
        if not ids:
            raise FixFile("Nothing was decided: tick the changes that are meant, or all that match.")
        job = _decide(ids, ())
    except SyncError as wrong:
        return comes_back("decide", wrong, queue)
    return redirect(_queue_at() if job is None else url_for("jobs.one", job_id=f"T{job}"), 303)


@pages.get("/changes/<change_id>")
def change(change_id: str) -> str:
    """Show one change whole."""
    found = one_change(world(), sight(Right.SEE_CHANGES), _number(change_id))
    if found is None:
        raise NotFound("there is no such change among those you see")
    return render_template("change.html", shown=found[0], names=found[1], scopes=Scope, states=State)


@pages.post("/changes/<change_id>/decide")
def decide_one(change_id: str) -> _Answer:
    """Approve or reject one change, or some of its fields."""
    ids = chosen(world(), sight(), [_number(change_id)])
    if not ids:
        raise NotFound("there is no such change among those you see")
    try:
        _decide(ids, tuple(request.form.getlist("field")))
    except SyncError as wrong:
        return comes_back("decide", wrong, lambda: change(change_id))
    return redirect(url_for("review.change", change_id=change_id), 303)


@pages.get("/changes/by-policy")
def policies() -> str:
    """Show what policies approved, the newest first."""
    found = by_policy(world(), sight(), whole_of("before"), _PAGE + 1)
    before = found[_PAGE - 1].change.id if len(found) > _PAGE else None
    return render_template("policies.html", rows=found[:_PAGE], before=before)


@pages.post("/changes/<change_id>/revert")
def revert_one(change_id: str) -> _Answer:
    """Propose the opposite of what was applied."""
    ids = chosen(world(), sight(), [_number(change_id)])
    if not ids:
        raise NotFound("there is no such change among those you see")
    try:
        found = revert_ids(world(), ids, reason_of(), actor())
    except SyncError as wrong:
        return comes_back("revert", wrong, lambda: change(change_id))
    for one in found.proposed:
        tell("{} is proposed, which takes {} back: somebody else has to approve it.", f"C{one.id}", change_id)
    for _, why in found.refused:
        tell_refused(_LEFT, change_id, why)
    return redirect(url_for("review.change", change_id=change_id), 303)


@pages.get("/batches/<batch_id>")
def batch(batch_id: str) -> str:
    """Show what was decided together."""
    wanted = _number(batch_id, "B")
    found = batch_seen(world(), sight(Right.SEE_CHANGES), wanted, whole_of("after") or 0, _PAGE)
    if found is None:
        raise NotFound("there is no such batch among what you see")
    return render_template(
        "batch.html", batch=wanted, rows=found.rows, names=found.names, total=found.total, applied=len(found.applied),
        following=found.next,
    )  # fmt: skip


@pages.post("/batches/<batch_id>/revert")
def revert_batch(batch_id: str) -> _Answer:
    """Propose the opposite of all that was applied together."""
    seen = batch_seen(world(), sight(), _number(batch_id, "B"), limit=1)
    if seen is None or not seen.applied:
        raise NotFound("there is nothing to take back in it among what you see")
    try:
        found = revert_ids(world(), seen.applied, reason_of(), actor())
    except SyncError as wrong:
        return comes_back("revert", wrong, lambda: batch(batch_id))
    if found.proposed:
        tell(_BACK, len(found.proposed), batch_id)
    for one, why in found.refused[:TOLD]:
        tell_refused(_LEFT, f"C{one}", why)
    if len(found.refused) > TOLD:
        tell_wrong(f"{len(found.refused) - TOLD:,} more are left as they are.")
    return redirect(url_for("review.batch", batch_id=batch_id), 303)


@pages.post("/changes/effect")
def effect() -> _Answer:
    """Show what pending changes would pay; where that is long to work out, by a job. Nothing of it is approved."""
    found, wrong = None, None
    try:
        ids = chosen(world(), sight(), numbers(request.form.getlist("id")))
        asked, pay = effect_asked(world(), who().user.id, ids, text_of("period")), sight(Right.SEE_PAY)
        if takes_long(world()):
            job = ask_effect(world(), asked, actor())
            return redirect(url_for("review.effect_by_job", job_id=f"T{job.id}"), 303)
        with alone():
            found = effect_now(world(), pay, asked)
    except SyncError as error:
        wrong = error
    status = refused(wrong)[0] if wrong is not None else 200
    return render_template("effect.html", found=found, wrong=wrong, job=None), status


@pages.get("/changes/effect/<job_id>")
def effect_by_job(job_id: str) -> str:
    """Show how far a job has come that works out what changes would pay, then what it found."""
    seen = effect_found(world(), who(), _number(job_id, "T"))
    if seen is None:
        raise NotFound(GONE)
    job, found = seen
    return render_template("effect.html", found=found, wrong=None, job=None if found else job)


def _decide(ids: Sequence[int], fields: tuple[str, ...]) -> int | None:
    """Do what a form says, and tell what became of it; or let a job do it, where it is many, and give that.

    `FixFile` where that cannot be meant.
    """
    deciding = Deciding(who().user.id, ids, _how(fields))
    if len(ids) > AT_ONCE:
        return ask_decision(world(), deciding, actor()).id
    outcome = deciding.do(world(), ids, actor())
    done, lines = outcome_lines(outcome, deciding.done, with_values=True)
    if done:
        flash(sentence(done))
    for line in lines:
        tell_wrong(line)
    return None


def _how(fields: tuple[str, ...]) -> Approval | Rejecting:
    """Read how a form decides."""
    verdict = request.form.get("verdict")
    if verdict == "approve":
        return Approval(
            text_of("reason"), fields, day_of("effective"), into_committed=bool(request.form.get("into_committed"))
        )
    if verdict != "reject":
        raise FixFile("Say what is to be done: approve, or reject.")
    until, scope = day_of("until"), one_of("scope", Scope) or Scope.CHANGE
    if (scope is Scope.UNTIL) != (until is not None):
        raise FixFile("Say until which day it is not asked again, and choose “until a day”; or neither.")
    if until is not None and until < world().today:
        raise FixFile(f"{until} is over: name today or a later day.")
    return Rejecting(reason_of(), scope, until, fields)


def _asked() -> Asked:
    return Asked(
        kind=one_of("kind", Kind), feed=text_of("feed"), run=whole_of("run"), key=text_of("key"), text=text_of("text"),
        up_to=whole_of("up_to"),
    )  # fmt: skip


def _filters() -> dict[str, str]:
    """Give what the queue is narrowed by, for a link."""
    return {name: said for name in _FILTERS if (said := text_of(name)) is not None}


def _queue_at(**place: str) -> str:
    """Give the address of the queue as it is narrowed now, at a place in it."""
    values: dict[str, Any] = {**_filters(), **place}
    return url_for("review.queue", **values)


def _number(text: str, letter: str = "C") -> int:
    try:
        return number(text, letter, "such thing")
    except FixFile:
        raise NotFound from None
