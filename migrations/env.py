"""Runs the migrations on the connection or address that the caller hands in."""

from __future__ import annotations

from alembic import context

from actions.settings import Settings
from actions.store.database import create_engine
from actions.store.models import metadata


def run(connection):
    """Run the wanted steps in one transaction; SQLite rebuilds tables to change them."""
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=True,
        compare_type=True,
        compare_server_default=True,
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    with create_engine(Settings.read().database_url).connect() as connection:
        run(connection)
        connection.commit()
