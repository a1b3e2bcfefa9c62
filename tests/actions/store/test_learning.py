"""What follows from answers: a month beside fsrs' own schedule, repetitions, answers taken back."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from fsrs import Card, Rating, Scheduler
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from actions.logic.memory import Result, rate, streak
from actions.store import learning
from actions.store.database import create_engine, session_factory
from actions.store.learning import Graded
from actions.store.models import LearningCard, LearningReview, metadata

NOW = dt.datetime(2026, 11, 2, 9, 30, 12, 345678, tzinfo=dt.timezone.utc)
DAY = dt.timedelta(days=1)
ITEMS = ("who_pays", "who_is_third", "what_is_kept", "what_is_told", "who_initiates", "browser")


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with session_factory(engine)() as session:
        yield session


def enrol(session: Session, key: str = "slack:T1:U1") -> int:
    learner = learning.enrol(session, key, language="it", goal=5, reminder_hour=9, now=NOW)
    return int(learner.id)


def graded(item: str, delivery: str, rating: Rating = Rating.Good, **more: Any) -> Graded:
    result: Result = "wrong" if rating == Rating.Again else "right"
    known: dict[str, Any] = {"answer": "il cliente", "score": 1.0, "sure": True, "seconds": 20}
    return Graded(
        item=item, delivery=delivery, rating=rating, **{"result": result, **known, **more}
    )


def note(session: Session, learner_id: int, answer: Graded, now: dt.datetime = NOW) -> bool:
    stored = learning.note_review(
        session, learner_id, answer, channel="slack", language="it", now=now
    )
    session.commit()
    return stored


def stored_cards(session: Session, learner_id: int) -> dict[str, tuple[Any, ...]]:
    """Return everything that fsrs knows of each card, as the database holds it."""
    rows = session.execute(
        sa.select(
            LearningCard.item,
            LearningCard.state,
            LearningCard.step,
            LearningCard.stability,
            LearningCard.difficulty,
            LearningCard.due,
            LearningCard.last_review,
        ).where(LearningCard.learner_id == learner_id)
    )
    return {row.item: tuple(row)[1:] for row in rows}


def of_fsrs(card: Card) -> tuple[Any, ...]:
    return (
        int(card.state),
        card.step,
        card.stability,
        card.difficulty,
        card.due,
        card.last_review,
    )


def play_a_month(session: Session, learner_id: int, seed: int) -> dict[str, Card]:
    """Practise daily what is due, and return the cards of a scheduler that nobody of ours touched.

    Both schedules are compared after every answer: what is asked next depends on them.
    """
    scheduler = Scheduler(enable_fuzzing=False)
    draw = random.Random(seed)
    expected: dict[str, Card] = {}
    for day in range(30):
        now = NOW + day * DAY + dt.timedelta(minutes=draw.randrange(600))
        due = [item for item in ITEMS if item not in expected or expected[item].due <= now]
        ours = learning.cards_of(session, learner_id)
        assert due == [item for item in ITEMS if item not in ours or ours[item].due <= now]
        for number, item in enumerate(due):
            now += dt.timedelta(seconds=draw.randrange(5, 90))
            result: Result = draw.choices(("right", "partly", "wrong"), (6, 1, 2))[0]
            sure, seconds = draw.choice((True, False, None)), draw.randrange(3, 60)
            rating = rate(result, sure, seconds)
            answer = graded(
                item, f"{seed}:{day}:{number}", rating, result=result, sure=sure, seconds=seconds
            )
            assert note(session, learner_id, answer, now)
            expected[item], _ = scheduler.review_card(
                expected.get(item) or Card(card_id=1), rating, now
            )
            assert stored_cards(session, learner_id)[item] == of_fsrs(expected[item])
    return expected


def test_a_month_is_what_fsrs_itself_would_have_scheduled(session: Session) -> None:
    anna, bruno = enrol(session), enrol(session, "slack:T1:U2")
    cards = {anna: play_a_month(session, anna, 1), bruno: play_a_month(session, bruno, 2)}
    for learner_id, expected in cards.items():
        exactly = {item: of_fsrs(card) for item, card in expected.items()}
        assert stored_cards(session, learner_id) == exactly
    # A month in which nothing was forgotten, or hardly anything asked, would show little.
    ratings = session.execute(sa.select(LearningReview.rating)).scalars().all()
    assert len(ratings) > 60
    assert set(ratings) == set(map(int, Rating))
    assert learning.rebuild(session) == (2 * len(ITEMS), 0)


def test_cards_that_were_lost_or_spoilt_are_made_anew(session: Session) -> None:
    learner_id = enrol(session)
    play_a_month(session, learner_id, 3)
    before = stored_cards(session, learner_id)
    session.execute(sa.delete(LearningCard).where(LearningCard.item == ITEMS[0]))
    session.execute(
        sa.update(LearningCard).where(LearningCard.item == ITEMS[1]).values(stability=0.5)
    )
    spare = LearningCard(
        learner_id=learner_id,
        item="never_answered",
        state=1,
        stability=1.0,
        difficulty=5.0,
        due=NOW,
        last_review=NOW,
        wrong=0,
    )
    session.add(spare)
    session.commit()
    assert learning.rebuild(session) == (len(ITEMS), 3)
    session.commit()
    assert stored_cards(session, learner_id) == before
    assert learning.rebuild(session) == (len(ITEMS), 0)


def test_the_same_delivery_counts_once(session: Session) -> None:
    learner_id = enrol(session)
    answer = graded("who_pays", "s1:0")
    assert note(session, learner_id, answer)
    before = stored_cards(session, learner_id)
    for later in range(1, 4):
        assert not note(
            session, learner_id, replace(answer, rating=Rating.Again), NOW + later * DAY
        )
    assert stored_cards(session, learner_id) == before
    assert session.execute(sa.select(sa.func.count(LearningReview.id))).scalar_one() == 1


def test_an_answer_taken_back_leaves_no_trace_in_the_card(session: Session) -> None:
    learner_id = enrol(session)
    note(session, learner_id, graded("who_pays", "s1:0"))
    note(session, learner_id, graded("who_pays", "s2:0", Rating.Easy), NOW + 3 * DAY)
    before = stored_cards(session, learner_id)
    note(session, learner_id, graded("who_pays", "s3:0", Rating.Again), NOW + 9 * DAY)
    assert stored_cards(session, learner_id) != before
    for _ in range(2):  # a repeated message
        learning.undo(session, learner_id, "s3:0", NOW + 9 * DAY)
        session.commit()
        assert stored_cards(session, learner_id) == before
    # Answered again, it is as if the first try had never been.
    note(session, learner_id, graded("who_pays", "s3:1", Rating.Good), NOW + 9 * DAY)
    scheduler, card = Scheduler(enable_fuzzing=False), Card(card_id=1)
    for rating, days in ((Rating.Good, 0), (Rating.Easy, 3), (Rating.Good, 9)):
        card, _ = scheduler.review_card(card, rating, NOW + days * DAY)
    assert stored_cards(session, learner_id)["who_pays"] == of_fsrs(card)


def test_the_only_answer_taken_back_leaves_no_card(session: Session) -> None:
    learner_id = enrol(session)
    note(session, learner_id, graded("who_pays", "s1:0"))
    learning.undo(session, learner_id, "s1:0", NOW)
    session.commit()
    assert stored_cards(session, learner_id) == {}
    assert learning.rebuild(session) == (0, 0)


def test_a_contested_grade_counts_as_the_learner_says(session: Session) -> None:
    learner_id = enrol(session)
    note(session, learner_id, graded("who_pays", "s1:0", Rating.Again))
    for _ in range(2):
        learning.contest(session, learner_id, "s1:0", NOW + DAY)
        session.commit()
    card, _ = Scheduler(enable_fuzzing=False).review_card(Card(card_id=1), Rating.Good, NOW)
    assert stored_cards(session, learner_id)["who_pays"] == of_fsrs(card)
    assert learning.cards_of(session, learner_id)["who_pays"].wrong == 0
    review = session.execute(sa.select(LearningReview)).scalar_one()
    # The grade stays in the log: whoever writes the questions learns from it.
    assert (review.result, review.contested_at) == ("wrong", NOW + DAY)
    assert learning.rebuild(session) == (1, 0)


def test_nobody_takes_back_what_somebody_else_answered(session: Session) -> None:
    anna, bruno = enrol(session), enrol(session, "slack:T1:U2")
    note(session, anna, graded("who_pays", "s1:0", Rating.Again))
    before = stored_cards(session, anna)
    learning.undo(session, bruno, "s1:0", NOW)
    learning.contest(session, bruno, "s1:0", NOW)
    session.commit()
    assert stored_cards(session, anna) == before


def test_a_server_of_another_time_zone_changes_nothing(postgresql: str) -> None:
    engine = create_engine(postgresql)
    with engine.begin() as connection:
        name = engine.url.database
        connection.execute(sa.text(f"ALTER DATABASE {name} SET timezone TO 'Europe/Rome'"))
    engine.dispose()
    metadata.create_all(engine)
    with session_factory(engine)() as session:
        assert session.execute(sa.text("SHOW timezone")).scalar_one() == "Europe/Rome"
        play_a_month(session, enrol(session), 4)
        assert learning.rebuild(session) == (len(ITEMS), 0)
    engine.dispose()


@pytest.mark.parametrize(
    ("practised", "today", "expected"),
    [
        ("", "2026-11-30", 0),
        ("2026-11-30", "2026-11-30", 1),
        # Today may still come.
        ("2026-11-27", "2026-11-30", 1),
        ("2026-11-26 2026-11-27", "2026-11-30", 2),
        # A weekend breaks nothing, and counts where it was used.
        ("2026-11-27 2026-11-30", "2026-11-30", 2),
        ("2026-11-27 2026-11-28 2026-11-29 2026-11-30", "2026-11-30", 4),
        # One working day missed, also beside a weekend, and more than once.
        ("2026-11-24 2026-11-26", "2026-11-26", 2),
        ("2026-11-26 2026-11-30", "2026-11-30", 2),
        ("2026-11-23 2026-11-25 2026-11-27", "2026-11-27", 3),
        # Two in a row, also with a weekend between them.
        ("2026-11-23 2026-11-26", "2026-11-26", 1),
        ("2026-11-26 2026-12-01", "2026-12-01", 1),
        ("2026-11-23 2026-11-24", "2026-11-27", 0),
        # The Immaculate Conception on a Tuesday, Christmas on a Friday.
        ("2026-12-07 2026-12-09", "2026-12-09", 2),
        ("2026-12-04 2026-12-09", "2026-12-09", 2),
        ("2026-12-24 2026-12-28", "2026-12-28", 2),
        ("2026-12-23 2026-12-28", "2026-12-28", 2),
        ("2026-12-23 2026-12-29", "2026-12-29", 1),
        # Easter Monday is a day off, Good Friday is none.
        ("2027-03-26 2027-03-30", "2027-03-30", 2),
        ("2027-03-25 2027-03-31", "2027-03-31", 1),
    ],
)
def test_the_days_without_a_break(practised: str, today: str, expected: int) -> None:
    days = [dt.date.fromisoformat(day) for day in practised.split()]
    assert streak(days, dt.date.fromisoformat(today)) == expected
