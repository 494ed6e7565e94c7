"""Jobs that pages ask for: what exactly is asked, and how far it has come."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name, kind in (
        ("asked", sa.Text()),
        ("doing", sa.Text()),
        ("done", sa.BigInteger()),
        ("total", sa.BigInteger()),
    ):
        op.add_column("job", sa.Column(name, kind))


def downgrade() -> None:
    op.execute("DELETE FROM job WHERE act <> 'run'")  # nobody could do them any more
    for name in ("total", "done", "doing", "asked"):
        op.drop_column("job", name)
