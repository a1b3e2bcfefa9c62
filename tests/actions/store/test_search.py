"""Clients are found by the beginnings of their words, with and without keys."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from cryptography.fernet import Fernet
from sqlalchemy.engine import Engine

from actions.store import privacy, search
from actions.store.database import session_factory
from actions.store.encryption import EncryptionError
from actions.store.migrations import downgrade, upgrade
from actions.store.models import Client, ClientTerm
from actions.store.rotation import rotate
from actions.store.search import index_client, index_missing, matching_clients, terms_of
from tests.actions.store.test_intakes import INTAKE, submit

HOME = Path(__file__).parents[3]
NOW = dt.datetime(2026, 11, 23, 9, 30, tzinfo=dt.timezone.utc)
A, B = (Fernet.generate_key().decode() for _ in range(2))


@pytest.fixture(autouse=True, params=["", A], ids=["plain", "keyed"])
def key(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """What stands in SPORTELLO_KEYS: each test once without and once with a key."""
    monkeypatch.setenv("SPORTELLO_KEYS", request.param)
    return str(request.param)


def client(name: str, **more: Any) -> Client:
    return Client(
        **{"name": name, "form": "individual", "language": "it", "created_at": NOW, **more}
    )


def store(engine: Engine, *clients: Client, indexed: bool = True) -> None:
    with session_factory(engine)() as session:
        session.add_all(clients)
        session.flush()
        for each in clients if indexed else ():
            index_client(session, each)
        session.commit()


def found(engine: Engine, words: str) -> list[str]:
    """Return the names of the clients whom typed words find, in alphabetical order."""
    with session_factory(engine)() as session:
        query = sa.select(Client.name).where(Client.id.in_(matching_clients(words)))
        return sorted(session.scalars(query))


def terms(engine: Engine) -> set[tuple[int, int]]:
    with engine.connect() as connection:
        rows = connection.execute(sa.select(ClientTerm.client_id, ClientTerm.term)).all()
    assert len(rows) == len(set(rows))
    return {(row.client_id, row.term) for row in rows}


def expected(engine: Engine) -> set[tuple[int, int]]:
    with session_factory(engine)() as session:
        return {
            (each.id, term)
            for each in session.scalars(sa.select(Client))
            for term in terms_of(each)
        }


@pytest.mark.parametrize(
    "words",
    [
        *(
            "Niccolò",
            "niccolo",
            "NICCOLÒ",
            "nic",
            "ni",
            "D'Angelo",
            "d’angelo",
            "D´Angelo",
            "angelo",
        ),
        *("dangelo", "dang", "ange", "d angelo", "niccolò d'angelo", "angelo niccolo", "ang nicc"),
        *("angelo bianca", "fatture", "fatture@studio-angelo.example", "studio", "example fatt"),
        *("+39 333 123 4567", "3331234567", "333 123", "3331", "0039 333 1234567", "(333) 12-34"),
        *(
            "393331234567",
            "n angelo",
            "angelo 3331234567",
            "Costruzioniemanutenzioni",
            "costruzion",
        ),
        *("costruzionie", "740", "  angelo  "),
    ],
)
def test_what_finds_a_client(words: str, engine: Engine) -> None:
    niccolo = client(
        "Niccolò D'Angelo",
        contact_name="Bianca di Costruzioniemanutenzioni 740",
        email="Fatture@studio-angelo.example",
        phone="+393331234567",
    )
    store(engine, niccolo, client("Zeno Zufoli", email="zeno@zufoli.test", phone="+390267891234"))
    assert found(engine, words) == ["Niccolò D'Angelo"]


@pytest.mark.parametrize(
    "words",
    [
        *("", " ", "!?", "%", "_", "n", "a", "iccolo", "ngelo", "niccolo zeno", "niccolos", "333"),
        *("2345", "33312345678", "+39 333 1234568", "niccolo_", "angelo%", "39334"),
    ],
)
def test_what_does_not(words: str, engine: Engine) -> None:
    store(
        engine,
        client("Niccolò D'Angelo", email="x1@y.test", phone="+393331234567"),
        client("Zeno Zufoli"),
    )
    assert found(engine, words) == (
        ["Niccolò D'Angelo"] if words in ("niccolo_", "angelo%") else []
    )


def test_all_words_must_fit_and_each_may_fit_anywhere(engine: Engine) -> None:
    store(engine, *map(client, ("Anna Rossi", "Rosa Annoni", "Anna Verdi", "Mario Rossi")))
    assert found(engine, "ann ros") == ["Anna Rossi", "Rosa Annoni"]
    assert found(engine, "ros") == ["Anna Rossi", "Mario Rossi", "Rosa Annoni"]
    assert found(engine, "ross ma") == ["Mario Rossi"]
    assert found(engine, "anna anna") == ["Anna Rossi", "Anna Verdi"]


def test_a_single_letter_finds_a_word_of_one(engine: Engine) -> None:
    store(engine, client("B"), client("Bruno"), client("Bar B"))
    assert found(engine, "b") == ["B", "Bar B"]
    assert found(engine, "b bru") == ["Bruno"]


def test_a_fixed_line_is_found_with_its_zero(engine: Engine) -> None:
    store(engine, client("Zeno", phone="+390267891234"), client("Fritz", phone="+498912345678"))
    for typed in ("02 6789", "0267891234", "+39 02 67891234"):
        assert found(engine, typed) == ["Zeno"]
    assert found(engine, "8912345") == ["Fritz"]


def test_a_client_without_letters_has_no_terms(engine: Engine) -> None:
    store(engine, client("!!!", phone="no number"))
    assert terms(engine) == set()


def test_what_was_corrected_is_found_and_what_it_replaced_is_not(engine: Engine) -> None:
    submit(engine)
    assert found(engine, "anna dangelo 3331234567") == ["Anna D'Angelo"]
    submit(engine, replace(INTAKE, name="Hanna D'Amico", phone=None))
    assert found(engine, "hanna damico") == ["Hanna D'Amico"]
    assert found(engine, "angelo") == found(engine, "3331234567") == []
    assert terms(engine) == expected(engine)


def test_the_digests_tell_no_word_and_fit_the_column(engine: Engine) -> None:
    numbers = terms_of(client("Anna Rossi"))
    assert len(numbers) == len("an ann anna ro ros ross rossi".split())
    assert all(-(2**63) <= number < 2**63 for number in numbers)
    assert any(number < 0 for n in range(50) for number in terms_of(client(f"Anna {n}")))


def test_with_another_key_the_digests_are_others(monkeypatch: pytest.MonkeyPatch) -> None:
    before = terms_of(client("Anna Rossi"))
    monkeypatch.setenv("SPORTELLO_KEYS", B)
    assert before.isdisjoint(terms_of(client("Anna Rossi")))


def test_a_new_key_finds_at_once_and_rotation_renews(
    engine: Engine, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    store(engine, *(client(f"Anna Rossi {n}") for n in range(3)))
    old = terms(engine)
    monkeypatch.setenv("SPORTELLO_KEYS", f"{B},{key}".strip(","))
    store(engine, client("Anna Rossini"))
    everybody = [*(f"Anna Rossi {n}" for n in range(3)), "Anna Rossini"]
    assert found(engine, "ross anna") == everybody
    with session_factory(engine)() as session:
        rotate(session)
    assert terms(engine) == expected(engine)
    assert terms(engine).isdisjoint(old)
    monkeypatch.setenv("SPORTELLO_KEYS", B)
    assert found(engine, "ross anna") == everybody
    with session_factory(engine)() as session:
        assert rotate(session) == 0


def test_those_without_terms_get_them_in_batches(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "BATCH", 2)
    store(engine, client("Anna"))
    store(engine, *(client(f"Bruno {n}") for n in range(5)), indexed=False)
    assert found(engine, "bruno") == []
    with session_factory(engine)() as session:
        assert index_missing(session) == 5
    assert len(found(engine, "bruno")) == 5
    with session_factory(engine)() as session:
        assert index_missing(session) == 0
    assert terms(engine) == expected(engine)


def test_the_upgrade_indexes_who_was_there_before(engine: Engine) -> None:
    store(engine, client("Anna Rossi"))
    downgrade(engine, HOME, "0007")
    upgrade(engine, HOME)
    assert found(engine, "ross") == ["Anna Rossi"]


def test_who_cannot_be_read_keeps_nobody_else_waiting(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPORTELLO_KEYS", A)
    store(engine, client("Anna"), indexed=False)
    monkeypatch.setenv("SPORTELLO_KEYS", B)
    store(engine, client("Bruno"), indexed=False)
    with session_factory(engine)() as session:
        assert index_missing(session) == 1
        assert len(set(session.scalars(sa.select(ClientTerm.client_id)))) == 1
        with pytest.raises(EncryptionError):
            search.index_all(session)
    monkeypatch.setenv("SPORTELLO_KEYS", f"{B},{A}")
    upgrade(engine, HOME)
    assert found(engine, "anna") == ["Anna"]


def test_erasure_takes_the_terms_and_leaves_the_others(engine: Engine) -> None:
    reference = submit(engine)
    store(engine, client("Anna Rossi"))
    with session_factory(engine)() as session:
        person = privacy.find_person(session, reference)
        assert person is not None
        gone = privacy.erase(session, person, "command", NOW)
        session.commit()
    assert gone["client_terms"] > 10
    assert found(engine, "anna") == ["Anna Rossi"]
    assert terms(engine) == expected(engine)
