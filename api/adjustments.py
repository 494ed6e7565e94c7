"""Adjustments by hand: proposed by one person, decided by another, before the submit."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from api.asking import actor, sight, world
from api.forms import comes_back, reason_of, text_of
from api.telling import tell, tell_wrong
from domain.errors import FixFile, Refused
from domain.rights import Right
from syncd.catalogue import told
from syncd.names import number
from syncd.pay.adjust import Wanted
from syncd.seen.adjustments import adjustments_seen, decide_seen, propose_seen

pages = Blueprint("adjustments", __name__)

_TYPED = ("key", "period", "amount", "currency", "component", "line", "post", "reason")


@pages.get("/adjustments")
def listed() -> str:
    """Show adjustments, those that wait first."""
    period = text_of("period")
    found = adjustments_seen(world(), sight(Right.SEE_ADJUSTMENTS), period)
    return render_template("adjustments.html", found=found, period=period)


@pages.get("/adjustments/new")
def form() -> str:
    """Show the form."""
    return render_template("adjust.html", given={name: request.args.get(name, "") for name in _TYPED})


@pages.post("/adjustments")
def propose() -> Response | tuple[str, int]:
    """Propose one; what cannot be meant comes back with what was typed."""
    given = {name: request.form.get(name, "").strip() for name in _TYPED}
    try:
        wanted = Wanted(
            given["key"], given["period"], given["amount"], given["currency"], given["component"] or None,
            given["line"] or None, reason_of(), given["post"] or None,
        )  # fmt: skip
        found = propose_seen(world(), sight(), wanted, actor())
    except (FixFile, Refused) as wrong:
        return comes_back("adjust", wrong, form)
    tell("{} is proposed: somebody else has to approve it.", f"A{found.id}")
    return redirect(url_for("adjustments.listed", period=f"{found.calendar}:{found.pay_period}"), 303)


@pages.post("/adjustments/decide")
def decide() -> Response | tuple[str, int]:
    """Approve or reject those that are ticked."""
    try:
        ids = [number(one, "A", "adjustment") for one in request.form.getlist("id")]
        if not ids:
            raise FixFile("Tick the adjustments that are meant.")
        verdict = request.form.get("verdict")
        if verdict not in ("approve", "reject"):
            raise FixFile("Say what is to be done: approve, or reject.")
        reason = reason_of() if verdict == "reject" else text_of("reason")
        outcome = decide_seen(world(), sight(), ids, reason, actor(), approves=verdict == "approve")
    except FixFile as wrong:
        return comes_back("decide", wrong, listed)
    if outcome.decided:
        tell(told("{:,} approved.") if verdict == "approve" else told("{:,} rejected."), len(outcome.decided))
    for one, why in outcome.refused:
        tell_wrong(f"A{one}: {why}.")
    return redirect(url_for("adjustments.listed", period=text_of("period")), 303)
