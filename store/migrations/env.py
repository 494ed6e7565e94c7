"""Runs migrations on the connection that the code gives: no alembic.ini, no second place for a URL."""

from alembic import context

from store.every_table import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
