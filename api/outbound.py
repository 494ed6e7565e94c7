"""Outbound messages of Salesforce: `POST /outbound/SECRET`. What is kept is acknowledged, nothing else is.

Salesforce takes a delivery for done only when the status is 200 and the envelope says so; everything else comes again,
for a day. The secret is taken out of what a server may log before anything else happens.
"""

from __future__ import annotations

from http import HTTPStatus

from flask import Blueprint, Response, request
from werkzeug.exceptions import HTTPException

from api.asking import workplace, world
from api.security import csrf, limiter
from domain.errors import ReadFailed, SyncError
from syncd.daemon.log import fault_of, say
from syncd.outbound.paths import path_shown
from syncd.outbound.receiving import LARGEST, receive

routes = Blueprint("outbound", __name__)
csrf.exempt(routes)  # no browser of ours sends these

#: How often a stranger may try from one address; those who know a path are not counted.
STRANGERS = "60 per minute"

_HIDDEN = "/outbound/-"
_LOGGED = ("PATH_INFO", "RAW_URI", "REQUEST_URI", "werkzeug.request_uri")
_ENVELOPE = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body>{}</soapenv:Body>'
    "</soapenv:Envelope>\n"
)
_ACK = '<notificationsResponse xmlns="http://soap.sforce.com/2005/09/outbound"><Ack>true</Ack></notificationsResponse>'
_FAULT = "<soapenv:Fault><faultcode>soapenv:{}</faultcode><faultstring>{}</faultstring></soapenv:Fault>"


@routes.post("/outbound/<secret>")
@limiter.limit(STRANGERS, deduct_when=lambda answer: answer.status_code == HTTPStatus.FORBIDDEN)
def message(secret: str) -> Response:
    """Take a message of whoever knows the path and is of the org that it is for."""
    for name in _LOGGED:
        if name in request.environ:
            request.environ[name] = _HIDDEN
    path = path_shown(world(), secret)
    if path is None:
        return _fault(HTTPStatus.FORBIDDEN, "Client", "nobody is expected here")
    request.max_content_length = LARGEST
    kept = receive(world(), path, request.get_data(cache=False))
    now = world().now()
    if kept is None:
        say(now, "web", "outbound.refused", source=path.source, path=f"W{path.id}")
        return _fault(HTTPStatus.FORBIDDEN, "Client", "this is not the organization that is expected here")
    say(now, "web", "outbound.kept", source=path.source, path=f"W{path.id}", message=kept.number, new=len(kept.fresh))
    return _answer(HTTPStatus.OK, _ACK)


@routes.errorhandler(Exception)
def failed(error: Exception) -> Response:
    """Say that it was not kept; the log says why, in words of ours."""
    if isinstance(error, HTTPException) and error.code == HTTPStatus.TOO_MANY_REQUESTS:
        return _fault(HTTPStatus.TOO_MANY_REQUESTS, "Client", "too often")
    told = error.code if isinstance(error, SyncError) else fault_of(error)
    say(workplace().opened.now(), "web", "outbound.failed", why=told)
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
