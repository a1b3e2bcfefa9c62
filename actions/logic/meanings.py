"""What a message means while a question of the intake is open, apart from the value it may hold.

The same «no», «basta» or «2» is an answer here and a wish to stop there: the tables of this module
and of `actions.logic.intake.Interview` decide it from what was asked last.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from actions.logic.fields import looks_like_name
from actions.logic.wording import clean, fold, is_question, looks_like_command

# Questions that are no field of the client's file.
CONSENT, CONFIRM, CANCEL, CHANGE = "consent", "confirm", "cancel", "change"
YES_NO = frozenset({CONSENT, CONFIRM, CANCEL})
CHOICES = frozenset({"client_form", "relation", "service", CHANGE})
PATTERNS = frozenset({"email", "phone", "deadline"})
NAMES = frozenset({"client_name", "contact"})
FREE_TEXT = NAMES | {"service", "expectations"}

# Labels of people who want something else, whatever words they use for it.
REQUESTS = frozenset(
    "why_ask help bot_challenge human_handoff intake_status start_training switch_language".split()
)

TOO_LONG = "too_long"

# Where free text is expected, a message is only taken for something else when the label is sure;
# a yes or a no has consequences, and needs some certainty too.
SURE = 0.6
CERTAIN_ENOUGH = 0.5
SHORT = 12  # words: longer messages are answers, whatever they also say

_YES_PHRASES = frozenset(
    {"si", "yes", "y", "yep", "yeah", "ok", "okay", "va bene", "d'accordo", "certo"}
    | {"confermo", "acconsento", "accetto", "si grazie", "si certo", "si confermo"}
)
# Said after a submission that failed.
_AGAIN = frozenset({"riprova", "riprovi", "retry", "try again"})
# «yes, but …»: no yes that one may act on.
QUALIFIED = re.compile(
    r"\b(?:ma|pero|tranne|eccetto|manca\w*|solo che|a parte|aspett\w+|cambi\w*|correg\w*|sbagliat\w"
    r"|but|except|apart from|change|correct(?! and)|wrong|missing|wait)\b"
)
# Somebody who needs a moment, or the question once more.
HESITATION = re.compile(
    r"^\W*(?:eh+m*|e+hm+|m+h*m+|boh|uhm*|non (?:lo )?so\b.*|non saprei\b.*|vediamo|ci penso"
    r"|fammi pensare|mi faccia pensare|(?:un|solo un) (?:momento|attimo|secondo)\b.*"
    r"|aspett[aio]\b.*|attenda\b.*"
    r"|non ho capito\b.*|non capisco\b.*|(?:puo|puoi) ripetere\b.*|ripet[aie]\b.*|come scusi\b.*"
    r"|h+m+\b.*|hold on\b.*|wait\b.*|one (?:moment|second|sec)\b.*|let me (?:think|see|check)\b.*"
    r"|i don'?t (?:know|understand)\b.*|i'?m not sure\b.*|not sure\b.*|dunno"
    r"|(?:can|could) you repeat\b.*|what do you mean\b.*)\W*$"
)
# «il tipo di cliente è sbagliato» is no question about types of clients.
WRONG = re.compile(
    r"\b(?:sbagliat\w|errat\w|corregg\w+|correzione|cambi(?:are|amo|a)|modific\w+|wrong|incorrect"
    r"|change|correct|fix)\b"
)
# Single words that the help teaches: whatever the classifier makes of them, they mean this.
COMMANDS = {
    **dict.fromkeys(("annulla", "cancel", "stop", "esci", "interrompi", "abort"), "cancel"),
    **dict.fromkeys(("salta", "skip", "passa", "avanti", "next", "pass"), "skip"),
    **dict.fromkeys(("help", "aiuto"), "help"),
}
_GOING_ON = re.compile(
    r"\b(?:continu\w*|andiamo avanti|prosegu\w*|riprendiamo|go on|carry on|keep going)\b"
)
_FOR_LATER = re.compile(
    r"\b(?:conserv\w*|salv[aio]\w*|tien\w*|ten(?:ere|erl\w+|ga\w*)|mett\w+ da parte|sospend\w*"
    r"|piu tardi|un'altra volta|un altro momento|in seguito|riprend\w* (?:dopo|domani|poi)"
    r"|keep (?:it|them|that|this|my|what|everything)|for later|later|save|put (?:it )?aside)\b"
    r"|^keep$"
)
_NOT = re.compile(r"\b(?:non|not|don't|senza|without)\b[^,.;]*$")
_AWAY = re.compile(
    r"\b(?:elimin\w*|cancell\w*|scart\w*|butt\w*|togli\w*|dimentic\w*|delete|discard|erase"
    r"|throw|forget|drop)\b"
)
SELF_CORRECTION = re.compile(
    r"\b(?:ho sbagliato|mi sono sbagliat\w|errore mio|ho fatto un errore|i made a mistake"
    r"|my mistake|(?:voglio|vorrei|devo|posso|fammi|mi faccia) (?:correggere|cambiare|modificare)"
    r"|(?:let me|i want to|i need to|can i) (?:change|correct|fix|edit))\b"
)
# «Parlare con una persona competente» is something to expect; «vorrei parlare con …» asks for it.
_ASKS_FOR = re.compile(
    r"^(?:no |scusi |scusa |please )?(?:vorrei|voglio|posso|puo|puoi|potrei|mi |fammi|passami|devo"
    r"|i want|i'd like|i would like|can|could|let me|please|give me|put me)"
)
_COURTESY = re.compile(
    r"\b(?:grazie|mille|tante|di tutto|thanks|thank you|thx|much|very|a lot|prego|per favore|please"
    r"|buon\w*|giorno|sera|salve|ciao|hi|hello|hey|good|morning|afternoon|evening|arrivederci"
    r"|bye|a presto|goodbye|there|you|so|e|and)\b|[^\w]"
)
_NO_PHRASES = frozenset({"no", "n", "nope", "no grazie", "no thanks", "nessuno", "none", "niente"})


@dataclass(frozen=True)
class Message:
    """What the visitor just sent: typed text with its label, or the choice of a button."""

    text: str
    label: str
    confidence: float
    language: str
    choice: Mapping[str, str] = field(default_factory=dict)


def meaning_in_free_text(asked: str, label: str, message: Message) -> str:
    """Say what a message means where a name or the expectations are asked for."""
    text = message.text
    question = is_question(text)
    sure = message.confidence >= SURE and len(text.split()) <= SHORT
    if label in ("affirm", "deny") or (asked in NAMES and looks_like_name(text)):
        return "answer"
    if label in ("cancel", "skip"):
        return label if sure else "answer"
    if label == "change_answer":
        corrects = sure if asked in NAMES else SELF_CORRECTION.search(fold(text))
        return label if corrects else "answer"
    if label == "start_intake":
        return label if sure and asked in NAMES else "answer"
    if label in ("greet", "thank", "goodbye"):
        return "digression" if sure and not _COURTESY.sub("", fold(text)) else "answer"
    if label == "out_of_scope":
        # «vorrei sapere se mi conviene …» is what somebody expects of us, not a question to a bot.
        return "digression" if "?" in text or (question and asked in NAMES) else "answer"
    if label.startswith("faq/"):
        # «Reparto informatica» is a name, whatever it resembles.
        named = asked in NAMES and sure and len(text.split()) > 3
        return "digression" if question or named else "answer"
    if label == "switch_language" and sure:
        return "digression"
    if asked in NAMES:
        return "digression" if question or sure else "answer"
    asks_for = question or len(text.split()) <= 3 or _ASKS_FOR.match(fold(text))
    return "digression" if sure and asks_for else "answer"


def yes_or_no(message: Message, asked: str) -> bool | None:
    """Read a yes or a no; None where it is neither, or not certain enough to act on."""
    if looks_like_command(message.text):
        return None
    words = " ".join(re.findall(r"[\w']+", fold(clean(message.text))))
    if words in _YES_PHRASES or words == "1" or (asked == CONFIRM and words in _AGAIN):
        return True
    if words in _NO_PHRASES or words == "2":
        return False
    if asked == CANCEL and _GOING_ON.search(words):
        return False
    if message.confidence < CERTAIN_ENOUGH:
        return None
    if asked == CONSENT and message.label == "affirm" and QUALIFIED.search(words):
        return None
    return {"affirm": True, "deny": False}.get(message.label)


def read_exit(message: Message) -> str | None:
    """Say how somebody wants to leave: ``discard``, ``keep`` for later, ``continue``, or None."""
    if looks_like_command(message.text):
        return None
    words = fold(clean(message.text))
    numbered = {"1": "discard", "2": "keep", "3": "continue"}.get(words.strip(" .)"))
    if numbered:
        return numbered
    # «non eliminare, conserva» keeps, «non conservare, elimina» discards.
    away, later = _wants(_AWAY, words), _wants(_FOR_LATER, words)
    if away != later:
        return "discard" if away else "keep"
    if _FOR_LATER.search(words) and not _AWAY.search(words):
        return "discard"  # «no, non conservare nulla»
    return {True: "discard", False: "continue", None: None}[yes_or_no(message, CANCEL)]


def _wants(what: re.Pattern[str], words: str) -> bool:
    found = what.search(words)
    return found is not None and not _NOT.search(words[: found.start()])
