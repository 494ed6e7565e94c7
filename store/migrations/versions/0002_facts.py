"""The lists of files that hold facts."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

COUNTERS = ("fact_generation", "fact_segment")
TABLES = ("fact_segment", "fact_generation")


def upgrade() -> None:
    op.create_table(
        "fact_generation",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("feed", sa.Text(), nullable=False),
        sa.Column("run", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("meaning", sa.Text(), nullable=False),
        sa.Column("keys", sa.Text(), nullable=False),
        sa.Column("columns", sa.Text(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["feed"], ["feed.name"], name="fk_fact_generation_feed"),
        sa.ForeignKeyConstraint(["run"], ["run.id"], name="fk_fact_generation_run"),
        sa.PrimaryKeyConstraint("id", name="pk_fact_generation"),
    )
    op.create_index("uq_fact_generation_number", "fact_generation", ["feed", "number"], unique=True)
    op.create_table(
        "fact_segment",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("generation", sa.BigInteger(), nullable=False),
        sa.Column("run", sa.BigInteger(), nullable=False),
        sa.Column("replaces", sa.Boolean(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["generation"], ["fact_generation.id"], name="fk_fact_segment_generation"),
        sa.ForeignKeyConstraint(["run"], ["run.id"], name="fk_fact_segment_run"),
        sa.PrimaryKeyConstraint("id", name="pk_fact_segment"),
    )
    op.create_index("ix_fact_segment_generation", "fact_segment", ["generation"], unique=False)
    for counter in COUNTERS:
        op.execute(sa.text("INSERT INTO counter (name, value) VALUES (:name, 0)").bindparams(name=counter))
    for table in TABLES:
        if op.get_bind().dialect.name == "postgresql":
            _guard_postgresql(table)
        else:
            _guard_sqlite(table)


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)
    for counter in COUNTERS:
        op.execute(sa.text("DELETE FROM counter WHERE name = :name").bindparams(name=counter))


def _guard_sqlite(table: str) -> None:
    known = f"EXISTS (SELECT 1 FROM {table} WHERE id = NEW.id)"  # noqa: S608 - the table is one of ours
    for name, event, condition, done in (
        ("update", "UPDATE", "1", "changed"),
        ("delete", "DELETE", "1", "removed"),
        ("replace", "INSERT", known, "replaced"),
    ):
        op.execute(
            f"CREATE TRIGGER {table}_{name} BEFORE {event} ON {table} WHEN {condition} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is never {done}'); END"
        )


def _guard_postgresql(table: str) -> None:
    for name, event, each in (
        ("update", "UPDATE", "ROW"),
        ("delete", "DELETE", "ROW"),
        ("truncate", "TRUNCATE", "STATEMENT"),
    ):
        op.execute(
            f"CREATE TRIGGER {table}_{name} BEFORE {event} ON {table} FOR EACH {each} EXECUTE FUNCTION refuse_change()"
        )
