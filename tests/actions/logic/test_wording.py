"""Cleaning, folding and recognising questions."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies

from actions.logic.wording import TYPED_MARK, clean, fold, is_question


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("  ciao \n mondo\t", "ciao mondo"),
        ("a\u202eb\u0000c\ud800", "abc"),
        (TYPED_MARK + "/affirm", "/affirm"),
        ("caffè", "caffè"),
    ],
)
def test_clean(text: str, cleaned: str) -> None:
    assert clean(text) == cleaned


def test_fold() -> None:
    assert fold("Perché È così’") == "perche e cosi'"


@pytest.mark.parametrize(
    "text",
    [
        "Che cos'è un cliente?",
        "cos'è un cliente interno",
        "perche me lo chiedi",
        "ma quindi chi paga la parcella",
        "spiegami la differenza",
        "what is a client",
        "ok but why do you need it",
        "non ho capito la differenza",
    ],
)
def test_questions(text: str) -> None:
    assert is_question(text)


@pytest.mark.parametrize(
    "text",
    ["Chiara Bianchi", "Cosimo De Medici", "vorrei pagare meno", "sì", "Isabella"],
)
def test_answers(text: str) -> None:
    assert not is_question(text)


@given(strategies.text())
def test_clean_is_final(text: str) -> None:
    assert clean(clean(text)) == clean(text)
    clean(text).encode()
