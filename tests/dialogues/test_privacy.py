"""The promise of confidentiality, tried from outside: logs, export, erasure, guessing, doubles."""

from __future__ import annotations

import json
import subprocess
import sys
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from actions.settings import Settings
from actions.store.database import create_engine
from actions.store.models import Learner, LearningReview
from bot.chat import Conversation
from tests.conftest import HOME, free_port, serve
from tests.dialogues.test_dialogues import belonging, custom, traces

PEOPLE = 36


def intake(mark: str) -> list[str]:
    """Return what somebody types whose every answer can be told from all others'."""
    return [
        f"vorrei diventare cliente, mi chiamo Zaira Uno{mark}",
        "sì",
        "privato",
        "esterno",
        f"zaira.{mark}@example.com",
        f"che ne pensa di Prova{mark}?",
        "salta",
        f"una pratica di tipo Tipo{mark}",
        f"che si risolva la questione Quesito{mark}",
        f"no scusa, l'email è zaira.due.{mark}@example.com",
        "nessuna scadenza",
    ]


def marks(number: int) -> list[str]:
    """Return as many words that no text holds by chance."""
    letters = "bcdfghjklmnpqrstvwxz"
    return [
        "q" + "".join(letters[(n // 20**p) % 20] + "ax"[p % 2] for p in range(4)) + "zk"
        for n in range(7, 7 + number)
    ]


def test_logs_hold_nothing_that_people_said(running: tuple[Settings, Engine]) -> None:
    settings, _ = running
    logs = [settings.logs / "bot.log", settings.logs / "action-server.log"]
    sizes = [log.stat().st_size for log in logs]
    seeds = marks(PEOPLE)
    references = []
    for mark in seeds:
        conversation = Conversation(settings.bot_url, uuid.uuid4().hex)
        for text in [*intake(mark), "sì, confermo"]:
            replies = conversation.send(text)
        references.append(custom(replies, "reference"))
    assert all(references)
    written = "".join(
        log.read_bytes()[size:].decode("utf-8", "replace") for log, size in zip(logs, sizes)
    ).casefold()
    leaked = [mark for mark in seeds if mark in written]
    assert leaked == [], written[:2000]


def test_export_then_erase_then_nothing_is_left(trained: Settings, tmp_path: Path) -> None:
    file = tmp_path / "sportello.db"
    settings = replace(
        trained,
        database_url=f"sqlite:///{file}",
        bot_port=free_port(),
        action_port=free_port(),
    )
    gone, stays = marks(2)
    with pytest.MonkeyPatch.context() as patch, serve(settings, patch) as supervisor:
        supervisor.start()
        references = {}
        for mark in (gone, stays):
            conversation = Conversation(settings.bot_url, uuid.uuid4().hex)
            for text in [*intake(mark), "sì, confermo"]:
                replies = conversation.send(text)
            references[mark] = custom(replies, "reference")
        exported = command("export", references[gone])
        for word in ("Uno", "Tipo", "Quesito", "Prova"):
            assert f"{word}{gone}" in exported
        assert json.loads(exported)
        assert f"zaira.{gone}@example.com" in exported, "the address before its correction"
        assert stays not in exported
        assert gone in written(file)
        command("erase", references[gone], "--yes")
        assert gone not in written(file)
        assert stays in written(file)
        with create_engine(settings.database_url).connect() as connection:
            left = connection.execute(sa.text("SELECT reference FROM engagements")).scalars()
            assert list(left) == [references[stays]]
            assert connection.execute(sa.text("SELECT count(*) FROM erasures")).scalar() == 1


def test_nobody_learns_which_half_of_a_pair_is_wrong(running: tuple[Settings, Engine]) -> None:
    settings, _ = running
    (mark,) = marks(PEOPLE + 1)[-1:]
    conversation = Conversation(settings.bot_url, uuid.uuid4().hex)
    for text in [*intake(mark), "sì, confermo"]:
        replies = conversation.send(text)
    reference = custom(replies, "reference")
    asking = Conversation(settings.bot_url, uuid.uuid4().hex)
    asking.send("a che punto è la mia pratica?")
    said = [
        reply["text"]
        for reply in asking.send(f"{reference} zaira.due.{mark}@example.com")
        if "text" in reply
    ]
    assert reference in said[0]
    guesses = [
        f"stato della pratica {reference}, altro@example.com",
        f"stato della pratica AAAA-3333, zaira.due.{mark}@example.com",
        f"stato della pratica {reference}, zaira.{mark}@example.com",
        "stato della pratica CCCC-4444, altro@example.com",
        "stato della pratica DDDD-4444, altro@example.com",
    ]
    guessing = Conversation(settings.bot_url, uuid.uuid4().hex)
    told = [
        [r["text"] for r in guessing.send(text) if "text" in r] for text in (*guesses, guesses[0])
    ]
    assert len({text for (text,) in told[:5]}) == 1, told
    assert "troppi tentativi" in told[5][0]
    # Even the right pair waits now, in this conversation.
    right = f"stato della pratica {reference}, zaira.due.{mark}@example.com"
    assert "troppi tentativi" in guessing.send(right)[0]["text"]


def test_the_same_submission_five_times_at_once(running: tuple[Settings, Engine]) -> None:
    settings, engine = running
    (mark,) = marks(PEOPLE + 2)[-1:]
    sender = uuid.uuid4().hex
    conversation = Conversation(settings.bot_url, sender)
    for text in intake(mark):
        replies = conversation.send(text)
    assert custom(replies, "asks") == "confirm"
    with ThreadPoolExecutor(5) as pool:
        answers = list(
            pool.map(lambda _: Conversation(settings.bot_url, sender).send("sì"), range(5))
        )
    given = {custom(replies, "reference") for replies in answers} - {None}
    rows = belonging(engine, "engagements", [f"rest:{sender}"])
    assert [row["reference"] for row in rows] == [*given]


def command(*arguments: str) -> str:
    """Run a command of sportello, as a person would, and return what it prints."""
    result = subprocess.run(
        [sys.executable, "-m", "bot", *arguments],
        cwd=HOME,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


def written(file: Path) -> str:
    """Return everything that lies on the disk of a database."""
    return "".join(
        path.read_bytes().decode("utf-8", "replace") for path in file.parent.glob(f"{file.name}*")
    )


def test_a_learner_who_asks_for_it_is_erased(running: tuple[Settings, Engine]) -> None:
    settings, engine = running
    staying, going = uuid.uuid4().hex, uuid.uuid4().hex
    for sender in (staying, going):
        practise(settings, engine, sender)
    conversation = Conversation(settings.bot_url, going)
    asked = conversation.send("cancellate i miei dati")
    assert any("dati della Sua formazione" in reply.get("text", "") for reply in asked)
    assert custom(conversation.send("sì, elimina"), "erased") is True
    assert answers_of(engine, going) == 0
    assert traces(engine, f"rest:{going}", "quiz") == 0
    assert answers_of(engine, staying) == 1
    assert traces(engine, f"rest:{staying}", "quiz") > 0
    # Whoever goes on is somebody new.
    practise(settings, engine, going)


def test_staff_who_have_a_client_erased_keep_their_training(
    running: tuple[Settings, Engine],
) -> None:
    settings, engine = running
    (mark,) = marks(PEOPLE + 3)[-1:]
    sender, staff = uuid.uuid4().hex, uuid.uuid4().hex
    conversation = Conversation(settings.bot_url, sender)
    for text in [*intake(mark), "sì, confermo"]:
        replies = conversation.send(text)
    reference = custom(replies, "reference")
    practise(settings, engine, staff)
    conversation = Conversation(settings.bot_url, staff)
    conversation.send("pausa")
    asked = conversation.send(f"cancellate i dati di {reference}, zaira.due.{mark}@example.com")
    assert custom(asked, "asks") == "request_confirm"
    assert not any("formazione" in reply.get("text", "") for reply in asked)
    assert custom(conversation.send("sì, elimina"), "erased") is True
    assert not belonging(engine, "engagements", [f"rest:{sender}"])
    assert answers_of(engine, staff) == 1


def practise(settings: Settings, engine: Engine, sender: str) -> None:
    """Answer the first question of the training that has buttons."""
    conversation = Conversation(settings.bot_url, sender)
    replies = conversation.send("quiz")
    for _ in range(12):
        if answers_of(engine, sender):
            return
        buttons = [button for reply in replies for button in reply.get("buttons", ())]
        replies = conversation.send(buttons[0]["payload"] if buttons else "passo")
    pytest.fail(f"no answer was stored: {replies}")


def answers_of(engine: Engine, sender: str) -> int:
    """Count the answers of whoever speaks in a conversation."""
    query = (
        sa.select(sa.func.count(LearningReview.id))
        .join(Learner, Learner.id == LearningReview.learner_id)
        .where(Learner.key == f"rest:{sender}")
    )
    with engine.connect() as connection:
        return int(connection.execute(query).scalar_one())
