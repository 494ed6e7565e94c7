"""What waits beside changes: questions, remembered noes, held runs, bad rows."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from api.asking import actor, sight, world
from api.forms import reason_of, text_of
from domain.errors import FixFile
from domain.match import WHO
from syncd.changes.answering import Answer, answer_value
from syncd.changes.answering import answer as answer_who
from syncd.changes.forgetting import forget_rejection
from syncd.changes.holding import release as release_run
from syncd.names import number
from syncd.seen.matters import bad_rows, remembered
from syncd.seen.matters import holds as held
from syncd.seen.matters import questions as open_questions

pages = Blueprint("matters", __name__)


@pages.get("/questions")
def questions() -> str:
    """Show questions, each with what can be said."""
    return render_template("questions.html", found=open_questions(world(), sight()), who=WHO)


@pages.post("/questions/<question>")
def answer(question: str) -> Response:
    """Answer one: who a record is, or which value holds."""
    wanted, back = _read(question, "Q"), redirect(url_for("matters.questions"), 303)
    asked = next((one for one in open_questions(world(), sight(), everything=True) if one.id == wanted), None)
    if asked is None:
        raise NotFound("there is no such question among those you see")
    try:
        said, reason = text_of("answer"), reason_of()
        if said is None:
            raise FixFile("Choose an answer.")
        if asked.conflict.kind == WHO:
            kind, _, key = said.partition(":")
            if kind not in {one.value for one in Answer}:
                raise FixFile("Choose an answer.")
            key = (text_of("key") or "") if key == "other" else key
            if Answer(kind) is Answer.IS and not key:
                raise FixFile("Say who it is: P12, an id, or an e-mail.")
            answer_who(world(), wanted, Answer(kind), key or None, reason, actor())
        else:
            answer_value(world(), wanted, request.form.get("value", "") if said == "other" else said[2:], reason,
                         actor())  # fmt: skip
    except FixFile as wrong:
        flash(f"Q{wanted}: {wrong.message}", "wrong")
        return back
    flash(f"Q{wanted} is answered.")
    return back


@pages.get("/rejections")
def rejections() -> str:
    """Show remembered noes, with undo."""
    everything = bool(request.args.get("all"))
    return render_template(
        "rejections.html", found=remembered(world(), sight(), everything=everything), everything=everything
    )


@pages.post("/rejections/<rejection>/forget")
def forget(rejection: str) -> Response:
    """Take a no back."""
    wanted, back = _read(rejection, "J"), redirect(url_for("matters.rejections"), 303)
    if not any(one.rejection.id == wanted for one in remembered(world(), sight()).rejections):
        raise NotFound("there is no such open rejection among those you see")
    try:
        forget_rejection(world(), wanted, reason_of(), actor())
    except FixFile as wrong:
        flash(f"J{wanted}: {wrong.message}", "wrong")
        return back
    flash(f"J{wanted} is forgotten: the next run asks again.")
    return back


@pages.get("/holds")
def holds() -> str:
    """Show held runs, and whom each is about."""
    return render_template("holds.html", found=held(world(), sight()))


@pages.post("/holds/<run>/release")
def release(run: str) -> Response:
    """Let the changes of a held run be decided."""
    wanted, back = _read(run, "R"), redirect(url_for("matters.holds"), 303)
    try:
        freed = release_run(world(), wanted, reason_of(), actor())
    except FixFile as wrong:
        flash(f"R{wanted}: {wrong.message}", "wrong")
        return back
    flash(f"R{wanted} is released: {freed:,} changes wait for a decision.")
    return back


@pages.get("/quarantine")
def quarantine() -> str:
    """Show bad rows that no later read has brought right."""
    return render_template("quarantine.html", found=bad_rows(world(), sight(), text_of("feed")))


def _read(text: str, letter: str) -> int:
    try:
        return number(text, letter, "such thing")
    except FixFile:
        raise NotFound from None
