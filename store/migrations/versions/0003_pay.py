"""Plans as published and approved, and what calculations found."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")

COUNTERS = ("plan_version",)

# From the first row on nothing of these is changed or removed; the column that tells its rows apart.
KEPT = {"plan_version": "id", "plan_approval": "version", "calculation": "run", "result_file": "run"}

# Those that others refer to come last.
TABLES = ("result_file", "calculation", "plan_approval", "plan_version")


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
    for counter in COUNTERS:
        op.execute(sa.text("DELETE FROM counter WHERE name = :name").bindparams(name=counter))


def _guard_sqlite() -> None:
    for table, key in KEPT.items():
        same = f"{key} = NEW.{key}" + (" AND name = NEW.name" if table == "result_file" else "")
        known = f"EXISTS (SELECT 1 FROM {table} WHERE {same})"  # noqa: S608 - the table is one of ours
        for name, event, condition, message in (
            (f"{table}_update", f"UPDATE ON {table}", "1", f"{table} is never changed"),
            (f"{table}_delete", f"DELETE ON {table}", "1", f"{table} is never removed"),
            (f"{table}_replace", f"INSERT ON {table}", known, f"{table} is never replaced"),
        ):
            op.execute(
                f"CREATE TRIGGER {name} BEFORE {event} WHEN {condition} BEGIN SELECT RAISE(ABORT, '{message}'); END"
            )


def _guard_postgresql() -> None:
    for table in KEPT:
        for name, event in (
            (f"{table}_update", f"UPDATE ON {table} FOR EACH ROW"),
            (f"{table}_delete", f"DELETE ON {table} FOR EACH ROW"),
            (f"{table}_truncate", f"TRUNCATE ON {table} FOR EACH STATEMENT"),
        ):
            op.execute(f"CREATE TRIGGER {name} BEFORE {event} EXECUTE FUNCTION refuse_change()")


def _create_tables() -> None:
    op.create_table(
        "plan_version",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("start", sa.Date(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("for_user", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_plan_version"),
    )
    op.create_index("ix_plan_version_plan_id", "plan_version", ["plan", "id"], unique=False)
    op.create_table(
        "plan_approval",
        sa.Column("version", ID, autoincrement=False, nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("for_user", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["version"], ["plan_version.id"], name="fk_plan_approval_version"),
        sa.PrimaryKeyConstraint("version", name="pk_plan_approval"),
    )
    op.create_table(
        "calculation",
        sa.Column("run", ID, autoincrement=False, nullable=False),
        sa.Column("calendar", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("plan", sa.Text(), nullable=True),
        sa.Column("pay_group", sa.Text(), nullable=True),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("plans", sa.Text(), nullable=False),
        sa.Column("totals", sa.Text(), nullable=False),
        sa.Column("uncredited", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["run"], ["run.id"], name="fk_calculation_run"),
        sa.PrimaryKeyConstraint("run", name="pk_calculation"),
    )
    op.create_index("ix_calculation_calendar_period", "calculation", ["calendar", "period"], unique=False)
    op.create_table(
        "result_file",
        sa.Column("run", ID, autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["run"], ["calculation.run"], name="fk_result_file_run"),
        sa.PrimaryKeyConstraint("run", "name", name="pk_result_file"),
    )
