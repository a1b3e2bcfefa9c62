"""What is kept of a question without consent names nobody."""

from __future__ import annotations

import pytest

from actions.logic.masking import mask


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("quanto costa una consulenza?", "quanto costa una consulenza?"),
        ("scrivetemi a anna@example.com, grazie", "scrivetemi a [e-mail] grazie"),
        ("il mio numero è +39 333 123 4567", "il mio numero è [numero]"),
        ("mi chiamo anna bianchi, che devo fare?", "mi chiamo [nome] bianchi, che devo fare?"),
        ("Sono Anna Bianchi di Pisa", "Sono [nome] di [nome]"),
        ("la causa contro Mario De Luca", "la causa contro [nome]"),
        ("sono interessato a una causa", "sono interessato a una causa"),
        ("codice RSSMRA80A01H501U e IBAN", "codice [codice] e [nome]"),
        ("vedi www.example.com/anna", "vedi [link]"),
    ],
)
def test_mask(text: str, masked: str) -> None:
    assert mask(text) == masked


def test_a_masked_text_is_short() -> None:
    assert len(mask("parola " * 1000)) <= 500
