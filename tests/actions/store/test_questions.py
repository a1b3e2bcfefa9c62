"""Questions without a good answer: of both tables, open until somebody deals with them."""

from __future__ import annotations

import datetime as dt

from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from actions.store.database import session_factory
from actions.store.models import Feedback, UnansweredQuestion
from actions.store.questions import deal_with, keep_question, list_questions

NOW = dt.datetime(2026, 11, 28, 9, 30, tzinfo=dt.timezone.utc)


def ago(hours: float) -> dt.datetime:
    return NOW - dt.timedelta(hours=hours)


def ask(engine: Engine, text: str, hours: float = 0, reason: str = "unanswered") -> None:
    keep_question(
        text,
        reason=reason,
        language="it",
        channel="web",
        nearest=["faq/a"],
        sessions=session_factory(engine),
        now=ago(hours),
    )


def judge(session: Session, number: int, question: str, hours: float, helpful: bool) -> None:
    session.add(
        Feedback(
            outbox_id=number,
            conversation_id="web:a",
            helpful=helpful,
            faq="three_types",
            question=question,
            language="en",
            given_at=ago(hours),
        )
    )


def test_all_kinds_are_listed_the_oldest_first(engine: Engine) -> None:
    ask(engine, "quanto costa?", 1)
    ask(engine, "cliente o no?", 3, "unclear")
    with session_factory(engine)() as session:
        judge(session, 1, "which types?", 2, helpful=False)
        judge(session, 2, "what is a client?", 4, helpful=True)
        session.commit()
        found = list_questions(session)
    assert [(q.id, q.kind, q.text, q.language) for q in found] == [
        ("q2", "unclear", "cliente o no?", "it"),
        ("f1", "thumbs_down", "which types?", "en"),
        ("q1", "unanswered", "quanto costa?", "it"),
    ]
    assert found[1].asked_at == ago(2)
    assert {(q.draft, q.dealt_with_at) for q in found} == {(None, None)}


def test_those_of_one_moment_keep_the_order_of_their_numbers(engine: Engine) -> None:
    for number in range(11):
        ask(engine, f"domanda {number}")
    with session_factory(engine)() as session:
        assert [q.id for q in list_questions(session)] == [f"q{n}" for n in range(1, 12)]


def test_only_what_is_named_is_dealt_with(engine: Engine) -> None:
    ask(engine, "quanto costa?")
    ask(engine, "e poi?")
    with session_factory(engine)() as session:
        # The same number in both tables.
        judge(session, 1, "how much?", 0, helpful=False)
        judge(session, 2, "and then?", 0, helpful=False)
        session.commit()
        by_id = {q.id: q for q in list_questions(session)}
        deal_with(session, [by_id["q1"], by_id["f2"]], "fees", NOW)
        session.rollback()
        assert not any(q.dealt_with_at for q in list_questions(session))
        deal_with(session, [by_id["q1"], by_id["f2"]], "fees", NOW)
        deal_with(session, [by_id["q2"]], None, NOW)
        session.commit()
    with session_factory(engine)() as session:
        assert {q.id: (q.draft, q.dealt_with_at) for q in list_questions(session)} == {
            "q1": ("fees", NOW),
            "q2": (None, NOW),
            "f1": (None, None),
            "f2": ("fees", NOW),
        }


def test_more_than_one_statement_may_hold(engine: Engine) -> None:
    with session_factory(engine)() as session:
        session.add_all(
            UnansweredQuestion(text="e?", language="it", channel="web", nearest="[]", asked_at=NOW)
            for _ in range(1203)
        )
        session.commit()
        deal_with(session, list_questions(session), "fees", NOW)
        session.commit()
        assert {q.draft for q in list_questions(session)} == {"fees"}
