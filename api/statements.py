"""Statements: one participant, one pay period, with the steps of every amount; as page, PDF and spreadsheet."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from api.asking import sight, texts, world
from domain.errors import FixFile
from syncd.pay.statement_files import statement_pdf, statement_sheet
from syncd.seen.statements import StatementSeen, own_periods, person_named, statement_seen

pages = Blueprint("statements", __name__)

#: The media types of a statement as a file.
PDF, SHEET = "application/pdf", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pages.get("/statements")
def own() -> str | Response:
    """Show somebody's own pay, pay period by pay period; who sees that of others begins with results."""
    seen = sight()
    if not seen.own:
        return redirect(url_for("results.page"))
    return render_template(
        "own_pay.html", person=person_named(world(), seen.own), found=own_periods(world(), seen.own),
        is_more=not seen.is_of_themselves,
    )  # fmt: skip


@pages.get("/statements/<key>/<period>")
def one(key: str, period: str) -> str:
    """Show a statement."""
    found = _statement(key, period)
    return render_template("statement.html", found=found, document=found.document)


@pages.get("/statements/<key>/<period>.pdf")
def pdf(key: str, period: str) -> Response:
    """Give a statement to print."""
    found = _statement(key, period)
    return statement_file(statement_pdf(found.document, texts()), found, "pdf", PDF)


@pages.get("/statements/<key>/<period>.xlsx")
def sheet(key: str, period: str) -> Response:
    """Give a statement to calculate with."""
    found = _statement(key, period)
    return statement_file(statement_sheet(found.document, texts()), found, "xlsx", SHEET)


def _statement(key: str, period: str) -> StatementSeen:
    try:
        found = statement_seen(world(), sight(), key, period)
    except FixFile as error:
        raise NotFound(error.message) from None
    if found is None:
        raise NotFound("there is no such statement among those you see")
    return found


def statement_file(content: bytes, found: StatementSeen, ending: str, kind: str) -> Response:
    """Answer with a statement as a file of a media type."""
    answer = Response(content, content_type=kind)
    name = f"statement-P{found.person.id}-{found.period.label}.{ending}"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
