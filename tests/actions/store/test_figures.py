"""The figures of rows made by hand are those counted by hand. On both databases."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from actions.store import figures, usage
from actions.store.database import session_factory
from actions.store.figures import (
    Asked,
    Due,
    DueWeek,
    Figures,
    Period,
    Questions,
    Runs,
    Stop,
    Verdicts,
    Waits,
    Week,
)
from actions.store.models import Client, Deadline, Engagement, IntakeRun

ROME = ZoneInfo("Europe/Rome")
NOW = dt.datetime(2026, 11, 26, 12, 0, tzinfo=ROME)  # a Thursday
TODAY = NOW.date()
MONDAY = dt.date(2026, 11, 23)
DAY = dt.timedelta(days=1)


def utc(month: int, day: int, hour: int = 12, minute: int = 0) -> dt.datetime:
    return dt.datetime(2026, month, day, hour, minute, tzinfo=dt.timezone.utc)


SOME_DAY = utc(11, 10)


def of(since: dt.date, until: dt.date, channel: str | None = None) -> Period:
    return Period(since, until, channel, ROME)


NOVEMBER = of(dt.date(2026, 11, 1), dt.date(2026, 11, 30))
ON_THE_WEB = of(dt.date(2026, 11, 1), dt.date(2026, 11, 30), "web")


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with session_factory(engine)() as session:
        yield session


class Rows:
    """Adds rows, of which only what is counted matters."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.number = 0
        self.client = Client(name="A", form="company", language="it", created_at=NOW)
        session.add(self.client)

    def intake(self, created_at: dt.datetime, channel: str = "web", **more: Any) -> None:
        self.number += 1
        due = more.pop("due", ())
        self.session.add(
            Engagement(
                reference=f"R{self.number}",
                client=self.client,
                service="tax",
                channel=channel,
                conversation_id=f"{channel}:{self.number}",
                submission_key=f"k{self.number}",
                created_at=created_at,
                due_date=min(filter(None, due), default=None),
                deadlines=[
                    Deadline(said="x", kind="date" if day else "vague", due_date=day) for day in due
                ],
                **more,
            )
        )

    def run(
        self,
        field: str,
        outcome: str | None,
        started_at: dt.datetime = SOME_DAY,
        last_at: dt.datetime | None = None,
        channel: str = "web",
    ) -> None:
        self.number += 1
        self.session.add(
            IntakeRun(
                run=f"r{self.number}",
                channel=channel,
                language="it",
                started_at=started_at,
                last_field=field,
                last_at=last_at or started_at,
                outcome=outcome,
            )
        )


@pytest.fixture
def rows(session: Session) -> Rows:
    return Rows(session)


def weeks(session: Session, period: Period) -> list[tuple[dt.date, dict[str, int]]]:
    return [(week.monday, dict(week.channels)) for week in figures.intakes_by_week(session, period)]


def test_an_empty_database_has_figures_too(session: Session) -> None:
    found = figures.figures(session, since=MONDAY, until=TODAY, channel=None, now=NOW, zone=ROME)
    assert found == Figures(
        weeks=[Week(MONDAY, {})],
        runs=Runs(0, 0, 0, 0, 0, 0, [Stop(field, 0, 0) for field in usage.FIELDS]),
        most_asked=[],
        questions=Questions(0, 0, 0, 0),
        verdicts=Verdicts(0, 0),
        waits=Waits(0, None, None, 0),
        due=Due(0, [DueWeek(MONDAY + n * 7 * DAY, 0) for n in range(8)]),
    )
    assert found.weeks[0].number == found.runs.started == found.questions.number == 0
    assert found.questions.share(found.questions.answered) is None


def test_all_figures_are_of_the_channel(session: Session, rows: Rows) -> None:
    for channel in ("web", "slack", "slack"):
        rows.intake(utc(11, 24), channel, due=[TODAY])
        rows.run("email", None, utc(11, 24), channel=channel)
        usage.count(session, TODAY, channel, usage.THUMB, usage.UP)
        usage.count(session, MONDAY, channel, usage.FAQ, "client")
        usage.count(session, MONDAY, channel, usage.TURN, usage.ANSWERED)

    def numbers(channel: str | None) -> list[int]:
        found = figures.figures(
            session, since=MONDAY, until=TODAY, channel=channel, now=NOW, zone=ROME
        )
        return [
            found.weeks[0].number,
            found.runs.started,
            found.most_asked[0].number,
            found.questions.number,
            found.verdicts.up,
            found.waits.waiting,
            found.due.weeks[0].number,
        ]

    assert numbers(None) == [3] * 7
    assert numbers("web") == [1] * 7
    assert numbers("slack") == [2] * 7


@pytest.mark.parametrize("days", [0, 2801])
def test_what_is_no_period_is_refused(days: int, session: Session) -> None:
    since = TODAY - (days - 1) * DAY
    with pytest.raises(ValueError):
        figures.figures(session, since=since, until=TODAY, channel=None, now=NOW, zone=ROME)


