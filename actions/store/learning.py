"""Learners, what they answered, and what follows from it. Only what its name says commits."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from fsrs import Rating
from sqlalchemy.orm import Session

from actions.logic.memory import Result, remember, streak
from actions.logic.quiz import Quiz
from actions.logic.references import new_learner_code
from actions.store.lookups import check_tries, note_failure
from actions.store.models import (
    Learner,
    LearnerCode,
    LearnerSignIn,
    LearningCard,
    LearningReview,
)

CODE_DAYS = 7
# Whoever has answered within this time is still at it.
AT_IT = dt.timedelta(minutes=30)
LOOKUP = "learner"


@dataclass(frozen=True)
class Graded:
    """An answer and its grade, as they are stored; see `LearningReview`."""

    item: str
    delivery: str
    answer: str
    result: Result
    score: float
    sure: bool | None
    rating: Rating
    seconds: int | None


@dataclass(frozen=True)
class Progress:
    """How far a learner is; ``topics`` holds for each how many of how many answers were right."""

    seen: int
    due: int
    today: int
    goal: int
    streak: int
    following: dt.datetime | None
    topics: Mapping[str, tuple[int, int]]


def learner(session: Session, learner_id: int) -> Any:
    """Return a learner by their number, or None."""
    return session.get(Learner, learner_id)


def find_learner(session: Session, key: str) -> Any:
    """Return the learner whom a channel has verified under this key, or None."""
    return session.execute(sa.select(Learner).where(Learner.key == key)).scalar_one_or_none()


def enrol(
    session: Session,
    key: str,
    *,
    language: str,
    goal: int,
    reminder_hour: int | None,
    now: dt.datetime,
    name: str | None = None,
) -> Any:
    """Add a learner and return them; ``now`` is of the firm's time zone."""
    learner = Learner(
        key=key,
        name=name,
        language=language,
        daily_goal=goal,
        reminder_hour=reminder_hour,
        # Who begins today needs no reminder today.
        reminded_on=now.date(),
        created_at=now,
    )
    session.add(learner)
    session.flush()
    return learner


def new_staff_key() -> str:
    """Return a key for a learner whom no channel knows: they sign in with a code."""
    return f"staff:{secrets.token_hex(8)}"


def issue_code(session: Session, learner_id: int, now: dt.datetime) -> str:
    """Return a code that signs a learner in once, within a week."""
    code = new_learner_code()
    session.add(
        LearnerCode(
            learner_id=learner_id,
            code_hash=_digest(code),
            expires_at=now + dt.timedelta(days=CODE_DAYS),
        )
    )
    return code


def signed_in(session: Session, conversation_id: str) -> Any:
    """Return the learner who has signed in in a conversation, or None."""
    return session.execute(
        sa.select(Learner)
        .join(LearnerSignIn, LearnerSignIn.learner_id == Learner.id)
        .where(LearnerSignIn.conversation_id == conversation_id)
    ).scalar_one_or_none()


def speaker(session: Session, key: str | None, conversation_id: str) -> Any:
    """Return the learner who speaks: whom a channel has verified, else who has signed in."""
    return find_learner(session, key) if key else signed_in(session, conversation_id)


def sign_out(session: Session, conversation_id: str) -> None:
    """Forget who has signed in in a conversation."""
    session.execute(
        sa.delete(LearnerSignIn).where(LearnerSignIn.conversation_id == conversation_id)
    )


def sign_in(session: Session, code: str, conversation_id: str, now: dt.datetime) -> Any:
    """Let the learner who has a code practise in a conversation; commits.

    Returns:
        The learner, or None where the code is none, has been used, or has expired. In a
        conversation in which somebody has signed in already, it is they: the message was repeated.

    Raises:
        TooManyTries: too many codes did not fit.
    """
    learner = signed_in(session, conversation_id)
    if learner is not None:
        return learner
    check_tries(session, LOOKUP, conversation_id, now)
    found = session.execute(
        sa.select(LearnerCode).where(
            LearnerCode.code_hash == _digest(code), LearnerCode.expires_at > now
        )
    ).scalar_one_or_none()
    if found is None:
        note_failure(session, LOOKUP, conversation_id, now)
    else:
        learner = session.get(Learner, found.learner_id)
        session.delete(found)
        session.add(
            LearnerSignIn(learner_id=learner.id, conversation_id=conversation_id, signed_in_at=now)
        )
    session.commit()
    return learner


def cards_of(session: Session, learner_id: int) -> Mapping[str, Any]:
    """Return a learner's cards by item."""
    query = sa.select(LearningCard).where(LearningCard.learner_id == learner_id)
    return {card.item: card for card in session.execute(query).scalars()}


def note_review(
    session: Session,
    learner_id: int,
    graded: Graded,
    *,
    channel: str,
    language: str,
    now: dt.datetime,
) -> bool:
    """Store an answer and what follows from it; False where this very answer is stored already."""
    if _review(session, learner_id, graded.delivery) is not None:
        return False
    session.add(
        LearningReview(
            learner_id=learner_id,
            channel=channel,
            language=language,
            reviewed_at=now,
            **{**vars(graded), "rating": int(graded.rating)},
        )
    )
    recompute(session, learner_id, graded.item)
    return True


def undo(session: Session, learner_id: int, delivery: str, now: dt.datetime) -> None:
    """Take an answer back: the card becomes what it was without it."""
    review = _review(session, learner_id, delivery)
    if review is not None and review.undone_at is None:
        review.undone_at = now
        recompute(session, learner_id, review.item)


