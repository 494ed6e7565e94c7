"""The files of the configuration: whether they count, how they differ from those that do, and the two who say so."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from werkzeug.wrappers import Response

from api.asking import actor, world
from api.forms import comes_back, reason_of, text_of
from api.telling import tell
from domain.errors import FixFile, Refused
from syncd.access.configuring import approve, publish
from syncd.seen.configured import said_before, seen_configuration, stands

pages = Blueprint("configured", __name__)


@pages.get("/configuration")
def page() -> str:
    """Show how the configuration stands."""
    seen = seen_configuration(world())
    return render_template("configuration.html", seen=seen, told=stands(seen), said=said_before(world()))


@pages.post("/configuration/publish")
def publishing() -> Response | tuple[str, int]:
    """Say that the files are meant as they are."""
    try:
        publish(world(), reason_of(), actor())
    except (FixFile, Refused) as wrong:
        return comes_back("publish", wrong, page)
    tell("Published: somebody else has to approve it.")
    return redirect(url_for("configured.page"), 303)


@pages.post("/configuration/approve")
def approving() -> Response | tuple[str, int]:
    """Let the files count that somebody else published."""
    try:
        approve(world(), text_of("reason"), actor())
    except (FixFile, Refused) as wrong:
        return comes_back("approve", wrong, page)
    tell("The configuration counts as it is.")
    return redirect(url_for("configured.page"), 303)
