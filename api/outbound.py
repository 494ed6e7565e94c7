"""Outbound messages of Salesforce: `POST /outbound/SECRET`. What is kept is acknowledged, nothing else is.

They are taken before the application of the pages is asked anything: no browser of ours sends them, so there is no
session, no form and nobody logged in to look for, and the secret is gone before anything can log it. Salesforce takes
a delivery for done only when the status is 200 and the envelope says so; everything else comes again, for a day.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from http import HTTPStatus
from typing import TYPE_CHECKING

from flask import Flask
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Request, Response

from api.asking import Workplace
from api.security import UNKEPT, Minute, headers_of
from domain.errors import ReadFailed, SyncError
from syncd.daemon.log import fault_of, say
from syncd.outbound.paths import KnownPaths
from syncd.outbound.receiving import LARGEST, Unkept, receive
from syncd.world import World

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

#: How often a stranger may try from one address within a minute; those who know a path are not counted.
STRANGERS = 60

_UNDER = "/outbound/"
_HIDDEN = f"{_UNDER}-"
_LOGGED = ("PATH_INFO", "RAW_URI", "REQUEST_URI", "werkzeug.request_uri")
_ENVELOPE = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body>{}</soapenv:Body>'
    "</soapenv:Envelope>\n"
)
_ACK = '<notificationsResponse xmlns="http://soap.sforce.com/2005/09/outbound"><Ack>true</Ack></notificationsResponse>'
_FAULT = "<soapenv:Fault><faultcode>soapenv:{}</faultcode><faultstring>{}</faultstring></soapenv:Fault>"


def take_messages(app: Flask, workplace: Workplace) -> None:
    """Let an application take messages, and its pages all else."""
    pages, paths, strangers = app.wsgi_app, KnownPaths(), Minute(STRANGERS)
    headers = headers_of(workplace.log_in) | UNKEPT

    def first(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if not path.startswith(_UNDER):
            return pages(environ, start)
        for name in _LOGGED:
            if name in environ:
                environ[name] = _HIDDEN
        answer = _answered(workplace, paths, strangers, Request(environ), path.removeprefix(_UNDER))
        answer.headers.extend(headers)
        return answer(environ, start)

    app.wsgi_app = first  # type: ignore[assignment, method-assign]  # as Flask says that it is done


def _answered(workplace: Workplace, paths: KnownPaths, strangers: Minute, request: Request, secret: str) -> Response:
    """Take a message of whoever knows the path and is of the org that it is for."""
    if request.method != "POST":
        return Response(status=HTTPStatus.METHOD_NOT_ALLOWED, headers={"Allow": "POST"})
    stranger = request.remote_addr or ""
    if seconds := strangers.wait(stranger):
        refused = _fault(HTTPStatus.TOO_MANY_REQUESTS, "Client", "too often")
        refused.retry_after = seconds
        return refused
    try:
        answer = _message(workplace.world(), paths, request, secret)
        if answer.status_code == HTTPStatus.FORBIDDEN:
            strangers.count(stranger)
    except Exception as error:  # noqa: BLE001 - the outermost shell: whatever it is, Salesforce sends it again
        return _failed(workplace.opened.now(), error)
    return answer


def _message(world: World, paths: KnownPaths, request: Request, secret: str) -> Response:
    path = paths.shown(world, secret)
    if path is None:
        return _fault(HTTPStatus.FORBIDDEN, "Client", Unkept.PATH)
    request.max_content_length = LARGEST + 1  # in pieces, nothing says that it was cut there: one more than is read
    try:
        kept, now = receive(world, path, request.get_data(cache=False)), world.now()
    except (ReadFailed, HTTPException):
        paths.forget(path)
        if paths.shown(world, secret) is None:  # it has ended: what is wrong with a message is not for strangers
            return _fault(HTTPStatus.FORBIDDEN, "Client", Unkept.PATH)
        raise
    if kept is Unkept.PATH:
        paths.forget(path)
    elif kept is Unkept.ORGANIZATION:
        say(now, "web", "outbound.refused", source=path.source, path=f"W{path.id}")
    if isinstance(kept, Unkept):
        return _fault(HTTPStatus.FORBIDDEN, "Client", kept)
    say(now, "web", "outbound.kept", source=path.source, path=f"W{path.id}", message=kept.number, new=len(kept.fresh))
    return _answer(HTTPStatus.OK, _ACK)


def _failed(now: datetime, error: Exception) -> Response:
    """Say that it was not kept; the log says why, in words of ours."""
    told = error.code if isinstance(error, SyncError) else fault_of(error)
    say(now, "web", "outbound.failed", why=told)
    if isinstance(error, ReadFailed):
        return _fault(HTTPStatus.INTERNAL_SERVER_ERROR, "Client", error.message)
    is_theirs = isinstance(error, HTTPException)
    return _fault(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "Client" if is_theirs else "Server",
        "this could not be read" if is_theirs else "this could not be kept; send it again",
    )


def _fault(status: HTTPStatus, whose: str, text: str) -> Response:
    return _answer(status, _FAULT.format(whose, text))


def _answer(status: HTTPStatus, content: str) -> Response:
    return Response(_ENVELOPE.format(content), status, content_type="text/xml; charset=utf-8")
