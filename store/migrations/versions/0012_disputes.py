"""Questions about values: of which engagement and attribute."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("conflict", sa.Column("engagement", sa.Text(), nullable=False, server_default="main"))
    op.add_column("conflict", sa.Column("attribute", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("conflict", "attribute")
    op.drop_column("conflict", "engagement")
