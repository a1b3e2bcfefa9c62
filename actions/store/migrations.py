"""Bringing a database to the tables of this version."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from sqlalchemy.engine import Engine

from actions.store.database import session_factory
from actions.store.search import index_missing


def upgrade(engine: Engine, home: Path, revision: str = "head") -> None:
    """Apply the migrations that are missing, in one transaction; then let all clients be found.

    Args:
        engine: The database.
        home: The project's folder, which holds ``migrations/``.
        revision: How far to go.
    """
    _run(engine, home, lambda config: command.upgrade(config, revision))
    if revision == "head":
        with session_factory(engine)() as session:
            index_missing(session)


def downgrade(engine: Engine, home: Path, revision: str) -> None:
    """Take migrations back down to a revision; ``base`` takes back all of them."""
    _run(engine, home, lambda config: command.downgrade(config, revision))


def _run(engine: Engine, home: Path, step: Callable[[Config], None]) -> None:
    config = Config()
    config.set_main_option("script_location", str(home / "migrations").replace("%", "%%"))
    with engine.connect() as connection:
        sqlite = engine.dialect.name == "sqlite"
        if sqlite:
            # Changing a table there means dropping the old one, with which its children would go.
            connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
            # The driver begins a transaction by itself only where rows change, not tables.
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        try:
            config.attributes["connection"] = connection
            step(config)
            if sqlite and connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall():
                raise sa.exc.IntegrityError("PRAGMA foreign_key_check", {}, Exception("orphans"))
            connection.commit()
        finally:
            connection.rollback()
            if sqlite:
                connection.exec_driver_sql("PRAGMA foreign_keys = ON")
