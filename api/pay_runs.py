"""Pay runs: how far each has come, what it pays, what is in its way; submit, approve, return, commit, open again."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from api.asking import actor, sight, who, world
from api.forms import reason_of, text_of
from calc.settling import Scope
from domain.errors import FixFile, Refused
from domain.rights import Right
from syncd.access.noting import note_refusals
from syncd.pay import close
from syncd.pay.close import Closed
from syncd.seen.pay_runs import PayRunShown, pay_run_page, pay_run_seen, pay_runs_seen, scope_named
from syncd.seen.pay_runs import payments as payments_of

pages = Blueprint("pay_runs", __name__)

_PAGE = 200


@pages.get("/pay")
def listed() -> str:
    """Show the pay runs, the newest pay period first."""
    return render_template("pay_runs.html", found=pay_runs_seen(world(), sight()))


@pages.get("/pay/<period>")
def one(period: str) -> str:
    """Show one pay run: totals, who is not paid and why, checks, and what can be done."""
    found = pay_run_page(world(), sight(), who().sight(Right.SEE_PAY), scope_of(period), actor())
    if found is None:
        raise NotFound("there is no such pay run among those you see")
    return render_template("pay_run.html", page=found, shown=found.shown, run=found.shown.run, document=found.document)


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


@pages.post("/pay/<period>/submit")
def submit(period: str) -> Response:
    """Submit the newest results: somebody else approves them."""
    return _done(period, "submit", lambda scope: close.submit(world(), scope, actor()))


@pages.post("/pay/<period>/approve")
def approve(period: str) -> Response:
    """Approve the results that the page showed."""
    return _done(period, "approve", lambda scope: close.approve(world(), scope, actor(), text_of("digest")))


@pages.post("/pay/<period>/return")
def give_back(period: str) -> Response:
    """Return what was submitted, with what is wrong with it."""
    return _done(period, "return", lambda scope: close.give_back(world(), scope, reason_of(), actor()))


@pages.post("/pay/<period>/reopen")
def reopen(period: str) -> Response:
    """Open a pay run again."""
    return _done(period, "reopen", lambda scope: close.reopen(world(), scope, reason_of(), actor()))


@pages.post("/pay/<period>/commit")
def commit(period: str) -> Response:
    """Write what was approved into the ledger."""
    return _done(period, "commit", lambda scope: close.commit(world(), scope, actor()))


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


def _done(period: str, act: str, do: Callable[[Scope], Closed]) -> Response:
    """Do something with a pay run, and go back to its page; a refusal is told there, and in the audit."""
    scope = scope_of(period)
    _seen(scope)
    try:
        done = do(scope)
    except (FixFile, Refused) as wrong:
        flash(wrong.message, "wrong")
        if isinstance(wrong, Refused):
            note_refusals(world(), f"{act} pay run", [(f"{scope.calendar.name}:{scope}", wrong.message)], actor())
    else:
        flash(f"{done.run} is {done.run.state.value}.")
        return redirect(url_for("pay_runs.one", period=period, group=scope.pay_group), 303)
    typed = url_for("pay_runs.one", period=period, group=scope.pay_group, reason=text_of("reason"))
    return redirect(typed, 303)
