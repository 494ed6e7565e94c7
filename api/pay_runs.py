"""Pay runs: how far each has come, what it pays, what is in its way; submit, approve, return, commit, open again."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from api.asking import actor, sight, texts, who, world
from api.forms import comes_back, reason_of, text_of
from api.telling import tell
from calc.pay_run import Act
from calc.settling import Scope
from domain.errors import FixFile, Refused
from domain.rights import Right, Sight
from syncd.catalogue import Said
from syncd.daemon.asking import ask_calculations
from syncd.pay import close
from syncd.pay.close import Closed
from syncd.seen.jobs import calculating, calculations_underway
from syncd.seen.pay_runs import (
    PayRunShown,
    Sights,
    pay_run_page,
    pay_run_seen,
    pay_runs_seen,
    scope_named,
    scopes_named,
)
from syncd.seen.pay_runs import payments as payments_of
from syncd.sentences import OF_GROUP

pages = Blueprint("pay_runs", __name__)

_PAGE = 200
#: What each act needs, as in `api.rights`.
RIGHTS = {
    Act.SUBMIT: Right.SUBMIT_PAY, Act.COMMIT: Right.SUBMIT_PAY, Act.REOPEN: Right.SUBMIT_PAY,
    Act.APPROVE: Right.APPROVE_PAY, Act.RETURN: Right.APPROVE_PAY,
}  # fmt: skip
_Answer = Response | tuple[str, int]


@pages.get("/pay")
def listed() -> str:
    """Show the pay runs, the newest pay period first."""
    seen = who().sight(Right.SEE_PAY_RUNS) or Sight()
    underway = calculations_underway(world(), seen)
    return render_template("pay_runs.html", found=pay_runs_seen(world(), seen), underway=underway)


@pages.get("/pay/<period>")
def one(period: str) -> str:
    """Show one pay run: totals, who is not paid and why, checks, and what can be done."""
    mine = who().sight
    acting = {act: mine(right) for act, right in RIGHTS.items()}
    found = pay_run_page(
        world(), Sights(mine(Right.SEE_PAY_RUNS), mine(Right.SEE_PAY), acting), scope_of(period), actor()
    )
    if found is None:
        raise NotFound("there is no such pay run among those you see")
    calculates = mine(Right.CALCULATE)
    return render_template(
        "pay_run.html", page=found, shown=found.shown, run=found.shown.run, document=found.document,
        job=calculating(world(), found.scope),
        may_calculate=calculates is not None and calculates.has_pay_group(found.scope.pay_group),
    )  # fmt: skip


@pages.get("/pay/<period>/payments")
def payments(period: str) -> str:
    """Show what each payee gets: sums alone."""
    shown = _seen(scope_of(period))
    found = payments_of(world(), shown)
    begin = max(0, request.args.get("after", 0, int))
    following = begin + _PAGE if begin + _PAGE < len(found) else None
    return render_template(
        "payments.html", shown=shown, found=found[begin : begin + _PAGE], total=len(found), following=following
    )


@pages.post("/pay/calculate")
def calculate() -> _Answer:
    """Let a job calculate a pay period, or each of a span, as the form says."""
    period = text_of("period") or ""
    try:
        scopes = scopes_named(world(), sight(), period, text_of("group"))
    except FixFile as wrong:
        return comes_back("calculate", wrong, listed)
    found = ask_calculations(world(), scopes, who().user)
    tell("{}: {} will calculate it.", period, ", ".join(f"T{one.id}" for one in found))
    if len(scopes) > 1:
        return redirect(url_for("pay_runs.listed"), 303)
    return redirect(url_for("pay_runs.one", period=period, group=scopes[0].pay_group), 303)


@pages.post("/pay/<period>/submit")
def submit(period: str) -> _Answer:
    """Submit the results that the page showed: somebody else approves them."""
    return _done(period, Act.SUBMIT, lambda scope: close.submit(world(), scope, actor(), _shown()))


@pages.post("/pay/<period>/approve")
def approve(period: str) -> _Answer:
    """Approve the results that the page showed."""
    return _done(period, Act.APPROVE, lambda scope: close.approve(world(), scope, actor(), _shown()))


@pages.post("/pay/<period>/return")
def give_back(period: str) -> _Answer:
    """Return what was submitted, with what is wrong with it."""
    return _done(period, Act.RETURN, lambda scope: close.give_back(world(), scope, reason_of(), actor()))


@pages.post("/pay/<period>/reopen")
def reopen(period: str) -> _Answer:
    """Open a pay run again."""
    return _done(period, Act.REOPEN, lambda scope: close.reopen(world(), scope, reason_of(), actor()))


@pages.post("/pay/<period>/commit")
def commit(period: str) -> _Answer:
    """Write what was approved into the ledger."""
    return _done(period, Act.COMMIT, lambda scope: close.commit(world(), scope, actor()))


def _shown() -> str:
    """Give the digest of the results that the page showed. `FixFile` where it says none."""
    found = text_of("digest")
    if found is None:
        raise FixFile("Say which results are meant: look at the page of the pay run, and press its button.")
    return found


def scope_of(period: str) -> Scope:
    """Give the pay run that an address names; it is not there where there is no such pay period."""
    try:
        return scope_named(world(), period, text_of("group"))
    except FixFile as error:
        raise NotFound(error.message) from None


def _seen(scope: Scope) -> PayRunShown:
    """Give a pay run that is in sight for what the route needs."""
    found = pay_run_seen(world(), sight(), scope)
    if found is None:
        raise NotFound("there is no such pay run among those you see")
    return found


def _done(period: str, act: Act, do: Callable[[Scope], Closed]) -> _Answer:
    """Do something with a pay run, and go back to its page; a refusal is told there."""
    scope = scope_of(period)
    _seen(scope)
    try:
        done = do(scope)
    except (FixFile, Refused) as wrong:
        return comes_back(act, wrong, lambda: one(period))
    run = done.run
    named = texts().say(Said(OF_GROUP, (run.period, run.pay_group))) if run.pay_group else run.period
    tell("{} is {}.", named, texts().code(run.state))
    return redirect(url_for("pay_runs.one", period=period, group=scope.pay_group), 303)
