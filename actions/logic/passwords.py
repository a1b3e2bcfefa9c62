"""Passwords of the staff: which are too easy to guess, and new ones. Nothing here keeps one.

Length is what counts; no rule asks for capitals, digits or signs (NIST SP 800-63B).
"""

from __future__ import annotations

import secrets
import unicodedata
from typing import Literal

from actions.logic.references import ALPHABET

SHORTEST = 12
LONGEST = 128
GROUPS = (4, 4, 4, 4, 4)
Weakness = Literal["short", "long", "repeated", "own", "usual"]

# Those of the usual ones that are long enough to pass, in small letters.
_USUAL = frozenset(
    "password1234 password12345 password123456 passwordpassword password1password passw0rd1234"
    " 123456789012 1234567890123 12345678901234 1234567890123456 123456123456 123123123123"
    " 012345678901 0123456789012 098765432109 987654321098 112233445566 111122223333 121212121212"
    " qwertyuiopas qwertyuiopasdfghjkl qwertyqwerty qwerty123456 qwertyuiop12 qwertyuiop123"
    " qwertyuiop1234567890 1234567890qwertyuiop 1q2w3e4r5t6y 1q2w3e4r5t6y7u8i 1qaz2wsx3edc"
    " 1qaz2wsx3edc4rfv qazwsxedcrfv zaq12wsxcde3 asdfghjklzxc asdfghjkl123 zxcvbnm12345"
    " abcdefghijkl abcdefghijklm abcdefghijklmnopqrstuvwxyz abcdef123456 abcd12345678 abc123abc123"
    " administrator administrator1 adminadminadmin admin1234567 admin12345678 amministratore"
    " amministratore1 amministrazione changemechangeme changeme1234 letmeinletmein letmein12345"
    " welcome12345 welcome123456 welcomewelcome iloveyou1234 iloveyouiloveyou"
    " benvenuto123 benvenuto1234 benvenuti123 segreteria123 segreteria1234 ciaociaociao"
    " ciaociao1234 tiamotiamotiamo juventusjuventus forzajuventus forzanapoli1926"
    " buongiorno123 sportello123 sportello1234 sportellosportello".split()
)


def normalised(password: str) -> str:
    """Return a password in the one spelling in which it is hashed, however a keyboard sent it."""
    return unicodedata.normalize("NFKC", password)


def find_weakness(password: str, *, email: str, name: str) -> Weakness | None:
    """Tell what makes a password unfit, if anything does.

    Args:
        password: As it was typed.
        email: Of whom it is to be for.
        name: Theirs, too.
    """
    password = normalised(password)
    if len(password) < SHORTEST:
        return "short"
    if len(password) > LONGEST:
        return "long"
    if len(set(password.casefold())) == 1:
        return "repeated"
    squeezed = _squeezed(password)
    if squeezed in {_squeezed(email), _squeezed(email.partition("@")[0]), _squeezed(name)}:
        return "own"
    return "usual" if squeezed in _USUAL else None


def new_password() -> str:
    """Draw a password such as ``K7PM-3XQD-AC9H-TW4E-7RNQ``: 90 bits, easy to read out."""
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(n)) for n in GROUPS)


def _squeezed(text: str) -> str:
    return "".join(normalised(text).casefold().split())
