"""When a message is none of ours: the rule that turns a doubtful label into out_of_scope."""

from __future__ import annotations

from collections.abc import Sequence

OUT_OF_SCOPE = "out_of_scope"
Ranking = Sequence[tuple[str, float]]


def is_rejected(ranking: Ranking, threshold: float) -> bool:
    """Tell whether the best label is too unlikely to act on.

    Args:
        ranking: Labels with their probabilities, the likeliest first.
        threshold: The least probability to act on, between 0 and 1.
    """
    return not ranking or ranking[0][1] < threshold
