"""Columns that may be encrypted: with keys in the environment their content is unreadable at rest.

Without a key everything is stored as it is. With keys the first one encrypts and all of them
decrypt, so that a key can be replaced while the system runs: put the new one in front, run
`sportello keys rotate`, take the old one out. What is searched for, e-mail and telephone, has a
keyed digest beside it; see docs/privacy.md for what encryption does not cover.
"""

from __future__ import annotations

import hashlib
import hmac
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from actions.settings import encryption_keys

# No text that people type begins with it: control characters are taken out of what comes in.
_MARK = "\x01"
_UNKEYED = b"sportello"


class EncryptionError(Exception):
    """A column can't be read with the keys at hand; the message says what to do."""


class Private(sa.types.TypeDecorator[str]):
    """A text that is encrypted where there is a key."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Any) -> str | None:
        """Encrypt on the way in."""
        return None if value is None else encrypt(str(value))

    def process_result_value(self, value: Any, dialect: Any) -> str | None:
        """Decrypt on the way out."""
        return None if value is None else decrypt(str(value))


def encrypt(text: str) -> str:
    """Return what is stored for a text."""
    keys = encryption_keys()
    return _MARK + _ring(keys).encrypt(text.encode()).decode() if keys else text


def decrypt(stored: str) -> str:
    """Return the text that was stored, also where it was stored before there was a key.

    Raises:
        EncryptionError: none of the keys fits.
    """
    if not stored.startswith(_MARK):
        return stored
    keys = encryption_keys()
    try:
        if not keys:
            raise InvalidToken
        return _ring(keys).decrypt(stored.removeprefix(_MARK).encode()).decode()
    except InvalidToken:
        raise EncryptionError(
            "The database holds encrypted texts that no key in SPORTELLO_KEYS can read: "
            "add the key with which they were written."
        ) from None


def is_current(stored: str) -> bool:
    """Tell whether a text is stored as `encrypt` would store it now."""
    keys = encryption_keys()
    if not keys:
        return not stored.startswith(_MARK)
    try:
        Fernet(keys[0]).decrypt(stored.removeprefix(_MARK).encode())
    except InvalidToken:
        return False
    return stored.startswith(_MARK)


def search_key(value: str) -> str:
    """Return the digest by which an e-mail address or telephone number is stored and found."""
    return _digest(value, (encryption_keys() or (_UNKEYED,))[0])


def search_keys(value: str) -> list[str]:
    """Return every digest under which a value may be stored: with each key, and without one."""
    return [_digest(value, key) for key in (*encryption_keys(), _UNKEYED)]


def _digest(value: str, key: bytes) -> str:
    return hmac.new(key, value.casefold().encode(), hashlib.sha256).hexdigest()


@lru_cache(maxsize=4)
def _ring(keys: tuple[bytes, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])
