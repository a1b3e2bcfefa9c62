"""The database as the commands open it: never an empty one of which they would tell something."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.engine import Engine, make_url
from sqlalchemy.orm import Session

from actions.settings import Settings
from actions.store.database import create_engine, session_factory


class DatabaseMissingError(Exception):
    """There is no database; the message says where it was looked for."""


def migrate(settings: Settings) -> None:
    """Bring the database to the tables of this version; where it is a file, it is made."""
    from actions.store.migrations import upgrade

    url = make_url(settings.database_url)
    if url.get_backend_name() == "sqlite" and url.database:
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(settings.database_url)
    try:
        upgrade(engine, settings.home)
    finally:
        engine.dispose()


@contextmanager
def open_database(settings: Settings) -> Iterator[tuple[Engine, Session]]:
    """Yield an engine and a session on it, both closed at the end; the caller commits.

    Raises:
        DatabaseMissingError: it is a file, and there is none.
    """
    url = make_url(settings.database_url)
    # SQLite would make an empty one, and «nothing is stored» would be a false statement.
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").is_file():
        raise DatabaseMissingError(f"There is no database at {url.database}: check DATABASE_URL.")
    engine = create_engine(settings.database_url)
    try:
        with session_factory(engine)() as session:
            yield engine, session
    finally:
        engine.dispose()
