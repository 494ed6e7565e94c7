"""The roster's tables, and what the database itself refuses."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")

COUNTERS = (
    "audit",
    "batch",
    "change",
    "conflict",
    "decision",
    "person",
    "quarantine",
    "rejection",
    "run",
    "segment",
    "step",
)

# From the first row on nothing of these is changed or removed.
KEPT = ("audit", "batch", "decision")

# Of these nothing is removed; once, what is known ends, and what is personal may be emptied.
DATED = {
    "step": (
        "id",
        "person",
        "engagement",
        "start",
        "end",
        "sets",
        "origin",
        "opens",
        "seq",
        "decision",
        "revision_from",
    ),
    "version": ("id", "person", "engagement", "start", "end", "opened", "attributes", "revision_from"),
}


# Those that others refer to come last.
TABLES = (
    "step",
    "segment",
    "rejection",
    "problem",
    "decision",
    "conflict",
    "version",
    "run",
    "quarantine",
    "link",
    "change",
    "revision",
    "person",
    "mirror",
    "head",
    "feed",
    "counter",
    "configuration",
    "batch",
    "audit",
    "attribute",
)


def upgrade() -> None:
    _create_tables()
    op.execute("INSERT INTO head (id, revision, chain) VALUES (1, 0, '')")
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
        op.execute("DROP FUNCTION refuse_change()")


def _changed(columns: tuple[str, ...], differs: str) -> str:
    """Be true where an update does more than end what is known, once, or empty what is personal."""
    tests = [f'NEW."{column}" {differs} OLD."{column}"' for column in columns]
    tests.append(f"(NEW.personal {differs} OLD.personal AND NEW.personal IS NOT NULL)")
    tests.append(f"(NEW.revision_to {differs} OLD.revision_to AND OLD.revision_to IS NOT NULL)")
    return " OR ".join(tests)


def _guard_sqlite() -> None:
    for table in KEPT:
        _refuse_sqlite(f"{table}_update", f"UPDATE ON {table}", "1", f"{table} is never changed")
    for table, columns in DATED.items():
        _refuse_sqlite(
            f"{table}_update", f"UPDATE ON {table}", _changed(columns, "IS NOT"), f"{table} is never changed"
        )
    for table in (*KEPT, *DATED):
        _refuse_sqlite(f"{table}_delete", f"DELETE ON {table}", "1", f"{table} is never removed")
        known = f"EXISTS (SELECT 1 FROM {table} WHERE id = NEW.id)"  # noqa: S608 - the table is one of ours
        _refuse_sqlite(f"{table}_replace", f"INSERT ON {table}", known, f"{table} is never replaced")
    for event in ("INSERT", "UPDATE"):
        _refuse_overlap_sqlite(event)


def _refuse_overlap_sqlite(event: str) -> None:
    """Look after the row is written: before it, an id that SQLite itself gives is not known yet."""
    op.execute(f"""
        CREATE TRIGGER version_overlap_{event.lower()} AFTER {event} ON version
        WHEN NEW.revision_to IS NULL AND EXISTS (
            SELECT 1 FROM version AS other
            WHERE other.person = NEW.person AND other.engagement = NEW.engagement
              AND other.revision_to IS NULL AND other.id <> NEW.id
              AND other.start < NEW."end" AND other."end" > NEW.start
        )
        BEGIN
            SELECT RAISE(ABORT, 'two current versions of one engagement share a day');
        END
    """)  # noqa: S608 - the event is one of ours


def _refuse_sqlite(name: str, event: str, condition: str, message: str) -> None:
    op.execute(f"CREATE TRIGGER {name} BEFORE {event} WHEN {condition} BEGIN SELECT RAISE(ABORT, '{message}'); END")


def _guard_postgresql() -> None:
    op.execute("""
        CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION USING MESSAGE = TG_TABLE_NAME || ' is never changed or removed',
                ERRCODE = 'integrity_constraint_violation';
        END $$
    """)
    for table in KEPT:
        _refuse_postgresql(f"{table}_update", f"UPDATE ON {table} FOR EACH ROW")
    for table, columns in DATED.items():
        changed = _changed(columns, "IS DISTINCT FROM")
        _refuse_postgresql(f"{table}_update", f"UPDATE ON {table} FOR EACH ROW WHEN ({changed})")
    for table in (*KEPT, *DATED):
        _refuse_postgresql(f"{table}_delete", f"DELETE ON {table} FOR EACH ROW")
        _refuse_postgresql(f"{table}_truncate", f"TRUNCATE ON {table} FOR EACH STATEMENT")
    op.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
    op.execute("""
        ALTER TABLE version ADD CONSTRAINT ex_version_overlap EXCLUDE USING gist
        (person WITH =, engagement WITH =, daterange(start, "end") WITH &&) WHERE (revision_to IS NULL)
    """)


def _refuse_postgresql(name: str, event: str) -> None:
    op.execute(f"CREATE TRIGGER {name} BEFORE {event} EXECUTE FUNCTION refuse_change()")


def _create_tables() -> None:
    op.create_table(
        "attribute",
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_attribute"),
    )
    op.create_table(
        "audit",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("for_user", sa.Text(), nullable=True),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("configuration", sa.Text(), nullable=True),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("chain", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit"),
    )
    op.create_index("ix_audit_about", "audit", ["about"], unique=False)
    op.create_table(
        "batch",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("for_user", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_batch"),
    )
    op.create_table(
        "configuration",
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("kept_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("hash", name="pk_configuration"),
    )
    op.create_table(
        "counter",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_counter"),
    )
    op.create_table(
        "feed",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("token", sa.BigInteger(), nullable=False),
        sa.Column("cursor", sa.Text(), nullable=True),
        sa.Column("cursor_revision", sa.BigInteger(), nullable=True),
        sa.Column("full_run", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("name", name="pk_feed"),
    )
    op.create_table(
        "head",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("chain", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_head"),
    )
    op.create_table(
        "mirror",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_mirror"),
    )
    op.create_table(
        "person",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("participant_since", sa.BigInteger(), nullable=True),
        sa.Column("run", sa.BigInteger(), nullable=True),
        sa.Column("feed", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("employee_id", sa.Text(), nullable=True),
        sa.Column("partner_id", sa.Text(), nullable=True),
        sa.Column("vendor_id", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("hire_date", sa.Date(), nullable=True),
        sa.Column("changed", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_person"),
    )
    op.create_index("ix_person_changed", "person", ["changed"], unique=False)
    op.create_index(
        "ix_person_email",
        "person",
        ["email"],
        unique=False,
        sqlite_where=sa.text("email IS NOT NULL"),
        postgresql_where=sa.text("email IS NOT NULL"),
    )
    op.create_index("ix_person_run", "person", ["run"], unique=False)
    op.create_index(
        "uq_person_employee_id",
        "person",
        ["employee_id"],
        unique=True,
        sqlite_where=sa.text("employee_id IS NOT NULL"),
        postgresql_where=sa.text("employee_id IS NOT NULL"),
    )
    op.create_index(
        "uq_person_partner_id",
        "person",
        ["partner_id"],
        unique=True,
        sqlite_where=sa.text("partner_id IS NOT NULL"),
        postgresql_where=sa.text("partner_id IS NOT NULL"),
    )
    op.create_index(
        "uq_person_vendor_id",
        "person",
        ["vendor_id"],
        unique=True,
        sqlite_where=sa.text("vendor_id IS NOT NULL"),
        postgresql_where=sa.text("vendor_id IS NOT NULL"),
    )
    op.create_table(
        "revision",
        sa.Column("revision", ID, autoincrement=False, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("revision", name="pk_revision"),
    )
    op.create_index("ix_revision_at", "revision", ["at"], unique=False)
    op.create_table(
        "change",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("run", sa.BigInteger(), nullable=False),
        sa.Column("seen_run", sa.BigInteger(), nullable=False),
        sa.Column("feed", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("source_key", sa.Text(), nullable=True),
        sa.Column("person", sa.BigInteger(), nullable=False),
        sa.Column("engagement", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("effective", sa.Date(), nullable=False),
        sa.Column("source_effective", sa.Date(), nullable=True),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("dated_by", sa.Text(), nullable=False),
        sa.Column("corrected", sa.Boolean(), nullable=False),
        sa.Column("ending", sa.Text(), nullable=True),
        sa.Column("found_by_full_read", sa.Boolean(), nullable=False),
        sa.Column("fields", sa.Text(), nullable=False),
        sa.Column("personal", sa.Text(), nullable=True),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("hint", sa.Text(), nullable=True),
        sa.Column("earlier", sa.Text(), nullable=True),
        sa.Column("contradicted_by", sa.BigInteger(), nullable=True),
        sa.Column("row", sa.BigInteger(), nullable=True),
        sa.Column("place", sa.Text(), nullable=True),
        sa.Column("baseline", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("author", sa.Text(), nullable=True),
        sa.Column("batch", sa.BigInteger(), nullable=True),
        sa.Column("decided_revision", sa.BigInteger(), nullable=True),
        sa.Column("rejection", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name="fk_change_person"),
        sa.PrimaryKeyConstraint("id", name="pk_change"),
    )
    op.create_index(
        "ix_change_batch",
        "change",
        ["batch"],
        unique=False,
        sqlite_where=sa.text("batch IS NOT NULL"),
        postgresql_where=sa.text("batch IS NOT NULL"),
    )
    op.create_index("ix_change_feed_state", "change", ["feed", "state"], unique=False)
    op.create_index("ix_change_person", "change", ["person"], unique=False)
    op.create_index(
        "ix_change_rejection",
        "change",
        ["rejection"],
        unique=False,
        sqlite_where=sa.text("rejection IS NOT NULL"),
        postgresql_where=sa.text("rejection IS NOT NULL"),
    )
    op.create_index("ix_change_state_id", "change", ["state", "id"], unique=False)
    op.create_index(
        "uq_change_open",
        "change",
        ["fingerprint"],
        unique=True,
        sqlite_where=sa.text("state IN ('pending', 'held')"),
        postgresql_where=sa.text("state IN ('pending', 'held')"),
    )
    op.create_table(
        "link",
        sa.Column("id", ID, sa.Identity(), autoincrement=True, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("person", sa.BigInteger(), nullable=False),
        sa.Column("run", sa.BigInteger(), nullable=True),
        sa.Column("revision_from", sa.BigInteger(), nullable=False),
        sa.Column("revision_to", sa.BigInteger(), nullable=True),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name="fk_link_person"),
        sa.PrimaryKeyConstraint("id", name="pk_link"),
    )
    op.create_index("ix_link_person", "link", ["person"], unique=False)
    op.create_index("ix_link_revision_from", "link", ["revision_from"], unique=False)
    op.create_index(
        "ix_link_revision_to",
        "link",
        ["revision_to"],
        unique=False,
        sqlite_where=sa.text("revision_to IS NOT NULL"),
        postgresql_where=sa.text("revision_to IS NOT NULL"),
    )
    op.create_index("ix_link_run", "link", ["run"], unique=False)
    op.create_index(
        "uq_link_current",
        "link",
        ["source", "key"],
        unique=True,
        sqlite_where=sa.text("revision_to IS NULL"),
        postgresql_where=sa.text("revision_to IS NULL"),
    )
    op.create_table(
        "quarantine",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("feed", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=True),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("since_run", sa.BigInteger(), nullable=False),
        sa.Column("closed_run", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["feed"], ["feed.name"], name="fk_quarantine_feed"),
        sa.PrimaryKeyConstraint("id", name="pk_quarantine"),
    )
    op.create_index(
        "uq_quarantine_open",
        "quarantine",
        ["feed", "key", "code"],
        unique=True,
        sqlite_where=sa.text("closed_run IS NULL"),
        postgresql_where=sa.text("closed_run IS NULL"),
    )
    op.create_table(
        "run",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("feed", sa.Text(), nullable=False),
        sa.Column("token", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("dry", sa.Boolean(), nullable=False),
        sa.Column("full_read", sa.Boolean(), nullable=True),
        sa.Column("complete", sa.Boolean(), nullable=True),
        sa.Column("today", sa.Date(), nullable=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("finished_at", MOMENT, nullable=True),
        sa.Column("lease_until", MOMENT, nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=True),
        sa.Column("mapping_hash", sa.Text(), nullable=True),
        sa.Column("configuration_hash", sa.Text(), nullable=False),
        sa.Column("counters", sa.Text(), nullable=False),
        sa.Column("hold_reason", sa.Text(), nullable=True),
        sa.Column("hold_digest", sa.Text(), nullable=True),
        sa.Column("hold", sa.Text(), nullable=True),
        sa.Column("since_run", sa.BigInteger(), nullable=True),
        sa.Column("released_at", MOMENT, nullable=True),
        sa.Column("released_by", sa.Text(), nullable=True),
        sa.Column("released_reason", sa.Text(), nullable=True),
        sa.Column("message", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["feed"], ["feed.name"], name="fk_run_feed"),
        sa.PrimaryKeyConstraint("id", name="pk_run"),
    )
    op.create_index("ix_run_feed_state", "run", ["feed", "state"], unique=False)
    op.create_index(
        "uq_run_running",
        "run",
        ["feed"],
        unique=True,
        sqlite_where=sa.text("state = 'running' AND NOT dry"),
        postgresql_where=sa.text("state = 'running' AND NOT dry"),
    )
    op.create_table(
        "version",
        sa.Column("id", ID, sa.Identity(), autoincrement=True, nullable=False),
        sa.Column("person", sa.BigInteger(), nullable=False),
        sa.Column("engagement", sa.Text(), nullable=False),
        sa.Column("start", sa.Date(), nullable=False),
        sa.Column("end", sa.Date(), nullable=False),
        sa.Column("opened", sa.Date(), nullable=False),
        sa.Column("attributes", sa.Text(), nullable=False),
        sa.Column("personal", sa.Text(), nullable=True),
        sa.Column("revision_from", sa.BigInteger(), nullable=False),
        sa.Column("revision_to", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("revision_to IS NULL OR revision_from < revision_to", name=op.f("ck_version_revisions")),
        sa.CheckConstraint('start < "end"', name=op.f("ck_version_days")),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name="fk_version_person"),
        sa.PrimaryKeyConstraint("id", name="pk_version"),
    )
    op.create_index(
        "ix_version_current",
        "version",
        ["person", "engagement", "start"],
        unique=False,
        sqlite_where=sa.text("revision_to IS NULL"),
        postgresql_where=sa.text("revision_to IS NULL"),
    )
    op.create_index("ix_version_person", "version", ["person"], unique=False)
    op.create_index("ix_version_revision_from", "version", ["revision_from"], unique=False)
    op.create_index(
        "ix_version_revision_to",
        "version",
        ["revision_to"],
        unique=False,
        sqlite_where=sa.text("revision_to IS NOT NULL"),
        postgresql_where=sa.text("revision_to IS NOT NULL"),
    )
    op.create_table(
        "conflict",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("run", sa.BigInteger(), nullable=False),
        sa.Column("seen_run", sa.BigInteger(), nullable=False),
        sa.Column("feed", sa.Text(), nullable=False),
        sa.Column("source_key", sa.Text(), nullable=False),
        sa.Column("person", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("candidates", sa.Text(), nullable=False),
        sa.Column("values", sa.Text(), nullable=False),
        sa.Column("row", sa.BigInteger(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("by", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("revision", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["run"], ["run.id"], name="fk_conflict_run"),
        sa.PrimaryKeyConstraint("id", name="pk_conflict"),
    )
    op.create_index("ix_conflict_person", "conflict", ["person"], unique=False)
    op.create_index("ix_conflict_state_feed", "conflict", ["state", "feed"], unique=False)
    op.create_table(
        "decision",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("batch", sa.BigInteger(), nullable=False),
        sa.Column("change", sa.BigInteger(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("fields", sa.Text(), nullable=False),
        sa.Column("effective", sa.Date(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("for_user", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["batch"], ["batch.id"], name="fk_decision_batch"),
        sa.ForeignKeyConstraint(["change"], ["change.id"], name="fk_decision_change"),
        sa.PrimaryKeyConstraint("id", name="pk_decision"),
    )
    op.create_index("ix_decision_batch", "decision", ["batch"], unique=False)
    op.create_index("ix_decision_change", "decision", ["change"], unique=False)
    op.create_table(
        "problem",
        sa.Column("run", ID, autoincrement=False, nullable=False),
        sa.Column("seq", ID, autoincrement=False, nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("row", sa.BigInteger(), nullable=True),
        sa.Column("place", sa.Text(), nullable=True),
        sa.Column("key", sa.Text(), nullable=True),
        sa.Column("field", sa.Text(), nullable=True),
        sa.Column("column_name", sa.Text(), nullable=True),
        sa.Column("value", sa.Text(), nullable=True),
        sa.Column("message", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["run"], ["run.id"], name="fk_problem_run"),
        sa.PrimaryKeyConstraint("run", "seq", name="pk_problem"),
    )
    op.create_table(
        "rejection",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("change", sa.BigInteger(), nullable=False),
        sa.Column("person", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("fields", sa.Text(), nullable=False),
        sa.Column("personal", sa.Text(), nullable=True),
        sa.Column("source_effective", sa.Date(), nullable=True),
        sa.Column("ending", sa.Text(), nullable=True),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("ended_revision", sa.BigInteger(), nullable=True),
        sa.Column("ended_why", sa.Text(), nullable=True),
        sa.Column("ended_by", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["change"], ["change.id"], name="fk_rejection_change"),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name="fk_rejection_person"),
        sa.PrimaryKeyConstraint("id", name="pk_rejection"),
    )
    op.create_index("ix_rejection_change", "rejection", ["change"], unique=False)
    op.create_index("ix_rejection_person", "rejection", ["person"], unique=False)
    op.create_table(
        "segment",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("feed", sa.Text(), nullable=False),
        sa.Column("run", sa.BigInteger(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("full_read", sa.Boolean(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["feed"], ["feed.name"], name="fk_segment_feed"),
        sa.ForeignKeyConstraint(["run"], ["run.id"], name="fk_segment_run"),
        sa.PrimaryKeyConstraint("id", name="pk_segment"),
    )
    op.create_index("ix_segment_feed_revision", "segment", ["feed", "revision"], unique=False)
    op.create_table(
        "step",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("person", sa.BigInteger(), nullable=False),
        sa.Column("engagement", sa.Text(), nullable=False),
        sa.Column("start", sa.Date(), nullable=False),
        sa.Column("end", sa.Date(), nullable=False),
        sa.Column("sets", sa.Text(), nullable=False),
        sa.Column("personal", sa.Text(), nullable=True),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("opens", sa.Boolean(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("decision", sa.BigInteger(), nullable=False),
        sa.Column("revision_from", sa.BigInteger(), nullable=False),
        sa.Column("revision_to", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("revision_to IS NULL OR revision_from < revision_to", name=op.f("ck_step_revisions")),
        sa.CheckConstraint('start < "end"', name=op.f("ck_step_days")),
        sa.ForeignKeyConstraint(["decision"], ["decision.id"], name="fk_step_decision"),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name="fk_step_person"),
        sa.PrimaryKeyConstraint("id", name="pk_step"),
    )
    op.create_index("ix_step_decision", "step", ["decision"], unique=False)
    op.create_index("ix_step_person", "step", ["person"], unique=False)
