"""Names written twice, and names that only look alike."""

from __future__ import annotations

import pytest
from hypothesis import given, settings, strategies

from actions.logic.likeness import names_alike

ALIKE = [
    ("Maria Rossi", "maria rossi"),
    ("Maria Rossi", "Rossi Maria"),
    ("  Maria   Rossi ", "ROSSI, MARIA"),
    ("Niccolò Calò", "Niccolo Calo'"),
    ("Jörg Müller", "Jorg Muller"),
    ("Anna D'Angelo", "Anna D’Angelo"),
    ("Anna D'Angelo", "Anna Dangelo"),
    ("Anna-Maria Bianchi", "Anna Maria Bianchi"),
    ("Annamaria Bianchi", "Anna Maria Bianchi"),
    ("Dott. Luca Verdi", "Luca Verdi"),
    ("Dott.ssa Lucia Verdi", "Lucia Verdi"),
    ("avv. Paolo Neri", "Neri Paolo"),
    ("Sig.ra Carla Gallo", "Carla Gallo"),
    ("Mrs. Jane O'Neill", "Jane O'Neill"),
    ("Acme srl", "ACME S.r.l."),
    ("Acme S.R.L.", "Acme"),
    ("Fratelli Bianchi snc", "Fratelli Bianchi S.n.c."),
    ("Molino Rosso s.p.a.", "Molino Rosso SpA"),
    ("Gruppo Sole sas", "Gruppo Sole S.A.S."),
    ("Northwind Ltd", "Northwind Limited"),
    ("Northwind, Inc.", "northwind"),
    ("Krause GmbH", "Krause"),
    ("Rossi & Bianchi", "Rossi and Bianchi"),
    ("Rossi e Bianchi srl", "Rossi & Bianchi"),
    ("The Corner Shop Ltd", "Corner Shop"),
    ("Alessandro Conti", "Alesandro Conti"),
    ("Giulia Ferrari", "Giulia Ferari"),
    ("Marta Bianchi", "Marta Bianhci"),
    ("Marta Esposito", "Marta Esposto"),
    ("Microsoft", "Microsft"),
    ("SAS", "S.A.S."),
    ("Ⅷ Ufficio", "viii ufficio"),
]
DIFFERENT = [
    ("Maria Rossi", "Mario Rossi"),
    ("Maria Rossi", "Anna Rossi"),
    ("Francesco Russo", "Francesca Russo"),
    ("Alessandro Conti", "Alessandra Conti"),
    ("Martin Weber", "Martina Weber"),
    ("Marina Costa", "Martina Costa"),
    ("Maria Rossi", "Maria Russo"),
    ("Maria Rossi", "Maria Grazia Rossi"),
    ("Maria Rossi", "Rossi"),
    ("Anna Riva", "Anna Rima"),
    ("Ada", "Ida"),
    ("Studio Rossi", "Studio Bianchi"),
    ("Edilizia Moderna srl", "Falegnameria Moderna srl"),
    ("Acme srl", "Acme Trading srl"),
    ("Acme srl", "Acne srl"),
    ("Studio 2000", "Studio 2001"),
    ("Immobiliare2000", "Immobiliare2001"),
    ("Alpha Ltd", "Beta Ltd"),
    ("Sas", "Spa"),
    ("Alessandro Bianchi", "Alesandro Bianhci"),
    ("Robertson Miller", "Roberson Milller"),
    ("!!!", "???"),
    ("", "Anna"),
    ("E. Rossi", "Rossi"),
]


@pytest.mark.parametrize(("a", "b"), ALIKE)
def test_alike(a: str, b: str) -> None:
    assert names_alike(a, b)
    assert names_alike(b, a)


@pytest.mark.parametrize(("a", "b"), DIFFERENT)
def test_different(a: str, b: str) -> None:
    assert not names_alike(a, b)
    assert not names_alike(b, a)


NAMES = strategies.one_of(
    strategies.text(max_size=60),
    strategies.text(alphabet="abAB .'-&ß\ud800", max_size=20),
    strategies.sampled_from([name for pair in ALIKE + DIFFERENT for name in pair]),
)


@given(NAMES, NAMES)
@settings(max_examples=60, deadline=None)
def test_likeness_is_symmetric(a: str, b: str) -> None:
    assert names_alike(a, b) == names_alike(b, a)


@given(NAMES)
@settings(max_examples=60, deadline=None)
def test_every_name_is_like_itself(name: str) -> None:
    assert names_alike(name, name)
