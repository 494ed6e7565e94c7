"""Who was merged, and what was approved for another day, is found among the few of which that is so."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

_MERGED = sa.text("merged_into IS NOT NULL")
_REDATED = sa.text("dated_by = 'admin'")


def upgrade() -> None:
    op.create_index("ix_person_merged_into", "person", ["merged_into"], sqlite_where=_MERGED, postgresql_where=_MERGED)
    op.create_index("ix_change_redated", "change", ["person"], sqlite_where=_REDATED, postgresql_where=_REDATED)


def downgrade() -> None:
    op.drop_index("ix_change_redated", "change")
    op.drop_index("ix_person_merged_into", "person")
