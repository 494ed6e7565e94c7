"""Who may log in, what they may do, and what was answered to whom already."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "known_user",
        sa.Column("id", number, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("folded", sa.Text(), nullable=False),
        sa.Column("person", sa.BigInteger(), nullable=True),
        sa.Column("password", sa.Text(), nullable=True),
        sa.Column("made_at", moment, nullable=False),
        sa.Column("ended_at", moment, nullable=True),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name=op.f("fk_known_user_person_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_known_user")),
    )
    op.create_index("uq_known_user_folded", "known_user", ["folded"], unique=True)
    op.create_table(
        "user_identity",
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("user", sa.BigInteger(), nullable=False),
        sa.Column("made_at", moment, nullable=False),
        sa.ForeignKeyConstraint(["user"], ["known_user.id"], name=op.f("fk_user_identity_user_known_user")),
        sa.PrimaryKeyConstraint("issuer", "subject", name=op.f("pk_user_identity")),
    )
    op.create_index(op.f("ix_user_identity_user"), "user_identity", ["user"])
    op.create_table(
        "user_role",
        sa.Column("user", number, nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("population", sa.Text(), nullable=False),
        sa.Column("made_at", moment, nullable=False),
        sa.ForeignKeyConstraint(["user"], ["known_user.id"], name=op.f("fk_user_role_user_known_user")),
        sa.PrimaryKeyConstraint("user", "role", "population", name=op.f("pk_user_role")),
    )
    op.create_table(
        "user_session",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("user", sa.BigInteger(), nullable=False),
        sa.Column("how", sa.Text(), nullable=False),
        sa.Column("begun_at", moment, nullable=False),
        sa.Column("until", moment, nullable=False),
        sa.Column("ended_at", moment, nullable=True),
        sa.ForeignKeyConstraint(["user"], ["known_user.id"], name=op.f("fk_user_session_user_known_user")),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_user_session")),
    )
    op.create_index(op.f("ix_user_session_user"), "user_session", ["user"])
    op.create_table(
        "user_token",
        sa.Column("id", number, nullable=False),
        sa.Column("user", sa.BigInteger(), nullable=False),
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("made_at", moment, nullable=False),
        sa.Column("until", moment, nullable=False),
        sa.Column("ended_at", moment, nullable=True),
        sa.ForeignKeyConstraint(["user"], ["known_user.id"], name=op.f("fk_user_token_user_known_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_token")),
    )
    op.create_index(op.f("ix_user_token_user"), "user_token", ["user"])
    op.create_index("uq_user_token_prefix", "user_token", ["prefix"], unique=True)
    op.create_table(
        "answered_request",
        sa.Column("user", number, nullable=False),
        sa.Column("route", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("status", sa.BigInteger(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("at", moment, nullable=False),
        sa.ForeignKeyConstraint(["user"], ["known_user.id"], name=op.f("fk_answered_request_user_known_user")),
        sa.PrimaryKeyConstraint("user", "route", "key", name=op.f("pk_answered_request")),
    )
    op.create_index(op.f("ix_answered_request_at"), "answered_request", ["at"])
    op.execute("INSERT INTO counter (name, value) VALUES ('user', 0), ('token', 0)")


def downgrade() -> None:
    op.execute("DELETE FROM counter WHERE name IN ('user', 'token')")
    for name in ("answered_request", "user_token", "user_session", "user_role", "user_identity", "known_user"):
        op.drop_table(name)
