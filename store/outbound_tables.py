"""Tables of outbound messages: by which secret paths they come, which came, which records they name."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Table, Text

from store.columns import Instant, always, an_id
from store.tables import metadata

outbound_path = Table(
    "outbound_path",
    metadata,
    an_id(),
    always("source", Text),
    always("digest", Text),
    always("made_at", Instant),
    Column("ended_at", Instant),
    Index("uq_outbound_path_digest", "digest", unique=True),
)

outbound_message = Table(
    "outbound_message",
    metadata,
    an_id(generated=True),
    always("path", BigInteger, ForeignKey("outbound_path.id"), index=True),
    always("source", Text),
    always("state", Text),
    Column("organization", Text),
    Column("action", Text),
    always("digest", Text),
    always("notifications", BigInteger),
    always("received_at", Instant, index=True),
)

outbound_notification = Table(
    "outbound_notification",
    metadata,
    Column("source", Text, primary_key=True),
    Column("notification", Text, primary_key=True),
    always("message", BigInteger, ForeignKey("outbound_message.id"), index=True),
    Column("object", Text),
    Column("record", Text),
    sqlite_with_rowid=False,  # the key is the row: half as much to write
)
