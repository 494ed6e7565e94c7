"""Every table, as the newest migration leaves it; triggers and the guard against overlap stand there.

Ids are counters, printed with a letter outside. A day is a DATE, the open end of a period 9999-12-31. Values
and lists are compact JSON text. Personal attributes stand in `personal` columns, so that they can be emptied.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Date, ForeignKey, Index, MetaData, Table, Text

from domain.attributes import STRONG_IDS
from store.columns import Id, Instant, always, an_id, period_checks, where

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)

head = Table("head", metadata, an_id(), always("revision", BigInteger), always("chain", Text))

counter = Table("counter", metadata, Column("name", Text, primary_key=True), always("value", BigInteger))

revision = Table(
    "revision",
    metadata,
    Column("revision", Id, primary_key=True, autoincrement=False),
    always("at", Instant, index=True),
    always("act", Text),
)

configuration = Table(
    "configuration",
    metadata,
    Column("hash", Text, primary_key=True),
    always("path", Text),
    always("text", Text),
    always("kept_at", Instant),
)

feed = Table(
    "feed",
    metadata,
    Column("name", Text, primary_key=True),
    always("token", BigInteger),
    Column("cursor", Text),
    Column("cursor_revision", BigInteger),
    Column("full_run", BigInteger),
)

run = Table(
    "run",
    metadata,
    an_id(),
    always("feed", Text, ForeignKey("feed.name")),
    always("token", BigInteger),
    always("state", Text),
    always("dry", Boolean),
    Column("full_read", Boolean),
    Column("complete", Boolean),
    always("today", Date),
    always("started_at", Instant),
    Column("finished_at", Instant),
    always("lease_until", Instant),
    Column("revision", BigInteger),
    Column("mapping_hash", Text),
    always("configuration_hash", Text),
    always("counters", Text),
    Column("hold_reason", Text),
    Column("hold_digest", Text),
    Column("hold", Text),
    Column("since_run", BigInteger),
    Column("released_at", Instant),
    Column("released_by", Text),
    Column("released_reason", Text),
    Column("message", Text),
    Column("as_of", Date),
    Column("code", Text),
    Column("shape", Text),
    Index(None, "feed", "state"),
    Index("uq_run_running", "feed", unique=True, **where("state = 'running' AND NOT dry")),
)

segment = Table(
    "segment",
    metadata,
    an_id(),
    always("feed", Text, ForeignKey("feed.name")),
    always("run", BigInteger, ForeignKey("run.id")),
    always("path", Text),
    always("sha256", Text),
    always("rows", BigInteger),
    always("bytes", BigInteger),
    always("full_read", Boolean),
    always("revision", BigInteger),
    Index(None, "feed", "revision"),
)

person = Table(
    "person",
    metadata,
    an_id(),
    always("kind", Text),
    Column("participant_since", BigInteger),
    Column("run", BigInteger, index=True),
    Column("feed", Text),
    Column("name", Text),
    *(Column(name, Text) for name in STRONG_IDS),
    Column("email", Text),
    Column("hire_date", Date),
    Column("merged_into", BigInteger),
    always("changed", BigInteger, index=True),
    *(
        Index(f"uq_person_{name}", name, unique=True, **where(f"{name} IS NOT NULL AND merged_into IS NULL"))
        for name in STRONG_IDS
    ),
    Index("ix_person_email", "email", **where("email IS NOT NULL")),
    Index("ix_person_merged_into", "merged_into", **where("merged_into IS NOT NULL")),
)

link = Table(
    "link",
    metadata,
    an_id(generated=True),
    always("source", Text),
    always("key", Text),
    always("person", BigInteger, ForeignKey("person.id"), index=True),
    Column("run", BigInteger, index=True),
    always("revision_from", BigInteger, index=True),
    Column("revision_to", BigInteger),
    always("by", Text),
    Column("why", Text),
    Column("ended_by", Text),
    Column("ended_why", Text),
    Index(None, "revision_to", **where("revision_to IS NOT NULL")),
    Index("uq_link_current", "source", "key", unique=True, **where("revision_to IS NULL")),
)

change = Table(
    "change",
    metadata,
    an_id(),
    always("run", BigInteger),
    always("seen_run", BigInteger),
    always("feed", Text),
    Column("source", Text),
    Column("source_key", Text),
    always("person", BigInteger, ForeignKey("person.id"), index=True),
    always("engagement", Text),
    always("kind", Text),
    always("state", Text),
    always("effective", Date),
    Column("source_effective", Date),
    Column("until", Date),
    always("dated_by", Text),
    always("corrected", Boolean),
    Column("ending", Text),
    always("found_by_full_read", Boolean),
    always("fields", Text),
    Column("personal", Text),
    always("fingerprint", Text),
    Column("hint", Text),
    Column("earlier", Text),
    Column("contradicted_by", BigInteger),
    Column("row", BigInteger),
    Column("place", Text),
    always("baseline", BigInteger),
    Column("reason", Text),
    Column("author", Text),
    Column("batch", BigInteger),
    Column("decided_revision", BigInteger),
    Column("rejection", BigInteger),
    Column("reverts", BigInteger),
    Index(None, "state", "id"),
    Index(None, "feed", "state"),
    Index(None, "batch", **where("batch IS NOT NULL")),
    Index(None, "rejection", **where("rejection IS NOT NULL")),
    Index("ix_change_merge", "person", **where("kind = 'merge'")),
    Index("ix_change_redated", "person", **where("dated_by = 'admin'")),
    Index("uq_change_open", "fingerprint", unique=True, **where("state IN ('pending', 'held')")),
)

batch = Table(
    "batch",
    metadata,
    an_id(),
    always("act", Text),
    always("by", Text),
    Column("for_user", Text),
    Column("reason", Text),
    always("at", Instant),
)

decision = Table(
    "decision",
    metadata,
    an_id(),
    always("batch", BigInteger, ForeignKey("batch.id"), index=True),
    always("change", BigInteger, ForeignKey("change.id"), index=True),
    always("verdict", Text),
    always("fields", Text),
    always("effective", Date),
    always("by", Text),
    Column("for_user", Text),
    Column("reason", Text),
    always("at", Instant),
    always("revision", BigInteger),
)

step = Table(
    "step",
    metadata,
    an_id(),
    always("person", BigInteger, ForeignKey("person.id"), index=True),
    always("engagement", Text),
    always("start", Date),
    always("end", Date),
    always("sets", Text),
    Column("personal", Text),
    always("origin", Text),
    always("opens", Boolean),
    always("seq", BigInteger),
    always("decision", BigInteger, ForeignKey("decision.id"), index=True),
    always("revision_from", BigInteger),
    Column("revision_to", BigInteger),
    *period_checks(),
)

version = Table(
    "version",
    metadata,
    an_id(generated=True),
    always("person", BigInteger, ForeignKey("person.id"), index=True),
    always("engagement", Text),
    always("start", Date),
    always("end", Date),
    always("opened", Date),
    always("attributes", Text),
    Column("personal", Text),
    always("revision_from", BigInteger, index=True),
    Column("revision_to", BigInteger),
    *period_checks(),
    Index(None, "revision_to", **where("revision_to IS NOT NULL")),
    Index("ix_version_current", "person", "engagement", "start", **where("revision_to IS NULL")),
)

rejection = Table(
    "rejection",
    metadata,
    an_id(),
    always("change", BigInteger, ForeignKey("change.id"), index=True),
    always("person", BigInteger, ForeignKey("person.id"), index=True),
    always("kind", Text),
    always("scope", Text),
    Column("until", Date),
    always("fields", Text),
    Column("personal", Text),
    Column("source_effective", Date),
    Column("ending", Text),
    always("by", Text),
    always("reason", Text),
    always("on", Date),
    always("revision", BigInteger),
    Column("ended_revision", BigInteger),
    Column("ended_why", Text),
    Column("ended_by", Text),
)

conflict = Table(
    "conflict",
    metadata,
    an_id(),
    always("run", BigInteger, ForeignKey("run.id")),
    always("seen_run", BigInteger),
    always("feed", Text),
    always("source_key", Text),
    Column("person", BigInteger, index=True),
    always("engagement", Text, server_default="main"),
    Column("attribute", Text),
    always("kind", Text),
    always("question", Text),
    always("candidates", Text),
    always("values", Text),
    always("row", BigInteger),
    always("place", Text),
    always("digest", Text),
    always("state", Text),
    Column("answer", Text),
    Column("by", Text),
    Column("reason", Text),
    Column("revision", BigInteger),
    Index(None, "state", "feed"),
)

problem = Table(
    "problem",
    metadata,
    Column("run", Id, ForeignKey("run.id"), primary_key=True, autoincrement=False),
    Column("seq", Id, primary_key=True, autoincrement=False),
    always("severity", Text),
    always("code", Text),
    Column("row", BigInteger),
    Column("place", Text),
    Column("key", Text),
    Column("field", Text),
    Column("column_name", Text),
    Column("value", Text),
    always("message", Text),
)

quarantine = Table(
    "quarantine",
    metadata,
    an_id(),
    always("feed", Text, ForeignKey("feed.name")),
    always("key", Text),
    Column("place", Text),
    always("code", Text),
    always("message", Text),
    always("since_run", BigInteger),
    Column("closed_run", BigInteger),
    Index("uq_quarantine_open", "feed", "key", "code", unique=True, **where("closed_run IS NULL")),
)

audit = Table(
    "audit",
    metadata,
    an_id(),
    always("revision", BigInteger),
    always("at", Instant),
    always("by", Text),
    Column("for_user", Text),
    always("act", Text),
    always("about", Text, index=True),
    Column("reason", Text),
    Column("configuration", Text),
    always("digest", Text),
    always("chain", Text),
)

attribute = Table("attribute", metadata, Column("name", Text, primary_key=True))

mirror = Table(
    "mirror", metadata, Column("name", Text, primary_key=True), always("path", Text), always("revision", BigInteger)
)
