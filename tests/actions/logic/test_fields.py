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
        ("piacere, Rosa Dei Venti", "Rosa Dei Venti"),
        ("sì, Maria Rossi", "Maria Rossi"),
        ("sono io, Franco Le Querce", "Franco Le Querce"),
        ("Sofia, Sofia Loren", "Sofia Loren"),
        ("Maria Pia Fiore, la presidente", "Maria Pia Fiore"),
        ("Bronwen Ap Rhys, our treasurer", "Bronwen Ap Rhys"),
        ("Mario Rossi (amministratore unico)", "Mario Rossi"),
        ("Rossi, Bianchi e figli", "Rossi, Bianchi e figli"),
        ("Avv. Lucia De Luca", "Avv. Lucia De Luca"),
        ("Società Ippica Pinerolo", "Società Ippica Pinerolo"),
        ("Azienda Agricola Le Querce", "Azienda Agricola Le Querce"),
        ("ditta: Fratelli Bianchi", "Fratelli Bianchi"),
        ("Si Yu", "Si Yu"),
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
    for typed in ("", "7", "😀😀😀", "?!", "x", "io", "sono io", "l'amministratore", "scusi"):
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


@pytest.mark.parametrize(
    ("typed", "reason"), [("ok", ""), ("niente", ""), ("- \n- ", ""), ("a" * 2001, "long")]
)
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
        ("client_form", "il primo", "individual"),
        ("client_form", "the second one", "company"),
        ("relation", "la seconda", "external"),
        ("relation", "terzo", "third_party"),
        ("client_form", "we are a small business", "company"),
        ("relation", "esterno", "external"),
        ("relation", "siamo un fornitore", "third_party"),
        ("relation", "sono una collega di un altro reparto", "internal"),
        ("service", "la dichiarazione dei redditi", "tax"),
        ("service", "legal", "legal"),
        ("service", "consulenza legale", "legal"),
        ("service", "legal advice", "legal"),
        ("service", "fiscale", "tax"),
        ("service", "un commercialista", "accounting"),
        ("service", "aziendale", "consulting"),
        ("service", "consulenza", "consulting"),
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


@pytest.mark.parametrize(
    ("typed", "need"),
    [
        ("altra cosa: restauro mobili", "restauro mobili"),
        ("Altro: notaio", "notaio"),
        ("other: plumbing", "plumbing"),
        ("not on your list: translation of bylaws", "translation of bylaws"),
        ("non è nell'elenco: perizia calligrafica", "perizia calligrafica"),
        ("altri contratti", "altri contratti"),
        ("altro tipo di perizia", "altro tipo di perizia"),
        ("traduzione giurata", "traduzione giurata"),
    ],
)
def test_a_need_that_is_not_listed(typed: str, need: str) -> None:
    assert fields.read_need(typed) == need


@pytest.mark.parametrize("typed", ["altro", "Altro.", "qualcos'altro", "something else"])
def test_something_else_is_no_need_yet(typed: str) -> None:
    assert fields.is_other(typed)
    with pytest.raises(fields.FieldError) as refusal:
        fields.read_need(typed)
    assert refusal.value.reason == "other"


@pytest.mark.parametrize(
    ("name", "surname", "whole"),
    [
        ("Marta Rossi", "Russo", "Marta Russo"),
        ("Marta Rossi", "Marta Russo", "Marta Russo"),
        ("Maria De Luca", "Bianchi", "Maria Bianchi"),
        ("Maria Grazia Rossi", "Russo", "Maria Grazia Russo"),
        ("Marta", "Russo", "Marta Russo"),
        ("Acme srl", "Russo", None),
    ],
)
def test_another_surname(name: str, surname: str, whole: str | None) -> None:
    assert fields.with_surname(name, surname) == whole


def test_another_first_name() -> None:
    assert fields.with_first_name("Marta Rossi", "Carla") == "Carla Rossi"
    assert fields.with_first_name("Maria Grazia Rossi", "Carla") is None
