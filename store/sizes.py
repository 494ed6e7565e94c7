"""How many rows each table has."""

from __future__ import annotations

from sqlalchemy import Connection, func, select

from store.tables import metadata


def table_sizes(tx: Connection) -> dict[str, int]:
    """Count the rows of every table that is declared."""
    return {
        table.name: tx.execute(select(func.count()).select_from(table)).scalar_one() for table in metadata.sorted_tables
    }
