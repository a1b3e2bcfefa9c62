"""The firm's cards in the database: one for each thing, whoever makes it; staff act on it once."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.exc import IntegrityError

from actions.store import models, slack_cards
from actions.store.audit import Staff
from actions.store.database import session_factory

NOW = dt.datetime(2026, 11, 23, 9, 30, tzinfo=dt.timezone.utc)
ANNA, BRUNO = Staff("T1:U1", "Anna"), Staff("T1:U2", "Bruno")


@pytest.fixture
def filled(engine: Engine) -> Engine:
    with session_factory(engine)() as session:
        for n, age in enumerate((0, 8)):
            session.add(
                models.UnansweredQuestion(
                    text=f"chi? {n}",
                    language="it",
                    channel="web",
                    nearest="[]",
                    asked_at=NOW - dt.timedelta(days=age),
                )
            )
        session.add(
            models.Engagement(
                reference="K7PM-3XQD",
                client=models.Client(name="A", form="company", language="it", created_at=NOW),
                service="tax",
                channel="web",
                conversation_id="web:1",
                submission_key="1",
                created_at=NOW,
            )
        )
        session.add(
            models.Callback(
                contact="+390666",
                language="it",
                channel="web",
                conversation_id="web:1",
                created_at=NOW,
            )
        )
        session.commit()
    return engine


def make(engine: Engine) -> list[int]:
    with session_factory(engine)() as session:
        try:
            made = slack_cards.make_cards(session, NOW)
            session.commit()
        except IntegrityError:
            return []
    return made


def test_several_processes_make_each_card_once(filled: Engine) -> None:
    with ThreadPoolExecutor(4) as pool:
        made = [card for cards in pool.map(lambda _: make(filled), range(4)) for card in cards]
    made += make(filled)
    # What is older than a week was there before.
    assert len(made) == len(set(made)) == 3
    with session_factory(filled)() as session:
        cards = {c.topic: c for card in made if (c := slack_cards.read_card(session, card))}
    assert set(cards) == {"intake", "callback", "question"}
    assert cards["intake"].reference == "K7PM-3XQD"
    assert cards["question"].question == "chi? 0"


def test_whoever_was_offered_two_answers_is_no_news(filled: Engine) -> None:
    make(filled)
    with session_factory(filled)() as session:
        for reason in ("unclear", "unanswered"):
            session.add(
                models.UnansweredQuestion(
                    text=f"{reason}?",
                    reason=reason,
                    language="it",
                    channel="web",
                    nearest="[]",
                    asked_at=NOW,
                )
            )
        session.commit()
    (card,) = make(filled)
    with session_factory(filled)() as session:
        found = slack_cards.read_card(session, card)
    assert found is not None
    assert found.question == "unanswered?"


def test_one_of_two_takes_it(filled: Engine) -> None:
    card = min(make(filled))

    def take(staff: Staff) -> bool:
        with session_factory(filled)() as session:
            taken = slack_cards.take(session, card, staff, f"take {staff.id}", NOW)
            session.commit()
            return taken

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(take, (ANNA, BRUNO))) == [False, True]
    with session_factory(filled)() as session:
        found = slack_cards.read_card(session, card)
        assert found is not None
        assert found.status == "in_charge"
        assert [step.name for step in found.steps] == [found.taken_name]


def test_closing_and_opening_again(filled: Engine) -> None:
    card = min(make(filled))
    with session_factory(filled)() as session:
        for status, closed in (("declined", True), ("accepted", False)):
            assert slack_cards.set_status(session, card, status, ANNA, status, NOW)
            assert slack_cards.set_status(session, card, status, ANNA, status, NOW)
            (row,) = session.execute(sa.select(models.Engagement)).scalars()
            assert (row.status, row.closed_at is not None) == (status, closed)
        assert not slack_cards.set_status(session, card, "lost", ANNA, "lost", NOW)
        assert not slack_cards.set_status(session, 99, "new", ANNA, "none", NOW)
        found = slack_cards.read_card(session, card)
        assert found is not None
        assert [step.detail for step in found.steps] == ["declined", "accepted"]


def test_a_reply_where_nobody_reads_is_noted(filled: Engine) -> None:
    with session_factory(filled)() as session:
        for card in make(filled):
            for _ in range(2):
                key = f"reply {card}"
                assert slack_cards.reply(session, card, "ciao", ANNA, key, NOW) is None
            found = slack_cards.read_card(session, card)
            assert found is not None
            assert len(found.steps) == 1
            assert found.status in ("in_charge", "done")
        assert session.execute(sa.select(models.Answer)).first() is None
