"""Results: what a pay period comes to, by participant, team, plan and component."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from api.asking import sight, world
from api.forms import one_of, text_of
from domain.errors import FixFile
from syncd.seen.results import By, Which, periods_calculated, results_seen, summed

pages = Blueprint("results", __name__)

_PAGE = 200
_FILTERS = ("period", "group", "participant", "team", "plan", "component")


@pages.get("/results")
def page() -> str | Response:
    """Show the results of a pay period, added up, and amount by amount."""
    periods = [f"{calendar}:{period.label}" for calendar, period in periods_calculated(world())]
    period = text_of("period")
    if period is None and periods:
        return redirect(url_for("results.page", period=periods[0]))
    asked = {
        name: text for name in _FILTERS if (text := request.args.get(name)) is not None and (text or name == "team")
    }
    by = one_of("by", By) or By.PARTICIPANT
    if period is None:
        return render_template("results.html", found=None, periods=periods, asked={}, by=by, bys=By)
    wrong = None
    try:
        found = results_seen(world(), sight(), Which(**asked))
    except FixFile as error:
        found, wrong = None, error.message
    begin = max(0, request.args.get("after", 0, int))
    lines = found.lines if found else ()
    following = begin + _PAGE if begin + _PAGE < len(lines) else None
    groups = summed(lines, by)
    return render_template(
        "results.html", found=found, wrong=wrong, periods=periods, asked=asked, by=by, bys=By, groups=groups[:_PAGE],
        more=max(0, len(groups) - _PAGE), lines=lines[begin : begin + _PAGE], following=following,
    )  # fmt: skip
