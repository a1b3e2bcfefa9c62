"""The figures of the dashboard, each counted by the database and told in a function of its own.

Days and weeks are the firm's: their bounds are worked out here, moment by moment, because databases
know time zones differently or not at all. No figure leads to a person. Nothing here writes.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from actions.store import usage
from actions.store.models import (
    OPEN,
    RUN_OUTCOMES,
    Deadline,
    Engagement,
    IntakeRun,
    UsageCount,
    UtcDateTime,
)

DAY = dt.timedelta(days=1)
WEEK = dt.timedelta(weeks=1)
LONGEST = 400 * WEEK  # SQLite joins no more than 500 weeks
MOST_ASKED = 10
WEEKS_AHEAD = 8


@dataclass(frozen=True)
class Period:
    """The days that are told of, both inclusive, and the channel, or all of them."""

    since: dt.date
    until: dt.date
    channel: str | None
    zone: dt.tzinfo

    @property
    def start(self) -> dt.datetime:
        """The first moment."""
        return midnight(self.since, self.zone)

    @property
    def end(self) -> dt.datetime:
        """The first moment afterwards."""
        return midnight(self.until + DAY, self.zone)

    def holds(self, moment: Any) -> Any:
        """Return the condition that a column lies within."""
        return sa.and_(moment >= self.start, moment < self.end)


@dataclass(frozen=True)
class Week:
    """The intakes that came in in the week that begins on a Monday, by channel."""

    monday: dt.date
    channels: Mapping[str, int]

    @property
    def number(self) -> int:
        """Those of all channels."""
        return sum(self.channels.values())


@dataclass(frozen=True)
class Stop:
    """How many runs stand at a question: left there for good, or still being filled in."""

    field: str
    left: int
    open: int


@dataclass(frozen=True)
class Runs:
    """What became of the intakes that were begun.

    ``open`` are those in which something was said within a day, ``abandoned`` all others without an
    end. ``stops`` has every question in the order of the intake; what was sent or kept for later
    stands at none.
    """

    submitted: int
    kept: int
    cancelled: int
    refused: int
    open: int
    abandoned: int
    stops: Sequence[Stop]

    @property
    def started(self) -> int:
        """All of them."""
        ended = self.submitted + self.kept + self.cancelled + self.refused
        return ended + self.open + self.abandoned


@dataclass(frozen=True)
class Asked:
    """How often an entry of the FAQ was the answer."""

    entry: str
    number: int


@dataclass(frozen=True)
class Questions:
    """What became of the questions that people asked."""

    answered: int
    handed_off: int
    unanswered: int
    unclear: int

    @property
    def number(self) -> int:
        """All of them."""
        return self.answered + self.handed_off + self.unanswered + self.unclear

    def share(self, part: int) -> float | None:
        """Return what share of all a part is; None where nobody asked anything."""
        return part / self.number if self.number else None


@dataclass(frozen=True)
class Verdicts:
    """Thumbs up and down."""

    up: int
    down: int


@dataclass(frozen=True)
class Waits:
    """How long requests waited for somebody of the staff, in seconds; None where none was taken."""

    taken: int
    median: int | None
    ninetieth: int | None  # nine of ten were taken as fast or faster
    waiting: int


@dataclass(frozen=True)
class DueWeek:
    """The deadlines of the week that begins on a Monday, those before today left out."""

    monday: dt.date
    number: int


@dataclass(frozen=True)
class Due:
    """The deadlines of requests that are not done with."""

    overdue: int
    weeks: Sequence[DueWeek]


@dataclass(frozen=True)
class Figures:
    """Everything that the dashboard shows."""

    weeks: Sequence[Week]
    runs: Runs
    most_asked: Sequence[Asked]
    questions: Questions
    verdicts: Verdicts
    waits: Waits
    due: Due


def figures(
    session: Session,
    *,
    since: dt.date,
    until: dt.date,
    channel: str | None,
    now: dt.datetime,
    zone: dt.tzinfo,
) -> Figures:
    """Return the figures of a period; the deadlines are those ahead, whatever the period.

    Args:
        session: The database.
        since: The first day.
        until: The last day.
        channel: Such as ``web``; None for all.
        now: The current moment.
        zone: The firm's, whose days they are.

    Raises:
        ValueError: the period ends before it begins, or is longer than `LONGEST`.
    """
    if not DAY <= until - since + DAY <= LONGEST:
        raise ValueError(f"no period: {since} to {until}")
    period = Period(since, until, channel, zone)
    return Figures(
        weeks=intakes_by_week(session, period),
        runs=runs(session, period, now),
        most_asked=most_asked(session, period),
        questions=questions(session, period),
        verdicts=verdicts(session, period),
        waits=waits(session, period),
        due=deadlines_ahead(session, channel, now.astimezone(zone).date()),
    )


def intakes_by_week(session: Session, period: Period) -> list[Week]:
    """Return the weeks of a period, also those without intakes; the outer ones may be cut."""
    spans = _table(
        "weeks",
        ("monday", "start", "until"),
        [
            (monday, midnight(first, period.zone), midnight(last + DAY, period.zone))
            for monday, first, last in _weeks(period.since, period.until)
        ],
    )
    came_in = sa.and_(
        Engagement.created_at >= spans.c.start,
        Engagement.created_at < spans.c.until,
        _on(Engagement.channel, period.channel),
    )
    counted = session.execute(
        sa.select(spans.c.monday, Engagement.channel, sa.func.count(Engagement.id))
        .select_from(spans.outerjoin(Engagement, came_in))
        .group_by(spans.c.monday, Engagement.channel)
        .order_by(spans.c.monday, Engagement.channel)
    )
    weeks: dict[dt.date, dict[str, int]] = {}
    for monday, channel, number in counted:
        weeks.setdefault(monday, {}).update({channel: number} if channel else {})
    return [Week(monday, channels) for monday, channels in weeks.items()]


def runs(session: Session, period: Period, now: dt.datetime) -> Runs:
    """Return what became of the intakes that were begun in a period, and where they were left."""
    fate = sa.case(
        (IntakeRun.outcome.is_not(None), IntakeRun.outcome),
        (IntakeRun.last_at > now - DAY, "open"),
        else_="abandoned",
    ).label("fate")
    counted = session.execute(
        sa.select(fate, IntakeRun.last_field, sa.func.count())
        .where(period.holds(IntakeRun.started_at), _on(IntakeRun.channel, period.channel))
        .group_by(fate, IntakeRun.last_field)
    )
    fates = dict.fromkeys((*RUN_OUTCOMES, "open", "abandoned"), 0)
    left, still_open = Counter[str](), Counter[str]()
    for how, field, number in counted:
        fates[how] += number
        if how == "open":
            still_open[field] += number
        elif how not in ("submitted", "kept"):
            left[field] += number
    stops = [Stop(field, left[field], still_open[field]) for field in usage.FIELDS]
    return Runs(**fates, stops=stops)


def most_asked(session: Session, period: Period) -> list[Asked]:
    """Return the entries of the FAQ that answered most, at most `MOST_ASKED`, the first first."""
    number = sa.func.sum(UsageCount.number)
    counted = session.execute(
        sa.select(UsageCount.name, number)
        .where(*_counted(usage.FAQ, period))
        .group_by(UsageCount.name)
        .order_by(number.desc(), UsageCount.name)
        .limit(MOST_ASKED)
    )
    return [Asked(entry, int(times)) for entry, times in counted]


def questions(session: Session, period: Period) -> Questions:
    """Return what became of the questions of a period; an answer of an intake is none."""
    counted = session.execute(
        sa.select(UsageCount.name, sa.func.sum(UsageCount.number))
        .where(*_counted(usage.TURN, period), UsageCount.name != usage.OTHER)
        .group_by(UsageCount.name)
    )
    numbers = {name: int(number) for name, number in counted}
    return Questions(
        answered=numbers.get(usage.ANSWERED, 0),
        handed_off=numbers.get(usage.HANDED_OFF, 0),
        unanswered=numbers.get(usage.UNANSWERED, 0),
        unclear=numbers.get(usage.UNCLEAR, 0),
    )


def verdicts(session: Session, period: Period) -> Verdicts:
    """Return how many answers helped and did not, in the eyes of those who said so in a period."""
    counted = session.execute(
        sa.select(UsageCount.name, sa.func.sum(UsageCount.number))
        .where(*_counted(usage.THUMB, period))
        .group_by(UsageCount.name)
    )
    numbers = {name: int(number) for name, number in counted}
    return Verdicts(up=numbers.get(usage.UP, 0), down=numbers.get(usage.DOWN, 0))


def waits(session: Session, period: Period) -> Waits:
    """Return how long the requests of a period waited until somebody took them, or still do."""
    of_period = sa.and_(
        period.holds(Engagement.created_at), _on(Engagement.channel, period.channel)
    )
    ranked = (
        sa.select(
            Engagement.taken_after.label("seconds"),
            sa.func.row_number().over(order_by=Engagement.taken_after).label("rank"),
            sa.func.count().over().label("number"),
        )
        .where(of_period, Engagement.taken_after.is_not(None))
        .subquery()
    )
    rank, number, seconds = ranked.c.rank, ranked.c.number, ranked.c.seconds
    # The one in the middle, or the two.
    middle = sa.case(((rank * 2).between(number, number + 2), seconds))
    beyond = sa.case((rank * 10 >= number * 9, seconds))
    taken, median, ninetieth = session.execute(
        sa.select(sa.func.count(), sa.func.avg(middle), sa.func.min(beyond)).select_from(ranked)
    ).one()
    waiting = session.execute(
        sa.select(sa.func.count()).where(
            of_period, Engagement.status == "new", Engagement.taken_by.is_(None)
        )
    ).scalar_one()
    return Waits(taken, None if median is None else round(median), ninetieth, waiting)


def deadlines_ahead(session: Session, channel: str | None, today: dt.date) -> Due:
    """Return the deadlines of open requests: those gone by, and those of this and the next weeks.

    There are `WEEKS_AHEAD` weeks, the current one among them.
    """
    last = today - today.weekday() * DAY + WEEKS_AHEAD * WEEK - DAY
    weeks = _table("weeks", ("monday", "first", "last"), _weeks(today, last))
    is_open = sa.and_(Engagement.status.in_(OPEN), _on(Engagement.channel, channel))
    overdue = session.execute(
        sa.select(sa.func.count())
        .select_from(Deadline)
        .join(Deadline.engagement)
        # The request's own day is the first of its deadlines': few requests are left to look into.
        .where(Engagement.due_date < today, Deadline.due_date < today, is_open)
    ).scalar_one()
    deadlines = sa.join(Deadline, Engagement, Deadline.engagement_id == Engagement.id)
    falls_in = sa.and_(Deadline.due_date.between(weeks.c.first, weeks.c.last), is_open)
    counted = session.execute(
        sa.select(weeks.c.monday, sa.func.count(Deadline.id))
        .select_from(weeks.outerjoin(deadlines, falls_in))
        .group_by(weeks.c.monday)
        .order_by(weeks.c.monday)
    )
    return Due(overdue, [DueWeek(monday, number) for monday, number in counted])


def midnight(day: dt.date, zone: dt.tzinfo) -> dt.datetime:
    """Return the moment at which a day begins."""
    return dt.datetime.combine(day, dt.time(), zone)


def _weeks(since: dt.date, until: dt.date) -> list[tuple[dt.date, dt.date, dt.date]]:
    """Return of each week its Monday, and its first and last day that lie within."""
    monday = since - since.weekday() * DAY
    mondays = [monday + n * WEEK for n in range((until - monday) // WEEK + 1)]
    return [(day, max(day, since), min(day + WEEK - DAY, until)) for day in mondays]


def _table(name: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> Any:
    """Return a table made of values, which the statement brings along."""

    def row(values: Sequence[Any]) -> Any:
        kinds = [UtcDateTime if isinstance(v, dt.datetime) else sa.Date for v in values]
        literals = [sa.literal(value, kind) for value, kind in zip(values, kinds)]
        return sa.select(*(cell.label(column) for cell, column in zip(literals, columns)))

    return sa.union_all(*map(row, rows)).cte(name)


def _on(column: Any, channel: str | None) -> Any:
    return sa.true() if channel is None else column == channel


def _counted(kind: str, period: Period) -> tuple[Any, ...]:
    return (
        UsageCount.kind == kind,
        UsageCount.day.between(period.since, period.until),
        _on(UsageCount.channel, period.channel),
    )
