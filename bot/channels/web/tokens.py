"""Secrets of the website's sessions: drawn here, signed, and told from forged ones without a look
into the database.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets

BYTES = 32


def new_token(secret: bytes) -> str:
    """Draw a token of 256 random bits and sign it."""
    drawn = secrets.token_urlsafe(BYTES)
    return f"{drawn}.{_signature(drawn, secret)}"


def is_genuine(token: str, secret: bytes) -> bool:
    """Tell whether a token was made with this secret."""
    drawn, _, signature = token.partition(".")
    expected = _signature(drawn, secret)
    return hmac.compare_digest(signature.encode("utf-8", "replace"), expected.encode())


def address_key(address: str, secret: bytes) -> str:
    """Return the digest that stands for a network address, which is not kept itself."""
    return hmac.new(secret, b"address " + address.encode(), hashlib.sha256).hexdigest()


def _signature(drawn: str, secret: bytes) -> str:
    text = b"session " + drawn.encode("utf-8", "replace")
    return base64.urlsafe_b64encode(hmac.new(secret, text, hashlib.sha256).digest()[:18]).decode()
