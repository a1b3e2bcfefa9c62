"""What goes wrong around a conversation loses nothing: restarts, a database that is away."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import requests
import sqlalchemy as sa

from actions.settings import Settings
from actions.store.database import create_engine
from bot.chat import Conversation
from bot.supervisor import Supervisor, answers
from tests.conftest import free_port, serve
from tests.dialogues.test_dialogues import custom

ANSWERS = (
    "vorrei diventare cliente",
    "sì",
    "Anna Bianchi",
    "privato",
    "esterno",
    "anna@example.com",
    "salta",
    "contabilità",
    "bilanci chiari e puntuali",
    "entro il 15 gennaio 2030",
)


@pytest.fixture
def own(trained: Settings, tmp_path: Path) -> Iterator[tuple[Settings, Supervisor]]:
    """Servers of one test alone, which may break them."""
    settings = replace(
        trained,
        database_url=f"sqlite:///{tmp_path / 'sportello.db'}",
        bot_port=free_port(),
        action_port=free_port(),
    )
    with pytest.MonkeyPatch.context() as patch, serve(settings, patch) as supervisor:
        supervisor.start()
        yield settings, supervisor


def engagements(settings: Settings) -> list[str]:
    with create_engine(settings.database_url).connect() as connection:
        return list(connection.execute(sa.text("SELECT reference FROM engagements")).scalars())


def test_a_restart_in_the_middle_loses_nothing(own: tuple[Settings, Supervisor]) -> None:
    settings, supervisor = own
    conversation = Conversation(settings.bot_url, "restart")
    for text in ANSWERS[:5]:
        conversation.send(text)
    supervisor.stop()
    supervisor.start()
    for text in ANSWERS[5:]:
        replies = conversation.send(text)
    assert custom(replies, "asks") == "confirm"
    assert "Anna Bianchi" in replies[-2]["text"]
    assert custom(conversation.send("sì"), "reference") == engagements(settings)[0]


def test_when_the_database_fails_the_user_can_try_again(
    own: tuple[Settings, Supervisor],
) -> None:
    settings, _ = own
    conversation = Conversation(settings.bot_url, "retry")
    for text in ANSWERS:
        conversation.send(text)
    with create_engine(settings.database_url).begin() as connection:
        connection.execute(sa.text("ALTER TABLE engagements RENAME TO away"))
    replies = conversation.send("sì, confermo")
    assert custom(replies, "reference") is None
    assert "non è ancora salvata" in replies[0]["text"]
    assert custom(replies, "asks") == "confirm"
    with create_engine(settings.database_url).begin() as connection:
        connection.execute(sa.text("ALTER TABLE away RENAME TO engagements"))
    assert custom(conversation.send("riprova"), "reference") == engagements(settings)[0]
    assert len(engagements(settings)) == 1


def test_everything_works_on_postgresql(trained: Settings, postgresql: str) -> None:
    settings = replace(
        trained, database_url=postgresql, bot_port=free_port(), action_port=free_port()
    )
    with pytest.MonkeyPatch.context() as patch, serve(settings, patch) as supervisor:
        supervisor.start()
        conversation = Conversation(settings.bot_url, "postgresql")
        for text in ANSWERS:
            replies = conversation.send(text)
        assert custom(replies, "asks") == "confirm"
        assert custom(conversation.send("sì"), "reference") == engagements(settings)[0]
        for text in ("vorrei diventare cliente, sono Ugo Neri", "no"):
            replies = conversation.send(text)
        assert custom(replies, "cancelled") is True
    with create_engine(settings.database_url).connect() as connection:
        count = sa.text("SELECT count(*) FROM events WHERE data LIKE '%Ugo Neri%'")
        assert connection.execute(count).scalar_one() == 0
        assert len(engagements(settings)) == 1


def test_a_server_that_dies_is_started_again(own: tuple[Settings, Supervisor]) -> None:
    settings, supervisor = own
    actions = supervisor.children[0]
    assert actions.process is not None
    first = actions.process.pid
    conversation = Conversation(settings.bot_url, "killed")
    for text in ANSWERS:
        conversation.send(text)
    os.kill(first, signal.SIGKILL)
    actions.process.wait()
    replies = conversation.send("sì, confermo")
    assert [reply["text"] for reply in replies if "qualcosa non ha funzionato" in reply["text"]]
    assert custom(replies, "reference") is None
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and not answers(actions.health):
        supervisor._look_after(actions)
        time.sleep(0.1)
    assert actions.process is not None
    assert actions.process.pid != first
    assert custom(conversation.send("sì, confermo"), "reference") == engagements(settings)[0]


def test_stopping_leaves_no_process_behind(own: tuple[Settings, Supervisor]) -> None:
    settings, supervisor = own
    pids = [child.process.pid for child in supervisor.children if child.process]
    supervisor.stop()
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
    assert not answers(f"{settings.bot_url}/health")


def post(settings: Settings, **body: object) -> requests.Response:
    return requests.post(f"{settings.bot_url}/webhooks/rest/webhook", timeout=30, **body)  # type: ignore[arg-type]


def test_requests_that_are_no_messages(running: tuple[Settings, object]) -> None:
    settings, _ = running
    for body in (
        {"data": b"not json"},
        {"json": ["a", "list"]},
        {"json": {"sender": "x"}},
        {"json": {"sender": "x", "message": 5}},
        {"json": {"sender": "x", "message": "  "}},
        {"json": {"sender": 7, "message": "ciao"}},
        {"json": {"sender": "x" * 500, "message": "ciao"}},
    ):
        answer = post(settings, **body)
        assert answer.status_code == 400
        assert answer.json()["error"]["message"]
    assert "troppo lungo" in post(settings, json={"sender": "x", "message": "a" * 2001}).text


def test_a_message_without_sender_has_a_conversation_of_its_own(
    running: tuple[Settings, object],
) -> None:
    settings, _ = running
    first, second = (post(settings, json={"message": "ciao"}).json() for _ in range(2))
    assert first[0]["recipient_id"] != second[0]["recipient_id"]


def test_the_client_chooses_neither_channel_nor_namespace(running: tuple[Settings, object]) -> None:
    settings, engine = running
    body = {
        "sender": "slack:T1:U1",
        "message": "ciao",
        "input_channel": "slack",
        "metadata": {"admin": True},
    }
    assert post(settings, json=body).status_code == 200
    with engine.connect() as connection:  # type: ignore[attr-defined]
        senders = connection.execute(
            sa.text("SELECT DISTINCT sender_id FROM events WHERE sender_id LIKE '%U1'")
        ).scalars()
        assert list(senders) == ["rest:slack:T1:U1"]
        data = connection.execute(  # type: ignore[attr-defined]
            sa.text(
                "SELECT data FROM events WHERE sender_id = 'rest:slack:T1:U1' "
                "AND type_name = 'user'"
            )
        ).scalar_one()
    assert '"input_channel": "rest"' in data
    assert "admin" not in data


@pytest.mark.parametrize(
    "text", ["😀😀😀", "\u202e\u200f", "\x00\x01", "\ud800", "a" * 2000, "((((", "<script>", "%s%n"]
)
def test_odd_texts_get_an_answer(text: str, running: tuple[Settings, object]) -> None:
    settings, _ = running
    answer = post(settings, json={"sender": "odd", "message": text})
    assert answer.status_code == 200
    assert answer.json()[0]["text"]
    assert "qualcosa non ha funzionato" not in answer.text
