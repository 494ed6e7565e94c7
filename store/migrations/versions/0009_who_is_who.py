"""Who is not whom, and who ended a link."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "apart",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("source_key", sa.Text(), nullable=False),
        sa.Column("person", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("revision_from", sa.BigInteger(), nullable=False),
        sa.Column("revision_to", sa.BigInteger(), nullable=True),
        sa.Column("ended_by", sa.Text(), nullable=True),
        sa.Column("ended_why", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name="fk_apart_person"),
        sa.PrimaryKeyConstraint("id", name="pk_apart"),
    )
    op.create_index("ix_apart_person", "apart", ["person"], unique=False)
    op.create_index(
        "uq_apart_current",
        "apart",
        ["source", "source_key", "person"],
        unique=True,
        sqlite_where=sa.text("revision_to IS NULL"),
        postgresql_where=sa.text("revision_to IS NULL"),
    )
    op.execute("INSERT INTO counter (name, value) VALUES ('apart', 0)")
    for column in ("ended_by", "ended_why"):
        op.add_column("link", sa.Column(column, sa.Text(), nullable=True))


def downgrade() -> None:
    for column in ("ended_why", "ended_by"):
        op.drop_column("link", column)
    op.execute("DELETE FROM counter WHERE name = 'apart'")
    op.drop_table("apart")