def contest(session: Session, learner_id: int, delivery: str, now: dt.datetime) -> None:
    """Note that a learner does not agree with a grade: for the card, their own word counts."""
    review = _review(session, learner_id, delivery)
    if review is not None and review.contested_at is None and review.undone_at is None:
        review.contested_at = now
        review.rating = int(Rating.Good)
        recompute(session, learner_id, review.item)


def recompute(session: Session, learner_id: int, item: str) -> None:
    """Make a card anew from its reviews; without any there is none."""
    session.flush()
    rows = session.execute(
        sa.select(LearningReview.rating, LearningReview.reviewed_at, LearningReview.result)
        .where(
            LearningReview.learner_id == learner_id,
            LearningReview.item == item,
            LearningReview.undone_at.is_(None),
        )
        .order_by(LearningReview.id)
    ).all()
    memory = remember((Rating(row.rating), row.reviewed_at) for row in rows)
    mine = (LearningCard.learner_id == learner_id, LearningCard.item == item)
    card = session.execute(sa.select(LearningCard).where(*mine)).scalar_one_or_none()
    if memory is None:
        session.execute(sa.delete(LearningCard).where(*mine))
        return
    if card is None:
        card = LearningCard(learner_id=learner_id, item=item)
        session.add(card)
    card.state = int(memory.state)
    card.step = memory.step
    card.stability = memory.stability
    card.difficulty = memory.difficulty
    card.due = memory.due
    card.last_review = memory.last_review
    card.wrong = sum(row.rating == Rating.Again for row in rows)
    session.flush()


def rebuild(session: Session) -> tuple[int, int]:
    """Make every card anew from the reviews; return how many there are, and how many differed."""
    before = _all_cards(session)
    reviewed = sa.select(LearningReview.learner_id, LearningReview.item).distinct()
    for learner_id, item in {*before, *map(tuple, session.execute(reviewed))}:
        recompute(session, learner_id, item)
    after = _all_cards(session)
    return len(after), sum(before.get(key) != after.get(key) for key in {*before, *after})


def progress(session: Session, learner_id: int, quiz: Quiz, now: dt.datetime) -> Progress:
    """Return how far a learner is; ``now`` is of the firm's time zone."""
    cards = [card for name, card in cards_of(session, learner_id).items() if name in quiz.items]
    zone = now.tzinfo
    days: dict[dt.date, int] = {}
    topic_of = {item.id: topic.id for topic in quiz.topics.values() for item in topic.items}
    topics: dict[str, tuple[int, int]] = {}
    query = sa.select(LearningReview.item, LearningReview.result, LearningReview.reviewed_at).where(
        LearningReview.learner_id == learner_id, LearningReview.undone_at.is_(None)
    )
    for row in session.execute(query):
        day = row.reviewed_at.astimezone(zone).date()
        days[day] = days.get(day, 0) + 1
        if topic := topic_of.get(row.item):
            right, answered = topics.get(topic, (0, 0))
            topics[topic] = (right + (row.result == "right"), answered + 1)
    return Progress(
        seen=len(cards),
        due=sum(card.due <= now for card in cards),
        today=days.get(now.date(), 0),
        goal=session.get(Learner, learner_id).daily_goal,
        streak=streak(days, now.date()),
        following=min((card.due for card in cards), default=None),
        topics={topic: topics[topic] for topic in quiz.topics if topic in topics},
    )


def set_reminder(learner: Any, hour: int | None, now: dt.datetime) -> None:
    """Set the hour of a learner's reminders, or stop them; ``now`` is of the firm's time zone."""
    learner.reminder_hour = hour
    if hour is not None and hour <= now.hour:
        # Today's hour is past: the reminder does not follow on the heels of the wish for it.
        learner.reminded_on = now.date()


def to_remind(session: Session, channel: str, now: dt.datetime) -> list[Any]:
    """Return the learners of a channel whose hour has come and of whom nobody has thought today.

    They have practised before, and not in the last minutes: nobody is reminded of what they do.
    ``now`` is of the firm's time zone.
    """
    practised = sa.and_(LearningReview.learner_id == Learner.id, LearningReview.undone_at.is_(None))
    return list(
        session.execute(
            sa.select(Learner)
            .where(
                Learner.key.startswith(f"{channel}:", autoescape=True),
                *_is_time(now),
                sa.exists().where(practised),
                ~sa.exists().where(practised, LearningReview.reviewed_at > now - AT_IT),
            )
            .order_by(Learner.id)
        ).scalars()
    )


def claim_reminder(session: Session, learner_id: int, now: dt.datetime) -> bool:
    """Note that a learner is reminded today; False where another process was first."""
    claimed = session.execute(
        sa.update(Learner)
        .where(Learner.id == learner_id, *_is_time(now))
        .values(reminded_on=now.date())
        .execution_options(synchronize_session=False)
    )
    return bool(claimed.rowcount)


def _is_time(now: dt.datetime) -> tuple[Any, ...]:
    thought_of = Learner.reminded_on
    return (Learner.reminder_hour <= now.hour, thought_of.is_(None) | (thought_of < now.date()))


def _all_cards(session: Session) -> dict[tuple[int, str], tuple[Any, ...]]:
    columns = [column for column in LearningCard.__table__.columns if column.name != "id"]
    rows = session.execute(sa.select(*columns)).all()
    return {(row.learner_id, row.item): tuple(row) for row in rows}


def _review(session: Session, learner_id: int, delivery: str) -> Any:
    return session.execute(
        sa.select(LearningReview).where(
            LearningReview.learner_id == learner_id, LearningReview.delivery == delivery
        )
    ).scalar_one_or_none()


def _digest(code: str) -> str:
    # No salt and no slow digest: the code is drawn, and has more bits than anybody can try.
    return hashlib.sha256(code.encode()).hexdigest()
