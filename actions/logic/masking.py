"""Taking personal data out of a text that is kept without consent."""

from __future__ import annotations

import re

from actions.logic.wording import clean

_EMAIL = re.compile(r"\S+@\S+")
_LINK = re.compile(r"\b(?:https?://|www\.)\S+", re.IGNORECASE)
_CODE = re.compile(r"\b(?=\w*\d)(?=\w*[A-Za-z])\w{6,}\b")  # tax codes, IBANs, plates
_NUMBER = re.compile(r"\+?\d[\d\s./-]{3,}\d")
# Whatever has a capital inside a sentence may be somebody's name: better a word too many.
_NAME = re.compile(r"(?<=[^\s.!?:])(\s+)[A-ZÀ-Ý][\w'’-]+(?:\s+[A-ZÀ-Ý][\w'’-]+)*")
_CAPITALS = r"(?-i:[A-ZÀ-Ý])[\w'’-]+"
_NAMED = re.compile(
    rf"\b(mi chiamo|il mio nome è|my name is)\s+\w+(?:\s+{_CAPITALS})*"
    rf"|\b(sono|i am|i'm|this is|signor[ae]?|sig\.(?:ra)?|dott\.(?:ssa)?)"
    rf"\s+{_CAPITALS}(?:\s+{_CAPITALS})*",
    re.IGNORECASE,
)
LONGEST = 500
# What stands in a masked text for what was there.
PLACEHOLDER = re.compile(r"\[(?:e-mail|link|numero|codice|nome)\]")


def mask(text: str) -> str:
    """Return a text of at most 500 characters without addresses, numbers, codes and names."""
    masked = clean(text)[:LONGEST]
    for pattern, replacement in (
        (_EMAIL, "[e-mail]"),
        (_LINK, "[link]"),
        (_NUMBER, "[numero]"),
        (_CODE, "[codice]"),
        (_NAMED, lambda found: f"{found[1] or found[2]} [nome]"),
        (_NAME, r"\1[nome]"),
    ):
        masked = pattern.sub(replacement, masked)
    return masked
