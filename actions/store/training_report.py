"""What there is to say about the training: of everybody together, and of one learner to them.

What is said of everybody holds no name, no identity of a channel and no answer; it withholds what
fewer than `FEWEST_PEOPLE` tell, because it would be theirs.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from actions.logic import item_analysis
from actions.logic.item_analysis import FEWEST_PEOPLE, Question, Tally, Topic
from actions.logic.memory import LEECH, REMEMBERED, Result, retrievability
from actions.logic.quiz import Quiz
from actions.store import learning
from actions.store.learning import Progress
from actions.store.models import Learner, LearningCard, LearningReview

WEEKS = 26  # of activity, where nobody says since when
_RIGHT = sa.func.sum(sa.case((LearningReview.result == "right", 1), else_=0))


@dataclass(frozen=True)
class Certainty:
    """How many answers were right and wrong by how sure the learner was; partly is not right."""

    sure_right: int
    sure_wrong: int
    unsure_right: int
    unsure_wrong: int


@dataclass(frozen=True)
class Week:
    """What was done in the week that begins on a Monday."""

    monday: dt.date
    answers: int
    people: int


@dataclass(frozen=True)
class Person:
    """How far somebody is who is known by their number alone."""

    number: int
    seen: int
    due: int
    last: dt.date


@dataclass(frozen=True)
class Team:
    """Everybody together.

    ``active`` are those who answered in the time that is told of; all but the number of learners
    is about them. ``seen`` and ``remembered`` are shares of all questions, on average.
    """

    made: dt.datetime
    since: dt.date | None
    learners: int
    active: int
    questions_in_all: int
    seen: float | None
    remembered: float | None
    topics: Sequence[Topic]
    questions: Sequence[Question]
    certainty: Certainty | None
    weeks: Sequence[Week]
    people: Sequence[Person]

    @property
    def withheld(self) -> bool:
        """Whether there are too few people to tell about what they know."""
        return self.active < FEWEST_PEOPLE


@dataclass(frozen=True)
class Told:
    """One answer; ``answer`` is None once its words have expired."""

    moment: dt.datetime
    item: str
    answer: str | None
    result: Result
    sure: bool | None
    contested: bool
    undone: bool


@dataclass(frozen=True)
class Own:
    """One learner, for that person; ``answers`` is None where they were not asked for."""

    made: dt.datetime
    since: dt.date | None
    number: int
    questions_in_all: int
    remembered: int
    progress: Progress
    tallies: Sequence[Tally]
    leeches: Sequence[str]
    answers: Sequence[Told] | None


@dataclass(frozen=True)
class Listed:
    """A learner as the firm's own list has them."""

    number: int
    name: str | None
    key: str
    last: dt.datetime | None
    due: int


def team(session: Session, quiz: Quiz, now: dt.datetime, days: int | None = None) -> Team:
    """Return what there is to say of everybody.

    Args:
        session: The database.
        quiz: All questions; answers to others no longer count.
        now: The current moment, of the firm's time zone.
        days: Only answers of so many days; without, of all time.
    """
    since = _since(now, days)
    tallies = _tallies(session, quiz, since)
    activity = _activity(session, since)
    active = {learner for learner, _ in activity}
    cards = [card for card in _cards(session, quiz) if card.learner_id in active]
    known = [card for card in cards if retrievability(card, now) >= REMEMBERED]
    whole = len(active) * len(quiz.items)
    enough = len(active) >= FEWEST_PEOPLE
    return Team(
        made=now,
        since=since.date() if since else None,
        learners=session.execute(sa.select(sa.func.count(Learner.id))).scalar_one(),
        active=len(active),
        questions_in_all=len(quiz.items),
        seen=len(cards) / whole if whole else None,
        remembered=len(known) / whole if whole and enough else None,
        topics=_in_order(item_analysis.topics(tallies, _topic_of(quiz)), quiz),
        questions=item_analysis.questions(tallies, _leeches(cards)),
        certainty=_certainty(session, since),
        weeks=_weeks(activity, now, since),
        people=_people(activity, cards, now) if enough else (),
    )


def own(
    session: Session,
    learner_id: int,
    quiz: Quiz,
    now: dt.datetime,
    days: int | None = None,
    with_answers: bool = False,
) -> Own | None:
    """Return what there is to say to one learner, or None where there is no such learner."""
    if learning.learner(session, learner_id) is None:
        return None
    since = _since(now, days)
    cards = [card for card in _cards(session, quiz) if card.learner_id == learner_id]
    return Own(
        made=now,
        since=since.date() if since else None,
        number=learner_id,
        questions_in_all=len(quiz.items),
        remembered=sum(retrievability(card, now) >= REMEMBERED for card in cards),
        progress=learning.progress(session, learner_id, quiz, now),
        tallies=[t for t in _tallies(session, quiz, since) if t.learner == learner_id],
        leeches=sorted(_leeches(cards)),
        answers=_answers(session, learner_id, quiz, since, now) if with_answers else None,
    )


