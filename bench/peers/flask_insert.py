"""The least that could answer an outbound message: Flask, and one INSERT of its bytes into a database that syncs fully.

Nothing is parsed, checked or known again. Each thread of the server keeps its connection open, as ours do. A place is
the path of a SQLite file, or the address of a database of PostgreSQL.
"""

from __future__ import annotations

import sqlite3
import threading
from typing import Any

from flask import Flask, Response, request

ACK = (
    b'<?xml version="1.0" encoding="UTF-8"?><e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>'
    b'<notificationsResponse xmlns="http://soap.sforce.com/2005/09/outbound"><Ack>true</Ack></notificationsResponse>'
    b"</e:Body></e:Envelope>"
)
_MADE = "CREATE TABLE bare_message (id {} PRIMARY KEY, body {} NOT NULL)"


def prepare(place: str) -> None:
    """Make the table."""
    kinds = ("BIGINT GENERATED ALWAYS AS IDENTITY", "BYTEA") if _is_postgresql(place) else ("INTEGER", "BLOB")
    connection = _connect(place)
    connection.execute(_MADE.format(*kinds))
    connection.commit()
    connection.close()


def served(place: str) -> Flask:
    """Make the application."""
    app, threads = Flask(__name__), threading.local()
    insert = f"INSERT INTO bare_message (body) VALUES ({'%s' if _is_postgresql(place) else '?'})"

    @app.post("/message")
    def message() -> Response:
        if not hasattr(threads, "connection"):
            threads.connection = _connect(place)
        threads.connection.execute(insert, (request.get_data(),))
        threads.connection.commit()
        return Response(ACK, content_type="text/xml")

    return app


def count(place: str) -> int:
    """Count the messages that were kept."""
    connection = _connect(place)
    (found,) = connection.execute("SELECT count(*) FROM bare_message").fetchone()
    connection.close()
    return int(found)


def _is_postgresql(place: str) -> bool:
    return place.startswith("postgresql")


def _connect(place: str) -> Any:  # noqa: ANN401 - a connection of either driver
    """Connect, with the durability that ours has."""
    if _is_postgresql(place):
        import psycopg  # noqa: PLC0415 - only who has PostgreSQL needs it

        return psycopg.connect(place.replace("postgresql+psycopg://", "postgresql://"))
    connection = sqlite3.connect(place)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    return connection
