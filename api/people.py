"""Participants: who is there on a day, and everything about one, with where it comes from."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from werkzeug.exceptions import NotFound

from api.asking import sight, world
from api.forms import day_of, text_of, whole_of
from syncd.seen.people import participants as participants_of
from syncd.seen.people import portrait

pages = Blueprint("people", __name__)

_PAGE = 200


@pages.get("/participants")
def participants() -> str:
    """Show the roster of a day."""
    day, after = day_of("as_of") or world().today, whole_of("after") or 0
    everyone = bool(request.args.get("all"))
    found = participants_of(world(), sight(), day, everyone=everyone, text=text_of("text"))
    rows = [one for one in found if one.version.person > after]
    cut = rows[: _PAGE + 1]
    following = cut[_PAGE - 1].version.person if len(cut) > _PAGE else None
    return render_template(
        "participants.html", rows=rows[:_PAGE], day=day, everyone=everyone, text=text_of("text"),
        total=len({one.version.person for one in found}), following=following,
    )  # fmt: skip


@pages.get("/participants/<key>")
def participant(key: str) -> str:
    """Show one person."""
    found = portrait(world(), sight(), key)
    if found is None:
        raise NotFound("nobody you see is known so")
    return render_template("participant.html", found=found)
