"""The least that could answer an outbound message: Flask, and one INSERT of its bytes into a database that syncs fully.

Nothing is parsed, checked or known again. The connection stays open, as ours does.
"""

from __future__ import annotations

import sqlite3
from typing import Any

from flask import Flask, Response, request

ACK = (
    b'<?xml version="1.0" encoding="UTF-8"?><e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>'
    b'<notificationsResponse xmlns="http://soap.sforce.com/2005/09/outbound"><Ack>true</Ack></notificationsResponse>'
    b"</e:Body></e:Envelope>"
)
MADE = "CREATE TABLE bare_message (id {} PRIMARY KEY, body {} NOT NULL)"


def make(connection: Any, insert: str) -> Flask:  # noqa: ANN401 - a connection of either driver
    """Make the application."""
    app = Flask(__name__)

    @app.post("/message")
    def message() -> Response:
        connection.execute(insert, (request.get_data(),))
        connection.commit()
        return Response(ACK, content_type="text/xml")

    return app


def on_sqlite(path: str) -> tuple[Flask, Any]:
    """Give it on SQLite, with the durability that ours has, and its connection."""
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute(MADE.format("INTEGER", "BLOB"))
    return make(connection, "INSERT INTO bare_message (body) VALUES (?)"), connection


def on_postgresql(url: str) -> tuple[Flask, Any]:
    """Give it on PostgreSQL, and its connection."""
    import psycopg  # noqa: PLC0415 - only who has PostgreSQL needs it

    connection = psycopg.connect(url.replace("postgresql+psycopg://", "postgresql://"))
    connection.execute(MADE.format("BIGINT GENERATED ALWAYS AS IDENTITY", "BYTEA"))
    connection.commit()
    return make(connection, "INSERT INTO bare_message (body) VALUES (%s)"), connection
