"""How typed text is cleaned, folded and recognised as a question, the same way everywhere."""

from __future__ import annotations

import re
import unicodedata

# Put before a typed text that starts with "/" so that Rasa does not take it for a command; it is
# invisible and is taken away again wherever the text is read.
TYPED_MARK = "\u2060"

_QUESTION_WORDS = (
    r"che (?:cos\w*|differenz\w*|vuol|vuole|signific\w*|tip[oi]|e|sono|fa|tempo|or[ae]|succed\w*"
    r"|vantagg\w*|garanz\w*|rapport\w*)"
    r"|chi|cosa|cos|com|come|perche|xke|xche|xk|quand\w*|qual|quali|quale|quant[oaie]"
    r"|dove|dov|mi (?:sai|sa|puoi|puo|spieghi|spiega|dici|dica|fai|fa|faccia)|spiegami|dimmi"
    r"|vorrei (?:sapere|capire)|non (?:ho capito|capisco|mi e chiaro)|e vero|differenza"
    r"|what|whats|who|whos|why|how|when|where|which|whose|can|could|do|does|did|is|are|am|may|will"
    r"|would|should|explain|tell me|define|difference|i (?:don't|dont) (?:get|understand)"
)
_OPENING = (
    r"^\W*(?:(?:ma|e|quindi|dunque|insomma|scusi|scusa|scusate|ok|allora|senta|senti"
    r"|but|and|so|sorry|wait|hi|ciao)\W+)*"
)
_QUESTION_START = re.compile(f"{_OPENING}(?:{_QUESTION_WORDS})\\b")


def clean(text: str) -> str:
    """Drop control and formatting characters and lone surrogates, fold white space, trim."""
    kept = (
        " " if character in "\n\r\t" else character
        for character in text
        if character in "\n\r\t\u200d" or unicodedata.category(character) not in ("Cc", "Cf", "Cs")
    )
    return " ".join("".join(kept).split())


def fold(text: str) -> str:
    """Return the text in lower case without accents, for comparing words."""
    decomposed = unicodedata.normalize("NFKD", text.replace("’", "'").casefold())
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def looks_like_command(text: str) -> bool:
    """Tell whether Rasa would take a text for a command rather than for words."""
    return text.removeprefix(TYPED_MARK).strip().startswith("/")


def is_question(text: str) -> bool:
    """Tell whether a message asks something rather than answering."""
    return "?" in text or bool(_QUESTION_START.match(fold(text)))
