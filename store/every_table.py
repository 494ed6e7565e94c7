"""Every table: importing this module declares them all, and `metadata` has each.

A module `store/NAME_tables.py` declares tables of its own; a test asks that it stands here.
"""

from __future__ import annotations

from store import (
    connection_tables,
    delivery_tables,
    erasure_tables,
    fact_tables,
    job_tables,
    ledger_tables,
    outbound_tables,
    outbox_tables,
    pay_tables,
    said_tables,
    tables,
    user_tables,
)
from store.tables import metadata

__all__ = ["MODULES", "metadata"]

#: The modules that declare tables.
MODULES = (
    tables,
    connection_tables,
    delivery_tables,
    erasure_tables,
    fact_tables,
    job_tables,
    ledger_tables,
    outbound_tables,
    outbox_tables,
    pay_tables,
    said_tables,
    user_tables,
)
