"""The supervisor and the child that has no port: the notifier."""

from __future__ import annotations

import datetime as dt
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from actions.settings import Settings
from actions.store.database import create_engine, session_factory
from actions.store.migrations import upgrade
from actions.store.models import KeptIntake
from actions.store.notifications import enqueue
from bot.supervisor import Supervisor
from tests.actions.test_notifier import NOW
from tests.conftest import HOME
from tests.webhook_receiver import SECRET, Receiver, wait_until


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


@pytest.fixture
def settings(receiver: Receiver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    for name, value in (
        ("SPORTELLO_HOME", str(HOME)),
        ("SPORTELLO_VAR", str(tmp_path)),
        ("DATABASE_URL", f"sqlite:///{tmp_path / 'sportello.db'}"),
        ("SPORTELLO_WEBHOOK_URL", receiver.url),
        ("SPORTELLO_WEBHOOK_SECRET", SECRET),
    ):
        monkeypatch.setenv(name, value)
    return Settings.read()


def names(supervisor: Supervisor) -> list[str]:
    return [child.name for child in supervisor.children]


def test_the_notifier_is_there_where_there_is_a_webhook(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert names(Supervisor(settings)) == ["action server", "bot", "notifier"]
    monkeypatch.delenv("SPORTELLO_WEBHOOK_URL")
    monkeypatch.delenv("SPORTELLO_WEBHOOK_SECRET")
    assert names(Supervisor(Settings.read())) == ["action server", "bot"]


def test_a_notifier_that_dies_is_started_again(settings: Settings, receiver: Receiver) -> None:
    engine = create_engine(settings.database_url)
    upgrade(engine, HOME)
    said: list[str] = []
    supervisor = Supervisor(settings, say=said.append)
    notifier = supervisor.children[-1]
    supervisor.children = [notifier]  # the others need a model, and are tested elsewhere
    supervisor.start()
    try:
        assert notifier.process is not None
        first = notifier.process.pid
        os.kill(first, signal.SIGKILL)
        notifier.process.wait()

        def is_back() -> bool:
            supervisor._look_after(notifier)
            return notifier.process is not None and notifier.process.pid != first

        wait_until(is_back)
        assert said == ["The notifier ended unexpectedly; it starts again in 1 s."]
        with session_factory(engine)() as session:
            enqueue(session, "intake", {}, now=NOW)
            session.commit()
        wait_until(lambda: len(receiver.received) == 1)
        last = notifier.process.pid
    finally:
        begun = time.monotonic()
        supervisor.stop()
    assert time.monotonic() - begun < 4
    with pytest.raises(ProcessLookupError):
        os.kill(last, 0)


def test_retention_applies_by_itself(settings: Settings) -> None:
    engine = create_engine(settings.database_url)
    upgrade(engine, HOME)
    long_ago = dt.datetime(2020, 1, 1, tzinfo=dt.timezone.utc)
    with session_factory(engine)() as session:
        session.add(
            KeptIntake(
                code_hash="0" * 64,
                state="{}",
                conversation_id="rest:old",
                created_at=long_ago,
                expires_at=long_ago,
            )
        )
        session.commit()
    supervisor = Supervisor(settings)
    supervisor._purge_daily()
    assert supervisor.purge is not None
    assert supervisor.purge.wait(60) == 0
    with session_factory(engine)() as session:
        assert session.query(KeptIntake).count() == 0
    first = supervisor.purge
    supervisor._purge_daily()
    assert supervisor.purge is first, "once a day is enough"
    supervisor.stop()
