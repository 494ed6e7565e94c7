"""Tables of who may log in, what they may do, and what was answered to whom already."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Table, Text

from store.columns import Id, Instant, always, an_id
from store.tables import metadata

known_user = Table(
    "known_user",
    metadata,
    an_id(),
    always("name", Text),
    always("folded", Text),
    Column("person", BigInteger, ForeignKey("person.id")),
    Column("password", Text),
    always("made_at", Instant),
    Column("ended_at", Instant),
    Index("uq_known_user_folded", "folded", unique=True),
)

user_identity = Table(
    "user_identity",
    metadata,
    Column("issuer", Text, primary_key=True),
    Column("subject", Text, primary_key=True),
    always("user", BigInteger, ForeignKey("known_user.id"), index=True),
    always("made_at", Instant),
)

user_role = Table(
    "user_role",
    metadata,
    Column("user", Id, ForeignKey("known_user.id"), primary_key=True, autoincrement=False),
    Column("role", Text, primary_key=True),
    Column("population", Text, primary_key=True),
    always("made_at", Instant),
)

user_session = Table(
    "user_session",
    metadata,
    Column("digest", Text, primary_key=True),
    always("user", BigInteger, ForeignKey("known_user.id"), index=True),
    always("how", Text),
    always("begun_at", Instant),
    always("until", Instant),
    Column("ended_at", Instant),
)

user_token = Table(
    "user_token",
    metadata,
    an_id(),
    always("user", BigInteger, ForeignKey("known_user.id"), index=True),
    always("prefix", Text),
    always("digest", Text),
    always("scope", Text),
    always("made_at", Instant),
    always("until", Instant),
    Column("ended_at", Instant),
    Index("uq_user_token_prefix", "prefix", unique=True),
)

answered_request = Table(
    "answered_request",
    metadata,
    Column("user", Id, ForeignKey("known_user.id"), primary_key=True, autoincrement=False),
    Column("route", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    always("body", Text),
    Column("status", BigInteger),
    Column("answer", Text),
    always("at", Instant, index=True),
)
