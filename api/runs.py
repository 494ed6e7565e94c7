"""Runs: what each read came to, what is wrong with its rows, how fresh each source is; sync now."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from api.asking import actor, sight, who, world
from api.forms import whole_of
from api.telling import tell
from domain.rights import Right
from syncd.daemon.asking import ask_runs
from syncd.seen.runs import freshness, one_run, run_page

pages = Blueprint("runs", __name__)

_PAGE, _PROBLEMS = 50, 200


@pages.get("/runs")
def runs() -> str:
    """Show how fresh each feed is, and runs, the newest first."""
    found = run_page(world(), sight(), whole_of("before"), _PAGE + 1)
    before = found[_PAGE - 1].run.id if len(found) > _PAGE else None
    return render_template("runs.html", fresh=freshness(world(), sight()), found=found[:_PAGE], before=before)


@pages.get("/runs/<run_id>")
def run(run_id: str) -> str:
    """Show one run: counts that add up, and its problems."""
    wanted = run_id.removeprefix("R")
    seen_people = who().sight(Right.SEE_PEOPLE)
    found = None
    if wanted.isascii() and wanted.isdigit():
        found = one_run(world(), seen_people, int(wanted), whole_of("after") or 0, _PROBLEMS + 1)
    if found is None:
        raise NotFound("there is no such run")
    ran, problems = found
    after = problems[_PROBLEMS - 1][0] if len(problems) > _PROBLEMS else None
    return render_template("run.html", ran=ran, problems=problems[:_PROBLEMS], after=after)


@pages.post("/feeds/<feed>/sync")
def sync(feed: str) -> Response:
    """Let a job wait for a feed."""
    if feed not in world().workspace.feeds:
        raise NotFound("there is no such feed")
    name = world().workspace.feeds[feed].name
    job = ask_runs(world(), [name], actor())[name]
    if job:
        tell("{}: {} waits for a worker.", feed, f"T{job}")
    else:
        tell("{}: a job waits already.", feed)
    return redirect(url_for("runs.runs"), 303)
