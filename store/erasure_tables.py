"""Tables of what was erased: who asked for it and did it, what gave another digest before, what facts name them by."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Index, Table, Text

from store.columns import Instant, always, an_id, where
from store.tables import metadata

erasure = Table(
    "erasure",
    metadata,
    an_id(),
    always("person", BigInteger, ForeignKey("person.id"), index=True),
    always("asked_by", Text),
    always("asked_reason", Text),
    always("asked_revision", BigInteger),
    Column("by", Text),
    Column("reason", Text),
    Column("at", Instant),
    Column("revision", BigInteger),
    CheckConstraint('revision IS NULL OR ("by" IS NOT NULL AND reason IS NOT NULL AND at IS NOT NULL)', name="done"),
    Index("uq_erasure_waiting", "person", unique=True, **where("revision IS NULL")),
)

emptied = Table(
    "emptied",
    metadata,
    an_id(generated=True),
    always("erasure", BigInteger, ForeignKey("erasure.id"), index=True),
    always("about", Text),
    always("before", Text),
    always("after", Text),
)

kept_name = Table(
    "kept_name",
    metadata,
    an_id(generated=True),
    always("erasure", BigInteger, ForeignKey("erasure.id"), index=True),
    always("owner", Text),
    always("person", BigInteger, ForeignKey("person.id")),
    always("revision_from", BigInteger),
    Column("revision_to", BigInteger),
)
