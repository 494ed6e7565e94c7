"""The JSON API of the configuration: what its page shows and does."""

from __future__ import annotations

from flask import Blueprint

from api.asking import actor, world
from api.documents import Item, Reason
from api.security import csrf
from api.spec import route, sent
from syncd.access.configuring import approve, publish
from syncd.documents import Document
from syncd.seen.configured import configuration_document, seen_configuration, standing_document

routes = Blueprint("v1_configured", __name__, url_prefix="/api/v1")
csrf.exempt(routes)  # as all of the API


@routes.get("/configuration")
@route(gives=Item)
def one() -> Document:
    """Give whether the files count, and how they differ from those that do."""
    return configuration_document(seen_configuration(world()))


@routes.post("/configuration/publish")
@route(json=Reason, gives=Item)
def publishing() -> Document:
    """Say that the files are meant as they are; somebody else then approves them."""
    return standing_document(publish(world(), sent(Reason).reason, actor()))


@routes.post("/configuration/approve")
@route(json=Reason, gives=Item)
def approving() -> Document:
    """Let the files count that somebody else published."""
    return standing_document(approve(world(), sent(Reason).reason, actor()))
