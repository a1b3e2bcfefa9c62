"""Intakes put aside: opened once, by the code alone, for some days."""

from __future__ import annotations

import datetime as dt
import itertools
import json
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa
from cryptography.fernet import Fernet
from sqlalchemy.engine import Engine
from sqlalchemy.exc import IntegrityError

from actions.logic.references import find_resume_code, new_resume_code
from actions.store.database import session_factory
from actions.store.encryption import EncryptionError, search_key
from actions.store.kept import TRIES, forget_resumed, keep_intake, resume_intake
from actions.store.lookups import FAILURES_OF_ONE, HOUR, TooManyTries
from actions.store.models import FailedLookup, KeptIntake

NOW = dt.datetime(2026, 11, 23, 9, 30, tzinfo=dt.timezone.utc)
STATE = {
    "client_name": "Nicolò D'Angelo 😀",
    "email": "nicolo@example.com",
    "expectations": ["risposte chiare", "half \ud83d, nothing \x00"],
    "phone": None,
    "consent": True,
}


def keep(engine: Engine, conversation: str = "rest:abc", **state: object) -> str:
    return keep_intake(
        {**STATE, **state},
        email="nicolo@example.com",
        conversation_id=conversation,
        sessions=session_factory(engine),
        now=NOW,
        days=30,
    )


def resume(
    engine: Engine, code: str, now: dt.datetime = NOW, conversation: str = "web:x"
) -> dict[str, object] | None:
    return resume_intake(
        code, conversation_id=conversation, sessions=session_factory(engine), now=now
    )


def count(engine: Engine, table: type = KeptIntake) -> int:
    with session_factory(engine)() as session:
        return session.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()


def test_what_was_kept_comes_back_in_one_conversation(engine: Engine) -> None:
    code = keep(engine)
    assert find_resume_code(f"il mio codice è {code.lower()}") == code
    assert resume(engine, code, conversation="rest:first") == STATE
    assert resume(engine, code, conversation="rest:second") is None
    # The turn may have failed: there it can be repeated.
    assert resume(engine, code, conversation="rest:first") == STATE


def test_the_code_itself_is_not_stored(engine: Engine) -> None:
    code = keep(engine)
    with session_factory(engine)() as session:
        kept = session.execute(sa.select(KeptIntake)).scalar_one()
        row = " ".join(str(getattr(kept, column.name)) for column in KeptIntake.__table__.columns)
        assert kept.email_key == search_key("nicolo@example.com")
        assert kept.expires_at == NOW + dt.timedelta(days=30)
    assert code not in row
    assert code.replace("-", "") not in row


def test_without_an_address_there_is_no_digest(engine: Engine) -> None:
    keep_intake(
        {}, email=None, conversation_id="a", sessions=session_factory(engine), now=NOW, days=1
    )
    with session_factory(engine)() as session:
        assert session.execute(sa.select(KeptIntake.email_key)).scalar_one() is None


def test_it_expires(engine: Engine) -> None:
    code = keep(engine)
    assert resume(engine, code, NOW + dt.timedelta(days=30)) is None
    just_in_time = NOW + dt.timedelta(days=30, microseconds=-1)
    assert resume(engine, code, just_in_time) == STATE


def test_of_many_at_once_one_gets_it(engine: Engine) -> None:
    code = keep(engine)

    @sa.event.listens_for(engine, "before_cursor_execute")
    def give_others_time(*arguments: Any) -> None:
        if arguments[2].startswith("UPDATE kept_intakes"):
            time.sleep(0.05)

    with ThreadPoolExecutor(5) as pool:
        got = list(pool.map(lambda n: resume(engine, code, conversation=f"c{n}"), range(5)))
    assert sorted(got, key=str, reverse=True) == [STATE, None, None, None, None]


def test_a_code_that_is_taken_is_drawn_again(engine: Engine) -> None:
    taken, free = new_resume_code(), new_resume_code()
    drawn = itertools.chain([taken, taken, taken, free])
    codes = [
        keep_intake(
            {"client_name": name},
            email=None,
            conversation_id=name,
            sessions=session_factory(engine),
            now=NOW,
            days=1,
            new_code=lambda: next(drawn),
        )
        for name in ("Anna", "Bruno")
    ]
    assert codes == [taken, free]
    assert resume(engine, taken) == {"client_name": "Anna"}
    assert resume(engine, free) == {"client_name": "Bruno"}


def test_it_does_not_draw_for_ever(engine: Engine) -> None:
    drawn: list[str] = []

    def same() -> str:
        drawn.append("R-AAAA-AAAA-AAAA-AAAA")
        return drawn[-1]

    def keep_once() -> str:
        return keep_intake(
            STATE,
            email=None,
            conversation_id="a",
            sessions=session_factory(engine),
            now=NOW,
            days=1,
            new_code=same,
        )

    keep_once()
    with pytest.raises(IntegrityError):
        keep_once()
    assert len(drawn) == 1 + TRIES
    assert count(engine) == 1


def test_guessing_is_slowed_down(engine: Engine) -> None:
    code = keep(engine)
    for _ in range(FAILURES_OF_ONE):
        assert resume(engine, new_resume_code()) is None
    with pytest.raises(TooManyTries) as refused:
        resume(engine, code)
    assert refused.value.retry_at == NOW + HOUR
    assert count(engine) == 1
    assert resume(engine, code, NOW + HOUR) == STATE


def test_the_right_code_is_no_failure(engine: Engine) -> None:
    for _ in range(FAILURES_OF_ONE + 1):
        assert resume(engine, keep(engine)) == STATE
    assert count(engine, FailedLookup) == 0


def keep_run(engine: Engine, run: str) -> str:
    return keep_intake(
        STATE,
        email=None,
        conversation_id="rest:abc",
        sessions=session_factory(engine),
        now=NOW,
        days=30,
        run=run,
    )


def test_what_is_sent_is_kept_no_longer(engine: Engine) -> None:
    mine, other = keep_run(engine, "one"), keep_run(engine, "two")
    with session_factory(engine)() as session:
        forget_resumed(session, "one")
        session.commit()
    assert resume(engine, mine) is None
    assert resume(engine, other) == STATE


def test_a_run_is_kept_once(engine: Engine) -> None:
    lost, told = keep_run(engine, "one"), keep_run(engine, "one")
    assert count(engine) == 1
    assert resume(engine, lost) is None
    assert resume(engine, told) == STATE


def test_what_can_not_be_read_is_kept(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    key, wrong = (Fernet.generate_key().decode() for _ in range(2))
    monkeypatch.setenv("SPORTELLO_KEYS", key)
    code = keep(engine)
    monkeypatch.setenv("SPORTELLO_KEYS", wrong)
    with pytest.raises(EncryptionError):
        resume(engine, code)
    monkeypatch.setenv("SPORTELLO_KEYS", key)
    assert resume(engine, code) == STATE


def test_it_is_stored_as_json(engine: Engine) -> None:
    keep(engine)
    with session_factory(engine)() as session:
        stored = session.execute(sa.select(KeptIntake.state)).scalar_one()
    assert json.loads(stored) == STATE
