"""Real conversations leave their counts, and nothing else, in the tables of the figures."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from actions.firm import Firm
from actions.settings import Settings
from actions.store.models import IntakeRun, UsageCount
from bot.chat import Conversation
from bot.faq import load_faq
from tests.conftest import HOME
from tests.dialogues.test_dialogues import custom

FAQ = load_faq(HOME / "data")
ENTRY = next(iter(FAQ.values()))
UP_TO_THE_EMAIL = ("vorrei aprire una pratica", "sì", "Anna Bianchi", "privato", "esterno")
AFTER_IT = ("salta", "contabilità", "bilanci chiari e puntuali", "entro il 15 gennaio 2030")


@dataclass
class Since:
    """What was counted since the test began; other tests have counted before."""

    engine: Engine
    counted: Counter[tuple[Any, ...]]
    last_run: int

    def counts(self) -> dict[tuple[Any, ...], int]:
        return dict(_counts(self.engine) - self.counted)

    def runs(self) -> list[Any]:
        query = sa.select(IntakeRun.__table__).where(IntakeRun.id > self.last_run)
        with self.engine.connect() as connection:
            return list(connection.execute(query.order_by(IntakeRun.id)))


def _counts(engine: Engine) -> Counter[tuple[Any, ...]]:
    table = UsageCount
    query = sa.select(table.day, table.channel, table.kind, table.name, table.number)
    with engine.connect() as connection:
        return Counter({(*row,)[:4]: row.number for row in connection.execute(query)})


@pytest.fixture
def since(running: tuple[Settings, Engine]) -> Since:
    _, engine = running
    with engine.connect() as connection:
        last = connection.execute(sa.select(sa.func.max(IntakeRun.id))).scalar()
    return Since(engine, _counts(engine), last or 0)


def talk(running: tuple[Settings, Engine], *texts: str) -> list[dict[str, Any]]:
    settings, _ = running
    conversation = Conversation(settings.bot_url)
    return [reply for text in texts for reply in conversation.send(text)]


def test_each_message_counts_once_as_what_became_of_it(
    running: tuple[Settings, Engine], since: Since, firm: Firm
) -> None:
    replies = talk(
        running,
        "buongiorno",
        ENTRY.title["it"],
        ENTRY.title["it"],
        "qual è la ricetta della carbonara?",
        "vorrei parlare con una persona",
        "333 1234567",
    )
    assert custom(replies, "faq") == ENTRY.id
    assert custom(replies, "callback") is True
    today = dt.datetime.now(firm.zone).date()
    assert since.counts() == {
        (today, "rest", "faq", ENTRY.id): 2,
        (today, "rest", "turn", "answered"): 2,
        (today, "rest", "turn", "unanswered"): 1,
        (today, "rest", "turn", "handed_off"): 1,
        (today, "rest", "turn", "other"): 2,
    }
    assert since.runs() == []


def test_an_intake_that_is_sent(running: tuple[Settings, Engine], since: Since) -> None:
    settings, _ = running
    conversation = Conversation(settings.bot_url)
    for text in UP_TO_THE_EMAIL:
        conversation.send(text)
    (run,) = since.runs()
    assert (run.channel, run.language, run.last_field, run.outcome) == ("rest", "it", "email", None)
    conversation.send(ENTRY.title["it"])
    (after_a_question,) = since.runs()
    assert after_a_question.last_field == "email"
    assert run.started_at < run.last_at < after_a_question.last_at
    for text in ("anna@example.com", *AFTER_IT):
        conversation.send(text)
    (run,) = since.runs()
    assert (run.last_field, run.outcome) == ("confirm", None)
    assert custom(conversation.send("sì"), "reference")
    (sent,) = since.runs()
    assert (sent.run, sent.last_field, sent.outcome) == (run.run, "confirm", "submitted")
    # What is said and done afterwards, an erasure included, is not of the intake any more.
    conversation.send("grazie")
    conversation.send("cancella i miei dati")
    assert custom(conversation.send("sì, cancella tutto"), "erased")
    assert since.runs() == [sent]


@pytest.mark.parametrize(
    ("texts", "key", "field", "outcome"),
    [
        (("vorrei aprire una pratica", "no"), "cancelled", "consent", "refused"),
        ((*UP_TO_THE_EMAIL, "annulla", "sì"), "cancelled", "email", "cancelled"),
        ((*UP_TO_THE_EMAIL, "conserva"), "kept", "email", "kept"),
    ],
)
def test_an_intake_that_is_left(
    texts: tuple[str, ...],
    key: str,
    field: str,
    outcome: str,
    running: tuple[Settings, Engine],
    since: Since,
) -> None:
    assert custom(talk(running, *texts), key)
    (run,) = since.runs()
    assert (run.last_field, run.outcome) == (field, outcome)


def test_an_intake_that_is_resumed_is_the_same_run(
    running: tuple[Settings, Engine], since: Since
) -> None:
    code = custom(talk(running, *UP_TO_THE_EMAIL, "conserva"), "kept")
    (kept,) = since.runs()
    resumed = talk(running, code, "anna@example.com")
    assert custom(resumed, "asks") == "phone"
    (run,) = since.runs()
    assert (run.run, run.started_at, run.last_field, run.outcome) == (
        kept.run,
        kept.started_at,
        "phone",
        None,
    )
