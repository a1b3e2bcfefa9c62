"""Private columns: plain without keys, unreadable with them, and found by digest all the same."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from cryptography.fernet import Fernet
from hypothesis import given, settings, strategies
from sqlalchemy.engine import Engine

from actions.settings import SettingsError
from actions.store.database import session_factory
from actions.store.encryption import (
    EncryptionError,
    decrypt,
    encrypt,
    is_current,
    search_key,
    search_keys,
)
from actions.store.models import Client

NOW = dt.datetime(2026, 11, 23, 9, 30, tzinfo=dt.timezone.utc)
A, B = (Fernet.generate_key().decode() for _ in range(2))


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.delenv("SPORTELLO_KEYS", raising=False)
    return monkeypatch


@pytest.fixture(scope="module")
def keyed() -> Iterator[None]:
    """A key for a whole property; hypothesis does not begin each example anew."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SPORTELLO_KEYS", A)
        yield


@settings(max_examples=60, deadline=None)
@given(strategies.text(strategies.characters(exclude_categories=["Cs"])))
def test_what_goes_in_comes_out(keyed: None, text: str) -> None:
    stored = encrypt(text)
    assert decrypt(stored) == text
    assert is_current(stored)
    assert len(text) < 3 or text not in stored
    # Twice the same text is not twice the same ciphertext.
    assert encrypt(text) != stored


def test_without_keys_nothing_is_changed(keys: pytest.MonkeyPatch) -> None:
    assert encrypt("Anna") == "Anna" == decrypt("Anna")
    assert is_current("Anna")


def test_the_first_key_encrypts_and_every_key_reads(keys: pytest.MonkeyPatch) -> None:
    keys.setenv("SPORTELLO_KEYS", A)
    old = encrypt("Anna")
    keys.setenv("SPORTELLO_KEYS", f" {B} , {A} ")
    new = encrypt("Anna")
    assert (decrypt(old), decrypt(new), decrypt("Anna")) == ("Anna",) * 3
    assert (is_current(old), is_current(new), is_current("Anna")) == (False, True, False)
    keys.setenv("SPORTELLO_KEYS", B)
    assert decrypt(new) == "Anna"
    with pytest.raises(EncryptionError, match="add the key"):
        decrypt(old)


@pytest.mark.parametrize("at_hand", ["", B], ids=["none", "another"])
def test_without_the_right_key_it_says_what_to_do(keys: pytest.MonkeyPatch, at_hand: str) -> None:
    keys.setenv("SPORTELLO_KEYS", A)
    stored = encrypt("Anna")
    keys.setenv("SPORTELLO_KEYS", at_hand)
    assert not is_current(stored)
    with pytest.raises(EncryptionError) as mistake:
        decrypt(stored)
    assert "SPORTELLO_KEYS" in str(mistake.value)
    assert "\n" not in str(mistake.value)
    assert "Anna" not in str(mistake.value)


@pytest.mark.parametrize(
    "wrong",
    ["secret", A[:-4], f"{A},secret", "à"],
    ids=["word", "cut", "one of two", "foreign letter"],
)
def test_what_is_no_key_is_refused(keys: pytest.MonkeyPatch, wrong: str) -> None:
    keys.setenv("SPORTELLO_KEYS", wrong)
    with pytest.raises(SettingsError, match="sportello keys new") as mistake:
        encrypt("Anna")
    assert wrong not in str(mistake.value)


def test_digests_find_what_can_not_be_read(keys: pytest.MonkeyPatch) -> None:
    plain = search_key("Anna@Example.com")
    assert plain == search_key("anna@example.com") != search_key("bruno@example.com")
    keys.setenv("SPORTELLO_KEYS", A)
    first = search_key("anna@example.com")
    keys.setenv("SPORTELLO_KEYS", f"{B},{A}")
    assert search_keys("anna@example.com") == [search_key("anna@example.com"), first, plain]
    assert len(set(search_keys("anna@example.com"))) == 3
    assert all(len(digest) == 64 for digest in search_keys("anna@example.com"))


def test_a_column_is_unreadable_at_rest(engine: Engine, keys: pytest.MonkeyPatch) -> None:
    keys.setenv("SPORTELLO_KEYS", A)
    with session_factory(engine)() as session:
        session.add(Client(name="Anna D'Angelo", form="individual", language="it", created_at=NOW))
        session.commit()
        raw = session.execute(sa.text("SELECT name, contact_name FROM clients")).one()
        assert raw.name.startswith("\x01")
        assert "Angelo" not in raw.name
        assert raw.contact_name is None
        assert session.execute(sa.select(Client.name)).scalar_one() == "Anna D'Angelo"
        keys.setenv("SPORTELLO_KEYS", B)
        with pytest.raises(EncryptionError):
            session.execute(sa.select(Client.name)).scalar_one()
