"""Outbound messages: secret paths, messages, notifications."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    moment = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")
    op.create_table(
        "outbound_path",
        sa.Column("id", number, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("made_at", moment, nullable=False),
        sa.Column("ended_at", moment, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbound_path")),
    )
    op.create_index("uq_outbound_path_digest", "outbound_path", ["digest"], unique=True)
    op.create_table(
        "outbound_message",
        sa.Column("id", number, sa.Identity(), autoincrement=True, nullable=False),
        sa.Column("path", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("organization", sa.Text(), nullable=True),
        sa.Column("action", sa.Text(), nullable=True),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("notifications", sa.BigInteger(), nullable=False),
        sa.Column("received_at", moment, nullable=False),
        sa.ForeignKeyConstraint(["path"], ["outbound_path.id"], name=op.f("fk_outbound_message_path_outbound_path")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbound_message")),
    )
    op.create_index(op.f("ix_outbound_message_path"), "outbound_message", ["path"])
    op.create_index(op.f("ix_outbound_message_received_at"), "outbound_message", ["received_at"])
    op.create_table(
        "outbound_notification",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("notification", sa.Text(), nullable=False),
        sa.Column("message", sa.BigInteger(), nullable=False),
        sa.Column("object", sa.Text(), nullable=True),
        sa.Column("record", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["message"], ["outbound_message.id"], name=op.f("fk_outbound_notification_message_outbound_message")
        ),
        sa.PrimaryKeyConstraint("source", "notification", name=op.f("pk_outbound_notification")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_outbound_notification_message"), "outbound_notification", ["message"])
    op.execute("INSERT INTO counter (name, value) VALUES ('outbound_path', 0)")


def downgrade() -> None:
    op.execute("DELETE FROM counter WHERE name = 'outbound_path'")
    for name in ("outbound_notification", "outbound_message", "outbound_path"):
        op.drop_table(name)
