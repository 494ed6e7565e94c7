"""The close: pay runs, adjustments by hand, the ledger, and what the database itself refuses of them."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")

COUNTERS = ("pay_run", "adjustment", "ledger_entry")
TABLES = ("ledger_entry", "adjustment", "pay_run")

#: What an adjustment says; only its decision is written later, once.
SAID = (
    *("id", "calendar", "pay_period", "person", "engagement", "plan", "plan_version", "component"),
    *("earned_period", "earned_from", "earned_until", "amount", "currency", "payee", "legal_entity", "pay_group"),
    *("line", "reason", "proposed_by", "proposed_at", "proposed_revision"),
)


def upgrade() -> None:
    _create_tables()
    for counter in COUNTERS:
        op.execute(sa.text("INSERT INTO counter (name, value) VALUES (:name, 0)").bindparams(name=counter))
    if op.get_bind().dialect.name == "postgresql":
        _guard_postgresql()
    else:
        _guard_sqlite()


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION refuse_entry()")
    for counter in COUNTERS:
        op.execute(sa.text("DELETE FROM counter WHERE name = :name").bindparams(name=counter))


def _decided(differs: str) -> str:
    """Be true where an update does more than decide, once, what was proposed."""
    return " OR ".join(["OLD.state <> 'proposed'", *(f'NEW."{column}" {differs} OLD."{column}"' for column in SAID)])


def _guard_sqlite() -> None:
    changes = {"ledger_entry": "1", "pay_run": "OLD.state = 'committed'", "adjustment": _decided("IS NOT")}
    for table, condition in changes.items():
        _refuse_sqlite(f"{table}_update", f"UPDATE ON {table}", condition, f"{table} is never changed")
        _refuse_sqlite(f"{table}_delete", f"DELETE ON {table}", "1", f"{table} is never removed")
        known = f"EXISTS (SELECT 1 FROM {table} WHERE id = NEW.id)"  # noqa: S608 - the table is one of ours
        _refuse_sqlite(f"{table}_replace", f"INSERT ON {table}", known, f"{table} is never replaced")
    open_run = "NOT EXISTS (SELECT 1 FROM pay_run WHERE id = NEW.pay_run AND state = 'approved')"
    _refuse_sqlite("ledger_entry_late", "INSERT ON ledger_entry", open_run, "the pay run is not approved")


def _refuse_sqlite(name: str, event: str, condition: str, message: str) -> None:
    op.execute(f"CREATE TRIGGER {name} BEFORE {event} WHEN {condition} BEGIN SELECT RAISE(ABORT, '{message}'); END")


def _guard_postgresql() -> None:
    _refuse_postgresql("ledger_entry_update", "UPDATE ON ledger_entry FOR EACH ROW")
    _refuse_postgresql("pay_run_update", "UPDATE ON pay_run FOR EACH ROW WHEN (OLD.state = 'committed')")
    _refuse_postgresql("adjustment_update", f"UPDATE ON adjustment FOR EACH ROW WHEN ({_decided('IS DISTINCT FROM')})")
    for table in TABLES:
        _refuse_postgresql(f"{table}_delete", f"DELETE ON {table} FOR EACH ROW")
        _refuse_postgresql(f"{table}_truncate", f"TRUNCATE ON {table} FOR EACH STATEMENT")
    op.execute("""
        CREATE FUNCTION refuse_entry() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF NOT EXISTS (SELECT 1 FROM pay_run WHERE id = NEW.pay_run AND state = 'approved') THEN
                RAISE EXCEPTION USING MESSAGE = 'the pay run is not approved',
                    ERRCODE = 'integrity_constraint_violation';
            END IF;
            RETURN NEW;
        END $$
    """)
    op.execute(
        "CREATE TRIGGER ledger_entry_late BEFORE INSERT ON ledger_entry FOR EACH ROW EXECUTE FUNCTION refuse_entry()"
    )


def _refuse_postgresql(name: str, event: str) -> None:
    op.execute(f"CREATE TRIGGER {name} BEFORE {event} EXECUTE FUNCTION refuse_change()")


def _create_tables() -> None:
    op.create_table(
        "pay_run",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("calendar", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("start", sa.Date(), nullable=False),
        sa.Column("end", sa.Date(), nullable=False),
        sa.Column("pay_group", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("calculation", sa.BigInteger(), nullable=True),
        sa.Column("digest", sa.Text(), nullable=True),
        sa.Column("submitted_by", sa.Text(), nullable=True),
        sa.Column("approved_by", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("committed", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("(state = 'committed') = (committed IS NOT NULL)", name=op.f("ck_pay_run_committed")),
        sa.CheckConstraint(
            "state NOT IN ('approved', 'committed') OR (approved_by IS NOT NULL AND approved_by <> submitted_by)",
            name=op.f("ck_pay_run_four_eyes"),
        ),
        sa.CheckConstraint('start < "end"', name=op.f("ck_pay_run_days")),
        sa.ForeignKeyConstraint(["calculation"], ["calculation.run"], name="fk_pay_run_calculation"),
        sa.PrimaryKeyConstraint("id", name="pk_pay_run"),
    )
    op.create_index("uq_pay_run_period", "pay_run", ["calendar", "period", "pay_group"], unique=True)
    op.create_table(
        "adjustment",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("calendar", sa.Text(), nullable=False),
        sa.Column("pay_period", sa.Text(), nullable=False),
        sa.Column("person", sa.BigInteger(), nullable=False),
        sa.Column("engagement", sa.Text(), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("plan_version", sa.Text(), nullable=False),
        sa.Column("component", sa.Text(), nullable=False),
        sa.Column("earned_period", sa.Text(), nullable=False),
        sa.Column("earned_from", sa.Date(), nullable=False),
        sa.Column("earned_until", sa.Date(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("payee", sa.Text(), nullable=True),
        sa.Column("legal_entity", sa.Text(), nullable=True),
        sa.Column("pay_group", sa.Text(), nullable=True),
        sa.Column("line", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("proposed_by", sa.Text(), nullable=False),
        sa.Column("proposed_at", MOMENT, nullable=False),
        sa.Column("proposed_revision", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decided_reason", sa.Text(), nullable=True),
        sa.Column("decided_revision", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("(state = 'proposed') = (decided_revision IS NULL)", name=op.f("ck_adjustment_decided")),
        sa.CheckConstraint(
            "state <> 'approved' OR (decided_by IS NOT NULL AND decided_by <> proposed_by)",
            name=op.f("ck_adjustment_four_eyes"),
        ),
        sa.CheckConstraint("amount <> 0", name=op.f("ck_adjustment_amount")),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name="fk_adjustment_person"),
        sa.PrimaryKeyConstraint("id", name="pk_adjustment"),
    )
    op.create_index("ix_adjustment_person", "adjustment", ["person"], unique=False)
    op.create_index("ix_adjustment_calendar_pay_period", "adjustment", ["calendar", "pay_period"], unique=False)
    op.create_table(
        "ledger_entry",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("pay_run", sa.BigInteger(), nullable=False),
        sa.Column("line", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("person", sa.BigInteger(), nullable=False),
        sa.Column("engagement", sa.Text(), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("plan_version", sa.Text(), nullable=False),
        sa.Column("component", sa.Text(), nullable=False),
        sa.Column("earned_period", sa.Text(), nullable=False),
        sa.Column("earned_from", sa.Date(), nullable=False),
        sa.Column("earned_until", sa.Date(), nullable=False),
        sa.Column("segment", sa.Text(), nullable=True),
        sa.Column("accounting_period", sa.Text(), nullable=False),
        sa.Column("calendar", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("plan_amount", sa.BigInteger(), nullable=False),
        sa.Column("plan_currency", sa.Text(), nullable=False),
        sa.Column("rate", sa.BigInteger(), nullable=True),
        sa.Column("payee", sa.Text(), nullable=True),
        sa.Column("legal_entity", sa.Text(), nullable=True),
        sa.Column("pay_group", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("cause", sa.Text(), nullable=True),
        sa.Column("reverses", sa.BigInteger(), nullable=True),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["pay_run"], ["pay_run.id"], name="fk_ledger_entry_pay_run"),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name="fk_ledger_entry_person"),
        sa.ForeignKeyConstraint(["reverses"], ["ledger_entry.id"], name="fk_ledger_entry_reverses"),
        sa.PrimaryKeyConstraint("id", name="pk_ledger_entry"),
    )
    op.create_index("ix_ledger_entry_calendar_revision", "ledger_entry", ["calendar", "revision"], unique=False)
    op.create_index("ix_ledger_entry_person", "ledger_entry", ["person"], unique=False)
    op.create_index(
        "ix_ledger_entry_reverses",
        "ledger_entry",
        ["reverses"],
        unique=False,
        sqlite_where=sa.text("reverses IS NOT NULL"),
        postgresql_where=sa.text("reverses IS NOT NULL"),
    )
    op.create_index("uq_ledger_entry_line", "ledger_entry", ["line", "pay_run"], unique=True)
    op.create_index("ix_ledger_entry_pay_run", "ledger_entry", ["pay_run"], unique=False)
