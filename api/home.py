"""The first page: what waits for whoever is logged in."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from werkzeug.wrappers import Response

from api.asking import may
from domain.rights import Right

pages = Blueprint("home", __name__)


@pages.get("/")
def page() -> Response | str:
    """Go to the page that somebody with these rights begins with; say so where there is none."""
    for right, endpoint in (
        (Right.SEE_CHANGES, "review.queue"),
        (Right.SEE_RUNS, "runs.runs"),
        (Right.SEE_PAY_RUNS, "pay_runs.listed"),
        (Right.SEE_PAY, "statements.own"),
        (Right.SEE_PEOPLE, "people.participants"),
    ):
        if may(right):
            return redirect(url_for(endpoint))
    return render_template("home.html")
