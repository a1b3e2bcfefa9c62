"""The rules of single fields: tables of what was typed and what is stored."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies

from actions.logic import fields
from actions.logic.choices import Choices


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("maria.rossi@example.com", "maria.rossi@example.com"),
        ("la mia mail è Maria@Example.COM.", "Maria@example.com"),
        ("scriva a info@città.example", "info@città.example"),
        ("anna+studio@example.co.uk, grazie", "anna+studio@example.co.uk"),
    ],
)
def test_read_email(typed: str, stored: str) -> None:
    assert fields.read_email(typed) == stored


@pytest.mark.parametrize("typed", ["", "maria", "maria@", "@example.com", "a@b", "a@@b.it"])
def test_read_email_refuses(typed: str) -> None:
    with pytest.raises(fields.FieldError):
        fields.read_email(typed)


@pytest.mark.parametrize(
    ("spelt", "written"),
    [
        ("anna punto bianchi chiocciola example punto com", "anna.bianchi@example.com"),
        ("è anna chiocciola example.com, grazie", "è anna@example.com, grazie"),
        ("john dot smith at example dot co dot uk", "john.smith@example.co.uk"),
        ("I'm at lunch", "I'm at lunch"),
        ("anna@example.com at work", "anna@example.com at work"),
        ("meet me at the bar. Ok", "meet me at the bar. Ok"),
    ],
)
def test_an_address_may_be_spelt_out(spelt: str, written: str) -> None:
    assert fields.write_out_email(spelt) == written


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("06 6982 0001", "+390669820001"),
        ("333 1234567", "+393331234567"),
        ("+39 333 123 4567", "+393331234567"),
        ("0039 02 12345678", "+390212345678"),
        ("il mio numero è 347/1234567, dopo le cinque", "+393471234567"),
        ("+44 20 7946 0018", "+442079460018"),
    ],
)
def test_read_phone(typed: str, stored: str) -> None:
    assert fields.read_phone(typed, "IT") == stored


@pytest.mark.parametrize("typed", ["", "12", "123", "telefono", "+39 12", "000000000000000000000"])
def test_read_phone_refuses(typed: str) -> None:
    with pytest.raises(fields.FieldError):
        fields.read_phone(typed, "IT")


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("Maria Rossi", "Maria Rossi"),
        ("mi chiamo Maria De Luca", "Maria De Luca"),
        ("Il mio nome è Donatella Sforza, piacere", "Donatella Sforza"),
        ("Elio Sforza, molto piacere di conoscerla", "Elio Sforza"),
        ("I'm Ruth Hayes, nice to meet you", "Ruth Hayes"),
        ("Ida Neri, la ringrazio", "Ida Neri"),
        ("Maria Piacere", "Maria Piacere"),
        ("Buongiorno, sono Jörg Müller", "Jörg Müller"),
        ("my name is Siân O'Neill.", "Siân O'Neill"),
        ("Nome: Anna D’Angelo", "Anna D’Angelo"),
        ("la ditta si chiama Fratelli Bianchi snc", "Fratelli Bianchi snc"),
        ("  Acme\u200b srl \n", "Acme srl"),
        ("Sonora Studio", "Sonora Studio"),
        ("Robert'); DROP TABLE clients;--", "Robert'); DROP TABLE clients;--"),
        ("<b>Anna</b>", "<b>Anna</b>"),
    ],
)
def test_read_name(typed: str, stored: str) -> None:
    assert fields.read_name(typed) == stored


def test_read_name_refuses_what_is_no_name() -> None:
    for typed in ("", "7", "😀😀😀", "?!", "x"):
        with pytest.raises(fields.FieldError):
            fields.read_name(typed)
    with pytest.raises(fields.FieldError) as refusal:
        fields.read_name("a" * 5000)
    assert refusal.value.reason == "long"


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("vorrei pagare meno tasse", ["vorrei pagare meno tasse"]),
        (
            "1. un parere 2. la bozza del contratto",
            ["un parere", "la bozza del contratto"],
        ),
        ("- chiarezza\n- tempi certi", ["chiarezza", "tempi certi"]),
        ("risposte in 3 giorni, non di più", ["risposte in 3 giorni, non di più"]),
    ],
)
def test_read_expectations(typed: str, stored: list[str]) -> None:
    assert fields.read_expectations(typed) == stored


@pytest.mark.parametrize(("typed", "reason"), [("ok", ""), ("- \n- ", ""), ("a" * 2001, "long")])
def test_read_expectations_refuses(typed: str, reason: str) -> None:
    with pytest.raises(fields.FieldError) as refusal:
        fields.read_expectations(typed)
    assert refusal.value.reason == reason


def test_a_list_that_grew_too_long_is_refused() -> None:
    assert fields.check_expectations(("un parere", "A")) == ["un parere", "A"]
    for items, reason in ((["a" * 1500] * 2, "long"), ([], ""), (("ok",), "")):
        with pytest.raises(fields.FieldError) as refusal:
            fields.check_expectations(items)
        assert refusal.value.reason == reason


@pytest.mark.parametrize(
    ("field", "typed", "option"),
    [
        ("client_form", "privato", "individual"),
        ("client_form", "sono un privato", "individual"),
        ("client_form", "Azienda!", "company"),
        ("client_form", "una srl", "company"),
        ("client_form", "aziennda", "company"),
        ("client_form", "un'associazione sportiva", "organisation"),
        ("client_form", "il comune di Pisa", "government"),
        ("client_form", "4", "government"),
        ("client_form", "we are a small business", "company"),
        ("relation", "esterno", "external"),
        ("relation", "siamo un fornitore", "third_party"),
        ("relation", "sono una collega di un altro reparto", "internal"),
        ("service", "la dichiarazione dei redditi", "tax"),
        ("service", "legal", "legal"),
    ],
)
def test_read_choice(field: str, typed: str, option: str, choices: Choices) -> None:
    words = {name: entry.words for name, entry in choices[field].items()}
    assert fields.read_choice(typed, words, whole=False) == option


@pytest.mark.parametrize("typed", ["", "boh", "7", "interno o esterno?", "12345"])
def test_read_choice_leaves_doubt(typed: str, choices: Choices) -> None:
    words = {name: entry.words for name, entry in choices["relation"].items()}
    assert fields.read_choice(typed, words, whole=False) is None


@given(strategies.text(max_size=400))
def test_no_text_breaks_a_field(typed: str) -> None:
    """Whatever is typed, a field takes it or refuses it."""
    for read in (
        fields.read_email,
        lambda text: fields.read_phone(text, "IT"),
        fields.read_name,
        fields.read_expectations,
        lambda text: fields.read_choice(text, {"a": ["alfa"], "b": ["beta"]}, whole=False),
    ):
        try:
            read(typed)
        except fields.FieldError:
            continue
