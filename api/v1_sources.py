"""The JSON API of sources: what the pages show and do of them."""

from __future__ import annotations

from flask import Blueprint

from api.asking import actor, sight, world
from api.documents import Answered, Item, Items
from api.programs import read_id
from api.security import csrf
from api.sources import looked_at, seen_source
from api.spec import route, sent
from syncd.connecting.agreeing import begin_connection, finish_connection
from syncd.documents import Document
from syncd.outbound import paths
from syncd.seen.looks import look_document
from syncd.seen.sources import PathSeen, path_document, path_of, source_document, sources

routes = Blueprint("v1_sources", __name__, url_prefix="/api/v1")
csrf.exempt(routes)  # as all of the API


@routes.get("/sources")
@route(gives=Items)
def listed() -> Document:
    """List the sources that feeds read, by name, with what is made of their rows."""
    return {"items": [source_document(one) for one in sources(world(), sight())], "next": None}


@routes.get("/sources/<source>")
@route(gives=Item)
def one(source: str) -> Document:
    """Give one source."""
    return source_document(seen_source(source))


@routes.post("/feeds/<feed>/check")
@route(gives=Item)
def check(feed: str) -> Document:
    """Look at what a feed's source has now; nothing is kept, and nothing is taken away."""
    return look_document(looked_at(feed))


@routes.post("/sources/<source>/connect")
@route(gives=Item)
def connect(source: str) -> Document:
    """Give where a person agrees to a source, in a browser."""
    seen_source(source)
    asked = begin_connection(world(), source, actor())
    return {"source": asked.source, "open": asked.address}


@routes.post("/sources/<source>/answer")
@route(json=Answered, gives=Item)
def answer(source: str) -> Document:
    """Take the address that the browser of who agreed was sent back to."""
    seen_source(source)
    return {"source": finish_connection(world(), source, sent(Answered).answer, actor()), "connected": True}


@routes.post("/sources/<source>/paths")
@route(gives=Item)
def make_path(source: str) -> Document:
    """Make a secret path for a source's messages; the address is given this once, and kept nowhere."""
    seen_source(source)
    made, address = paths.make_path(world(), source, actor())
    return {**path_document(PathSeen(made, 0, None)), "address": address}


@routes.post("/sources/<source>/paths/<path_id>/end")
@route(gives=Item)
def end_path(source: str, path_id: str) -> Document:
    """Let no message come by a path any more."""
    wanted = read_id(path_id, "W")
    path_of(seen_source(source), wanted)
    paths.end(world(), wanted, actor())
    return {"ended": f"W{wanted}"}
