"""What people ask besides an intake: where it stands, a call back, the erasure of their data.

Pure, like the intake: each topic needs a few facts, which may come in one message or one by one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace

from actions.logic.fields import (
    FieldError,
    read_email,
    read_phone,
    without_codes,
    write_out_email,
)
from actions.logic.intake import Reply, Turn
from actions.logic.meanings import (
    CONFIRM,
    REQUESTS,
    SURE,
    TOO_LONG,
    Message,
    read_command,
    yes_or_no,
)
from actions.logic.references import find_reference
from actions.logic.wording import clean, fold, is_question, looks_like_command

REFERENCE, EMAIL, CONTACT, SURE_OF_IT = (
    "request_reference",
    "request_email",
    "request_contact",
    "request_confirm",
)
NEEDED = {
    "status": (REFERENCE, EMAIL),
    "callback": (CONTACT,),
    "erase": (REFERENCE, EMAIL, SURE_OF_IT),
}
TOPICS = {"intake_status": "status", "human_handoff": "callback", "erase_data": "erase"}
TRIES = 3
# What was said with a contact is kept where it is more than «il mio numero è …».
FEWEST_WORDS, LONGEST_WORDS = 6, 500
# The name under which it stands among what is known of who wants to be called.
WORDS = "words"
# Nothing was stored, or the code is lost: the conversation itself can be erased all the same.
_ONLY_THIS = re.compile(
    r"\b(?:conversazione|chat|colloquio|messaggi|conversation|messages"
    r"|(?:non|mai) (?:ce l'ho|l'ho|ho|ne ho|lo so|lo trovo|lo ricordo|registrat\w*|ricevut\w*)"
    r"|nessun codice|senza codice|pers[oa]|(?:don't|do not|never) (?:have|had|know|got)|no code"
    r"|lost)\b"
)


_HAS_NONE = re.compile(
    r"\b(?:non|nessun\w*|senza|salt\w+|preferirei|preferisco|not|no|none|don't|skip|pass|lost|rather)\b"
)
# «non lo trovo più»: whoever has not got what is needed is told where to call, whatever it is
# taken for.
_LACKS = re.compile(
    r"\bnon (?:piu )?(?:ce l'ho|ce l'abbiamo|l'ho|lo so|lo trovo|la trovo|lo ricordo|me lo ricordo|"
    r"mi ricordo|ricordo|ho (?:il|nessun|piu il|un|ricevuto) \w+)\b"
    r"|\b(?:l'ho|ho) (?:pers[oa]|perdut[oa]|smarrit[oa]|dimenticat[oa])\b"
    r"|\b(?:can'?t|cannot|couldn'?t) (?:find|remember)\b"
    r"|\b(?:don'?t|do not|never|haven'?t) (?:have|had|got|know|received?)\b|\bi(?:'ve)? lost\b"
)
_YES_DELETE = re.compile(
    r"(?:si|yes|ok|certo|sure)\W+(?:\w+\W+)?(?:elimin|cancell|delete|erase)\w*"
)


@dataclass(frozen=True)
class Request:
    """What was asked for, what is known for it, and what is being asked now."""

    topic: str
    answers: Mapping[str, str]
    asked: str | None = None
    tries: int = 0


def begin(topic: str, text: str, country: str) -> Turn:
    """Open a request with what the first message already says."""
    return _next(Request(topic, {}), _facts(topic, text, country))


def answer(request: Request, message: Message, country: str) -> Turn:
    """Say what a message does while ``request.asked`` is open.

    The outcome is ``ready`` where all is known, ``dropped`` where somebody wants to leave it or
    three answers were of no use.
    """
    asked = request.asked
    text = write_out_email(message.text) if asked in (EMAIL, CONTACT) else message.text
    if message.choice:
        # A button of another question changes nothing.
        chosen = message.choice.get(SURE_OF_IT) if asked == SURE_OF_IT else None
        return _confirmed(chosen == "yes") if chosen else Turn(asks=asked)
    command = read_command(text)
    if asked == SURE_OF_IT:
        yes = yes_or_no(message, CONFIRM)
        if yes is None and _YES_DELETE.match(fold(clean(text))):
            yes = True
        if yes is not None or command == "cancel" or message.label == "cancel":
            return _confirmed(bool(yes))
    found = _facts(request.topic, text, country)
    new = {name: value for name, value in found.items() if request.answers.get(name) != value}
    if new:
        return _next(request, new)
    if request.topic == "erase" and asked == REFERENCE and _ONLY_THIS.search(fold(text)):
        return Turn(asks=SURE_OF_IT)
    lacks = asked in (REFERENCE, EMAIL, CONTACT) and _LACKS.search(fold(text))
    if command == "skip" or lacks or (message.label == "skip" and _HAS_NONE.search(fold(text))):
        return Turn(asks=None, outcome="dropped", replies=(Reply("utter_request_given_up"),))
    no = re.match(r"no\b", fold(clean(text)))
    if command == "cancel" or message.label in ("cancel", "deny") or no:
        return Turn(asks=None, outcome="dropped", replies=(Reply("utter_request_dropped"),))
    topic = TOPICS.get(message.label)
    if topic and topic != request.topic and message.confidence >= SURE:
        return begin(topic, text, country)
    elsewhere = message.label.startswith("faq/") or message.label in REQUESTS | {
        "start_intake",
        "resume_intake",
        "sign_in",
        "greet",
        "thank",
        "goodbye",
    }
    if (elsewhere and message.confidence >= SURE) or is_question(text) or message.label == TOO_LONG:
        return Turn(asks=asked, digression=True)
    tries = request.tries + 1
    if tries >= TRIES:
        return Turn(asks=None, outcome="dropped", replies=(Reply("utter_request_given_up"),))
    return Turn(asks=asked, replies=(Reply(f"utter_error_{asked}"),), tries=tries)


def words_beside(text: str) -> str | None:
    """Return the message with which somebody gave their contact, if it says more than that."""
    said = clean(text)
    rest = [word for word in said.split() if not any(sign in word for sign in "@0123456789")]
    if looks_like_command(text) or len(rest) < FEWEST_WORDS:
        return None
    return said[:LONGEST_WORDS]


def _confirmed(yes: bool) -> Turn:
    if yes:
        return Turn(asks=None, outcome="ready")
    return Turn(asks=None, outcome="dropped", replies=(Reply("utter_request_dropped"),))


def _next(request: Request, new: Mapping[str, str]) -> Turn:
    known = {**request.answers, **new}
    missing = [name for name in NEEDED[request.topic] if name not in known]
    turn = Turn(asks=missing[0] if missing else None, changes=new)
    return turn if missing else replace(turn, outcome="ready")


def _facts(topic: str, text: str, country: str) -> dict[str, str]:
    """Return what a message says of what the topic needs."""
    if looks_like_command(text):
        return {}
    facts: dict[str, str] = {}
    with suppress(FieldError):
        facts[EMAIL] = facts[CONTACT] = read_email(text)
    if reference := find_reference(text):
        facts[REFERENCE] = reference
    elif CONTACT not in facts:
        with suppress(FieldError):
            facts[CONTACT] = read_phone(without_codes(clean(text)), country)
    return {name: value for name, value in facts.items() if name in NEEDED[topic]}
