"""Codes that people read out and type: unmistakable, not to be guessed, found in what is typed."""

from __future__ import annotations

import re
import secrets
import unicodedata
from collections.abc import Iterable

from actions.logic.wording import clean

# Without 0/O, 1/I/L, 2/Z, 5/S, 8/B and U/V: nobody mistakes one letter for another.
ALPHABET = "34679ACDEFGHJKMNPQRTWXY"
GROUPS = (4, 4)
RESUME_GROUPS = (4, 4, 4, 4)
RESUME_MARK = "R"
LEARNER_MARK = "T"

_DASHES = "-‐‒–—−"
_GROUP = f"([{ALPHABET}{ALPHABET.lower()}]{{4}})"
_GAP = f"( ?[{_DASHES}] ?| ?)"
# A hyphen makes one word of what it joins; a dash set as punctuation does not.
_START = r"(?<!\w)(?<!\w[-‐])"
_END = r"(?![-‐]?\w)"
_RESUME_CODE, _LEARNER_CODE = (
    re.compile(
        f"{_START}[{mark}{mark.lower()}]" + "".join(f"{_GAP}{_GROUP}" for _ in RESUME_GROUPS) + _END
    )
    for mark in (RESUME_MARK, LEARNER_MARK)
)
# Looked at from every position, so that the word before a code does not hide it.
_REFERENCE = re.compile(f"{_START}(?={_GROUP}{_GAP}{_GROUP}{_END})")
_EMAIL = re.compile(r"[\w.+-]+@\S+")
_IBAN = re.compile(
    r"(?<!\w)[A-Za-z]{2}\d\d([ -])[0-9A-Za-z]{4}(?:\1[0-9A-Za-z]{4}){1,6}"
    r"(?:\1[0-9A-Za-z]{1,4})?(?!\w)"
)
_IBAN_DIGITS = 10
_DRAWN = re.compile(r"(?<!\w)(?:[RT]-)?[0-9A-Z]{4}(?:-[0-9A-Z]{4})+(?!\w)", re.IGNORECASE)
_RESUME_SHAPE = re.compile(r"(?<!\w)R(?:[ -][0-9A-Z]{4}){4}(?!\w)", re.IGNORECASE)


def new_reference() -> str:
    """Draw a reference code such as ``K7PM-3XQD`` (about 60 thousand million).

    It has a digit and a letter: `find_reference` takes neither a word nor a number for one.
    """
    while True:
        code = _join(*("".join(secrets.choice(ALPHABET) for _ in range(n)) for n in GROUPS))
        if any(map(str.isdigit, code)) and any(map(str.isalpha, code)):
            return code


def new_resume_code() -> str:
    """Draw a code such as ``R-K7PM-3XQD-AC9H-TW4E``, which alone opens an intake: 72 bits."""
    return _long_code(RESUME_MARK)


def new_learner_code() -> str:
    """Draw a code such as ``T-K7PM-3XQD-AC9H-TW4E``, which signs a learner in: 72 bits."""
    return _long_code(LEARNER_MARK)


def mask_codes(text: str) -> str:
    """Take codes as they are drawn out of a text: their letters mean nothing in any language."""
    return _DRAWN.sub(" ", text)


def looks_like_resume_code(text: str) -> bool:
    """Tell whether a text holds a resume code, or one with a slip in it."""
    return bool(find_resume_code(text) or _RESUME_SHAPE.search(text))


def find_reference(text: str) -> str | None:
    """Return the reference code in what somebody typed, as it was drawn, or None.

    Any case, a dash, a space or nothing between its halves. Letters alone are a code only with a
    dash, or with a space in capitals; else ordinary words would be codes, as would digits alone.
    Where several fit, the one that looks most like a code is meant, the first of equals.
    """
    text = _RESUME_CODE.sub(" ", _EMAIL.sub(" ", _normalised(text)))
    text = _LEARNER_CODE.sub(" ", text)
    text = _IBAN.sub(lambda found: " " if _digits(found[0]) >= _IBAN_DIGITS else found[0], text)
    codes = [found for found in _REFERENCE.finditer(text) if _is_code(*found.groups())]
    best = max(codes, key=lambda found: _likeness(*found.groups()), default=None)
    return _join(best[1], best[3]) if best else None


def find_resume_code(text: str) -> str | None:
    """Return the resume code in what somebody typed, as it was drawn, or None."""
    found = _RESUME_CODE.search(_EMAIL.sub(" ", _normalised(text)))
    return _join(RESUME_MARK, *found.groups()[1::2]) if found else None


def find_learner_code(text: str) -> str | None:
    """Return the learner's code in what somebody typed, as it was drawn, or None."""
    found = _LEARNER_CODE.search(_EMAIL.sub(" ", _normalised(text)))
    return _join(LEARNER_MARK, *found.groups()[1::2]) if found else None


def _long_code(mark: str) -> str:
    drawn = ("".join(secrets.choice(ALPHABET) for _ in range(size)) for size in RESUME_GROUPS)
    return _join(mark, *drawn)


def _normalised(text: str) -> str:
    return unicodedata.normalize("NFKC", clean(text))


def _join(*groups: str) -> str:
    return "-".join(groups).upper()


def _digits(text: Iterable[str]) -> int:
    return sum(character.isdigit() for character in text)


def _is_code(first: str, gap: str, second: str) -> bool:
    both = first + second
    if both.isdigit():
        return False
    return bool(_digits(both) or gap.strip() or (gap and both.isupper()))


def _likeness(first: str, gap: str, second: str) -> tuple[int, int, bool, bool]:
    """Rank what may be a code: halves that are mixed, halves with digits, capitals, a dash."""
    digits = [_digits(half) for half in (first, second)]
    mixed = sum(0 < count < len(first) for count in digits)
    return mixed, sum(map(bool, digits)), (first + second).isupper(), bool(gap.strip())
