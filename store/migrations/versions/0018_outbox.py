"""Effects outside, what operators were told, and how often the database was begun anew."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    moment = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")
    op.create_table(
        "effect",
        sa.Column("id", number, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("asked_at", moment, nullable=False),
        sa.Column("not_before", moment, nullable=False),
        sa.Column("token", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("worker", sa.Text(), nullable=True),
        sa.Column("lease_until", moment, nullable=True),
        sa.Column("ended_at", moment, nullable=True),
        sa.Column("receipt", sa.Text(), nullable=True),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("by", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_effect")),
    )
    op.create_index(op.f("ix_effect_state_not_before"), "effect", ["state", "not_before"])
    op.create_index("uq_effect_key", "effect", ["key"], unique=True)
    op.create_table(
        "alert",
        sa.Column("id", number, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("since", moment, nullable=False),
        sa.Column("over", moment, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert")),
    )
    is_open = sa.text("over IS NULL")
    op.create_index(
        "uq_alert_open", "alert", ["cause"], unique=True, sqlite_where=is_open, postgresql_where=is_open
    )  # fmt: skip
    op.create_table(
        "epoch",
        sa.Column("id", number, nullable=False),
        sa.Column("begun", moment, nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("made", moment, nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_epoch")),
    )
    op.add_column("run", sa.Column("code", sa.Text(), nullable=True))
    for name in ("alert", "effect", "epoch"):
        op.execute(f"INSERT INTO counter (name, value) VALUES ('{name}', 0)")  # noqa: S608 - names of our own


def downgrade() -> None:
    op.execute("DELETE FROM counter WHERE name IN ('alert', 'effect', 'epoch')")
    for name in ("epoch", "alert", "effect"):
        op.drop_table(name)
    op.drop_column("run", "code")
