"""Facts that a message gives unasked: only the certain ones."""

from __future__ import annotations

import pytest

from actions.logic.choices import Choices
from actions.logic.facts import person_and_organisation, wanted_service, who_writes


@pytest.mark.parametrize(
    ("text", "facts"),
    [
        ("Buongiorno, mi chiamo Maria De Luca e vorrei…", {"client_name": "Maria De Luca"}),
        ("sono Jörg Müller, scrivo da Merano", {"client_name": "Jörg Müller"}),
        ("Hi, I'm Siân O'Neill", {"client_name": "Siân O'Neill"}),
        ("sono l'avv. Carlo D'Angelo", {"client_name": "Carlo D'Angelo"}),
        ("sono Maria della Torre", {"client_name": "Maria della Torre"}),
        (
            "Buongiorno, sono Maria Rossi della Acme srl, mi serve il bilancio",
            {"client_name": "Acme srl", "client_form": "company", "contact": "Maria Rossi"},
        ),
        (
            "my name is John Doe from Bright & Sons Ltd",
            {"client_name": "Bright & Sons Ltd", "client_form": "company", "contact": "John Doe"},
        ),
        (
            "Siamo la Bottega Verde S.n.c., ci serve un contabile",
            {"client_name": "Bottega Verde S.n.c.", "client_form": "company"},
        ),
        (
            "sono Ida Neri, scrivo per conto del Comune di Valverde",
            {
                "client_name": "Comune di Valverde",
                "client_form": "government",
                "contact": "Ida Neri",
            },
        ),
        (
            "Siamo l'associazione Il Faro ODV e vorremmo diventare clienti",
            {"client_name": "Il Faro ODV", "client_form": "organisation"},
        ),
        ("il mio collega Marco Bianchi mi ha parlato di voi", {}),
        ("sono un privato", {}),
        ("sono interessato a diventare cliente", {}),
        ("I'm looking for a lawyer", {}),
        ("mia moglie si chiama Anna Verdi", {}),
        ("", {}),
    ],
)
def test_who_writes(text: str, facts: dict[str, str]) -> None:
    assert who_writes(text) == facts


def test_person_and_organisation() -> None:
    assert person_and_organisation("Maria Rossi della Acme srl") == {
        "client_name": "Acme srl",
        "client_form": "company",
        "contact": "Maria Rossi",
    }
    assert person_and_organisation("Ing. Bernardo dall'Olio della Olio&Figli srl") == {
        "client_name": "Olio&Figli srl",
        "client_form": "company",
        "contact": "Bernardo dall'Olio",
    }
    assert person_and_organisation("Maria Rossi") == {}
    assert person_and_organisation("Acme srl") == {}
    assert person_and_organisation("Fratelli Bianchi e Figli srl") == {}


@pytest.mark.parametrize(
    ("text", "service"),
    [
        ("mi serve il bilancio entro il 15 aprile", "accounting"),
        ("ho bisogno di un avvocato", "legal"),
        ("I need help with my tax return", "tax"),
        ("vorrei diventare cliente", None),
        ("mi servono un avvocato e il bilancio", None),
        ("sono l'avvocato Lucia Bini, vorrei diventare cliente", None),
        ("sono un avvocato e mi serve il bilancio", "accounting"),
        ("siamo la Server Uno srl", None),
        ("mi serve una consulenza legale", "legal"),
        ("vorrei una consulenza", None),
    ],
)
def test_wanted_service(text: str, service: str | None, choices: Choices) -> None:
    words = {name: option.words for name, option in choices["service"].items()}
    assert wanted_service(text, words) == service
