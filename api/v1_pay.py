"""The JSON API of pay: the documents of the commands, as far as they are in sight, and the acts of the close."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint
from werkzeug.exceptions import NotFound

from api.asking import actor, sight, who, world
from api.documents import (
    AdjustmentsAsked,
    Item,
    Items,
    OfGroup,
    Paged,
    PaymentsAsked,
    ResultsAsked,
    SumsAsked,
    ToAdjust,
    ToClose,
    ToDecideAdjustments,
    ToPass,
    ToReturn,
)
from api.pay_runs import RIGHTS
from api.programs import Answer, answer_kept, as_text, done_once, read_id, why
from api.security import csrf
from api.spec import route, sent
from calc.settling import Scope
from domain.rights import Right
from syncd.daemon.asking import ask_calculations
from syncd.documents import Document
from syncd.pay import close
from syncd.pay.adjust import Wanted
from syncd.pay.close import Closed
from syncd.pay.closed import adjustment_document, decided_document
from syncd.seen.adjustments import adjustments_seen, decide_seen, propose_seen
from syncd.seen.jobs import job_document
from syncd.seen.pay_runs import (
    Sights,
    act_document,
    listed_document,
    page_document,
    pay_run_document,
    pay_run_page,
    pay_run_seen,
    pay_runs_seen,
    payment_document,
    scope_named,
    scopes_named,
)
from syncd.seen.pay_runs import payments as payments_of
from syncd.seen.results import Which, line_document, results_seen, summed, summed_document

routes = Blueprint("v1_pay", __name__, url_prefix="/api/v1")
csrf.exempt(routes)  # as those of api.v1


@routes.get("/pay-runs")
@route(query=Paged, gives=Items)
def pay_runs() -> Document:
    """List the pay runs, the newest pay period first; `next` is the `after` of the following page."""
    asked = sent(Paged)
    return _paged([listed_document(one) for one in pay_runs_seen(world(), sight())], asked.after, asked.limit)


@routes.get("/pay-runs/<period>")
@route(query=OfGroup, gives=Item)
def pay_run(period: str) -> Document:
    """Give one pay run: its state, totals, and who is not paid and why."""
    shown = pay_run_seen(world(), sight(), scope_named(world(), period, sent(OfGroup).group))
    if shown is None:
        raise NotFound("there is no such pay run among those you see")
    return pay_run_document(world(), shown, who().sight(Right.SEE_PAY)) or listed_document(shown)


@routes.get("/pay-runs/<period>/payments")
@route(query=PaymentsAsked, gives=Items)
def payments(period: str) -> Document:
    """List what each payee gets of a pay run."""
    asked = sent(PaymentsAsked)
    shown = pay_run_seen(world(), sight(), scope_named(world(), period, asked.group))
    if shown is None:
        raise NotFound("there is no such pay run among those you see")
    return _paged([payment_document(one) for one in payments_of(world(), shown)], asked.after, asked.limit)


@routes.get("/pay-runs/<period>/acts")
@route(query=OfGroup, gives=Item)
def acts(period: str) -> Document:
    """Give what can be done with a pay run now, why not what comes next, and what is in the way of a submit."""
    mine = who().sight
    acting = {act: mine(right) for act, right in RIGHTS.items()}
    sights = Sights(mine(Right.SEE_PAY_RUNS), mine(Right.SEE_PAY), acting)
    found = pay_run_page(world(), sights, scope_named(world(), period, sent(OfGroup).group), actor())
    if found is None:
        raise NotFound("there is no such pay run among those you see")
    return page_document(found)


@routes.get("/results")
@route(query=ResultsAsked, gives=Items)
def results() -> Document:
    """List what a pay period comes to, amount by amount; `next` is the `after` of the following page."""
    asked = sent(ResultsAsked)
    which = Which(asked.period, asked.group, asked.participant, asked.team, asked.plan, asked.component)
    found = results_seen(world(), sight(), which)
    return _paged([line_document(one) for one in found.lines], asked.after, asked.limit)


@routes.get("/results/sums")
@route(query=SumsAsked, gives=Items)
def sums() -> Document:
    """List what a pay period comes to, added up by participant, team, plan or component."""
    asked = sent(SumsAsked)
    which = Which(asked.period, asked.group, asked.participant, asked.team, asked.plan, asked.component)
    found = summed(results_seen(world(), sight(), which).lines, asked.by)
    return _paged([summed_document(one, asked.by) for one in found], asked.after, asked.limit)


@routes.post("/calculate")
@route(json=ToClose, gives=Items)
def calculate() -> Answer:
    """Let a job calculate a pay period, or each of a span; of one that waits or runs already none is made anew."""
    asked = sent(ToClose)
    scopes = scopes_named(world(), sight(), asked.period, asked.group)
    return done_once(
        lambda: {"items": [job_document(one) for one in ask_calculations(world(), scopes, who().user)], "next": None}
    )


@routes.post("/submit")
@route(json=ToPass, gives=Item)
def submit() -> Answer:
    """Submit the newest results of a pay run, where they are those that were looked at."""
    asked = sent(ToPass)
    return _close(asked, lambda scope: close.submit(world(), scope, actor(), asked.digest))


@routes.post("/approve-results")
@route(json=ToPass, gives=Item)
def approve() -> Answer:
    """Approve what somebody else submitted."""
    asked = sent(ToPass)
    return _close(asked, lambda scope: close.approve(world(), scope, actor(), asked.digest))


@routes.post("/return")
@route(json=ToReturn, gives=Item)
def give_back() -> Answer:
    """Return what was submitted."""
    asked = sent(ToReturn)
    return _close(asked, lambda scope: close.give_back(world(), scope, why(asked.reason), actor()))


@routes.post("/reopen")
@route(json=ToReturn, gives=Item)
def reopen() -> Answer:
    """Open a pay run again that is not committed."""
    asked = sent(ToReturn)
    return _close(asked, lambda scope: close.reopen(world(), scope, why(asked.reason), actor()))


@routes.post("/commit")
@route(json=ToClose, gives=Item)
def commit() -> Answer:
    """Write what was approved into the ledger."""
    return _close(sent(ToClose), lambda scope: close.commit(world(), scope, actor()))


@routes.get("/adjustments")
@route(query=AdjustmentsAsked, gives=Items)
def adjustments() -> Document:
    """List adjustments by hand, those that wait first."""
    asked = sent(AdjustmentsAsked)
    found = adjustments_seen(world(), sight(), asked.period)
    return _paged([adjustment_document(one.adjustment) for one in found], asked.after, asked.limit)


@routes.post("/adjustments")
@route(json=ToAdjust, gives=Item)
def propose() -> Answer:
    """Propose an amount by hand: it counts once somebody else has approved it."""
    asked = sent(ToAdjust)
    keep = answer_kept()
    wanted = Wanted(
        asked.participant, asked.period, asked.amount, asked.currency, asked.component, asked.line, why(asked.reason),
        asked.engagement, (lambda tx, one: keep(tx, as_text(adjustment_document(one)))) if keep else None,
    )  # fmt: skip

    def do() -> Document:
        return adjustment_document(propose_seen(world(), sight(), wanted, actor()))

    return done_once(do)


@routes.post("/adjustments/decide")
@route(json=ToDecideAdjustments, gives=Item)
def decide_adjustments() -> Answer:
    """Approve or reject adjustments. Refused ones are in the answer, each with why."""
    asked = sent(ToDecideAdjustments)
    ids = [read_id(one, "A") for one in asked.ids]
    approves = asked.verdict == "approve"
    reason = asked.reason if approves else why(asked.reason or "")

    def do() -> Document:
        return decided_document(decide_seen(world(), sight(), ids, reason, actor(), approves=approves))

    return done_once(do)


def _close(asked: ToClose, do: Callable[[Scope], Closed]) -> Answer:
    """Do something with a pay run in sight."""
    scope = scope_named(world(), asked.period, asked.group)
    if pay_run_seen(world(), sight(), scope) is None:
        raise NotFound("there is no such pay run among those you see")

    def done() -> Document:
        return act_document(world(), do(scope), who().sight(Right.SEE_PAY))

    return done_once(done)


def _paged(found: list[Document], after: int, limit: int) -> Document:
    """Give a page of a list that keeps its order; `after` counts the items before it."""
    following = after + limit
    return {"items": found[after:following], "next": following if following < len(found) else None}
