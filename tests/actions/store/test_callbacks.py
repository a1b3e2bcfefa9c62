"""Requests for a person: stored with the note to staff, once."""

from __future__ import annotations

import datetime as dt
import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa
from cryptography.fernet import Fernet
from sqlalchemy.engine import Engine

from actions.store import callbacks
from actions.store.callbacks import request_callback
from actions.store.database import session_factory
from actions.store.encryption import search_key
from actions.store.models import Callback, Notification

NOW = dt.datetime(2026, 11, 23, 9, 30, tzinfo=dt.timezone.utc)
REQUEST: dict[str, Any] = {
    "contact": "+393331234567",
    "name": "Anna D'Angelo",
    "known": {"client_name": "Anna D'Angelo", "expectations": ["tempi certi", "\ud83d"]},
    "language": "it",
    "channel": "rest",
    "conversation_id": "rest:abc",
}


def request(engine: Engine, **change: Any) -> int:
    return request_callback(
        **{"sessions": session_factory(engine), "now": NOW, **REQUEST, **change}
    )


def stored(engine: Engine, table: type) -> list[Any]:
    with session_factory(engine)() as session:
        return list(session.execute(sa.select(table).order_by(table.id)).scalars())


def test_a_request_is_stored_with_its_notification(engine: Engine) -> None:
    number = request(engine)
    [callback] = stored(engine, Callback)
    assert (callback.id, callback.contact, callback.name) == (
        number,
        "+393331234567",
        "Anna D'Angelo",
    )
    assert json.loads(callback.known) == REQUEST["known"]
    assert (callback.status, callback.language, callback.channel) == ("new", "it", "rest")
    assert callback.created_at == NOW
    assert (callback.phone_key, callback.email_key) == (search_key("+393331234567"), None)
    [note] = stored(engine, Notification)
    assert (note.topic, note.callback_id, note.created_at) == ("callback", number, NOW)
    # Nothing personal leaves the machine with it.
    assert json.loads(note.payload) == {"callback": number, "channel": "rest", "language": "it"}


def test_an_address_has_its_own_digest(engine: Engine) -> None:
    request(engine, contact="Anna@Example.com", known=None, name=None)
    [callback] = stored(engine, Callback)
    assert (callback.email_key, callback.phone_key) == (search_key("anna@example.com"), None)
    assert (callback.known, callback.name) == (None, None)


def test_asking_again_changes_what_was_stored(engine: Engine) -> None:
    first = request(engine, contact="anna@example.com")
    again = request(engine, contact="Anna@example.com", name="Anna", known=None, language="en")
    assert again == first
    [callback] = stored(engine, Callback)
    assert (callback.contact, callback.name, callback.known) == ("Anna@example.com", "Anna", None)
    assert (callback.language, callback.created_at) == ("en", NOW)
    assert len(stored(engine, Notification)) == 1


@pytest.mark.parametrize(
    "change", [{"contact": "+393331234568"}, {"conversation_id": "rest:another"}]
)
def test_another_request_is_another_row(engine: Engine, change: dict[str, str]) -> None:
    assert request(engine) != request(engine, **change)
    assert len(stored(engine, Notification)) == 2


def test_after_the_answer_it_is_a_new_request(engine: Engine) -> None:
    first = request(engine)
    with session_factory(engine)() as session:
        session.get(Callback, first).status = "done"
        session.commit()
    assert request(engine) != first


def test_the_same_contact_is_known_under_a_new_key(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = request(engine)
    monkeypatch.setenv("SPORTELLO_KEYS", Fernet.generate_key().decode())
    assert request(engine) == first
    [callback] = stored(engine, Callback)
    assert callback.phone_key == search_key("+393331234567")


def test_five_at_once_store_one(engine: Engine) -> None:
    with ThreadPoolExecutor(5) as pool:
        assert len(set(pool.map(lambda _: request(engine), range(5)))) == 1
    assert len(stored(engine, Callback)) == len(stored(engine, Notification)) == 1


def test_without_its_notification_nothing_is_stored(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_arguments: object, **_named: object) -> None:
        raise OSError

    monkeypatch.setattr(callbacks, "enqueue", fail)
    with pytest.raises(OSError):
        request(engine)
    assert stored(engine, Callback) == []
