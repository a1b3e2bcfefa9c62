"""When not to act on the best label: none of ours, or two of ours that are near."""

from __future__ import annotations

from collections.abc import Sequence

OUT_OF_SCOPE = "out_of_scope"
Ranking = Sequence[tuple[str, float]]

# By cross-validation the better of two such labels is right in a third, one of them in two thirds.
UNSURE_BELOW = 0.5
NEAR = 0.7


def is_rejected(ranking: Ranking, threshold: float) -> bool:
    """Tell whether the best label is too unlikely to act on.

    Args:
        ranking: Labels with their probabilities, the likeliest first.
        threshold: The least probability to act on, between 0 and 1.
    """
    return not ranking or ranking[0][1] < threshold


def near_labels(ranking: Ranking) -> tuple[str, str] | None:
    """Return the two FAQ entries between which a person should choose, or None."""
    if len(ranking) < 2:
        return None
    (first, most), (second, less) = ranking[:2]
    if not (first.startswith("faq/") and second.startswith("faq/")):
        return None
    return (first, second) if most < UNSURE_BELOW and less >= NEAR * most else None
