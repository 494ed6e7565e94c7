"""Connections that a person agreed to, who was sent to agree, and what is written into other systems."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")
    op.create_table(
        "connection",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("token", sa.BigInteger(), nullable=False),
        sa.Column("renewing_until", moment, nullable=True),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("since", moment, nullable=False),
        sa.Column("renewed_at", moment, nullable=False),
        sa.PrimaryKeyConstraint("source", name=op.f("pk_connection")),
    )
    op.create_table(
        "agreement",
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("until", moment, nullable=False),
        sa.PrimaryKeyConstraint("state", name=op.f("pk_agreement")),
    )
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "delivery",
        sa.Column("id", number, nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("pay_run", sa.BigInteger(), nullable=False),
        sa.Column("meaning", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("previewed_by", sa.Text(), nullable=False),
        sa.Column("previewed_at", moment, nullable=False),
        sa.Column("approved_by", sa.Text(), nullable=True),
        sa.Column("ended_at", moment, nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["pay_run"], ["pay_run.id"], name=op.f("fk_delivery_pay_run")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
    )
    op.create_index(op.f("ix_delivery_pay_run"), "delivery", ["pay_run"])
    op.create_table(
        "delivery_row",
        sa.Column("delivery", number, nullable=False),
        sa.Column("position", number, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("cells", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("tries", sa.BigInteger(), nullable=False),
        sa.Column("job", sa.Text(), nullable=True),
        sa.Column("code", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["delivery"], ["delivery.id"], name=op.f("fk_delivery_row_delivery")),
        sa.PrimaryKeyConstraint("delivery", "position", name=op.f("pk_delivery_row")),
    )
    op.create_index(op.f("ix_delivery_row_delivery_state"), "delivery_row", ["delivery", "state"])
    op.create_index(op.f("ix_delivery_row_key"), "delivery_row", ["key"])
    op.create_table(
        "delivery_job",
        sa.Column("job", sa.Text(), nullable=False),
        sa.Column("delivery", sa.BigInteger(), nullable=False),
        sa.Column("begun_at", moment, nullable=False),
        sa.Column("ended_at", moment, nullable=True),
        sa.ForeignKeyConstraint(["delivery"], ["delivery.id"], name=op.f("fk_delivery_job_delivery")),
        sa.PrimaryKeyConstraint("job", name=op.f("pk_delivery_job")),
    )
    op.create_index(op.f("ix_delivery_job_delivery"), "delivery_job", ["delivery"])
    op.execute("INSERT INTO counter (name, value) VALUES ('delivery', 0)")


def downgrade() -> None:
    op.execute("DELETE FROM counter WHERE name = 'delivery'")
    for name in ("delivery_job", "delivery_row", "delivery"):
        op.drop_table(name)
    op.drop_table("agreement")
    op.drop_table("connection")
