"""Guessing is slowed down: per conversation and over all, across sessions, in the database."""

from __future__ import annotations

import datetime as dt
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from actions.store.database import create_engine, session_factory
from actions.store.lookups import (
    FAILURES_OF_ALL,
    FAILURES_OF_ONE,
    HOUR,
    TooManyTries,
    check_tries,
    may_look_up,
    note_failure,
)
from actions.store.models import FailedLookup

NOW = dt.datetime(2026, 11, 23, 9, 30, tzinfo=dt.timezone.utc)
MINUTE = dt.timedelta(minutes=1)


def fail(session: Session, conversation: str, now: dt.datetime, kind: str = "status") -> bool:
    """Try and fail as a look-up does; tell whether it was allowed."""
    if not may_look_up(session, kind, conversation, now):
        session.rollback()
        return False
    note_failure(session, kind, conversation, now)
    session.commit()
    return True


def test_five_failures_an_hour_and_no_more(engine: Engine) -> None:
    with session_factory(engine)() as session:
        moments = [NOW + n * MINUTE for n in range(8)]
        assert [fail(session, "a", now) for now in moments] == [True] * FAILURES_OF_ONE + [
            False
        ] * 3
        assert not fail(session, "a", NOW + HOUR - dt.timedelta(microseconds=1))
        # The first failure is an hour old: one more try, not five.
        assert fail(session, "a", NOW + HOUR)
        assert not fail(session, "a", NOW + HOUR)
        assert fail(session, "a", NOW + HOUR + MINUTE)


def test_it_tells_when_to_try_again(engine: Engine) -> None:
    with session_factory(engine)() as session:
        for n in range(FAILURES_OF_ONE):
            fail(session, "a", NOW + n * MINUTE)
        with pytest.raises(TooManyTries) as refused:
            check_tries(session, "status", "a", NOW + 10 * MINUTE)
        assert refused.value.retry_at == NOW + HOUR
        assert may_look_up(session, "status", "a", refused.value.retry_at)


def test_others_and_other_kinds_are_not_slowed_down(engine: Engine) -> None:
    with session_factory(engine)() as session:
        for _ in range(FAILURES_OF_ONE):
            fail(session, "a", NOW)
        assert not fail(session, "a", NOW)
        assert fail(session, "b", NOW)
        assert fail(session, "a", NOW, kind="resume")


def test_many_conversations_together_are_slowed_down(engine: Engine) -> None:
    with session_factory(engine)() as session:
        session.add_all(
            FailedLookup(kind="status", conversation_id=f"c{n}", failed_at=NOW + n * MINUTE / 10)
            for n in range(FAILURES_OF_ALL)
        )
        session.commit()
        later = NOW + 20 * MINUTE
        with pytest.raises(TooManyTries) as refused:
            check_tries(session, "status", "nobody yet", later)
        assert refused.value.retry_at == NOW + HOUR
        session.rollback()
        assert fail(session, "nobody yet", later, kind="resume")
        assert fail(session, "nobody yet", refused.value.retry_at)


def test_it_holds_across_restarts(database: str, engine: Engine) -> None:
    for _ in range(FAILURES_OF_ONE):
        another = create_engine(database)
        with session_factory(another)() as session:
            assert fail(session, "a", NOW)
        another.dispose()
    with session_factory(engine)() as session:
        assert not may_look_up(session, "status", "a", NOW)


def test_many_at_once_try_no_more_than_one_by_one(engine: Engine) -> None:
    def guess(_: int) -> bool:
        with session_factory(engine)() as session:
            return fail(session, "a", NOW)

    @sa.event.listens_for(engine, "before_cursor_execute")
    def give_others_time(*arguments: Any) -> None:
        if arguments[2].startswith("INSERT"):
            time.sleep(0.02)

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(guess, range(16))) == FAILURES_OF_ONE


def test_failures_are_forgotten_with_the_hour(engine: Engine) -> None:
    with session_factory(engine)() as session:
        for n in range(3):
            fail(session, f"c{n}", NOW)
        fail(session, "late", NOW + HOUR)
        stored = session.execute(sa.select(FailedLookup.conversation_id)).scalars().all()
        assert stored == ["late"]
