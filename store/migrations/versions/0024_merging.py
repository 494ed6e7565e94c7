"""Participants who turned out to be somebody else: their ids name that one. What is known of a source's columns."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

_IDS = ("employee_id", "partner_id", "vendor_id", "universal_id")


def upgrade() -> None:
    op.add_column("run", sa.Column("shape", sa.Text()))
    op.add_column("person", sa.Column("merged_into", sa.BigInteger()))
    _index(" AND merged_into IS NULL")
    _partial("ix_change_merge", "change", ["person"], "kind = 'merge'")


def downgrade() -> None:
    op.drop_index("ix_change_merge", "change")
    _index("")
    op.drop_column("person", "merged_into")
    op.drop_column("run", "shape")


def _index(also: str) -> None:
    for name in _IDS:
        op.drop_index(f"uq_person_{name}", "person")
        _partial(f"uq_person_{name}", "person", [name], f"{name} IS NOT NULL{also}", unique=True)


def _partial(name: str, table: str, columns: list[str], condition: str, *, unique: bool = False) -> None:
    where = sa.text(condition)
    op.create_index(name, table, columns, unique=unique, sqlite_where=where, postgresql_where=where)
