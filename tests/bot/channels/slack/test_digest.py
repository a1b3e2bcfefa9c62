"""The day's deadlines: at the office's hour, on working days, once whoever posts them."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from rasa.shared.core.domain import Domain
from sqlalchemy.engine import Engine
from sqlalchemy.exc import IntegrityError

from actions.desk import Desk
from actions.firm import Slack, load_firm
from actions.store import models
from actions.store.database import session_factory
from bot.channels.slack.digest import is_due, put_digest
from bot.channels.slack.office import Office
from bot.channels.slack.people import People
from bot.channels.slack.speaker import Speaker
from tests.conftest import HOME

ROME = ZoneInfo("Europe/Rome")
MONDAY = dt.datetime(2026, 11, 30, 9, 30, tzinfo=ROME)


@pytest.fixture(scope="module")
def speaker() -> Speaker:
    domain = Domain.load(HOME / "domain.yml")
    return Speaker(lambda: domain, "it")


@pytest.mark.parametrize(
    ("moment", "due"),
    [
        (MONDAY, True),
        (MONDAY.replace(hour=8, minute=59), False),
        (MONDAY.replace(hour=17), True),  # nobody was there at nine
        (MONDAY - dt.timedelta(days=1), False),
        (dt.datetime(2026, 12, 8, 10, tzinfo=ROME), False),  # a holiday
    ],
)
def test_the_hour_and_the_day(moment: dt.datetime, due: bool) -> None:
    assert is_due(moment, 9) is due
    assert not is_due(moment, None)


def fill(engine: Engine) -> None:
    with session_factory(engine)() as session:
        client = models.Client(name="Anna", form="individual", language="it", created_at=MONDAY)
        for n, (due, warn, status) in enumerate(
            (
                ("2026-11-20", "2026-11-16", "in_charge"),
                ("2026-11-30", "2026-11-27", "new"),
                ("2026-12-04", "2026-11-27", "accepted"),
                ("2026-12-18", "2026-12-11", "new"),
                ("2026-11-20", "2026-11-16", "closed"),
            )
        ):
            deadline = models.Deadline(
                said="x",
                kind="date",
                due_date=dt.date.fromisoformat(due),
                warn_on=dt.date.fromisoformat(warn),
            )
            client.engagements.append(
                models.Engagement(
                    reference=f"AAAA-000{n}",
                    service="Consulenza",
                    status=status,
                    channel="web",
                    conversation_id=f"web:{n}",
                    submission_key=str(n),
                    created_at=MONDAY,
                    deadlines=[deadline],
                )
            )
        session.add(client)
        session.commit()


def put(engine: Engine, speaker: Speaker, now: dt.datetime) -> bool:
    with session_factory(engine)() as session:
        try:
            made = put_digest(session, "C1", speaker, now)
            session.commit()
        except IntegrityError:
            return False
    return made


def test_it_is_written_once_a_day_by_several_at_once(engine: Engine, speaker: Speaker) -> None:
    fill(engine)
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda _: put(engine, speaker, MONDAY), range(4)))
    assert sum(made) == 1
    with engine.connect() as connection:
        (arguments,) = connection.execute(sa.select(models.SlackPost.arguments)).scalars()
    past, today, near = (arguments.index(f"AAAA-000{n}") for n in range(3))
    assert past < today < near
    assert "AAAA-0003" not in arguments
    assert "AAAA-0004" not in arguments
    assert "Anna" not in arguments
    assert put(engine, speaker, MONDAY + dt.timedelta(hours=5)) is False
    assert put(engine, speaker, MONDAY + dt.timedelta(days=1)) is True


def test_a_day_without_deadlines_is_not_spoken_of(engine: Engine, speaker: Speaker) -> None:
    assert put(engine, speaker, MONDAY) is True
    with engine.connect() as connection:
        (row,) = connection.execute(sa.select(models.SlackPost.done_at)).all()
    assert row.done_at is not None
    fill(engine)
    assert put(engine, speaker, MONDAY) is False


def office(engine: Engine, moment: dt.datetime) -> Office:
    """A process that may post the news, at a moment."""
    domain = Domain.load(HOME / "domain.yml")
    firm = load_firm(HOME / "firm.yml")
    desk = Desk(
        firm=firm,
        choices={},
        interview=None,  # type: ignore[arg-type]
        sessions=session_factory(engine),
        clock=lambda: moment,
    )
    slack = Slack(notify="C0NOTIFY", digest_hour=9)
    nobody: Any = None
    people = People(nobody, slack, firm.languages)
    return Office(desk, slack, nobody, people, nobody, lambda: domain, nobody)


def test_the_process_that_is_first_posts_the_news(engine: Engine) -> None:
    fill(engine)

    def keys() -> list[str]:
        with engine.connect() as connection:
            return sorted(connection.execute(sa.select(models.SlackPost.key)).scalars())

    sunday = MONDAY - dt.timedelta(days=1)
    for moment in (sunday, MONDAY.replace(hour=8), MONDAY, MONDAY):
        office(engine, moment)._post_news("C0NOTIFY")
        had_digest = "digest:2026-11-30" in keys()
        assert had_digest == (moment == MONDAY)
    cards = [key for key in keys() if key.startswith("card:")]
    assert len(cards) == 5
    assert len(keys()) == 6
