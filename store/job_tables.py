"""Tables of what is to be done by itself: jobs, and how far each schedule was looked at."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Table, Text

from store.columns import Instant, always, an_id, where
from store.tables import metadata

job = Table(
    "job",
    metadata,
    an_id(),
    always("act", Text),
    always("about", Text),
    always("state", Text),
    always("asked_at", Instant),
    always("asked_by", Text),
    Column("planned", Instant),
    always("not_before", Instant),
    always("token", BigInteger),
    always("attempts", BigInteger),
    Column("worker", Text),
    Column("started_at", Instant),
    Column("lease_until", Instant),
    Column("finished_at", Instant),
    Column("run", BigInteger),
    Column("outcome", Text),
    Column("message", Text),
    Column("asked", Text),
    Column("doing", Text),
    Column("done", BigInteger),
    Column("total", BigInteger),
    Index(None, "state"),
    Index("uq_job_waiting", "act", "about", unique=True, **where("state = 'waiting'")),
    Index("uq_job_running", "act", "about", unique=True, **where("state = 'running'")),
)

schedule = Table(
    "schedule",
    metadata,
    Column("feed", Text, primary_key=True),
    always("meaning", Text),
    always("begun", Instant),
    always("looked_until", Instant),
    Column("skipped", Instant),
)
