"""The status is told to whoever has both the reference and the address, and to nobody else."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import sqlalchemy as sa
from cryptography.fernet import Fernet
from sqlalchemy.engine import Engine

from actions.store.database import session_factory
from actions.store.encryption import search_key
from actions.store.lookups import FAILURES_OF_ONE, HOUR, TooManyTries
from actions.store.models import STATUSES, Client, Engagement, FailedLookup
from actions.store.status import status_of

NOW = dt.datetime(2026, 11, 23, 9, 30, tzinfo=dt.timezone.utc)
REFERENCE = "K7PM-3XQD"
EMAIL = "anna@example.com"


def store(engine: Engine, **change: Any) -> None:
    values = {"reference": REFERENCE, "email": EMAIL, "status": "in_charge", **change}
    email = values.pop("email")
    with session_factory(engine)() as session:
        session.add(
            Engagement(
                client=Client(
                    name="Anna",
                    form="individual",
                    email=email,
                    email_key=search_key(email) if email else None,
                    language="it",
                    created_at=NOW,
                ),
                service="Consulenza fiscale",
                channel="rest",
                conversation_id="rest:abc",
                submission_key=values["reference"],
                created_at=NOW,
                **values,
            )
        )
        session.commit()


def ask(
    engine: Engine, reference: str = REFERENCE, email: str = EMAIL, now: dt.datetime = NOW
) -> str | None:
    return status_of(
        reference, email, conversation_id="web:x", sessions=session_factory(engine), now=now
    )


def failures(engine: Engine) -> list[tuple[str, str]]:
    with session_factory(engine)() as session:
        query = sa.select(FailedLookup.kind, FailedLookup.conversation_id)
        return [tuple(row) for row in session.execute(query)]


def test_the_right_pair_tells_the_status(engine: Engine) -> None:
    for number, status in enumerate(STATUSES):
        store(engine, reference=f"AAAA-AAA{number}", status=status)
        assert ask(engine, f"AAAA-AAA{number}", "Anna@Example.com") == status
    assert failures(engine) == []


@pytest.mark.parametrize(
    ("reference", "email"),
    [
        ("AAAA-AAAA", EMAIL),
        (REFERENCE, "bruno@example.com"),
        (REFERENCE, ""),
        (REFERENCE, "0" * 64),
        ("' OR 1=1 --", "' OR 1=1 --"),
        ("AAAA-AAAA", "bruno@example.com"),
    ],
)
def test_wrong_pairs_are_answered_alike(engine: Engine, reference: str, email: str) -> None:
    store(engine)
    store(engine, reference="CCCC-CCCC", email=None)
    assert ask(engine, reference, email) is None
    assert failures(engine) == [("status", "web:x")]


def test_the_address_of_another_engagement_does_not_fit(engine: Engine) -> None:
    store(engine)
    store(engine, reference="CCCC-CCCC", email="bruno@example.com")
    store(engine, reference="DDDD-DDDD", email=None)
    assert ask(engine, REFERENCE, "bruno@example.com") is None
    assert ask(engine, "DDDD-DDDD", EMAIL) is None
    assert ask(engine, "CCCC-CCCC", "bruno@example.com") == "in_charge"


def test_wrong_pairs_ask_the_database_the_same(engine: Engine) -> None:
    """As many statements, the same ones: nothing to measure but the work of a row."""
    store(engine)
    asked: list[str] = []
    sa.event.listen(
        engine, "before_cursor_execute", lambda *arguments: asked.append(str(arguments[2]))
    )
    for pair in (("AAAA-AAAA", EMAIL), (REFERENCE, "bruno@example.com")):
        ask(engine, *pair)
    half = len(asked) // 2
    assert half > 0
    assert asked[:half] == asked[half:]


def test_guessing_is_slowed_down_for_the_right_pair_too(engine: Engine) -> None:
    store(engine)
    for number in range(FAILURES_OF_ONE):
        assert ask(engine, f"AAAA-AAA{number}") is None
    with pytest.raises(TooManyTries) as refused:
        ask(engine)
    assert refused.value.retry_at == NOW + HOUR
    assert ask(engine, now=NOW + HOUR) == "in_charge"


def test_it_is_found_under_an_older_key_and_none(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = (Fernet.generate_key().decode() for _ in range(2))
    store(engine)
    monkeypatch.setenv("SPORTELLO_KEYS", first)
    store(engine, reference="CCCC-CCCC")
    monkeypatch.setenv("SPORTELLO_KEYS", f"{second},{first}")
    assert ask(engine) == "in_charge"
    assert ask(engine, "CCCC-CCCC") == "in_charge"
