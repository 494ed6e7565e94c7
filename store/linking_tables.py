"""The table of who is not whom. Links, which say who is whom, stand in `store.tables` with people."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Table, Text

from store.columns import always, an_id, where
from store.tables import metadata

apart = Table(
    "apart",
    metadata,
    an_id(),
    always("source", Text),
    always("source_key", Text),
    always("person", BigInteger, ForeignKey("person.id"), index=True),
    always("by", Text),
    always("why", Text),
    always("revision_from", BigInteger),
    Column("revision_to", BigInteger),
    Column("ended_by", Text),
    Column("ended_why", Text),
    Index("uq_apart_current", "source", "source_key", "person", unique=True, **where("revision_to IS NULL")),
)
