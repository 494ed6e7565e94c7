"""Tables of plans and of calculations: what was published and approved, and what was found from it.

Nothing in them is ever changed or removed: a plan is followed by another version, a calculation by another one.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Date, ForeignKey, Index, Table, Text

from store.columns import Id, Instant, always, an_id
from store.tables import metadata

plan_version = Table(
    "plan_version",
    metadata,
    an_id(),
    always("plan", Text),
    always("path", Text),
    always("text", Text),
    always("hash", Text),
    always("start", Date),
    always("by", Text),
    Column("for_user", Text),
    Column("reason", Text),
    always("at", Instant),
    always("revision", BigInteger),
    Index(None, "plan", "id"),
)

plan_approval = Table(
    "plan_approval",
    metadata,
    Column("version", Id, ForeignKey("plan_version.id"), primary_key=True, autoincrement=False),
    always("by", Text),
    Column("for_user", Text),
    Column("reason", Text),
    always("at", Instant),
    always("revision", BigInteger),
)

calculation = Table(
    "calculation",
    metadata,
    Column("run", Id, ForeignKey("run.id"), primary_key=True, autoincrement=False),
    always("calendar", Text),
    always("period", Text),
    Column("plan", Text),
    Column("pay_group", Text),
    always("revision", BigInteger),
    always("code", Text),
    always("plans", Text),
    always("totals", Text),
    always("uncredited", Text),
    always("digest", Text),
    Column("cut", Text),
    Index(None, "calendar", "period"),
)

result_file = Table(
    "result_file",
    metadata,
    Column("run", Id, ForeignKey("calculation.run"), primary_key=True, autoincrement=False),
    Column("name", Text, primary_key=True),
    always("path", Text),
    always("sha256", Text),
    always("rows", BigInteger),
    always("bytes", BigInteger),
)
