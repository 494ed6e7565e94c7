"""What goes wrong, as a page or, for a program, as a problem document (RFC 9457)."""

from __future__ import annotations

import json
import traceback

from flask import Flask, render_template, request
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from api.asking import is_api, note_refusal, refused, texts
from domain.errors import SyncError
from syncd.catalogue import told

_TITLES = {
    400: told("That was not understood"),
    401: told("Log in first"),
    403: told("That is not yours to do"),
    404: told("There is no such page"),
    405: told("That is not how this is asked"),
    413: told("That is too much at once"),
    415: told("Send JSON"),
    429: told("Too often"),
}


def tell_failures(app: Flask) -> None:
    """Let an application answer whatever goes wrong."""
    app.register_error_handler(HTTPException, _of_http)
    app.register_error_handler(SyncError, _of_ours)
    app.register_error_handler(Exception, _of_nobody)


def problem(status: int, title: str, detail: str | None, **more: object) -> Response:
    """Give a problem document."""
    document = {"type": "about:blank", "title": title, "status": status, "detail": detail, **more}
    return Response(json.dumps(document, ensure_ascii=False), status, content_type="application/problem+json")


def _of_http(error: HTTPException) -> Response:
    status = error.code or 500
    given = error.get_response()
    if status < 400:  # noqa: PLR2004 - a redirect
        return Response(given.get_data(), status, dict(given.headers))
    own = error.description if error.description != type(error).description else None
    answer = _answer(status, _TITLES.get(status, error.name), own)
    for name in ("Allow", "Retry-After"):
        if name in given.headers:
            answer.headers[name] = given.headers[name]
    return answer


def _of_ours(error: SyncError) -> Response:
    if request.method not in ("GET", "HEAD"):
        note_refusal(error)
    status, title = refused(error)
    return _answer(status, title, error.message)


def _of_nobody(_error: Exception) -> Response:
    traceback.print_exc()
    return _answer(
        500, told("Something went wrong here"), "It is a fault of syncd itself; the operator's log says which."
    )


def _answer(status: int, title: str, detail: str | None) -> Response:
    if is_api():
        return problem(status, title, detail)
    page = render_template("failed.html", title=texts().get(title), detail=detail)
    return Response(page, status, content_type="text/html")
