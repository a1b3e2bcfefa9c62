"""Every question of the intake × every digression of the domain: no answer changes by it.

The digressions are the domain's own intents with a message each; of the FAQ there is one entry.
"""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
import sqlalchemy as sa
import yaml
from sqlalchemy.engine import Engine

from actions.intake import ANSWERS
from actions.settings import Settings
from bot.chat import Conversation
from tests.conftest import HOME
from tests.dialogues.test_dialogues import custom

OPENING = {"it": "Vorrei diventare cliente", "en": "I would like to become a client"}
# The answers in the order of the questions of the shipped firm.yml.
ANSWER = {
    "it": {
        "consent": "sì",
        "client_name": "Officine Riva snc",
        "client_form": "azienda",
        "contact": "Paola Riva",
        "relation": "esterno",
        "email": "paola@officineriva.it",
        "phone": "06 6982 0001",
        "service": "Consulenza fiscale",
        "expectations": "Vorremmo pagare le imposte giuste",
        "deadline": "14 giugno 2030",
        "confirm": "sì, confermo",
    },
    "en": {
        "consent": "yes",
        "client_name": "River Works Ltd",
        "client_form": "company",
        "contact": "Paula Rivers",
        "relation": "external",
        "email": "paula@riverworks.co.uk",
        "phone": "+44 20 7946 0018",
        "service": "Tax advice",
        "expectations": "We would like to pay the right taxes",
        "deadline": "14 June 2030",
        "confirm": "yes, that's right",
    },
}
DIGRESSION = {
    "it": {
        "faq": "che cos'è un cliente?",
        "why_ask": "perché me lo chiede?",
        "help": "che cosa sa fare Lei?",
        "bot_challenge": "sto parlando con un robot?",
        "human_handoff": "potrei parlare con una persona dello studio?",
        "intake_status": "a che punto è la mia richiesta?",
        "start_training": "mi fai un quiz per ripassare?",
        "switch_language": "possiamo continuare in inglese?",
        "sign_in": "il mio codice per il quiz è T-4F7P-AC9H-TW4E-K7PM",
        "out_of_scope": "che tempo fa domani a Milano?",
    },
    "en": {
        "faq": "what is a client?",
        "why_ask": "why do you ask me that?",
        "help": "what can you do?",
        "bot_challenge": "am I talking to a robot?",
        "human_handoff": "could I talk to a person at the firm?",
        "intake_status": "how is my request getting on?",
        "start_training": "can you quiz me?",
        "switch_language": "can we go on in Italian?",
        "sign_in": "T-4F7P-AC9H-TW4E-K7PM",
        "out_of_scope": "what is the weather like in Rome tomorrow?",
    },
}
BACK = {"it": "torniamo all'italiano, per favore", "en": "back to English, please"}
# Intents that mean an answer, a command or nothing at all while a question is open.
NO_DIGRESSION = {
    *("greet", "goodbye", "thank", "affirm", "deny", "start_intake", "cancel", "change_answer"),
    *("skip", "erase_data", "unclear", "choose", "resume_intake", "too_long"),
}


def test_the_digressions_are_those_of_the_domain() -> None:
    domain = yaml.safe_load((HOME / "domain.yml").read_text(encoding="utf-8"))
    for language in ("it", "en"):
        assert set(DIGRESSION[language]) == set(domain["intents"]) - NO_DIGRESSION
        assert [*ANSWER[language]] == [*ANSWERS, "confirm"]


@pytest.mark.parametrize("language", ["it", "en"])
@pytest.mark.parametrize("asked", [*ANSWERS, "confirm"])
def test_no_digression_changes_an_answer(
    asked: str, language: str, running: tuple[Settings, Engine]
) -> None:
    settings, engine = running
    sender = uuid.uuid4().hex
    conversation = Conversation(settings.bot_url, sender)
    replies = conversation.send(OPENING[language])
    for question, answer in ANSWER[language].items():
        if question == asked:
            break
        assert custom(replies, "asks") == question, replies
        replies = conversation.send(answer)
    assert custom(replies, "asks") == asked, replies
    before = answers(engine, f"rest:{sender}")
    for intent, text in DIGRESSION[language].items():
        replies = conversation.send(text)
        assert custom(replies, "asks") == asked, (intent, replies)
        assert len(replies) > 1, (intent, "nothing was said to it", replies)
        assert answers(engine, f"rest:{sender}") == before, intent
        if intent == "faq":
            assert custom(replies, "faq") == "client_definition"
        if intent == "switch_language":
            replies = conversation.send(BACK[language])
            assert custom(replies, "asks") == asked, ("back", replies)
    replies = conversation.send(ANSWER[language][asked])
    assert custom(replies, "error") is None, replies
    assert custom(replies, "asks") != asked or custom(replies, "reference"), replies


def answers(engine: Engine, conversation: str) -> dict[str, Any]:
    """Return the answers as the dialogue's events leave them."""
    with engine.connect() as connection:
        rows = connection.execute(
            sa.text("SELECT data FROM events WHERE sender_id = :c ORDER BY id"),
            {"c": conversation},
        ).scalars()
        events = [json.loads(row) for row in rows]
    return {
        event["name"]: event["value"]
        for event in events
        if event["event"] == "slot" and event["name"] in ANSWERS
    }
