"""The JSON API of statements: one participant's pay with its steps, as a document and as the files of the page."""

from __future__ import annotations

from flask import Blueprint
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from api.asking import sight, texts, world
from api.documents import ExplainAsked, Item, Items, Paged
from api.security import csrf
from api.spec import file_route, route, sent
from api.statements import PDF, SHEET, statement_file
from syncd.documents import Document
from syncd.pay.statement_files import statement_pdf, statement_sheet
from syncd.seen.statements import StatementSeen, own_document, own_periods, statement_seen

routes = Blueprint("v1_statements", __name__, url_prefix="/api/v1")
csrf.exempt(routes)  # as all of the API


@routes.get("/statements")
@route(query=Paged, gives=Items)
def own() -> Document:
    """List the pay periods of who asks, the newest first; none where they are no participant.

    `next` is the `after` of the following page: how many came before it.
    """
    asked, found = sent(Paged), own_periods(world(), sight().own)
    last = asked.after + asked.limit
    items = [own_document(one) for one in found[asked.after : last]]
    return {"items": items, "next": last if len(found) > last else None}


@routes.get("/statements/<key>/<period>")
@route(gives=Item)
def one(key: str, period: str) -> Document:
    """Give one participant's pay for one pay period, with its steps."""
    return _statement(key, period, None).document


@routes.get("/statements/<key>/<period>/pdf")
@file_route(PDF)
def pdf(key: str, period: str) -> Response:
    """Give the same to print, in the language that the request asks for (Accept-Language)."""
    found = _statement(key, period, None)
    return statement_file(statement_pdf(found.document, texts()), found, "pdf", PDF)


@routes.get("/statements/<key>/<period>/xlsx")
@file_route(SHEET)
def sheet(key: str, period: str) -> Response:
    """Give the same to calculate with, in the language that the request asks for."""
    found = _statement(key, period, None)
    return statement_file(statement_sheet(found.document, texts()), found, "xlsx", SHEET)


@routes.get("/explain/<key>/<period>")
@route(query=ExplainAsked, gives=Item)
def explain(key: str, period: str) -> Document:
    """Give every step of what a participant is owed, down to the source rows; or what one transaction adds."""
    return _statement(key, period, sent(ExplainAsked).transaction).explanation


def _statement(key: str, period: str, transaction: str | None) -> StatementSeen:
    found = statement_seen(world(), sight(), key, period, transaction)
    if found is None:
        raise NotFound("there is no such statement among those you see")
    return found
