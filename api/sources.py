"""Sources: what is read from each and how fresh it is; agreeing to one, trying one, how its messages come."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from api.asking import actor, alone, note_refusal, sight, who, workplace, world
from api.forms import text_of
from api.telling import tell, tell_wrong
from domain.errors import SyncError, TryLater
from domain.rights import Right
from syncd.connecting.agreeing import begin_connection, finish_connection
from syncd.names import number
from syncd.online import Look, look_at
from syncd.outbound import paths
from syncd.seen.looks import without_values
from syncd.seen.sources import SourceSeen, path_of, source_named, sources
from syncd.show import Progress

pages = Blueprint("sources", __name__)


@pages.get("/sources")
def listed() -> str:
    """Show every source with what is read from it."""
    return render_template("sources.html", found=sources(world(), sight()))


@pages.get("/sources/<source>")
def one(source: str) -> str:
    """Show one source: its feeds with their mappings and next times, its connection, how its messages come."""
    return render_template("source.html", seen=seen_source(source))


@pages.post("/sources/<source>/check")
def check(source: str) -> str | Response:
    """Try a source: read it now, and show what it has; nothing is kept, and nothing is taken away."""
    seen = seen_source(source)
    try:
        looks = [looked_at(feed.fresh.feed) for feed in seen.feeds]
    except TryLater as busy:
        return _back(source, busy)
    return render_template("checked.html", seen=seen, looks=looks)


@pages.post("/sources/<source>/connect")
def connect(source: str) -> str | Response:
    """Give the way to where somebody agrees to a source. A link: a form may lead to nobody else's pages."""
    seen = seen_source(source)
    try:
        asked = begin_connection(world(), source, actor())
    except SyncError as wrong:
        return _back(source, wrong)
    back = workplace().log_in.address + url_for("sources.connected", source=source)
    return render_template("connect.html", seen=seen, address=asked.address, back=back)


@pages.get("/sources/<source>/connected")
def connected(source: str) -> Response:
    """Take somebody back who has agreed; only who was sent from here knows with what they come."""
    return _finish(source, request.url)


@pages.post("/sources/<source>/answer")
def answer(source: str) -> Response:
    """Take the address that somebody's browser was sent back to, where that is none of ours."""
    return _finish(source, text_of("answer") or "")


@pages.post("/sources/<source>/paths")
def make_path(source: str) -> str | Response:
    """Make a secret path, and show its address this once: it stands in no other page, and nowhere else."""
    seen = seen_source(source)
    try:
        made, address = paths.make_path(world(), source, actor())
    except SyncError as wrong:
        return _back(source, wrong)
    return render_template("path.html", seen=seen, made=made, address=address)


@pages.post("/sources/<source>/paths/<path_id>/end")
def end_path(source: str, path_id: str) -> Response:
    """Let no message come by a path any more."""
    try:
        wanted = number(path_id, "W", "path")
        path_of(seen_source(source), wanted)
        paths.end(world(), wanted, actor())
    except SyncError as wrong:
        return _back(source, wrong)
    tell("{} is ended: no message comes by it any more.", f"W{wanted}")
    return _back(source)


def seen_source(source: str) -> SourceSeen:
    """Give a source that is configured, whether or not a feed reads it; `NotFound` where there is none."""
    found = source_named(world(), sight(), source)
    if found is None:
        raise NotFound("there is no such source")
    return found


def looked_at(feed: str) -> Look:
    """Look at what a feed's source has now; without values for who sees nobody's."""
    if feed not in world().workspace.feeds:
        raise NotFound("there is no such feed")
    with alone():
        look = look_at(world(), world().workspace.feeds[feed], Progress(quiet=True))
    people = who().sight(Right.SEE_PEOPLE)
    return look if people is not None and people.everybody else without_values(look)


def _finish(source: str, address: str) -> Response:
    seen_source(source)
    try:
        finish_connection(world(), source, address, actor())
    except SyncError as wrong:
        return _back(source, wrong)
    tell("{} is connected: its tokens are kept sealed, and renewed when they are over.", source)
    return _back(source)


def _back(source: str, wrong: SyncError | None = None) -> Response:
    if wrong is not None:
        note_refusal(wrong)
        tell_wrong(wrong.message)
    return redirect(url_for("sources.one", source=source), 303)