def learners(session: Session, quiz: Quiz, now: dt.datetime) -> list[Listed]:
    """Return all learners by number, with when they practised last and how much is due."""
    last = (
        sa.select(sa.func.max(LearningReview.reviewed_at))
        .where(LearningReview.learner_id == Learner.id)
        .scalar_subquery()
    )
    due = (
        sa.select(sa.func.count(LearningCard.id))
        .where(
            LearningCard.learner_id == Learner.id,
            LearningCard.due <= now,
            LearningCard.item.in_(list(quiz.items)),
        )
        .scalar_subquery()
    )
    columns = (Learner.id, Learner.name, Learner.key, last, due)
    rows = session.execute(sa.select(*columns).order_by(Learner.id)).all()
    return [Listed(*row) for row in rows]


def _since(now: dt.datetime, days: int | None) -> dt.datetime | None:
    """Return the midnight with which so many days begin, today being one of them."""
    if days is None:
        return None
    first = now.date() - dt.timedelta(days=days - 1)
    return dt.datetime.combine(first, dt.time(), now.tzinfo)


def _counted(since: dt.datetime | None) -> list[Any]:
    """Return the conditions for answers that count: not taken back, and in time."""
    conditions = [LearningReview.undone_at.is_(None)]
    return [*conditions, LearningReview.reviewed_at >= since] if since else conditions


def _tallies(session: Session, quiz: Quiz, since: dt.datetime | None) -> list[Tally]:
    rows = session.execute(
        sa.select(
            LearningReview.learner_id,
            LearningReview.item,
            sa.func.count(LearningReview.id),
            _RIGHT,
            sa.func.count(LearningReview.contested_at),
        )
        .where(*_counted(since))
        .group_by(LearningReview.learner_id, LearningReview.item)
        .order_by(LearningReview.learner_id, LearningReview.item)
    )
    return [Tally(*row) for row in rows if row.item in quiz.items]


def _certainty(session: Session, since: dt.datetime | None) -> Certainty | None:
    counted = (*_counted(since), LearningReview.sure.is_not(None))
    people = sa.select(sa.func.count(LearningReview.learner_id.distinct())).where(*counted)
    if session.execute(people).scalar_one() < FEWEST_PEOPLE:
        return None
    rows = session.execute(
        sa.select(LearningReview.sure, sa.func.count(LearningReview.id), _RIGHT)
        .where(*counted)
        .group_by(LearningReview.sure)
    )
    number = {bool(sure): (right, answers - right) for sure, answers, right in rows}
    return Certainty(*number.get(True, (0, 0)), *number.get(False, (0, 0)))


def _activity(session: Session, since: dt.datetime | None) -> list[tuple[int, dt.datetime]]:
    query = sa.select(LearningReview.learner_id, LearningReview.reviewed_at)
    return [tuple(row) for row in session.execute(query.where(*_counted(since)))]


def _weeks(
    activity: Sequence[tuple[int, dt.datetime]], now: dt.datetime, since: dt.datetime | None
) -> list[Week]:
    """Return the weeks up to now, those without answers too."""
    found: dict[dt.date, list[int]] = {}
    for learner, moment in activity:
        found.setdefault(_monday(moment.astimezone(now.tzinfo).date()), []).append(learner)
    this = _monday(now.date())
    first = _monday(since.date()) if since else min(found, default=this)
    if since is None:
        first = max(first, this - dt.timedelta(weeks=WEEKS - 1))
    mondays = [first + dt.timedelta(weeks=n) for n in range((this - first).days // 7 + 1)]
    return [Week(day, len(who := found.get(day, [])), len(set(who))) for day in mondays]


def _monday(day: dt.date) -> dt.date:
    return day - dt.timedelta(days=day.weekday())


def _people(
    activity: Sequence[tuple[int, dt.datetime]], cards: Sequence[Any], now: dt.datetime
) -> list[Person]:
    last = dict(sorted(activity, key=lambda each: each[1]))
    return [
        Person(
            number=learner,
            seen=sum(card.learner_id == learner for card in cards),
            due=sum(card.learner_id == learner and card.due <= now for card in cards),
            last=last[learner].astimezone(now.tzinfo).date(),
        )
        for learner in sorted(last)
    ]


def _cards(session: Session, quiz: Quiz) -> list[Any]:
    rows = session.execute(sa.select(*LearningCard.__table__.columns)).all()
    return [row for row in rows if row.item in quiz.items]


def _leeches(cards: Sequence[Any]) -> Mapping[str, int]:
    found: dict[str, int] = {}
    for card in cards:
        if card.wrong >= LEECH:
            found[card.item] = found.get(card.item, 0) + 1
    return found


def _answers(
    session: Session, learner_id: int, quiz: Quiz, since: dt.datetime | None, now: dt.datetime
) -> list[Told]:
    query = sa.select(LearningReview).where(LearningReview.learner_id == learner_id)
    if since:
        query = query.where(LearningReview.reviewed_at >= since)
    return [
        Told(
            moment=review.reviewed_at.astimezone(now.tzinfo),
            item=review.item,
            answer=review.answer,
            result=review.result,
            sure=review.sure,
            contested=review.contested_at is not None,
            undone=review.undone_at is not None,
        )
        for review in session.execute(query.order_by(LearningReview.id)).scalars()
        if review.item in quiz.items
    ]


def _topic_of(quiz: Quiz) -> dict[str, str]:
    return {item.id: topic.id for topic in quiz.topics.values() for item in topic.items}


def _in_order(found: Sequence[Topic], quiz: Quiz) -> list[Topic]:
    order = list(quiz.topics)
    return sorted(found, key=lambda each: order.index(each.topic))
