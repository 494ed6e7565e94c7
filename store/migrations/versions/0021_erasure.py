"""What was erased of people who left, and what gave another digest before it was emptied."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

# An erasure that waits for its second person may still be done; what it says, and what was done, is never changed.
_SAID = ("id", "person", "asked_by", "asked_reason", "asked_revision")


def upgrade() -> None:
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    moment = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")
    op.create_table(
        "erasure",
        sa.Column("id", number, nullable=False),
        sa.Column("person", sa.BigInteger(), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("asked_reason", sa.Text(), nullable=False),
        sa.Column("asked_revision", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("at", moment, nullable=True),
        sa.Column("revision", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            'revision IS NULL OR ("by" IS NOT NULL AND reason IS NOT NULL AND at IS NOT NULL)',
            name=op.f("ck_erasure_done"),
        ),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name=op.f("fk_erasure_person_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasure")),
    )
    op.create_index(op.f("ix_erasure_person"), "erasure", ["person"])
    waits = sa.text("revision IS NULL")
    op.create_index(
        "uq_erasure_waiting", "erasure", ["person"], unique=True, sqlite_where=waits, postgresql_where=waits
    )  # fmt: skip
    op.create_table(
        "emptied",
        sa.Column("id", number, sa.Identity(), autoincrement=True, nullable=False),
        sa.Column("erasure", sa.BigInteger(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["erasure"], ["erasure.id"], name=op.f("fk_emptied_erasure_erasure")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_emptied")),
    )
    op.create_index(op.f("ix_emptied_erasure"), "emptied", ["erasure"])
    op.create_table(
        "kept_name",
        sa.Column("id", number, sa.Identity(), autoincrement=True, nullable=False),
        sa.Column("erasure", sa.BigInteger(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("person", sa.BigInteger(), nullable=False),
        sa.Column("revision_from", sa.BigInteger(), nullable=False),
        sa.Column("revision_to", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["erasure"], ["erasure.id"], name=op.f("fk_kept_name_erasure_erasure")),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name=op.f("fk_kept_name_person_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kept_name")),
    )
    op.create_index(op.f("ix_kept_name_erasure"), "kept_name", ["erasure"])
    op.execute("INSERT INTO counter (name, value) VALUES ('erasure', 0)")
    is_postgres = op.get_bind().dialect.name == "postgresql"
    differs = "IS DISTINCT FROM" if is_postgres else "IS NOT"
    done = " OR ".join(["OLD.revision IS NOT NULL", *(f'NEW."{name}" {differs} OLD."{name}"' for name in _SAID)])
    always = "true" if is_postgres else "1"
    for table, changed in (("erasure", done), ("emptied", always), ("kept_name", always)):
        (_guard_postgresql if is_postgres else _guard_sqlite)(table, changed)


def downgrade() -> None:
    op.execute("DELETE FROM counter WHERE name = 'erasure'")
    for table in ("kept_name", "emptied", "erasure"):
        op.drop_table(table)


def _guard_sqlite(table: str, changed: str) -> None:
    known = f"EXISTS (SELECT 1 FROM {table} WHERE id = NEW.id)"  # noqa: S608 - the table is one of ours
    for name, event, condition, message in (
        (f"{table}_update", f"UPDATE ON {table}", changed, f"{table} is never changed"),
        (f"{table}_delete", f"DELETE ON {table}", "1", f"{table} is never removed"),
        (f"{table}_replace", f"INSERT ON {table}", known, f"{table} is never replaced"),
    ):
        op.execute(f"CREATE TRIGGER {name} BEFORE {event} WHEN {condition} BEGIN SELECT RAISE(ABORT, '{message}'); END")


def _guard_postgresql(table: str, changed: str) -> None:
    for name, event in (
        (f"{table}_update", f"UPDATE ON {table} FOR EACH ROW WHEN ({changed})"),
        (f"{table}_delete", f"DELETE ON {table} FOR EACH ROW"),
        (f"{table}_truncate", f"TRUNCATE ON {table} FOR EACH STATEMENT"),
    ):
        op.execute(f"CREATE TRIGGER {name} BEFORE {event} EXECUTE FUNCTION refuse_change()")
