"""When the best label is not acted on."""

from __future__ import annotations

import pytest

from bot.understanding.rejection import is_rejected, near_labels


@pytest.mark.parametrize(("probability", "rejected"), [(0.05, True), (0.19, True), (0.2, False)])
def test_a_label_needs_some_probability(probability: float, rejected: bool) -> None:
    assert is_rejected([("greet", probability)], 0.2) is rejected


@pytest.mark.parametrize(
    ("ranking", "near"),
    [
        ([("faq/a", 0.4), ("faq/b", 0.35)], ("faq/a", "faq/b")),
        ([("faq/a", 0.4), ("faq/b", 0.1)], None),
        ([("faq/a", 0.9), ("faq/b", 0.05)], None),
        ([("faq/a", 0.4), ("greet", 0.35)], None),
        ([("out_of_scope", 0.4), ("faq/b", 0.35)], None),
        ([("faq/a", 1.0)], None),
        ([], None),
    ],
)
def test_two_near_entries_are_offered(
    ranking: list[tuple[str, float]], near: tuple[str, str] | None
) -> None:
    assert near_labels(ranking) == near
