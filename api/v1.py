"""The JSON API: what the pages show and do, with the names of the command line's documents."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint
from werkzeug.exceptions import NotFound

from api.asking import actor, sight, who, world
from api.documents import (
    Changes,
    ChangesAsked,
    Chosen,
    Decided,
    Everything,
    Item,
    Items,
    NewestFirst,
    OfFeed,
    Paged,
    Reason,
    ToAnswer,
    ToApprove,
    ToReject,
)
from api.programs import ACCEPTED, Answer, done_once, read_id, why
from api.security import csrf
from api.spec import route, sent
from domain.change import State
from domain.errors import FixFile
from domain.match import WHO
from domain.rejection import Scope
from domain.rights import Right
from syncd.access.noting import note_refusals
from syncd.changes.answering import Answer as Said
from syncd.changes.answering import answer as answer_who
from syncd.changes.answering import answer_value
from syncd.changes.decide import Approval, Rejecting
from syncd.changes.deciding import Deciding
from syncd.changes.forgetting import forget_rejection
from syncd.changes.holding import release as release_run
from syncd.changes.told import answered_document, held_document, outcome_document, value_answered_document
from syncd.daemon.asking import ask_decision, ask_runs
from syncd.documents import Document, conflict_document, quarantine_document, rejection_document
from syncd.seen.changes import Asked, all_that_match, change_documents, chosen, numbers
from syncd.seen.jobs import job_document
from syncd.seen.matters import bad_rows, questions, remembered
from syncd.seen.matters import holds as held
from syncd.seen.runs import one_run, run_document, run_page, run_problem_documents

routes = Blueprint("v1", __name__, url_prefix="/api/v1")
csrf.exempt(routes)  # a token is shown by the program itself, never by a browser for another site


@routes.get("/changes")
@route(query=ChangesAsked, gives=Changes)
def changes() -> Document:
    """List changes, by id."""
    asked = sent(ChangesAsked)
    states = (asked.state,) if asked.state else None
    if asked.state is State.PROPOSING:
        raise FixFile("state: nobody sees what a run is still proposing")
    which = Asked(states, asked.kind, asked.feed, asked.run, asked.participant, asked.text)
    found = change_documents(world(), sight(), which, asked.after, asked.limit + 1)
    return _page(found, asked.limit, lambda one: int(one["id"][1:]))


@routes.post("/changes/approve")
@route(json=ToApprove, gives=Decided, later=Item)
def approve() -> Answer:
    """Approve changes. Refused ones are in the answer, each with why."""
    asked = sent(ToApprove)

    def do() -> Answer:
        how = Approval(
            asked.reason, tuple(asked.fields), asked.effective, into_committed=asked.into_committed, atomic=asked.atomic
        )
        return _decided(asked, how)

    return done_once(do)


@routes.post("/changes/reject")
@route(json=ToReject, gives=Decided, later=Item)
def reject() -> Answer:
    """Reject changes, and remember it."""
    asked = sent(ToReject)
    if (asked.scope is Scope.UNTIL) != (asked.until is not None) or (asked.until and asked.until < world().today):
        raise FixFile("until: a day that is not over goes with scope `until`, and with no other")

    return done_once(
        lambda: _decided(asked, Rejecting(why(asked.reason), asked.scope, asked.until, tuple(asked.fields)))
    )


@routes.get("/conflicts")
@route(query=Everything, gives=Items)
def conflicts() -> Document:
    """List questions."""
    return {"items": [conflict_document(one) for one in questions(world(), sight(), everything=sent(Everything).all)]}


@routes.post("/conflicts/<question>/answer")
@route(json=ToAnswer, gives=Item)
def answer(question: str) -> Answer:
    """Answer a question: who a record is, or which value holds."""
    asked, wanted = sent(ToAnswer), read_id(question, "Q")
    given = [name for name, said in (("is", asked.is_ is not None), ("new", asked.new), ("never", asked.never)) if said]
    if len(given) + (asked.value is not None) != 1:
        raise FixFile("say one of is, new, never, value")
    found = next((one for one in questions(world(), sight(), everything=True) if one.id == wanted), None)
    if found is None:
        raise NotFound("there is no such question among those you see")
    is_who = found.conflict.kind == WHO
    if is_who == (asked.value is not None):
        raise FixFile(f"Q{wanted} asks {'who a record is: say is, new or never' if is_who else 'for a value'}")

    def do() -> Document:
        if asked.value is not None:
            return value_answered_document(answer_value(world(), wanted, asked.value, why(asked.reason), actor()))
        kind = Said(given[0])
        return answered_document(answer_who(world(), wanted, kind, asked.is_, why(asked.reason), actor()))

    return done_once(do)


@routes.get("/holds")
@route(gives=Items)
def holds() -> Document:
    """List held runs."""
    return {"items": [held_document(one) for one in held(world(), sight())]}


@routes.post("/holds/<run_id>/release")
@route(json=Reason, gives=Item)
def release(run_id: str) -> Answer:
    """Let the changes of a held run be decided."""
    asked, wanted = sent(Reason), read_id(run_id, "R")
    return done_once(
        lambda: {"released": f"R{wanted}", "pending": release_run(world(), wanted, why(asked.reason), actor())}
    )


@routes.get("/runs")
@route(query=NewestFirst, gives=Items)
def runs() -> Document:
    """List runs, the newest first; `next` is the `before` of the following page."""
    asked = sent(NewestFirst)
    found = [run_document(one) for one in run_page(world(), sight(), asked.before, asked.limit + 1)]
    return _page(found, asked.limit, lambda one: int(one["run"][1:]))


@routes.get("/runs/<run_id>")
@route(gives=Item)
def run(run_id: str) -> Document:
    """Give one run."""
    found = one_run(world(), who().sight(Right.SEE_PEOPLE), read_id(run_id, "R"), 0, 1)
    if found is None:
        raise NotFound("there is no such run")
    return run_document(found[0])


@routes.get("/runs/<run_id>/problems")
@route(query=Paged, gives=Items)
def run_problems(run_id: str) -> Document:
    """List the problems of a run."""
    asked = sent(Paged)
    found = one_run(world(), who().sight(Right.SEE_PEOPLE), read_id(run_id, "R"), asked.after, asked.limit + 1)
    if found is None:
        raise NotFound("there is no such run")
    problems = found[1]
    after = problems[asked.limit - 1][0] if len(problems) > asked.limit else None
    return {"items": run_problem_documents(problems[: asked.limit]), "next": after}


@routes.post("/feeds/<feed>/sync")
@route(gives=Item)
def sync(feed: str) -> Answer:
    """Let a job wait for a feed."""
    if feed not in world().workspace.feeds:
        raise NotFound("there is no such feed")
    name = world().workspace.feeds[feed].name

    def do() -> Document:
        job = ask_runs(world(), [name], actor())[name]
        return {"feed": name, "job": f"T{job}" if job else None}

    return done_once(do)


@routes.get("/rejections")
@route(query=Everything, gives=Items)
def rejections() -> Document:
    """List remembered rejections."""
    found = remembered(world(), sight(), everything=sent(Everything).all).rejections
    return {"items": [rejection_document(one.rejection, one.suppressed) for one in found]}


@routes.post("/rejections/<rejection>/forget")
@route(json=Reason, gives=Item)
def forget(rejection: str) -> Answer:
    """Take a no back: the next run asks again."""
    asked, wanted = sent(Reason), read_id(rejection, "J")
    if not any(one.rejection.id == wanted for one in remembered(world(), sight(), everything=True).rejections):
        raise NotFound("there is no such rejection among those you see")

    def do() -> Document:
        forget_rejection(world(), wanted, why(asked.reason), actor())
        return {"forgotten": f"J{wanted}"}

    return done_once(do)


@routes.get("/quarantine")
@route(query=OfFeed, gives=Items)
def quarantine() -> Document:
    """List bad rows that no later read has brought right."""
    return {"items": [quarantine_document(one) for one in bad_rows(world(), sight(), sent(OfFeed).feed)]}


def _decided(asked: Chosen, how: Approval | Rejecting) -> Answer:
    """Decide what is chosen, of what they see; the others are refused as if they were not there."""
    if bool(asked.ids) == asked.all:
        raise FixFile("name changes in `ids`, or say `all`, with filters")
    if asked.all:
        which = Asked((State.PENDING,), asked.kind, asked.feed, asked.run, asked.participant, asked.text)
        ids = seen = all_that_match(world(), sight(), which)
    else:
        ids = list(dict.fromkeys(numbers(asked.ids)))
        seen = chosen(world(), sight(), ids)
    deciding = Deciding(who().user.id, ids, how)
    if asked.job:
        return job_document(ask_decision(world(), deciding, actor())), ACCEPTED
    outcome = deciding.do(world(), seen, actor())
    document = outcome_document(outcome)
    unseen, why = sorted(set(ids) - set(seen)), "there is no such change"
    note_refusals(world(), deciding.verdict, [(f"C{one}", why) for one in unseen], actor())
    document["refused"] += [{"id": f"C{one}", "reason": why, "moved": {}} for one in unseen]
    return document


def _page(found: list[Document], limit: int, place: Callable[[Document], int]) -> Document:
    return {"items": found[:limit], "next": place(found[limit - 1]) if len(found) > limit else None}
