"""Runs migrations on the connection that the code gives: no alembic.ini, no second place for a URL."""

from alembic import context

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
    user_tables,
)
from store.tables import metadata

#: Modules that declare tables of their own.
FURTHER = (
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

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
