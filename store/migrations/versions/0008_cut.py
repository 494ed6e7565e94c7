"""How the calendar of a calculation cut time."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("calculation", sa.Column("cut", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("calculation", "cut")
