"""Practising in the chat window: only with a code, and each learner for themselves."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from actions.settings import Settings
from actions.store import learning
from actions.store.models import LearningReview
from tests.browser.chat import SCREENSHOTS, Chat
from tests.browser.conftest import Open


@pytest.fixture
def learner(running: tuple[Settings, Engine]) -> SimpleNamespace:
    """Somebody who was invited, to whom a true-or-false question is due."""
    now = dt.datetime.now(dt.timezone.utc)
    with Session(running[1]) as session:
        new = learning.enrol(
            session,
            learning.new_staff_key(),
            language="it",
            goal=5,
            reminder_hour=None,
            now=now,
            name="Anna",
        )
        seeded = learning.Graded(
            "words_often_interchanged",
            f"seed:{new.key}",
            "",
            "right",
            1.0,
            None,
            learning.Rating.Good,
            None,
        )
        learning.note_review(
            session, new.id, seeded, channel="web", language="it", now=now - dt.timedelta(days=9)
        )
        code = learning.issue_code(session, new.id, now)
        session.commit()
        return SimpleNamespace(id=new.id, code=code)


def test_a_session_in_the_chat(
    open_chat: Open, learner: SimpleNamespace, running: tuple[Settings, Engine]
) -> None:
    chat = open_chat(viewport={"width": 390, "height": 844}).visit()
    chat.say("quiz")
    assert "codice personale" in chat.last
    chat.say(f"ecco: {learner.code.lower()}")
    assert "Il codice è giusto" in chat.last
    chat.say("cosa devo ripassare oggi?")
    assert "Domanda 1 di 1 · Cliente e acquirente" in chat.last
    chat.page.screenshot(path=SCREENSHOTS / "training-question.png")
    chat.choose("Vero")
    assert "Quanto è sicura questa risposta?" in chat.last
    chat.choose("Sicura")
    assert "Finito: 1 su 1" in chat.last
    chat.page.screenshot(path=SCREENSHOTS / "training-summary.png")
    with Session(running[1]) as session:
        query = sa.select(LearningReview).where(
            LearningReview.learner_id == learner.id, LearningReview.delivery.notlike("seed:%")
        )
        row = session.execute(query).scalar_one()
        assert (row.item, row.result, row.channel) == ("words_often_interchanged", "right", "web")
    _nobody_else(open_chat, learner)


def _nobody_else(open_chat: Open, learner: SimpleNamespace) -> None:
    """Another visitor with the same, used code sees nothing."""
    other: Chat = open_chat().visit()
    other.say(learner.code)
    assert "non è valido" in other.last
    other.say("i miei progressi")
    assert "codice personale" in other.last
    assert "Cliente e acquirente" not in other.last
