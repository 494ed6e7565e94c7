"""Tables of the close: pay runs, adjustments by hand, and the ledger.

The database itself refuses to change or remove a ledger entry, to add one to a pay run that is not approved, to change
a committed pay run, and to change what an adjustment says. Amounts are whole minor units beside their currency.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, Date, ForeignKey, Index, Table, Text

from store.columns import Instant, always, an_id, where
from store.tables import metadata

pay_run = Table(
    "pay_run",
    metadata,
    an_id(),
    always("calendar", Text),
    always("period", Text),
    always("start", Date),
    always("end", Date),
    always("pay_group", Text),
    always("state", Text),
    Column("calculation", BigInteger, ForeignKey("calculation.run")),
    Column("digest", Text),
    Column("submitted_by", Text),
    Column("approved_by", Text),
    Column("reason", Text),
    Column("committed", BigInteger),
    CheckConstraint("(state = 'committed') = (committed IS NOT NULL)", name="committed"),
    CheckConstraint(
        "state NOT IN ('approved', 'committed') OR (approved_by IS NOT NULL AND approved_by <> submitted_by)",
        name="four_eyes",
    ),
    CheckConstraint('start < "end"', name="days"),
    Index("uq_pay_run_period", "calendar", "period", "pay_group", unique=True),
)

adjustment = Table(
    "adjustment",
    metadata,
    an_id(),
    always("calendar", Text),
    always("pay_period", Text),
    always("person", BigInteger, ForeignKey("person.id"), index=True),
    always("engagement", Text),
    always("plan", Text),
    always("plan_version", Text),
    always("component", Text),
    always("earned_period", Text),
    always("earned_from", Date),
    always("earned_until", Date),
    always("amount", BigInteger),
    always("currency", Text),
    Column("payee", Text),
    Column("legal_entity", Text),
    Column("pay_group", Text),
    Column("line", Text),
    always("reason", Text),
    always("proposed_by", Text),
    always("proposed_at", Instant),
    always("proposed_revision", BigInteger),
    always("state", Text),
    Column("decided_by", Text),
    Column("decided_reason", Text),
    Column("decided_revision", BigInteger),
    CheckConstraint("(state = 'proposed') = (decided_revision IS NULL)", name="decided"),
    CheckConstraint("state <> 'approved' OR (decided_by IS NOT NULL AND decided_by <> proposed_by)", name="four_eyes"),
    CheckConstraint("amount <> 0", name="amount"),
    Index(None, "calendar", "pay_period"),
)

ledger_entry = Table(
    "ledger_entry",
    metadata,
    an_id(),
    always("pay_run", BigInteger, ForeignKey("pay_run.id"), index=True),
    always("line", Text),
    always("kind", Text),
    always("account", Text),
    always("person", BigInteger, ForeignKey("person.id"), index=True),
    always("engagement", Text),
    always("plan", Text),
    always("plan_version", Text),
    always("component", Text),
    always("earned_period", Text),
    always("earned_from", Date),
    always("earned_until", Date),
    Column("segment", Text),
    always("accounting_period", Text),
    always("calendar", Text),
    always("amount", BigInteger),
    always("currency", Text),
    always("plan_amount", BigInteger),
    always("plan_currency", Text),
    Column("rate", BigInteger),
    Column("payee", Text),
    Column("legal_entity", Text),
    Column("pay_group", Text),
    Column("reason", Text),
    Column("cause", Text),
    Column("reverses", BigInteger, ForeignKey("ledger_entry.id")),
    always("revision", BigInteger),
    Index("uq_ledger_entry_line", "line", "pay_run", unique=True),
    Index("uq_ledger_entry_earned", "line", unique=True, **where("kind = 'earned'")),
    Index("ix_ledger_entry_reverses", "reverses", **where("reverses IS NOT NULL")),
    Index(None, "calendar", "revision"),
)
