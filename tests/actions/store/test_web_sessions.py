"""Sessions of the website: who has the secret, for how long, and how much is too much."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from actions.store import mailbox, web_sessions
from actions.store.database import session_factory
from actions.store.models import WebSession
from actions.store.web_sessions import TooManyError, Visitor

NOW = dt.datetime(2026, 11, 28, 9, 30, tzinfo=dt.timezone.utc)
DAY = dt.timedelta(days=1)
IDLE = 30 * DAY


@pytest.fixture
def session(engine: Engine) -> Any:
    with session_factory(engine)() as session:
        yield session


def start(
    session: Session, token: str, *, address: str | None = "home", now: dt.datetime = NOW
) -> None:
    web_sessions.start_session(
        session,
        token,
        conversation_id=f"web:{token}",
        language="it",
        address_key=address,
        now=now,
        per_hour=3,
    )
    session.flush()


def find(session: Session, token: str, now: dt.datetime = NOW) -> Visitor | None:
    return web_sessions.find_session(session, token, now=now, idle=IDLE)


def say(session: Session, conversation: str, number: int, now: dt.datetime) -> None:
    for n in range(number):
        mailbox.receive(
            session,
            conversation_id=conversation,
            channel="web",
            key=f"{conversation}-{now:%s}-{n}",
            text="x",
            button=None,
            now=now,
        )


def check(session: Session, visitor: Visitor, now: dt.datetime) -> None:
    web_sessions.check_pace(session, visitor, now=now, per_minute=5, per_minute_of_address=8)


def test_the_secret_leads_to_its_conversation_and_is_not_stored(session: Session) -> None:
    start(session, "geheim")
    assert find(session, "geheim") == Visitor("web:geheim", "it", "home")
    assert find(session, "Geheim") is None
    assert "geheim" not in str(session.execute(sa.select(WebSession.token_hash)).scalars().all())


def test_a_session_lives_as_long_as_it_is_used(session: Session) -> None:
    start(session, "a")
    assert find(session, "a", NOW + IDLE) is None
    assert find(session, "a", NOW + 29 * DAY)
    session.flush()
    assert find(session, "a", NOW + 58 * DAY)
    assert find(session, "a", NOW + 100 * DAY) is None


def test_an_ended_session_opens_nothing(session: Session) -> None:
    start(session, "a")
    assert not web_sessions.has_ended(session, "web:a")
    web_sessions.end_session(session, "web:a", NOW)
    assert web_sessions.has_ended(session, "web:a")
    assert find(session, "a") is None


def test_an_address_starts_so_many_sessions_an_hour(session: Session) -> None:
    for token in "abc":
        start(session, token)
    with pytest.raises(TooManyError) as refused:
        start(session, "d", now=NOW + dt.timedelta(minutes=20))
    assert refused.value.wait == dt.timedelta(minutes=40)
    start(session, "e", address="elsewhere")
    start(session, "f", address=None)
    # To end them does not help.
    for token in "abc":
        web_sessions.end_session(session, f"web:{token}", NOW)
    with pytest.raises(TooManyError):
        start(session, "g")
    start(session, "h", now=NOW + dt.timedelta(hours=1))


def test_a_conversation_and_an_address_say_so_much_a_minute(session: Session) -> None:
    start(session, "a")
    start(session, "b")
    a, b = Visitor("web:a", "it", "home"), Visitor("web:b", "it", "home")
    say(session, "web:a", 5, NOW)
    with pytest.raises(TooManyError) as refused:
        check(session, a, NOW + dt.timedelta(seconds=10))
    assert refused.value.wait == dt.timedelta(seconds=50)
    check(session, b, NOW)
    say(session, "web:b", 3, NOW)
    with pytest.raises(TooManyError):
        check(session, b, NOW)
    check(session, Visitor("web:c", "it", None), NOW)
    check(session, a, NOW + dt.timedelta(minutes=1))
