"""Of which day a read speaks."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("run", sa.Column("as_of", sa.Date(), nullable=True))


def downgrade() -> None:
    op.drop_column("run", "as_of")
