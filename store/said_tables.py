"""Tables of what people say against the sources: who is not whom, and values that hide theirs.

Links, which say who is whom, stand in `store.tables` with people.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Date, ForeignKey, Index, Table, Text

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

override = Table(
    "override",
    metadata,
    an_id(),
    always("person", BigInteger, ForeignKey("person.id"), index=True),
    always("engagement", Text),
    always("attribute", Text),
    always("value", Text),
    Column("until", Date),
    Column("change", BigInteger, ForeignKey("change.id")),
    always("by", Text),
    always("reason", Text),
    always("revision", BigInteger),
    Column("ended_revision", BigInteger),
    Column("ended_by", Text),
    Column("ended_why", Text),
)
