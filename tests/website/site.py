"""A bot with its action server that a test may break."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from actions.settings import Settings
from actions.store.database import create_engine
from bot.supervisor import Child, Supervisor, answers
from tests.conftest import free_port, serve


@dataclass
class Site:
    """A bot with its action server, which a test may break."""

    settings: Settings
    supervisor: Supervisor

    def child(self, name: str) -> Child:
        return next(child for child in self.supervisor.children if child.name == name)

    def kill(self, name: str) -> None:
        """End a server as if the machine had lost power."""
        process = self.child(name).process
        assert process is not None
        process.kill()
        process.wait()

    def start(self, name: str) -> Child:
        """Start a server again; not from a thread, with whose end it would be stopped."""
        child = self.child(name)
        self.supervisor._spawn(child)
        return child

    def revive(self, name: str) -> None:
        """Start a server again and wait until it answers."""
        child = self.start(name)
        end = time.monotonic() + 60
        while not answers(child.health):
            assert time.monotonic() < end, f"the {name} does not come back"
            time.sleep(0.1)

    def count(self, table: str) -> int:
        with create_engine(self.settings.database_url).connect() as connection:
            return int(connection.execute(sa.text(f"SELECT count(*) FROM {table}")).scalar_one())


@contextmanager
def own_site(trained: Settings, folder: Path) -> Iterator[Site]:
    """Start servers with a database of their own, in a folder that is taken away with them."""
    settings = replace(
        trained,
        database_url=f"sqlite:///{folder / 'sportello.db'}",
        bot_port=free_port(),
        action_port=free_port(),
    )
    with pytest.MonkeyPatch.context() as patch, serve(settings, patch) as supervisor:
        supervisor.start()
        yield Site(settings, supervisor)
