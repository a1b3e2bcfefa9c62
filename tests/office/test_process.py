"""The back office's process: the supervisor starts it, and starts it again when it dies."""

from __future__ import annotations

import io
import os
import re
import signal
import socket
from dataclasses import replace
from pathlib import Path

import pytest
import requests
from rich.console import Console

from actions.settings import Settings
from actions.store.database import create_engine
from actions.store.migrations import upgrade
from bot import cli
from bot.supervisor import StartError, Supervisor, answers
from tests.conftest import HOME, free_port
from tests.webhook_receiver import wait_until


@pytest.fixture
def own(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings with ports and an empty database of their own."""
    port, url = free_port(), f"sqlite:///{tmp_path / 'sportello.db'}"
    for name, value in (
        ("SPORTELLO_OFFICE_PORT", str(port)),
        ("DATABASE_URL", url),
        ("SPORTELLO_VAR", str(tmp_path)),
    ):
        monkeypatch.setenv(name, value)
    upgrade(create_engine(url), HOME)
    return replace(
        settings,
        office_port=port,
        bot_port=free_port(),
        action_port=free_port(),
        database_url=url,
        var=tmp_path,
    )


def test_it_is_there_for_a_firm_at_work(own: Settings) -> None:
    names = [child.name for child in Supervisor(own, office=True).children]
    assert names == ["action server", "bot", "back office"]
    assert "back office" not in [child.name for child in Supervisor(own).children]


def test_it_is_started_again(own: Settings) -> None:
    said: list[str] = []
    supervisor = Supervisor(own, say=said.append, office=True)
    office = supervisor.children[-1]
    supervisor.children = [office]  # the others need a model
    supervisor.start()
    try:
        assert "Accedi" in requests.get(f"{own.office_url}/login", timeout=10).text
        assert office.process is not None
        first = office.process.pid
        os.kill(first, signal.SIGKILL)
        office.process.wait()

        def is_back() -> bool:
            supervisor._look_after(office)
            return office.process is not None and office.process.pid != first

        wait_until(is_back)
        wait_until(lambda: answers(office.health))
        assert said == ["The back office ended unexpectedly; it starts again in 1 s."]
    finally:
        supervisor.stop()
    assert not answers(office.health)
    assert "Application startup complete" in supervisor.log_of(office).read_text()


def test_a_busy_port_is_one_sentence(own: Settings) -> None:
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", own.office_port))
        busy.listen()
        with pytest.raises(StartError, match="SPORTELLO_OFFICE_PORT"):
            Supervisor(own, office=True).start()


def test_a_mistake_of_the_firm_s_is_one_sentence(own: Settings, tmp_path: Path) -> None:
    """What a person can mend is told in one line, without a trace."""
    supervisor = Supervisor(own, say=lambda _: None, office=True)
    office = supervisor.children[-1]
    supervisor.children = [office]
    firm = tmp_path / "firm.yml"
    firm.write_text("name: x\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SPORTELLO_FIRM", str(firm))
        with pytest.raises(StartError, match=r"The back office could not start: .*firm\.yml"):
            supervisor.start()
    assert "Traceback" not in supervisor.log_of(office).read_text()


def test_its_address_is_printed(own: Settings) -> None:
    written = io.StringIO()
    Console(width=200, file=written).print(cli._addresses(own))
    assert re.search(rf"Back office +{own.office_url} ", written.getvalue())