def test_the_longest_period_can_be_asked_for(session: Session, rows: Rows) -> None:
    rows.intake(utc(11, 26))
    since = TODAY - 2799 * DAY
    found = figures.figures(session, since=since, until=TODAY, channel=None, now=NOW, zone=ROME)
    assert len(found.weeks) == 401  # the outer two are cut
    assert [week.number for week in found.weeks[-2:]] == [0, 1]


def test_weeks_are_the_firms_and_those_without_intakes_are_there(
    session: Session, rows: Rows
) -> None:
    rows.intake(utc(11, 1, 22, 59))  # Sunday, a minute before midnight in Rome
    rows.intake(utc(11, 1, 23))  # Monday
    rows.intake(utc(11, 3), "slack")
    rows.intake(utc(11, 3), "slack")
    rows.intake(utc(11, 22, 22, 59))
    assert weeks(session, of(dt.date(2026, 10, 26), dt.date(2026, 11, 29))) == [
        (dt.date(2026, 10, 26), {"web": 1}),
        (dt.date(2026, 11, 2), {"web": 1, "slack": 2}),
        (dt.date(2026, 11, 9), {}),
        (dt.date(2026, 11, 16), {"web": 1}),
        (MONDAY, {}),
    ]


def test_the_outer_weeks_have_only_the_days_of_the_period(session: Session, rows: Rows) -> None:
    rows.intake(utc(11, 10, 22, 59))  # Tuesday
    rows.intake(utc(11, 10, 23))  # Wednesday
    rows.intake(utc(11, 17, 22, 59))  # Tuesday
    rows.intake(utc(11, 17, 23))  # Wednesday
    assert weeks(session, of(dt.date(2026, 11, 11), dt.date(2026, 11, 17))) == [
        (dt.date(2026, 11, 9), {"web": 1}),
        (dt.date(2026, 11, 16), {"web": 1}),
    ]


def test_the_week_in_which_summer_time_ends_has_an_hour_more(session: Session, rows: Rows) -> None:
    rows.intake(utc(10, 18, 21, 59))
    rows.intake(utc(10, 18, 22))  # Monday in Rome, two hours ahead
    rows.intake(utc(10, 25, 22, 59))  # still Sunday, one hour ahead
    rows.intake(utc(10, 25, 23), "slack")
    assert weeks(session, of(dt.date(2026, 10, 12), dt.date(2026, 11, 1))) == [
        (dt.date(2026, 10, 12), {"web": 1}),
        (dt.date(2026, 10, 19), {"web": 2}),
        (dt.date(2026, 10, 26), {"slack": 1}),
    ]


def test_the_week_in_which_summer_time_begins_has_an_hour_less(
    session: Session, rows: Rows
) -> None:
    rows.intake(utc(3, 22, 22, 59))
    rows.intake(utc(3, 22, 23))
    rows.intake(utc(3, 29, 21, 59))
    rows.intake(utc(3, 29, 22), "slack")
    assert weeks(session, of(dt.date(2026, 3, 16), dt.date(2026, 4, 5))) == [
        (dt.date(2026, 3, 16), {"web": 1}),
        (dt.date(2026, 3, 23), {"web": 2}),
        (dt.date(2026, 3, 30), {"slack": 1}),
    ]


def test_what_became_of_the_intakes_that_were_begun(session: Session, rows: Rows) -> None:
    rows.run("confirm", "submitted")
    rows.run("confirm", "submitted", utc(10, 31, 23))  # the first of November in Rome
    rows.run("confirm", "submitted", utc(10, 31, 22, 59))  # not of the period
    rows.run("email", "kept")
    rows.run("consent", "refused")
    rows.run("email", "cancelled")
    rows.run("email", None, last_at=NOW - DAY)
    rows.run("phone", None, last_at=NOW - DAY)
    rows.run("phone", None, last_at=NOW - DAY + dt.timedelta(seconds=1))
    rows.run("phone", "cancelled", channel="slack")
    found = figures.runs(session, NOVEMBER, NOW)
    assert (found.submitted, found.kept, found.cancelled, found.refused) == (2, 1, 2, 1)
    assert (found.open, found.abandoned, found.started) == (1, 2, 9)
    assert [stop.field for stop in found.stops] == [
        *("consent", "client_name", "client_form", "contact", "relation", "email", "phone"),
        *("service", "expectations", "deadline", "confirm"),
    ]
    assert [stop for stop in found.stops if stop.left or stop.open] == [
        Stop("consent", 1, 0),
        Stop("email", 2, 0),
        Stop("phone", 2, 1),
    ]
    assert figures.runs(session, ON_THE_WEB, NOW).cancelled == 1


