"""No line is earned twice, whoever pays it."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "uq_ledger_entry_earned",
        "ledger_entry",
        ["line"],
        unique=True,
        sqlite_where=sa.text("kind = 'earned'"),
        postgresql_where=sa.text("kind = 'earned'"),
    )


def downgrade() -> None:
    op.drop_index("uq_ledger_entry_earned", "ledger_entry")
