"""What the tests share: a trained model, the real servers on free ports, both databases."""

from __future__ import annotations

import fcntl
import os
import socket
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from actions.firm import Firm, load_firm
from actions.logic.choices import Choices, load_choices
from actions.settings import Settings
from actions.store.database import create_engine
from actions.store.migrations import upgrade
from actions.store.models import metadata
from bot.supervisor import Supervisor
from bot.training import is_current, train

HOME = Path(__file__).parents[1]
SHARED = HOME.parent / "shared"
POSTGRESQL = "postgresql://postgres@127.0.0.1:5432"


@pytest.fixture(scope="session")
def firm() -> Firm:
    """The firm of the shipped firm.yml."""
    return load_firm(HOME / "firm.yml")


@pytest.fixture(scope="session")
def choices(firm: Firm) -> Choices:
    """The shipped choices."""
    return load_choices(HOME / "data" / "choices.yml", firm)


@pytest.fixture(scope="session")
def trained() -> Settings:
    """Settings whose folder holds a current model; it is trained where it is missing."""
    settings = Settings.read({"SPORTELLO_HOME": str(HOME)})
    settings.var.mkdir(exist_ok=True)
    with (settings.var / "training.lock").open("w") as lock:
        # Tests may run in several processes, of which one trains and the others wait.
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not is_current(settings):
            train(settings)
    return settings


def free_port() -> int:
    """Return a port of the loopback address that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def running(
    trained: Settings, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Settings, Engine]]:
    """The bot and the action server on free ports, with an SQLite database of their own."""
    folder = tmp_path_factory.mktemp("running")
    for shared in ("models", "cache"):
        (folder / shared).symlink_to(trained.var / shared)
    settings = replace(
        trained,
        # Its own logs: tests read them, and other servers would write into the common ones.
        var=folder,
        database_url=f"sqlite:///{folder / 'sportello.db'}",
        bot_port=free_port(),
        action_port=free_port(),
    )
    with pytest.MonkeyPatch.context() as patch, serve(settings, patch) as supervisor:
        engine = create_engine(settings.database_url)
        supervisor.start()
        yield settings, engine


class serve:  # noqa: N801
    """Migrates the database and stops the servers at the end, whatever happens."""

    def __init__(self, settings: Settings, patch: pytest.MonkeyPatch) -> None:
        for name, value in (
            ("DATABASE_URL", settings.database_url),
            ("SPORTELLO_BOT_PORT", settings.bot_port),
            ("SPORTELLO_ACTION_PORT", settings.action_port),
        ):
            patch.setenv(name, str(value))
        self.supervisor = Supervisor(settings)
        upgrade(create_engine(settings.database_url), settings.home)

    def __enter__(self) -> Supervisor:
        return self.supervisor

    def __exit__(self, *_error: object) -> None:
        self.supervisor.stop()


def _postgresql_answers() -> bool:
    try:
        with sa.create_engine(POSTGRESQL + "/postgres").connect():
            return True
    except sa.exc.OperationalError:
        return False


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database, once of each kind; with tables where there is an engine."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'test.db'}"
    tables = "engine" in request.fixturenames
    return str(request.getfixturevalue("emptied_postgresql" if tables else "postgresql"))


@pytest.fixture
def postgresql() -> Iterator[str]:
    """The address of a new database of PostgreSQL, without tables."""
    with empty_postgresql() as url:
        yield url


@pytest.fixture(scope="session")
def migrated_postgresql() -> Iterator[str]:
    """The address of a database of PostgreSQL with all tables, for one test after the other."""
    with empty_postgresql() as url:
        engine = create_engine(url)
        upgrade(engine, HOME)
        engine.dispose()
        yield url


@pytest.fixture
def emptied_postgresql(migrated_postgresql: str) -> str:
    """The same, as if nothing had ever been in it: twenty times faster than another one."""
    engine = sa.create_engine(migrated_postgresql)
    with engine.begin() as connection:
        connection.execute(
            sa.text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid != pg_backend_pid()"
            )
        )
        # Without the triggers: the audit refuses to be deleted, and parents go before children.
        connection.execute(sa.text("SET LOCAL session_replication_role = replica"))
        for table in metadata.tables:
            connection.execute(sa.text(f"DELETE FROM {table}"))
            connection.execute(sa.text(f"ALTER SEQUENCE {table}_id_seq RESTART"))
    engine.dispose()
    return migrated_postgresql


@contextmanager
def empty_postgresql() -> Iterator[str]:
    """Make an empty database of PostgreSQL, yield its address and drop it."""
    if not _postgresql_answers():
        pytest.skip("PostgreSQL does not answer on 127.0.0.1:5432")
    name = f"sportello_test_{uuid.uuid4().hex[:12]}"
    server = sa.create_engine(POSTGRESQL + "/postgres", isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name}"))
    try:
        yield f"{POSTGRESQL}/{name}"
    finally:
        with server.connect() as connection:
            connection.execute(sa.text(f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture
def engine(database: str) -> Iterator[Engine]:
    """An engine on a database with all tables, once of each kind."""
    engine = create_engine(database)
    if engine.dialect.name == "sqlite":
        upgrade(engine, HOME)
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def evaluation() -> Path:
    """The folder of the labelled messages that are kept outside the project."""
    folder = SHARED / "evaluation"
    if not folder.exists():
        pytest.skip(f"the labelled messages are not here ({os.path.relpath(folder, HOME)})")
    return folder
