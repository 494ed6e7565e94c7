"""The tables that list the files of facts. Nothing in them is ever changed or removed: newer facts follow."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Table, Text

from store.columns import always, an_id
from store.tables import metadata

fact_generation = Table(
    "fact_generation",
    metadata,
    an_id(),
    always("feed", Text, ForeignKey("feed.name")),
    always("run", BigInteger, ForeignKey("run.id")),
    always("number", BigInteger),
    always("kind", Text),
    Column("name", Text),
    always("meaning", Text),
    always("keys", Text),
    always("columns", Text),
    always("revision", BigInteger),
    Index("uq_fact_generation_number", "feed", "number", unique=True),
)

fact_segment = Table(
    "fact_segment",
    metadata,
    an_id(),
    always("generation", BigInteger, ForeignKey("fact_generation.id"), index=True),
    always("run", BigInteger, ForeignKey("run.id")),
    always("replaces", Boolean),
    always("path", Text),
    always("sha256", Text),
    always("rows", BigInteger),
    always("bytes", BigInteger),
    always("revision", BigInteger),
)
