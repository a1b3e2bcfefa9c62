"""Connections: one engine per address, and sessions that commit only when told to."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine, make_url
from sqlalchemy.orm import Session, sessionmaker

CONNECT_SECONDS = 3
STATEMENT_SECONDS = 10
# Databases limit how many values one statement may hold.
CHUNK = 500


def create_engine(url: str, **pool: int) -> Engine:
    """Make the engine for an address; it connects on first use.

    ``pool`` sizes the pool of connections to PostgreSQL, as SQLAlchemy names it.

    SQLite gets foreign keys, write-ahead logging and a waiting time for locks; PostgreSQL gets
    tested connections and a short time-out, so that an outage is noticed and reported in seconds.
    """
    if make_url(url).get_backend_name() == "sqlite":
        # A session is used by one thread at a time, but not always by the same: an export is read
        # piece by piece, by whichever thread is free.
        arguments = {"timeout": 5, "check_same_thread": False}
        engine = sa.create_engine(url, future=True, connect_args=arguments)
        sa.event.listen(engine, "connect", _prepare_sqlite)
        return engine
    return sa.create_engine(
        url,
        future=True,
        pool_pre_ping=True,
        **pool,
        connect_args={
            "connect_timeout": CONNECT_SECONDS,
            "options": f"-c statement_timeout={STATEMENT_SECONDS}s",
        },
    )


def session_factory(engine: Engine) -> sessionmaker[Session]:
    """Return a maker of sessions: ``with factory() as session:`` rolls back unless committed."""
    return sessionmaker(engine, future=True)


def chunks(values: Collection[Any]) -> Iterator[list[Any]]:
    """Split many values into sorted lists that fit into one statement each."""
    ordered = sorted(values)
    for start in range(0, len(ordered), CHUNK):
        yield ordered[start : start + CHUNK]


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA journal_mode = WAL")
    # What is erased is overwritten, not only forgotten.
    cursor.execute("PRAGMA secure_delete = ON")
    cursor.close()
