"""What waits beside changes: questions, remembered noes, held runs, bad rows."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from api.asking import actor, sight, world
from api.forms import comes_back, reason_of, text_of
from api.telling import tell
from domain.errors import FixFile, Refused
from domain.match import WHO
from domain.rights import Right
from syncd.changes.answering import Answer, answer_value
from syncd.changes.answering import answer as answer_who
from syncd.changes.forgetting import forget_rejection
from syncd.changes.holding import release as release_run
from syncd.names import number
from syncd.seen.matters import bad_rows, remembered
from syncd.seen.matters import holds as held
from syncd.seen.matters import questions as open_questions

pages = Blueprint("matters", __name__)

#: How a choice of the page begins that is a value a source says.
_VALUE = "v:"


@pages.get("/questions")
def questions() -> str:
    """Show questions, each with what can be said."""
    return render_template("questions.html", found=open_questions(world(), sight(Right.SEE_CHANGES)), who=WHO)


@pages.post("/questions/<question>")
def answer(question: str) -> Response | tuple[str, int]:
    """Answer one: who a record is, or which value holds."""
    wanted = _read(question, "Q")
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
        elif said == "other" or said.startswith(_VALUE):
            value = request.form.get("value", "") if said == "other" else said.removeprefix(_VALUE)
            answer_value(world(), wanted, value, reason, actor())
        else:
            raise FixFile("Choose an answer.")
    except FixFile as wrong:
        return comes_back(f"Q{wanted}", FixFile(f"Q{wanted}: {wrong.message}"), questions)
    except Refused as wrong:
        return comes_back(f"Q{wanted}", wrong, questions)
    tell("{} is answered.", f"Q{wanted}")
    return redirect(url_for("matters.questions"), 303)


@pages.get("/rejections")
def rejections() -> str:
    """Show remembered noes, with undo."""
    everything = bool(request.args.get("all"))
    return render_template(
        "rejections.html", everything=everything,
        found=remembered(world(), sight(Right.SEE_CHANGES), everything=everything),
    )  # fmt: skip


@pages.post("/rejections/<rejection>/forget")
def forget(rejection: str) -> Response | tuple[str, int]:
    """Take a no back."""
    wanted = _read(rejection, "J")
    if not any(one.rejection.id == wanted for one in remembered(world(), sight()).rejections):
        raise NotFound("there is no such open rejection among those you see")
    try:
        forget_rejection(world(), wanted, reason_of(), actor())
    except FixFile as wrong:
        return comes_back(f"J{wanted}", FixFile(f"J{wanted}: {wrong.message}"), rejections)
    tell("{} is forgotten: the next run asks again.", f"J{wanted}")
    return redirect(url_for("matters.rejections"), 303)


@pages.get("/holds")
def holds() -> str:
    """Show held runs, and whom each is about."""
    return render_template("holds.html", found=held(world(), sight(Right.SEE_CHANGES)))


@pages.post("/holds/<run>/release")
def release(run: str) -> Response | tuple[str, int]:
    """Let the changes of a held run be decided."""
    wanted = _read(run, "R")
    try:
        freed = release_run(world(), wanted, reason_of(), actor())
    except FixFile as wrong:
        return comes_back(f"R{wanted}", FixFile(f"R{wanted}: {wrong.message}"), holds)
    tell("{} is released: {:,} changes wait for a decision.", f"R{wanted}", freed)
    return redirect(url_for("matters.holds"), 303)


@pages.get("/quarantine")
def quarantine() -> str:
    """Show bad rows that no later read has brought right."""
    return render_template("quarantine.html", found=bad_rows(world(), sight(), text_of("feed")))


def _read(text: str, letter: str) -> int:
    try:
        return number(text, letter, "such thing")
    except FixFile:
        raise NotFound from None
