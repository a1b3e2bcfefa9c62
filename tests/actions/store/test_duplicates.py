"""Finding clients who may be there already. On SQLite and on PostgreSQL."""

from __future__ import annotations

import datetime as dt

import pytest
from cryptography.fernet import Fernet
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from actions.store import duplicates
from actions.store.database import session_factory
from actions.store.duplicates import find_duplicates
from actions.store.encryption import search_key
from actions.store.models import Client

NOW = dt.datetime(2026, 11, 23, 9, 30, tzinfo=dt.timezone.utc)


def client(name: str, email: str | None = None, phone: str | None = None) -> Client:
    return Client(
        name=name,
        form="individual",
        language="it",
        created_at=NOW,
        email=email,
        phone=phone,
        email_key=email and search_key(email),
        phone_key=phone and search_key(phone),
    )


def store(session: Session, *clients: Client) -> list[int]:
    session.add_all(clients)
    session.commit()
    return [one.id for one in clients]


def test_the_same_contact_or_a_near_equal_name(engine: Engine) -> None:
    with session_factory(engine)() as session:
        mail, phone, name, all_three, _ = store(
            session,
            client("Luca Verdi", "Anna@Example.com"),
            client("Carla Gallo", "carla@example.com", "+393331234567"),
            client("dott.ssa BIANCHI Anna"),
            client("Anna Bianchi", "anna@example.com", "+393331234567"),
            client("Anna Rossi", "rossi@example.com", "+390669820001"),
        )
        new = client("Anna Bianchi", "anna@example.com", "+393331234567")
        expected = [
            (mail, "email"),
            (all_three, "email"),
            (phone, "phone"),
            (all_three, "phone"),
            (name, "name"),
            (all_three, "name"),
        ]
        assert find_duplicates(session, new) == expected
        session.add(new)
        assert find_duplicates(session, new) == expected
        session.flush()
        assert find_duplicates(session, new) == expected


def test_without_contacts_only_the_name_counts(engine: Engine) -> None:
    with session_factory(engine)() as session:
        store(session, client("Carla Gallo"), client("Luca Verdi"))
        assert find_duplicates(session, client("Anna Bianchi")) == []


@pytest.mark.parametrize(
    "name", ["x" * 200, "😀", "'; DROP TABLE clients;--", "%", "\u202e", "S.A.S."]
)
def test_odd_names_never_raise(engine: Engine, name: str) -> None:
    with session_factory(engine)() as session:
        (other,) = store(session, client(name))
        assert find_duplicates(session, client(name)) == [(other, "name")]
        assert find_duplicates(session, client("Anna Bianchi")) == []


def test_encrypted_clients_are_found_with_an_old_key_and_a_new_one(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain, old, new = "", Fernet.generate_key().decode(), Fernet.generate_key().decode()
    stored = []
    with session_factory(engine)() as session:
        for keys in (plain, old, f"{new},{old}"):
            monkeypatch.setenv("SPORTELLO_KEYS", keys)
            stored += store(session, client("Anna Bianchi", "anna@example.com"))
        session.expunge_all()
        found = find_duplicates(session, client("Bianchi Anna", "anna@example.com"))
        assert found == [(one, reason) for reason in ("email", "name") for one in stored]

        monkeypatch.setenv("SPORTELLO_KEYS", new)
        found = find_duplicates(session, client("Bianchi Anna"))
        assert found == [(stored[0], "name"), (stored[2], "name")]


def test_the_newest_names_are_compared(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(duplicates, "NAMES_COMPARED", 2)
    with session_factory(engine)() as session:
        old, *newer = store(session, *(client("Anna Bianchi", "anna@example.com") for _ in "abc"))
        found = find_duplicates(session, client("Anna Bianchi", "anna@example.com"))
        assert [one for one, reason in found if reason == "name"] == newer
        assert [one for one, reason in found if reason == "email"] == [old, *newer]
