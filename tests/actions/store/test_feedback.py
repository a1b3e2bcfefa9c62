"""Verdicts on answers: the latest counts, and no name is kept."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from actions.store import mailbox, usage
from actions.store.database import session_factory
from actions.store.feedback import give_feedback
from actions.store.models import Feedback, UsageCount

NOW = dt.datetime(2026, 11, 28, 9, 30, tzinfo=dt.timezone.utc)
FAQ = {"replies": [{"text": "…"}, {"custom": {"faq": "three_types", "source": "Tre tipi"}}]}
PASSAGE = {"replies": [{"text": "…"}, {"custom": {"source": "Tre tipi", "passage": True}}]}
QUESTION = {"replies": [{"text": "…"}, {"custom": {"asks": "email"}}]}


def answered(session: Any, payload: dict[str, Any], text: str) -> int:
    mailbox.receive(
        session,
        conversation_id="web:a",
        channel="web",
        key=text[:90],
        text=text,
        button=None,
        now=NOW,
    )
    message = mailbox.next_waiting(session, "web:a")
    assert message is not None
    number = mailbox.answer(session, message, {**payload, "language": "en"}, NOW)
    assert number is not None
    return number


def rows(session: Any) -> list[tuple[Any, ...]]:
    query = sa.select(Feedback.helpful, Feedback.faq, Feedback.question, Feedback.language)
    return [tuple(row) for row in session.execute(query)]


def test_the_latest_verdict_counts_and_names_are_masked(engine: Engine) -> None:
    with session_factory(engine)() as session:
        number = answered(session, FAQ, "sono Ugo Neri, ugo@example.com: che tipi ci sono?")
        assert give_feedback(session, "web:a", number, True, NOW)
        assert give_feedback(session, "web:a", number, False, NOW)
        assert rows(session) == [
            (False, "three_types", "sono [nome], [e-mail] che tipi ci sono?", "en")
        ]


def test_a_verdict_counts_once_and_for_longer_than_its_conversation(engine: Engine) -> None:
    with session_factory(engine)() as session:
        number = answered(session, FAQ, "che tipi ci sono?")
        later = NOW + dt.timedelta(days=2)
        for helpful, moment in ((True, NOW), (True, NOW), (False, later), (False, later)):
            give_feedback(session, "web:a", number, helpful, moment)
        session.execute(sa.delete(Feedback))
        counted = {
            (row.day, row.channel, row.name): row.number
            for row in session.scalars(sa.select(UsageCount).filter_by(kind=usage.THUMB))
            if row.number
        }
        assert counted == {(later.date(), "web", "down"): 1}


def test_a_passage_has_no_entry(engine: Engine) -> None:
    with session_factory(engine)() as session:
        assert give_feedback(session, "web:a", answered(session, PASSAGE, "e poi?"), True, NOW)
        assert rows(session)[0][1] is None


@pytest.mark.parametrize("conversation", ["web:a", "web:b"])
def test_only_answers_of_ones_own_conversation_that_have_a_source(
    engine: Engine, conversation: str
) -> None:
    with session_factory(engine)() as session:
        question, faq = answered(session, QUESTION, "uno"), answered(session, FAQ, "due")
        assert not give_feedback(session, conversation, question, True, NOW)
        assert not give_feedback(session, conversation, 12345, True, NOW)
        assert give_feedback(session, conversation, faq, True, NOW) == (conversation == "web:a")
