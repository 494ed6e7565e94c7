"""Tables of what goes outside, of what operators are told, and of how often a database was begun anew."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Table, Text

from store.columns import Instant, always, an_id, where
from store.tables import metadata

effect = Table(
    "effect",
    metadata,
    an_id(),
    always("kind", Text),
    always("target", Text),
    always("payload", Text),
    always("key", Text),
    always("state", Text),
    always("asked_at", Instant),
    always("not_before", Instant),
    always("token", BigInteger),
    always("attempts", BigInteger),
    Column("worker", Text),
    Column("lease_until", Instant),
    Column("ended_at", Instant),
    Column("receipt", Text),
    Column("code", Text),
    Column("by", Text),
    Column("reason", Text),
    Index(None, "state", "not_before"),
    Index("uq_effect_key", "key", unique=True),
)

alert = Table(
    "alert",
    metadata,
    an_id(),
    always("kind", Text),
    always("about", Text),
    always("cause", Text),
    always("facts", Text),
    always("since", Instant),
    Column("over", Instant),
    Index("uq_alert_open", "cause", unique=True, **where("over IS NULL")),
)

epoch = Table(
    "epoch",
    metadata,
    an_id(),
    always("begun", Instant),
    always("revision", BigInteger),
    always("made", Instant),
    always("by", Text),
)
