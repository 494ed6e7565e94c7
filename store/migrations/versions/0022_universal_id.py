"""A further strong id of people: the one that is theirs over all their records."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_INDEX = "uq_person_universal_id"


def upgrade() -> None:
    op.add_column("person", sa.Column("universal_id", sa.Text(), nullable=True))
    there = sa.text("universal_id IS NOT NULL")
    op.create_index(_INDEX, "person", ["universal_id"], unique=True, sqlite_where=there, postgresql_where=there)
    _copy_anew()


def downgrade() -> None:
    op.drop_index(_INDEX, "person")
    op.drop_column("person", "universal_id")
    _copy_anew()


def _copy_anew() -> None:
    """Forget the column copies: they are a cache, and have other columns now."""
    op.execute("DELETE FROM mirror")
