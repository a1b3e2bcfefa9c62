"""Counts add up, and a run of the intake is one row that ends once. On both databases."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from actions.store import usage
from actions.store.database import session_factory
from actions.store.models import IntakeRun, UsageCount

NOW = dt.datetime(2026, 11, 28, 23, 30, tzinfo=dt.timezone.utc)
DAY = dt.date(2026, 11, 29)
LATER = NOW + dt.timedelta(minutes=5)


def counts(engine: Engine) -> list[tuple[dt.date, str, str, str, int]]:
    table = UsageCount
    query = sa.select(table.day, table.channel, table.kind, table.name, table.number)
    with engine.connect() as connection:
        return [(*row,) for row in connection.execute(query.order_by(table.id))]


def note(engine: Engine, field: str, now: dt.datetime, outcome: str | None = None) -> IntakeRun:
    """Note a run and return its row, the only one."""
    with session_factory(engine)() as session:
        usage.note_run(
            session, "r1", channel="web", language="it", field=field, now=now, outcome=outcome
        )
        session.commit()
        return session.execute(sa.select(IntakeRun)).scalar_one()


def test_the_same_adds_up_and_all_else_is_counted_apart(engine: Engine) -> None:
    with session_factory(engine)() as session:
        usage.count(session, DAY, "web", usage.FAQ, "three_types")
        usage.count(session, DAY, "web", usage.FAQ, "three_types", 4)
        usage.count(session, DAY, "web", usage.TURN, "three_types")
        usage.count(session, DAY, "web", usage.FAQ, "client")
        usage.count(session, DAY, "slack", usage.FAQ, "client")
        usage.count(session, DAY + dt.timedelta(days=1), "web", usage.FAQ, "client")
        session.commit()
    assert counts(engine) == [
        (DAY, "web", "faq", "three_types", 5),
        (DAY, "web", "turn", "three_types", 1),
        (DAY, "web", "faq", "client", 1),
        (DAY, "slack", "faq", "client", 1),
        (DAY + dt.timedelta(days=1), "web", "faq", "client", 1),
    ]


def test_nothing_is_counted_without_the_commit(engine: Engine) -> None:
    with session_factory(engine)() as session:
        usage.count(session, DAY, "web", usage.TURN, usage.OTHER)
        session.flush()
    assert counts(engine) == []


def test_none_gets_lost_where_many_count_at_once(engine: Engine) -> None:
    def count_ten(_: int) -> None:
        for _ in range(10):
            with session_factory(engine)() as session:
                usage.count(session, DAY, "web", usage.TURN, usage.ANSWERED)
                session.commit()

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(count_ten, range(4)))
    assert counts(engine) == [(DAY, "web", "turn", "answered", 40)]


def test_a_run_keeps_its_beginning_and_moves_on(engine: Engine) -> None:
    begun = note(engine, "consent", NOW)
    assert (begun.started_at, begun.last_at, begun.outcome) == (NOW, NOW, None)
    moved = note(engine, "email", LATER)
    assert (moved.started_at, moved.last_field, moved.last_at) == (NOW, "email", LATER)


def test_what_was_put_aside_is_open_again_once_resumed(engine: Engine) -> None:
    assert note(engine, "email", NOW, "kept").outcome == "kept"
    assert note(engine, "phone", LATER).outcome is None


def test_what_was_sent_stays_sent(engine: Engine) -> None:
    note(engine, "confirm", NOW, "submitted")
    for outcome in (None, "cancelled"):
        sent = note(engine, "consent", LATER, outcome)
        assert (sent.last_field, sent.last_at, sent.outcome) == ("confirm", NOW, "submitted")
