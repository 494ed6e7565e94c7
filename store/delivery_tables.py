"""Tables of what is written into other systems: deliveries, their rows, and the jobs that took them there."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Table, Text

from store.columns import Id, Instant, always, an_id
from store.tables import metadata

delivery = Table(
    "delivery",
    metadata,
    an_id(),
    always("target", Text),
    always("pay_run", BigInteger, ForeignKey("pay_run.id"), index=True),
    always("meaning", Text),
    always("place", Text, server_default=""),
    always("digest", Text),
    always("rows", BigInteger),
    always("state", Text),
    always("previewed_by", Text),
    always("previewed_at", Instant),
    Column("approved_by", Text),
    Column("ended_at", Instant),
    Column("reason", Text),
)

delivery_row = Table(
    "delivery_row",
    metadata,
    Column("delivery", Id, ForeignKey("delivery.id"), primary_key=True, autoincrement=False),
    Column("position", Id, primary_key=True, autoincrement=False),
    always("key", Text),
    always("cells", Text),
    always("state", Text),
    always("tries", BigInteger),
    Column("job", Text),
    Column("code", Text),
    Index(None, "delivery", "state"),
    Index(None, "key"),
)

delivery_job = Table(
    "delivery_job",
    metadata,
    Column("job", Text, primary_key=True),
    always("delivery", BigInteger, ForeignKey("delivery.id"), index=True),
    always("begun_at", Instant),
    Column("ended_at", Instant),
)
