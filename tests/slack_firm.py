"""The real bot and action server with a stand-in for Slack, and somebody who writes to it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import yaml
from sqlalchemy.engine import Engine

from actions.settings import Settings
from actions.store.database import create_engine
from actions.store.migrations import upgrade
from bot.supervisor import Supervisor
from tests import slack_api
from tests.conftest import HOME, free_port
from tests.slack_api import Slack
from tests.slack_events import Sender, direct, message
from tests.webhook_receiver import wait_until


@dataclass
class Firm:
    """Everything that a test of the channel needs."""

    slack: Slack
    sender: Sender
    engine: Engine
    settings: Settings
    supervisor: Supervisor
    environment: dict[str, str]

    def restart(self) -> None:
        """Stop everything, and start it with the same settings."""
        self.supervisor.stop()
        with pytest.MonkeyPatch.context() as patch:
            for name, value in self.environment.items():
                patch.setenv(name, value)
            self.supervisor.start()

    def rows(self, query: str, **values: Any) -> list[Any]:
        """Ask the database."""
        with self.engine.connect() as connection:
            return list(connection.execute(sa.text(query), values))

    def count(self, table: str) -> int:
        """Return how many rows a table has."""
        return int(self.rows(f"SELECT count(*) FROM {table}")[0][0])

    def ask(self, text: str, user: str) -> dict[str, Any]:
        """Write a direct message and return the post that answers it."""
        return self.answer(user, lambda: self.sender.event(message(text, user)))

    def answer(self, user: str, deliver: Any, posts: int = 1) -> dict[str, Any]:
        """Deliver something and return the last new post in the direct messages with somebody."""
        before = len(self.slack.posts(direct(user)))
        assert deliver().status_code == 200
        wait_until(lambda: len(self.slack.posts(direct(user))) >= before + posts)
        return self.slack.posts(direct(user))[-1]

    def person(self, name: str) -> str:
        """Return a new member of staff."""
        user = f"U0{name.upper()}"
        self.slack.users[user] = {
            "team_id": slack_api.TEAM,
            "locale": "it-IT",
            "profile": {"display_name": name.capitalize()},
        }
        return user

    def is_quiet(self) -> bool:
        """Tell whether nothing waits: no message for its answer, no post for Slack."""
        waiting = self.rows("SELECT count(*) FROM inbox WHERE answered_at IS NULL")[0][0]
        open_posts = self.rows("SELECT count(*) FROM slack_posts WHERE done_at IS NULL")[0][0]
        return not waiting and not open_posts

    def settle(self) -> None:
        """Wait until nothing waits, and a little more."""
        wait_until(self.is_quiet)
        time.sleep(0.1)


def firm_file(folder: Path, **slack: Any) -> Path:
    """Write a firm.yml that speaks of Slack."""
    content = yaml.safe_load((HOME / "firm.yml").read_text(encoding="utf-8"))
    content["slack"] = {"notify": slack_api.NOTIFY, "digest_hour": None, **slack}
    path = folder / "firm.yml"
    path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    return path


@contextmanager
def opened(
    trained: Settings, folder: Path, database: str | None = None, **slack: Any
) -> Iterator[Firm]:
    """Start everything with settings of its own, and stop it whatever happens."""
    settings = replace(
        trained,
        database_url=database or f"sqlite:///{folder / 'sportello.db'}",
        bot_port=free_port(),
        action_port=free_port(),
    )
    with Slack() as api:
        environment = {
            "DATABASE_URL": settings.database_url,
            "SPORTELLO_BOT_PORT": str(settings.bot_port),
            "SPORTELLO_ACTION_PORT": str(settings.action_port),
            "SPORTELLO_FIRM": str(firm_file(folder, **slack)),
            "SLACK_BOT_TOKEN": slack_api.TOKEN,
            "SLACK_SIGNING_SECRET": slack_api.SECRET,
            "SLACK_APP_TOKEN": slack_api.APP_TOKEN,
            "SLACK_API_URL": api.url,
        }
        engine = create_engine(settings.database_url)
        upgrade(engine, settings.home)
        sender = Sender(f"{settings.bot_url}/webhooks/slack/webhook")
        firm = Firm(api, sender, engine, settings, Supervisor(settings), environment)
        try:
            firm.restart()
            yield firm
        finally:
            firm.supervisor.stop()
            engine.dispose()
