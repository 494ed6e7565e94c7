"""The OpenAPI document, made from the routes themselves, and a page to read it: the one place that knows SpecTree."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any, TypeVar

from flask import Blueprint, Flask, current_app, render_template, request
from pydantic import BaseModel
from spectree import Response, SecurityScheme, SpecTree
from spectree.models import SecureType, SecuritySchemeData

from api.documents import Problem
from domain.errors import FixFile

pages = Blueprint("spec", __name__)

_F = TypeVar("_F", bound=Callable[..., Any])
_M = TypeVar("_M", bound=BaseModel)


def _refuse(_request: object, _answer: object, wrong: Any, _instance: object, _models: object) -> None:  # noqa: ANN401 - pydantic's error, through SpecTree
    """Tell what does not fit, in place of SpecTree's own answer."""
    if wrong is not None:
        told = "; ".join(
            f"{'.'.join(str(part) for part in one['loc']) or 'the body'}: {one['msg']}"
            for one in wrong.errors(include_url=False, include_context=False, include_input=False)[:10]
        )
        raise FixFile(told)


_SETTINGS: dict[str, Any] = {
    "openapi_version": "3.1.0",
    "title": "Participant Sync",
    "version": "v1",
    "security_schemes": [SecurityScheme(name="token", data=SecuritySchemeData(type=SecureType.HTTP, scheme="bearer"))],
    "security": {"token": []},
}
_spec = SpecTree(
    "flask",
    mode="strict",
    path="openapi",  # its own pages, which are not served: whatever lies below it is left out of the document
    annotations=False,
    page_templates={},
    before=_refuse,
    naming_strategy=lambda model: model.__name__,
    validation_error_model=Problem,
    **_SETTINGS,
)
#: How the description of an answer begins that is a file; its media type follows.
_FILE = "a file: "
_FAILURES = {f"HTTP_{status}": Problem for status in (400, 401, 403, 404, 409, 413, 415, 422, 429, 500, 503)}


def route(
    *,
    query: type[BaseModel] | None = None,
    json: type[BaseModel] | None = None,
    gives: type[BaseModel],
    later: type[BaseModel] | None = None,
) -> Callable[[_F], _F]:
    """Say what a route takes and gives: checked at each request, and part of the OpenAPI document.

    later  what it gives, as 202, where a job does what is asked
    """
    accepted = {"HTTP_202": later} if later else {}
    answers = Response(HTTP_200=gives, **accepted, **_FAILURES)
    return _spec.validate(query=query, json=json, resp=answers, skip_validation=False)


def file_route(kind: str) -> Callable[[_F], _F]:
    """Say that a route takes nothing but its address, and gives a file of a media type."""
    return _spec.validate(resp=Response(HTTP_200=(None, f"{_FILE}{kind}"), **_FAILURES), skip_validation=True)


def sent(model: type[_M]) -> _M:
    """Give what this request's body or address says."""
    context = request.context  # type: ignore[attr-defined] # SpecTree puts it there
    found = context.json if request.method == "POST" else context.query
    if not isinstance(found, model):
        raise FixFile("send JSON, with Content-Type: application/json")
    return found


def describe(app: Flask) -> None:
    """Make the document of an application, once its routes are there."""
    _spec.app = app
    with app.app_context():
        document: dict[str, Any] = deepcopy(_spec.spec)  # it keeps its own
    for path, methods in document["paths"].items():
        for operation in methods.values():
            for status, answer in operation["responses"].items():
                if answer["description"].startswith(_FILE):
                    kind = answer["description"].removeprefix(_FILE)
                    answer.update(
                        description="A file", content={kind: {"schema": {"type": "string", "format": "binary"}}}
                    )
                if int(status) >= 400 and "content" in answer:  # noqa: PLR2004 - a failure
                    answer["content"] = {"application/problem+json": answer["content"].pop("application/json")}
            if "post" in methods and path.startswith("/api/v1"):
                operation.setdefault("parameters", []).append(_KEY)
    app.extensions["syncd.openapi"] = document


_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "maxLength": 200},
    "description": "Sent again with the same body within two days, the first answer is given again.",
}


@pages.get("/api/openapi.json")
def document() -> dict[str, Any]:
    """Give the OpenAPI document."""
    found: dict[str, Any] = current_app.extensions["syncd.openapi"]
    return found


@pages.get("/api/")
def page() -> str:
    """Show it to a reader."""
    return render_template("api.html", spec=document())
