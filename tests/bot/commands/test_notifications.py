"""`sportello notifications`: what a person sees of the outbox."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import typer
from sqlalchemy.engine import Engine
from typer.testing import CliRunner

from actions.store.database import session_factory
from actions.store.notifications import (
    NotificationsError,
    Outcome,
    deliver_due,
    enqueue,
    list_open,
)
from bot.commands.notifications import notifications
from tests.actions.store.test_notifications import NOW, engagement
from tests.conftest import HOME

Run = Callable[..., str]


@pytest.fixture
def run(engine: Engine, database: str, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the command on a database and return what it prints; its errors are raised."""
    monkeypatch.setenv("SPORTELLO_HOME", str(HOME))
    monkeypatch.setenv("DATABASE_URL", database)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.delenv("SPORTELLO_WEBHOOK_URL", raising=False)
    app = typer.Typer()
    app.command()(notifications)

    def run(*arguments: str) -> str:
        result = CliRunner().invoke(app, arguments, catch_exceptions=False)
        assert result.exit_code == 0, result.output
        return result.output

    return run


def fill(engine: Engine) -> None:
    """One that waits, and one of an engagement that was refused."""
    sessions = session_factory(engine)
    with sessions() as session:
        enqueue(session, "intake", {"a": "secret"}, now=NOW, engagement_id=engagement(session).id)
        session.commit()
        deliver_due(sessions, lambda _message: Outcome("refused", "answered 400"), lambda: NOW)
        enqueue(session, "callback", {"a": "secret"}, now=NOW)
        session.commit()


def test_nothing_is_one_sentence(run: Run) -> None:
    assert run() == "No notification is waiting or parked.\n"
    assert run("--send-again", "all") == "No notification is parked.\n"


def test_what_waits_and_what_is_parked_is_listed(run: Run, engine: Engine) -> None:
    fill(engine)
    said = run()
    _, parked, waiting, hint = said.splitlines()
    # In the firm's time zone.
    assert parked.split() == ("1 intake ABCD-EFGH 2026-11-23 10:30 1 parked answered 400".split())
    assert waiting.split() == "2 callback – 2026-11-23 10:30 0 2026-11-23 10:30 –".split()
    assert "set SPORTELLO_WEBHOOK_URL" in hint
    assert "secret" not in said


@pytest.mark.parametrize("which", ["1", "all"])
def test_what_is_parked_is_due_again(which: str, run: Run, engine: Engine) -> None:
    fill(engine)
    assert run("--send-again", which).startswith("1 due now.\n")
    with session_factory(engine)() as session:
        assert all(row.due_at for row in list_open(session))


@pytest.mark.parametrize("which", ["7", "some", "-1", "1" * 30, "²"])
def test_a_wrong_id_is_one_sentence(which: str, run: Run) -> None:
    with pytest.raises(NotificationsError) as mistake:
        run(f"--send-again={which}")
    assert "\n" not in str(mistake.value)
