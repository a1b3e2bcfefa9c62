"""What is asked besides an intake: which facts it needs, and what a message means meanwhile."""

from __future__ import annotations

import pytest

from actions.logic.meanings import Message
from actions.logic.requests import CONTACT, EMAIL, REFERENCE, SURE_OF_IT, Request, answer, begin

MAIL, CODE, PHONE = "anna@example.com", "K7PM-3XQD", "+393331234567"


def said(text: str, label: str = "out_of_scope", confidence: float = 0.9) -> Message:
    return Message(text, label, confidence, "it")


@pytest.mark.parametrize(
    ("topic", "text", "facts", "asks"),
    [
        ("status", "a che punto è la mia pratica?", {}, REFERENCE),
        ("status", "novità sulla k7pm 3xqd?", {REFERENCE: CODE}, EMAIL),
        ("status", f"stato di {CODE}, {MAIL}", {REFERENCE: CODE, EMAIL: MAIL}, None),
        ("status", f"sono {MAIL}", {EMAIL: MAIL}, REFERENCE),
        ("callback", "vorrei parlare con qualcuno", {}, CONTACT),
        ("callback", "richiamatemi al 333 1234567", {CONTACT: PHONE}, None),
        ("callback", f"scrivetemi a {MAIL}", {CONTACT: MAIL}, None),
        ("erase", "cancellate i miei dati", {}, REFERENCE),
        (
            "erase",
            f"cancellate {CODE} di {MAIL}",
            {REFERENCE: CODE, EMAIL: MAIL},
            SURE_OF_IT,
        ),
    ],
)
def test_the_first_message_may_say_it_all(
    topic: str, text: str, facts: dict[str, str], asks: str | None
) -> None:
    turn = begin(topic, text, "IT")
    assert (dict(turn.changes), turn.asks) == (facts, asks)
    assert (turn.outcome == "ready") == (asks is None)


@pytest.mark.parametrize(
    ("topic", "asked", "message", "outcome", "asks"),
    [
        ("status", REFERENCE, said(CODE), None, EMAIL),
        ("status", EMAIL, said("anna chiocciola example punto com"), "ready", None),
        ("callback", CONTACT, said("333 123 4567"), "ready", None),
        ("callback", CONTACT, said("annulla"), "dropped", None),
        ("callback", CONTACT, said("no, lasci stare", "deny"), "dropped", None),
        ("status", REFERENCE, said("non ce l'ho", "skip"), "dropped", None),
        ("erase", REFERENCE, said("non ho nessun codice", "skip"), None, SURE_OF_IT),
        ("erase", REFERENCE, said("solo questa conversazione"), None, SURE_OF_IT),
        ("erase", REFERENCE, said("I don't have a code"), None, SURE_OF_IT),
        ("erase", SURE_OF_IT, said("sì", "affirm"), "ready", None),
        ("erase", SURE_OF_IT, said("no", "deny"), "dropped", None),
        ("erase", SURE_OF_IT, said("annulla", "cancel"), "dropped", None),
        # Another wish takes the place of this one.
        ("status", REFERENCE, said("mi passi una persona", "human_handoff"), None, CONTACT),
    ],
)
def test_answers(
    topic: str, asked: str, message: Message, outcome: str | None, asks: str | None
) -> None:
    known = {REFERENCE: CODE} if asked == EMAIL else {}
    turn = answer(Request(topic, known, asked), message, "IT")
    assert (turn.outcome, turn.asks) == (outcome, asks)


@pytest.mark.parametrize(
    "message",
    [
        said("che cos'è un cliente?", "faq/client_definition"),
        said("quanto costa?"),
        said("grazie", "thank"),
        said("perché lo vuole sapere", "why_ask"),
        said("vorrei diventare cliente", "start_intake"),
        said("/too_long", "too_long", 1.0),
    ],
)
def test_a_digression_changes_nothing(message: Message) -> None:
    turn = answer(Request("status", {}, REFERENCE, tries=1), message, "IT")
    assert (turn.digression, turn.asks, dict(turn.changes)) == (True, REFERENCE, {})


def test_three_useless_answers_end_it_with_a_telephone_number() -> None:
    replies = []
    for tries in range(3):
        turn = answer(Request("status", {}, REFERENCE, tries), said("boh boh boh"), "IT")
        replies += [reply.response for reply in turn.replies]
    assert replies == ["utter_error_request_reference"] * 2 + ["utter_request_given_up"]
    assert turn.outcome == "dropped"


def test_typed_commands_are_words() -> None:
    turn = answer(Request("status", {}, REFERENCE), said(f'/inform{{"r": "{CODE}"}}'), "IT")
    assert (turn.asks, dict(turn.changes)) == (REFERENCE, {})


def test_a_button_confirms() -> None:
    for value, outcome in (("yes", "ready"), ("no", "dropped")):
        pressed = Message("", "choose", 1.0, "it", {SURE_OF_IT: value})
        assert answer(Request("erase", {}, SURE_OF_IT), pressed, "IT").outcome == outcome


@pytest.mark.parametrize("choice", [{"client_form": "company"}, {"confirm": "yes"}])
def test_another_button_changes_nothing(choice: dict[str, str]) -> None:
    pressed = Message("", "choose", 1.0, "it", choice)
    turn = answer(Request("erase", {}, SURE_OF_IT), pressed, "IT")
    assert (turn.outcome, turn.asks) == (None, SURE_OF_IT)


@pytest.mark.parametrize("label", ["deny", "cancel", "skip", "out_of_scope", "intake_status"])
@pytest.mark.parametrize("confidence", [0.3, 0.9])
@pytest.mark.parametrize(
    ("topic", "asked", "text", "reply"),
    [
        ("status", REFERENCE, "non lo trovo più", "utter_request_given_up"),
        ("status", REFERENCE, "non ce l'ho", "utter_request_given_up"),
        ("status", REFERENCE, "ho perso il codice", "utter_request_given_up"),
        ("status", REFERENCE, "I can't find it", "utter_request_given_up"),
        ("status", EMAIL, "non me lo ricordo", "utter_request_given_up"),
        ("callback", CONTACT, "non ho un telefono", "utter_request_given_up"),
        ("callback", CONTACT, "anulla", "utter_request_dropped"),
        ("status", EMAIL, "saltta", "utter_request_given_up"),
    ],
)
def test_plain_words_mean_the_same_whatever_they_are_taken_for(
    topic: str, asked: str, text: str, reply: str, label: str, confidence: float
) -> None:
    turn = answer(Request(topic, {}, asked), said(text, label, confidence), "IT")
    assert [r.response for r in turn.replies] == [reply]
    assert turn.outcome == "dropped"
