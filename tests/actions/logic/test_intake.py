"""The rules of the intake, as tables: what a message means while a question is open."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from actions.firm import Firm
from actions.logic.choices import Choices
from actions.logic.duckling import NativeDuckling
from actions.logic.intake import Intake, Interview, Message, Turn, deadlines_from_json

NOW = dt.datetime(2026, 11, 23, 10, tzinfo=dt.timezone(dt.timedelta(hours=1)))
KNOWN: dict[str, Any] = {
    "consent": True,
    "client_name": "Mario Rossi",
    "client_form": "individual",
    "relation": "external",
    "email": "mario@example.com",
    "phone": "+393331234567",
    "service": "tax",
    "expectations": ["pagare il giusto"],
    "deadline": [{"kind": "none", "date": None, "time": None, "said": "nessuna", "purpose": None}],
}
ORDER = (
    "consent",
    "client_name",
    "client_form",
    "relation",
    "email",
    "phone",
    "service",
    "expectations",
    "deadline",
    "confirm",
)


@pytest.fixture(scope="module")
def interview(firm: Firm, choices: Choices) -> Interview:
    return Interview(firm, choices, NativeDuckling())


def known_before(asked: str) -> dict[str, Any]:
    """Return the answers that are given when a question is asked for the first time."""
    given = ORDER[: ORDER.index(asked)]
    return {name: KNOWN[name] for name in given}


def say(interview: Interview, asked: str, text: str, label: str, confidence: float = 0.9) -> Turn:
    intake = Intake(known_before(asked) if asked in ORDER else KNOWN, asked=asked)
    return interview.answer(intake, Message(text, label, confidence, "it"), NOW)


@pytest.mark.parametrize(("asked", "following"), pairwise(ORDER))
def test_questions_follow_the_firm(asked: str, following: str, interview: Interview) -> None:
    assert interview.next_question(Intake(known_before(asked))) == asked
    assert interview.next_question(Intake(known_before(following))) == following


def test_a_company_is_asked_for_a_contact(interview: Interview) -> None:
    answers = {**known_before("relation"), "client_form": "company"}
    assert interview.next_question(Intake(answers)) == "contact"


def test_relation_is_asked_only_where_internal_clients_are_served(
    firm: Firm, choices: Choices
) -> None:
    outward = firm.copy(update={"serves_internal_clients": False})
    rules = Interview(outward, choices)
    assert rules.next_question(Intake(known_before("relation"))) == "email"


@pytest.mark.parametrize(
    ("asked", "text", "label", "value"),
    [
        ("consent", "sì", "affirm", True),
        ("consent", "va bene, acconsento", "affirm", True),
        ("client_name", "Mario Rossi", "out_of_scope", "Mario Rossi"),
        ("client_name", "mi chiamo Anna D'Angelo", "change_answer", "Anna D'Angelo"),
        ("client_name", "Grazia Salute", "thank", "Grazia Salute"),
        ("client_form", "azienda", "out_of_scope", "company"),
        ("client_form", "1", "out_of_scope", "individual"),
        ("relation", "un fornitore", "faq/third_party", "third_party"),
        ("email", "no, l'email è anna@example.com", "change_answer", "anna@example.com"),
        ("phone", "333 1234567", "out_of_scope", "+393331234567"),
        ("service", "mi serve un avvocato", "start_intake", "legal"),
        ("service", "perizia calligrafica", "out_of_scope", "perizia calligrafica"),
        ("expectations", "riservatezza assoluta", "faq/confidentiality", ["riservatezza assoluta"]),
        (
            "expectations",
            "vorrei capire se mi conviene",
            "out_of_scope",
            ["vorrei capire se mi conviene"],
        ),
        ("expectations", "che mi aiutiate a chiudere la partita IVA", "cancel", None),
        ("expectations", "Correggere un errore nell'atto di nascita", "change_answer", None),
        ("expectations", "Parlare con una persona competente", "human_handoff", None),
        ("expectations", "Che qualcuno ci tenga i conti in ordine", "faq/expectations", None),
        ("client_name", "Cleo Damiani, grazie", "thank", "Cleo Damiani"),
        ("client_name", "English School of Milan", "switch_language", "English School of Milan"),
        ("client_name", "Will Stop", "cancel", "Will Stop"),
        ("client_name", "terza via srl", "faq/third_party", "terza via srl"),
        (
            "client_name",
            '"La Perla" Rossi & Figli S.r.l.',
            "greet",
            '"La Perla" Rossi & Figli S.r.l.',
        ),
        ("service", "730", "out_of_scope", "tax"),
        ("service", "IT", "cancel", "it_support"),
        ("service", "una pratica di mediazione", "start_intake", "una pratica di mediazione"),
    ],
)
def test_an_answer_is_taken(
    asked: str, text: str, label: str, value: Any, interview: Interview
) -> None:
    confidence = 0.5 if label in ("cancel", "thank") else 0.9
    turn = say(interview, asked, text, label, confidence)
    assert turn.changes[asked] == (value if value is not None else [text])
    assert not turn.digression


@pytest.mark.parametrize("asked", [name for name in ORDER if name != "confirm"] + ["confirm"])
@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("che cos'è un cliente?", "faq/client_definition"),
        (
            "What is the difference between internal and external clients?",
            "faq/internal_vs_external",
        ),
        ("perché me lo chiede?", "why_ask"),
        ("che cosa sai fare?", "help"),
        ("sei un robot?", "bot_challenge"),
        ("vorrei parlare con una persona", "human_handoff"),
        ("che tempo fa domani a Roma?", "out_of_scope"),
        ("parla inglese", "switch_language"),
        ("buongiorno", "greet"),
    ],
)
def test_a_digression_changes_nothing(
    asked: str, text: str, label: str, interview: Interview
) -> None:
    turn = say(interview, asked, text, label)
    assert turn.digression
    assert turn.asks == asked
    assert not turn.changes


@pytest.mark.parametrize("asked", [name for name in ORDER if name != "consent"])
def test_cancel_asks_once(asked: str, interview: Interview) -> None:
    assert say(interview, asked, "annulla tutto", "cancel").asks == "cancel"
    assert say(interview, "cancel", "sì", "affirm").outcome == "cancelled"
    assert say(interview, "cancel", "basta, annulla", "cancel").outcome == "cancelled"
    assert say(interview, "cancel", "conservalo per dopo", "out_of_scope").outcome == "kept"
    going_on = interview.answer(
        Intake(known_before(asked), asked="cancel"), Message("no", "deny", 0.9, "it"), NOW
    )
    assert going_on.outcome is None
    assert going_on.asks == asked


@pytest.mark.parametrize(
    ("text", "label", "outcome"),
    [
        ("elimina tutto", "erase_data", "cancelled"),
        ("butta via tutto", "cancel", "cancelled"),
        ("delete everything", "erase_data", "cancelled"),
        ("sì, cancella", "affirm", "cancelled"),
        ("conserva", "out_of_scope", "kept"),
        ("salvalo, riprendo più tardi", "out_of_scope", "kept"),
        ("keep it for later please", "affirm", "kept"),
        ("non eliminare, tienilo da parte", "deny", "kept"),
        ("no, non conservare nulla", "deny", "cancelled"),
        ("non tenere niente, elimina", "cancel", "cancelled"),
        ("no, andiamo avanti", "deny", None),
        ("continuiamo", "affirm", None),
    ],
)
def test_three_ways_to_leave(
    text: str, label: str, outcome: str | None, interview: Interview
) -> None:
    turn = say(interview, "cancel", text, label)
    assert turn.outcome == outcome
    assert (turn.asks is None) == (outcome is not None)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("client_name", ["utter_error_client_name_long"]),
        ("service", ["utter_error_service_long"]),
        ("expectations", ["utter_error_expectations_long"]),
        ("email", []),
        ("consent", []),
        ("confirm", []),
    ],
)
def test_a_text_over_the_limit_is_refused(
    asked: str, said: list[str], interview: Interview
) -> None:
    turn = say(interview, asked, "/too_long", "too_long", 1.0)
    assert (turn.asks, turn.changes, turn.digression) == (asked, {}, not said)
    assert [reply.response for reply in turn.replies] == said


def test_before_the_consent_there_is_nothing_to_keep(interview: Interview) -> None:
    assert say(interview, "consent", "annulla tutto", "cancel").outcome == "cancelled"


def test_a_refused_answer_is_explained_anew_then_a_way_out(interview: Interview) -> None:
    intake = Intake(known_before("email"), asked="email")
    said = []
    for _ in range(4):
        turn = interview.answer(intake, Message("mario@", "out_of_scope", 0.9, "it"), NOW)
        assert (turn.asks, turn.changes) == ("email", {})
        said += [reply.response for reply in turn.replies]
        intake = replace(intake, tries=turn.tries)
    assert said == ["utter_error_email", "utter_hint_email", "utter_stuck", "utter_stuck"]
    # A question in between does not count, an answer of use ends it.
    aside = interview.answer(
        intake, Message("che cos'è un cliente?", "faq/client_definition", 0.9, "it"), NOW
    )
    assert (aside.digression, aside.tries) == (True, 4)
    turn = interview.answer(intake, Message("m@example.com", "out_of_scope", 0.9, "it"), NOW)
    assert (turn.asks, turn.tries) == ("phone", 0)


def test_an_optional_question_can_be_skipped_after_three_tries(interview: Interview) -> None:
    intake = Intake(known_before("phone"), asked="phone", tries=2)
    turn = interview.answer(intake, Message("12", "out_of_scope", 0.9, "it"), NOW)
    assert [reply.response for reply in turn.replies] == ["utter_stuck_optional"]


@pytest.mark.parametrize(
    ("asked", "text", "label", "items"),
    [
        ("confirm", "aggiungi anche la dichiarazione IVA", "change_answer", 2),
        ("email", "alle aspettative aggiungi una consulenza sui contributi", "change_answer", 2),
        ("confirm", "add a review of my contract", "change_answer", 2),
    ],
)
def test_expectations_are_added(
    asked: str, text: str, label: str, items: int, interview: Interview
) -> None:
    intake = Intake(KNOWN, asked=asked)
    turn = interview.answer(intake, Message(text, label, 0.9, "it"), NOW)
    assert len(turn.changes["expectations"]) == items
    assert turn.changes["expectations"][0] == "pagare il giusto"


def test_expectations_are_taken_away(interview: Interview) -> None:
    intake = Intake({**KNOWN, "expectations": ["uno studio", "tempi certi"]}, asked="confirm")
    turn = interview.answer(intake, Message("togli la 2", "change_answer", 0.9, "it"), NOW)
    assert turn.changes["expectations"] == ["uno studio"]
    intake = Intake(KNOWN, asked="confirm")
    turn = interview.answer(intake, Message("togli la 1", "change_answer", 0.9, "it"), NOW)
    assert (turn.asks, turn.changes) == ("expectations", {"expectations": None})


def test_another_answer_is_no_expectation(interview: Interview) -> None:
    intake = Intake(KNOWN, asked="confirm")
    text = "aggiungi il telefono: 333 765 4321"
    turn = interview.answer(intake, Message(text, "change_answer", 0.9, "it"), NOW)
    assert "expectations" not in turn.changes


def test_several_deadlines_each_with_what_is_due(interview: Interview) -> None:
    turn = say(interview, "deadline", "la bozza entro il 10, la firma entro il 31", "out_of_scope")
    found = [(item["purpose"], item["date"]) for item in turn.changes["deadline"]]
    assert found == [("la bozza", "2026-12-10"), ("la firma", "2026-12-31")]
    assert [reply.response for reply in turn.replies] == ["utter_deadlines"]


@pytest.mark.parametrize(("text", "label"), [("no", "deny"), ("non acconsento", "deny")])
def test_without_consent_nothing_goes_on(text: str, label: str, interview: Interview) -> None:
    turn = say(interview, "consent", text, label)
    assert turn.outcome == "refused"
    assert not turn.changes


@pytest.mark.parametrize(
    ("asked", "text", "label", "reply"),
    [
        ("consent", "Mario Rossi", "out_of_scope", "utter_error_consent"),
        ("client_name", "12345", "out_of_scope", "utter_error_client_name"),
        ("client_name", "a" * 5000, "out_of_scope", "utter_error_client_name_long"),
        ("client_form", "bla bla", "out_of_scope", "utter_error_client_form"),
        ("client_form", "boh", "greet", "utter_no_hurry"),
        ("client_form", "non siamo un'azienda", "out_of_scope", "utter_error_client_form"),
        ("client_name", "un momento, cerco il documento", "intake_status", "utter_no_hurry"),
        ("client_name", "sì", "affirm", "utter_error_client_name"),
        ("service", "non so bene, ho una cartella", "out_of_scope", "utter_no_hurry"),
        ("phone", "ok here I am", "out_of_scope", "utter_no_hurry"),
        ("phone", "rieccomi", "greet", "utter_no_hurry"),
        ("expectations", "hold on, my boss is calling", "human_handoff", "utter_no_hurry"),
        ("service", "sorry, back now", "cancel", "utter_no_hurry"),
        ("consent", "riprova", "out_of_scope", "utter_error_consent"),
        ("consent", "sì però aspetti", "affirm", "utter_error_consent"),
        ("email", "mario@", "out_of_scope", "utter_error_email"),
        ("email", "non ce l'ho sotto mano", "skip", "utter_error_required"),
        ("phone", "1234567", "out_of_scope", "utter_error_phone"),
        ("deadline", "31 febbraio 2027", "out_of_scope", "utter_error_deadline_invalid"),
        ("deadline", "ieri", "out_of_scope", "utter_error_deadline_past"),
        ("deadline", "bla bla", "out_of_scope", "utter_error_deadline"),
        ("confirm", "forse", "out_of_scope", "utter_error_confirm"),
    ],
)
def test_a_refusal_says_why_and_asks_again(
    asked: str, text: str, label: str, reply: str, interview: Interview
) -> None:
    turn = say(interview, asked, text, label)
    assert [said.response for said in turn.replies] == [reply]
    assert turn.asks == asked
    assert not turn.changes


@pytest.mark.parametrize(
    ("asked", "text", "label"),
    [
        ("consent", "boh, non saprei", "deny"),
        ("consent", '/choose{"consent": "yes"}', "affirm"),
        ("confirm", '/choose{"confirm": "yes"}', "affirm"),
        ("email", '/affirm{"email": "x@y.it"}', "affirm"),
        ("phone", '/inform{"phone": "333 1234567"}', "out_of_scope"),
        ("client_form", '/choose{"client_form": "government"}', "out_of_scope"),
        ("deadline", '/inform{"deadline": "2030-01-01"}', "out_of_scope"),
    ],
)
def test_what_is_doubtful_or_typed_as_a_command_decides_nothing(
    asked: str, text: str, label: str, interview: Interview
) -> None:
    turn = say(interview, asked, text, label, 0.45)
    assert turn.asks == asked
    assert asked not in turn.changes
    assert turn.outcome is None


def test_going_on_is_not_stopping(interview: Interview) -> None:
    turn = say(interview, "cancel", "va bene, continuiamo", "affirm")
    assert turn.outcome is None
    assert turn.asks == "confirm"


def test_a_question_about_deletion_does_not_stop(interview: Interview) -> None:
    turn = say(interview, "email", "posso farli cancellare, i miei dati?", "erase_data")
    assert turn.digression
    assert (
        say(interview, "email", "cancella tutto quello che ho detto", "erase_data").asks == "cancel"
    )


def test_the_words_that_help_teaches_always_work(interview: Interview) -> None:
    for asked in ORDER[1:]:
        assert say(interview, asked, "annulla", "out_of_scope", 0.3).asks == "cancel"
        assert say(interview, asked, "cancel", "out_of_scope", 0.3).asks == "cancel"
    skipped = say(interview, "expectations", "salta", "out_of_scope", 0.3)
    assert [reply.response for reply in skipped.replies] == ["utter_error_required"]


def test_wanting_to_become_a_client_again_goes_on(interview: Interview) -> None:
    turn = say(interview, "client_name", "vorrei diventare cliente", "start_intake")
    assert turn.asks == "client_name"
    assert [reply.response for reply in turn.replies] == ["utter_going_on"]


def test_who_becomes_an_individual_has_no_contact(interview: Interview) -> None:
    answers = {**KNOWN, "client_form": "company", "contact": "Luca Neri"}
    intake = Intake(answers, asked="confirm")
    message = Message("mi sono sbagliato, sono un privato", "change_answer", 0.9, "it")
    turn = interview.answer(intake, message, NOW)
    assert turn.changes == {"client_form": "individual", "contact": None}


def test_only_what_may_be_skipped_is_skipped(interview: Interview) -> None:
    for text, label in (("salta", "skip"), ("no", "deny")):
        turn = say(interview, "phone", text, label)
        assert turn.skipped == {"phone"}
        assert turn.asks == "service"
    assert say(interview, "expectations", "salta", "skip").asks == "expectations"


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        ("yes, change the phone", "phone"),
        ("sì, però il nome è sbagliato", "client_name"),
        ("ok ma aspetti", "change"),
        ("Aspettative", "expectations"),
    ],
)
def test_a_yes_with_a_but_is_no_yes(text: str, asks: str, interview: Interview) -> None:
    turn = say(interview, "confirm", text, "affirm")
    assert turn.outcome is None
    assert turn.asks == asks


def test_a_correction_may_have_two_values(interview: Interview) -> None:
    text = "ho sbagliato, la mail è anna@example.com e il telefono 06 6982 0001"
    turn = say(interview, "confirm", text, "change_answer")
    assert turn.changes == {"email": "anna@example.com", "phone": "+390669820001"}


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("il nome è Made in Italy srl", "Made in Italy srl"),
        ("il nome corretto è Caffè con Panna srl", "Caffè con Panna srl"),
        ("cambia il nome in Anna Neri", "Anna Neri"),
    ],
)
def test_a_corrected_name_stays_whole(text: str, name: str, interview: Interview) -> None:
    assert say(interview, "confirm", text, "change_answer").changes == {"client_name": name}


def test_codes_are_no_telephone_numbers(interview: Interview) -> None:
    turn = say(interview, "client_name", "Rossi srl, P.IVA 01234567890", "out_of_scope")
    assert "phone" not in turn.changes
    turn = say(interview, "client_name", "Mario Rossi nato il 12/03/1980", "out_of_scope")
    assert turn.changes == {"client_name": "Mario Rossi nato il 12/03/1980"}


def test_what_is_no_field_is_not_skipped(interview: Interview) -> None:
    assert say(interview, "change", "salta", "skip").asks == "confirm"
    for asked in ("consent", "confirm", "cancel"):
        turn = say(interview, asked, "salta", "skip")
        assert turn.asks == asked
        assert [reply.response for reply in turn.replies] == [f"utter_error_{asked}"]


def test_facts_before_consent_are_held(interview: Interview) -> None:
    turn = say(interview, "consent", "scrivetemi a anna@example.com", "out_of_scope")
    assert turn.asks == "consent"
    assert dict(turn.changes) == {"email": "anna@example.com"}


def test_what_was_skipped_stays_skipped(interview: Interview) -> None:
    intake = Intake({**KNOWN, "phone": None}, frozenset({"phone"}), "confirm")
    turn = interview.answer(intake, Message("la scadenza", "change_answer", 0.9, "it"), NOW)
    assert turn.asks == "deadline"
    assert turn.skipped is None


@pytest.mark.parametrize(
    ("text", "changes"),
    [
        ("no scusa, l'email è anna@example.com", {"email": "anna@example.com"}),
        ("ho sbagliato il numero, è 347 1234567", {"phone": "+393471234567"}),
        ("scusa, non Rossi ma Russo", {"client_name": "Mario Russo"}),
        ("il servizio è assistenza legale", {"service": "legal"}),
        ("no scusa, il cognome è Russo", {"client_name": "Mario Russo"}),
        ("sorry, my first name is Marco", {"client_name": "Marco Rossi"}),
        ("anzi, consulenza legale", {"service": "legal"}),
        ("la mail non è mario@example.com ma m@x.example", {"email": "m@x.example"}),
        ("the phone isn't 333 1234567, it's 347 1234567", {"phone": "+393471234567"}),
        (
            "il nome da mettere è Anna Neri",
            {"client_name": "Anna Neri"},
        ),
    ],
)
def test_a_correction_with_its_value(
    text: str, changes: dict[str, Any], interview: Interview
) -> None:
    turn = say(interview, "expectations", text, "change_answer")
    assert dict(turn.changes) == changes
    assert turn.asks == "expectations"
    assert [said.response for said in turn.replies] == ["utter_changed"]


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        ("ho sbagliato il nome", "client_name"),
        ("la mail è sbagliata", "email"),
        ("il telefono non va bene", "phone"),
        ("I need to change the phone number", "phone"),
        ("ho fatto un errore", "change"),
    ],
)
def test_a_correction_without_value_asks_for_it(text: str, asks: str, interview: Interview) -> None:
    assert say(interview, "confirm", text, "change_answer").asks == asks


def test_at_the_summary_a_field_or_a_date_is_a_correction(interview: Interview) -> None:
    assert say(interview, "confirm", "la scadenza", "out_of_scope").asks == "deadline"
    turn = say(interview, "confirm", "entro il 20 gennaio 2030", "out_of_scope")
    assert turn.changes["deadline"][0]["date"] == "2030-01-20"
    assert say(interview, "confirm", "no", "deny").asks == "change"
    assert say(interview, "confirm", "riprova", "start_training").outcome == "complete"


def choose(interview: Interview, asked: str, choice: dict[str, str]) -> Turn:
    intake = Intake(known_before(asked) if asked in ORDER else KNOWN, asked=asked)
    return interview.answer(intake, Message("/choose", "choose", 1.0, "it", choice), NOW)


def test_buttons(interview: Interview) -> None:
    assert choose(interview, "client_form", {"client_form": "company"}).asks == "contact"
    assert choose(interview, "change", {"change": "email"}).asks == "email"
    assert choose(interview, "phone", {"skip": "phone"}).skipped == {"phone"}
    assert choose(interview, "confirm", {"confirm": "yes"}).outcome == "complete"


@pytest.mark.parametrize(
    ("asked", "choice"),
    [
        ("email", {"consent": "no"}),
        ("email", {"confirm": "yes"}),
        ("email", {"client_form": "company"}),
        ("email", {"skip": "phone"}),
        ("email", {"change": "client_name"}),
        ("client_form", {"client_form": "king"}),
        ("confirm", {"change": "password"}),
    ],
)
def test_a_stale_or_forged_button_changes_nothing(
    asked: str, choice: dict[str, str], interview: Interview
) -> None:
    turn = choose(interview, asked, choice)
    assert turn.asks == asked
    assert not turn.changes
    assert turn.outcome is None
    assert turn.skipped is None


def test_the_opening_message_is_read(interview: Interview) -> None:
    text = "Buongiorno, sono Anna De Luca, anna@example.com, 333 1234567, entro il 15 gennaio 2030"
    turn = interview.begin(Intake({}), Message(text, "start_intake", 0.9, "it"), NOW)
    assert turn.asks == "consent"
    assert turn.changes["client_name"] == "Anna De Luca"
    assert turn.changes["email"] == "anna@example.com"
    assert turn.changes["phone"] == "+393331234567"
    assert turn.changes["deadline"][0]["date"] == "2030-01-15"
    assert not turn.replies


def test_two_readings_are_asked(interview: Interview) -> None:
    turn = say(interview, "deadline", "venerdì prossimo alle 18", "out_of_scope")
    assert turn.asks == "deadline"
    assert [reading["date"] for reading in turn.readings] == ["2026-11-27", "2026-12-04"]
    assert not turn.changes
    intake = Intake(known_before("deadline"), asked="deadline", readings=turn.readings)
    for day, noted in (("2026-12-04", True), ("2030-01-01", False)):
        chosen = interview.answer(intake, Message("", "choose", 1.0, "it", {"deadline": day}), NOW)
        assert bool(chosen.changes) is noted
        if noted:
            (deadline,) = chosen.changes["deadline"]
            assert (deadline["date"], deadline["time"]) == (day, "18:00")
            assert "venerdì prossimo" in deadline["said"]


def test_a_deadline_survives_json(interview: Interview) -> None:
    turn = say(interview, "deadline", "entro il 15 gennaio 2030 alle 18", "out_of_scope")
    ((deadline, purpose),) = deadlines_from_json(turn.changes["deadline"])
    assert purpose is None
    assert deadline.date == dt.date(2030, 1, 15)
    assert deadline.time == dt.time(18)
    ((nothing, _),) = deadlines_from_json(None)
    assert nothing.kind == "none"


@pytest.mark.parametrize("label", ["change_answer", "cancel", "deny", "out_of_scope", "affirm"])
@pytest.mark.parametrize("confidence", [0.3, 0.55, 0.9])
@pytest.mark.parametrize(
    ("asked", "text", "asks"),
    [
        ("consent", "aconsento", "client_name"),
        ("consent", "acconsnto grazie", "client_name"),
        ("confirm", "si confremo", None),
        ("confirm", "I made a mistake", "change"),
        ("confirm", "ho sbagliato", "change"),
        ("phone", "saltta", "service"),
        ("email", "anulla", "cancel"),
    ],
)
def test_plain_words_mean_the_same_whatever_they_are_taken_for(
    asked: str, text: str, asks: str | None, label: str, confidence: float, interview: Interview
) -> None:
    turn = say(interview, asked, text, label, confidence)
    assert (turn.asks, turn.digression) == (asks, False)


@pytest.mark.parametrize("text", ["non confermo", "disagree", "dissento", "non acconsento affatto"])
@pytest.mark.parametrize("asked", ["consent", "confirm"])
def test_no_slip_of_the_fingers_turns_a_no_into_a_yes(
    asked: str, text: str, interview: Interview
) -> None:
    turn = say(interview, asked, text, "out_of_scope", 0.3)
    assert turn.outcome != "complete"
    assert not turn.changes.get("consent")


@pytest.mark.parametrize("label", ["human_handoff", "out_of_scope", "change_answer", "greet"])
@pytest.mark.parametrize(
    ("asked", "text", "name", "value"),
    [
        ("email", "la persona di contatto è Lucia Bini", "contact", "Lucia Bini"),
        ("service", "il nome è Mario Verdi", "client_name", "Mario Verdi"),
        ("deadline", "sorry, my name is Bob Ray", "client_name", "Bob Ray"),
        ("service", "sorry, my email is m@x.example", "email", "m@x.example"),
        ("deadline", "ma il mio telefono è 347 7654321", "phone", "+393477654321"),
        ("service", "sorry, I meant supplier", "relation", "third_party"),
        ("deadline", "le aspettative sono: tenere i conti", "expectations", ["tenere i conti"]),
        ("expectations", "scusi, la mia mail è m@x.example", "email", "m@x.example"),
    ],
)
def test_what_is_stated_anew_replaces_an_answer_at_any_question(
    asked: str, text: str, name: str, value: str, label: str, interview: Interview
) -> None:
    known = {**known_before(asked), "client_form": "company", "contact": "Luca Bini"}
    turn = interview.answer(Intake(known, asked=asked), Message(text, label, 0.9, "it"), NOW)
    assert turn.changes == {name: value}
    assert [reply.response for reply in turn.replies] == ["utter_changed"]


@pytest.mark.parametrize("text", ["il problema è serio", "sì", "va bene così"])
def test_what_states_no_answer_changes_none(text: str, interview: Interview) -> None:
    assert not set(say(interview, "service", text, "affirm").changes) - {"service"}
    assert say(interview, "service", "va bene così", "affirm").asks == "service"


@pytest.mark.parametrize("confidence", [0.5, 0.7, 0.85])
def test_a_service_that_resembles_a_question_of_the_faq_is_an_answer(
    confidence: float, interview: Interview
) -> None:
    turn = say(interview, "service", "una pratica di tipo X", "faq/client_example", confidence)
    assert turn.changes == {"service": "una pratica di tipo X"}


@pytest.mark.parametrize("confidence", [0.55, 0.7, 0.95])
@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("Chiudere il bilancio", "cancel"),
        ("non dimenticare nessun adempimento", "erase_data"),
        ("Cancellare l'ipoteca sulla casa", "erase_data"),
    ],
)
def test_something_to_do_is_an_expectation(
    text: str, label: str, confidence: float, interview: Interview
) -> None:
    assert say(interview, "expectations", text, label, confidence).changes == {
        "expectations": [text]
    }
    assert say(interview, "expectations", "cancellare tutto", "cancel").asks == "cancel"


@pytest.mark.parametrize("label", ["cancel", "change_answer", "out_of_scope"])
@pytest.mark.parametrize(
    ("asked", "text", "asks"),
    [
        ("relation", "indietro", "client_form"),
        ("email", "torna alla domanda precedente", "relation"),
        ("phone", "can I go back?", "email"),
        ("confirm", "go back one step", "deadline"),
        ("client_name", "torna indietro", "client_name"),
        ("cancel", "torna indietro", "confirm"),
    ],
)
def test_the_question_before_is_asked_again(
    asked: str, text: str, asks: str, label: str, interview: Interview
) -> None:
    turn = say(interview, asked, text, label)
    assert (turn.asks, turn.changes, turn.outcome) == (asks, {}, None)


@pytest.mark.parametrize(
    ("asked", "text", "label"),
    [
        ("client_form", "devo andare, posso riprendere domani?", "out_of_scope"),
        ("phone", "I have to go. Can we finish tomorrow?", "intake_status"),
        ("change", "delete it", "erase_data"),
        ("deadline", "oh I don't know. stop", "skip"),
    ],
)
def test_who_has_to_leave_is_asked_how(
    asked: str, text: str, label: str, interview: Interview
) -> None:
    turn = say(interview, asked, text, label)
    assert (turn.asks, turn.changes) == ("cancel", {})


@pytest.mark.parametrize("text", ["/back", "/cancel", "/skip", "/salta", "/annulla", "/stop"])
def test_a_typed_command_is_no_command_of_ours(text: str, interview: Interview) -> None:
    turn = say(interview, "phone", text, "out_of_scope", 1.0)
    assert (turn.asks, turn.changes) == ("phone", {})
    assert [reply.response for reply in turn.replies] == ["utter_error_phone"]


@pytest.mark.parametrize("label", ["deny", "change_answer", "faq/internal_example", "out_of_scope"])
@pytest.mark.parametrize(
    ("asked", "text", "changes"),
    [
        ("phone", "anzi interno", {"relation": "internal"}),
        ("email", "no wait, third party", {"relation": "third_party"}),
        ("relation", "no aspetta, era un'azienda", {"client_form": "company"}),
        ("expectations", "actually, IT support", {"service": "it_support"}),
        ("deadline", "sorry, internal", {"relation": "internal"}),
        ("service", "no aspettate, siamo clienti interni", {"relation": "internal"}),
    ],
)
def test_an_option_taken_back(
    asked: str, text: str, changes: dict[str, Any], label: str, interview: Interview
) -> None:
    turn = say(interview, asked, text, label)
    assert dict(turn.changes) == changes
    assert [reply.response for reply in turn.replies] == ["utter_changed"]


@pytest.mark.parametrize("label", ["faq/external_example", "out_of_scope", "affirm"])
@pytest.mark.parametrize(
    ("asked", "text", "changes"),
    [
        ("client_form", "esterni", {"relation": "external"}),
        ("client_name", "privato", {"client_form": "individual"}),
        ("relation", "entro il 20 gennaio 2030", {"deadline": "2030-01-20"}),
        ("client_form", "anna@x.example", {"email": "anna@x.example"}),
        ("client_name", "sorry, the phone is 347 1234567", {"phone": "+393471234567"}),
        ("client_name", "la mail è anna@x.example", {"email": "anna@x.example"}),
    ],
)
def test_what_another_question_is_for_is_taken_down(
    asked: str, text: str, changes: dict[str, Any], label: str, interview: Interview
) -> None:
    turn = say(interview, asked, text, label)
    found = dict(turn.changes)
    if "deadline" in found:
        found["deadline"] = found["deadline"][0]["date"]
    assert (found, turn.asks) == (changes, asked)
    assert [reply.response for reply in turn.replies] == ["utter_understood"]


def test_another_address_where_the_number_is_asked_for_corrects_the_first(
    interview: Interview,
) -> None:
    turn = say(interview, "phone", "mario2@example.com", "out_of_scope")
    assert (dict(turn.changes), turn.asks) == ({"email": "mario2@example.com"}, "phone")


@pytest.mark.parametrize("text", ["Terzi", "Comune", "Piera Esterni", "Studio"])
def test_a_name_is_no_option(text: str, interview: Interview) -> None:
    assert say(interview, "client_name", text, "out_of_scope").changes == {"client_name": text}


@pytest.mark.parametrize(
    ("text", "response", "asks"),
    [
        ("l'email è piero@", "utter_error_email", "email"),
        ("il telefono è 12", "utter_error_phone", "phone"),
    ],
)
def test_a_correction_that_can_not_be_is_refused(
    text: str, response: str, asks: str, interview: Interview
) -> None:
    turn = say(interview, "confirm", text, "change_answer")
    assert (turn.asks, [reply.response for reply in turn.replies]) == (asks, [response])


@pytest.mark.parametrize("label", ["cancel", "out_of_scope", "affirm"])
@pytest.mark.parametrize(
    "text", ["conserva", "salva", "ok, conserva tutto", "save for later", "save and exit"]
)
@pytest.mark.parametrize("asked", ["client_name", "service", "expectations", "confirm"])
def test_keeping_in_one_word(asked: str, text: str, label: str, interview: Interview) -> None:
    assert say(interview, asked, text, label).outcome == "kept"
    assert say(interview, "consent", text, label).asks == "consent"


def test_keeping_documents_is_something_to_expect(interview: Interview) -> None:
    text = "conservare i documenti"
    assert say(interview, "expectations", text, "out_of_scope").changes == {"expectations": [text]}


@pytest.mark.parametrize(
    "text",
    [
        "raccontami una barzelletta",
        "che bella giornata",
        "mi piace questo sito",
        "tell me a story",
        "dammi un consiglio",
    ],
)
def test_what_a_bot_is_bidden_is_no_name(text: str, interview: Interview) -> None:
    assert say(interview, "client_name", text, "out_of_scope").digression


@pytest.mark.parametrize("label", ["skip", "out_of_scope"])
def test_something_else_is_no_skip(label: str, interview: Interview) -> None:
    turn = say(interview, "service", "altro", label)
    assert [reply.response for reply in turn.replies] == ["utter_error_service_other"]


def test_facts_instead_of_a_yes_are_held(interview: Interview) -> None:
    text = "Mario Rossi, mario@rossi.example"
    turn = say(interview, "consent", text, "faq/client_example")
    assert turn.asks == "consent"
    assert turn.changes == {"client_name": "Mario Rossi", "email": "mario@rossi.example"}


def test_facts_that_come_with_the_consent_are_shown(interview: Interview) -> None:
    turn = say(interview, "consent", "acconsento, mi chiamo Elsa Morante", "affirm")
    assert turn.changes["client_name"] == "Elsa Morante"
    assert [reply.response for reply in turn.replies] == ["utter_understood"]


def test_a_form_filled_in_by_one_message(interview: Interview) -> None:
    text = (
        "Vorrei diventare cliente. Nome: Anna Magnani. Privata, cliente esterna. Email"
        " anna@m.example. Servizio: consulenza fiscale. Mi aspetto che prepariate il 730. Grazie."
    )
    turn = interview.begin(Intake({}), Message(text, "start_intake", 0.9, "it"), NOW)
    assert turn.changes == {
        "client_name": "Anna Magnani",
        "email": "anna@m.example",
        "relation": "external",
        "service": "tax",
        "expectations": ["Mi aspetto che prepariate il 730."],
    }
    question = "che differenza c'è tra cliente interno ed esterno? vorrei diventare cliente"
    asking = interview.begin(Intake({}), Message(question, "start_intake", 0.9, "it"), NOW)
    assert asking.changes == {}


def test_a_part_of_one_expectation_is_not_cut_out(interview: Interview) -> None:
    known = {**KNOWN, "expectations": ["tenere la contabilità e fare le buste paga"]}
    text = "togli le buste paga"
    turn = interview.answer(
        Intake(known, asked="confirm"), Message(text, "change_answer", 0.9, "it"), NOW
    )
    assert (turn.asks, turn.changes) == ("expectations", {})


def test_a_deadline_alone_is_no_expectation(interview: Interview) -> None:
    turn = say(interview, "expectations", "entro il 20 gennaio 2030", "out_of_scope")
    assert turn.asks == "expectations"
    assert turn.changes["deadline"][0]["date"] == "2030-01-20"
    assert say(interview, "service", "entro il 20 gennaio 2030", "out_of_scope").asks == "service"
    text = "la bozza entro il 20 gennaio 2030"
    assert say(interview, "expectations", text, "out_of_scope").changes == {"expectations": [text]}


@pytest.mark.parametrize("label", ["start_intake", "out_of_scope", "change_answer"])
def test_an_agreement_in_so_many_words_is_one(label: str, interview: Interview) -> None:
    turn = say(interview, "consent", "ok acconsento, mi chiamo Marta Rossi", label, 0.4)
    assert turn.changes == {"consent": True, "client_name": "Marta Rossi"}
    assert not say(interview, "consent", "accetto solo che mi chiamiate", label, 0.4).changes
    assert not say(interview, "consent", "ok acconsento, ma non al telefono", label, 0.4).changes