def test_the_entries_asked_most(session: Session) -> None:
    for number in range(1, 12):
        usage.count(session, TODAY, "web", usage.FAQ, f"entry_{number:02}", number)
    usage.count(session, TODAY, "web", usage.TURN, usage.ANSWERED, 100)
    usage.count(session, NOVEMBER.since, "slack", usage.FAQ, "entry_03", 7)
    usage.count(session, NOVEMBER.until, "slack", usage.FAQ, "entry_04", 6)
    for outside in (NOVEMBER.since - DAY, NOVEMBER.until + DAY):
        usage.count(session, outside, "web", usage.FAQ, "entry_01", 100)
    found = figures.most_asked(session, NOVEMBER)
    assert found[:4] == [
        Asked("entry_11", 11),
        # As many: in the order of the alphabet.
        Asked("entry_03", 10),
        Asked("entry_04", 10),
        Asked("entry_10", 10),
    ]
    assert len(found) == 10
    assert found[-1] == Asked("entry_02", 2)
    assert figures.most_asked(session, ON_THE_WEB)[1] == Asked("entry_10", 10)


def test_an_answer_of_an_intake_is_no_question(session: Session) -> None:
    for name, number in (
        (usage.ANSWERED, 12),
        (usage.HANDED_OFF, 3),
        (usage.UNANSWERED, 4),
        (usage.UNCLEAR, 1),
        (usage.OTHER, 80),
    ):
        usage.count(session, MONDAY, "web", usage.TURN, name, number)
    usage.count(session, TODAY, "slack", usage.TURN, usage.ANSWERED, 20)
    usage.count(session, NOVEMBER.since - DAY, "web", usage.TURN, usage.ANSWERED, 100)
    usage.count(session, TODAY, "web", usage.FAQ, usage.ANSWERED, 100)
    found = figures.questions(session, ON_THE_WEB)
    assert found == Questions(answered=12, handed_off=3, unanswered=4, unclear=1)
    assert found.number == 20
    assert [found.share(n) for n in (found.answered, found.unanswered)] == [0.6, 0.2]
    assert figures.questions(session, NOVEMBER).answered == 32


def test_thumbs_of_the_period(session: Session) -> None:
    for channel, up, down in (("web", 2, 3), ("slack", 1, 0), ("webinar", 0, 1)):
        for day in (NOVEMBER.since, NOVEMBER.until):
            usage.count(session, day, channel, usage.THUMB, usage.UP, up)
            usage.count(session, day, channel, usage.THUMB, usage.DOWN, down)
    for outside in (NOVEMBER.since - DAY, NOVEMBER.until + DAY):
        usage.count(session, outside, "web", usage.THUMB, usage.UP, 100)
    assert figures.verdicts(session, NOVEMBER) == Verdicts(up=6, down=8)
    assert figures.verdicts(session, ON_THE_WEB) == Verdicts(up=4, down=6)


@pytest.mark.parametrize(
    ("seconds", "median", "ninetieth"),
    [
        ([60], 60, 60),
        ([10, 20], 15, 20),
        ([30, 10, 20], 20, 30),
        ([5, 5, 5, 100], 5, 100),
        (list(range(10, 101, 10)), 55, 90),
        (list(range(110, 0, -10)), 60, 100),
    ],
)
def test_how_long_requests_waited(
    seconds: list[int], median: int, ninetieth: int, session: Session, rows: Rows
) -> None:
    for taken_after in seconds:
        rows.intake(SOME_DAY, status="in_charge", taken_by="staff:1", taken_after=taken_after)
    rows.intake(utc(10, 31, 22, 59), taken_by="staff:1", taken_after=1)
    assert figures.waits(session, NOVEMBER) == Waits(len(seconds), median, ninetieth, 0)


def test_who_still_waits_is_new_and_nobodys(session: Session, rows: Rows) -> None:
    rows.intake(SOME_DAY)
    rows.intake(SOME_DAY, "slack")
    rows.intake(utc(10, 10))
    rows.intake(SOME_DAY, status="declined")
    rows.intake(SOME_DAY, taken_by="staff:1", taken_after=30)
    assert figures.waits(session, NOVEMBER) == Waits(1, 30, 30, 2)
    assert figures.waits(session, ON_THE_WEB).waiting == 1


def test_deadlines_of_open_requests(session: Session, rows: Rows) -> None:
    sunday = dt.date(2027, 1, 17)  # of the eighth week
    rows.intake(utc(1, 10), due=[TODAY - DAY, TODAY, MONDAY + 6 * DAY, None])
    rows.intake(SOME_DAY, status="in_charge", due=[MONDAY + 7 * DAY, MONDAY])
    rows.intake(SOME_DAY, "slack", status="accepted", due=[sunday, sunday + DAY])
    for status in ("declined", "closed"):
        rows.intake(SOME_DAY, status=status, due=[TODAY - DAY, TODAY, sunday])
    found = figures.deadlines_ahead(session, None, TODAY)
    assert found.overdue == 2
    assert [week.monday for week in found.weeks] == [MONDAY + n * 7 * DAY for n in range(8)]
    assert [week.number for week in found.weeks] == [2, 1, 0, 0, 0, 0, 0, 1]
    on_slack = figures.deadlines_ahead(session, "slack", TODAY)
    assert (on_slack.overdue, sum(week.number for week in on_slack.weeks)) == (0, 1)
