"""Where a delivery went: of those before, nobody knows, so what they wrote is written again."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("delivery", sa.Column("place", sa.Text(), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("delivery", "place")
