"""Jobs, and how far schedules were looked at."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")
    op.create_table(
        "job",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("asked_at", moment, nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("planned", moment, nullable=True),
        sa.Column("not_before", moment, nullable=False),
        sa.Column("token", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("worker", sa.Text(), nullable=True),
        sa.Column("started_at", moment, nullable=True),
        sa.Column("lease_until", moment, nullable=True),
        sa.Column("finished_at", moment, nullable=True),
        sa.Column("run", sa.BigInteger(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("message", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
    )
    op.create_index(op.f("ix_job_state"), "job", ["state"])
    for state in ("waiting", "running"):
        only = sa.text(f"state = '{state}'")
        op.create_index(
            f"uq_job_{state}", "job", ["act", "about"], unique=True, sqlite_where=only, postgresql_where=only
        )
    op.create_table(
        "schedule",
        sa.Column("feed", sa.Text(), nullable=False),
        sa.Column("meaning", sa.Text(), nullable=False),
        sa.Column("begun", moment, nullable=False),
        sa.Column("looked_until", moment, nullable=False),
        sa.Column("skipped", moment, nullable=True),
        sa.PrimaryKeyConstraint("feed", name=op.f("pk_schedule")),
    )
    op.execute("INSERT INTO counter (name, value) VALUES ('job', 0)")


def downgrade() -> None:
    op.execute("DELETE FROM counter WHERE name = 'job'")
    op.drop_table("schedule")
    op.drop_table("job")
