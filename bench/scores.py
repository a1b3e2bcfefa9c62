"""How right the answers are."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from bench.data import Message
from bot.understanding.rejection import OUT_OF_SCOPE


@dataclass
class Share:
    """So many of so many."""

    part: int = 0
    whole: int = 0

    def add(self, hit: bool) -> None:
        """Count one more, a hit or not."""
        self.part += hit
        self.whole += 1


@dataclass
class LabelScores:
    """Shares of right labels, of messages out of scope found and of others turned away."""

    all: Share
    by_language: dict[str, Share]
    out_of_scope: Share
    turned_away: Share


def score_labels(tests: Sequence[Message], answers: Sequence[str], labelled: int) -> LabelScores:
    """Score answers to `tests`; only the first `labelled` count for the accuracy.

    The others are messages out of scope, of which there are too many to leave the shares of the
    labels as they are.
    """
    scores = LabelScores(Share(), {"it": Share(), "en": Share()}, Share(), Share())
    for number, (test, answer) in enumerate(zip(tests, answers)):
        if number < labelled:
            scores.all.add(answer == test["label"])
            scores.by_language[test["lang"]].add(answer == test["label"])
        kind = scores.out_of_scope if test["label"] == OUT_OF_SCOPE else scores.turned_away
        kind.add(answer == OUT_OF_SCOPE)
    return scores


def score_deadlines(tests: Iterable[Message], answers: Iterable[dict[str, Any]]) -> Counter[str]:
    """Count right days, wrong days, misses; rightly no date, invented dates; and what is right in
    kind, day and hour.

    A deadline in the past is no date that could be kept, so that a parser which finds such a day
    has invented nothing.
    """
    counts: Counter[str] = Counter()
    for test, answer in zip(tests, answers):
        expected = test["expect"]
        dated = answer["kind"] == "date"
        day = expected.get("date")
        days = day if isinstance(day, list) else [day]
        right_day = dated and answer["date"] in days
        if expected["kind"] == "date":
            counts["right day" if right_day else "wrong day" if dated else "missed"] += 1
        else:
            counts["invented" if dated else "no date"] += 1
        same_kind = answer["kind"] == expected["kind"]
        same_hour = answer["time"] == expected.get("time")
        counts["exact"] += same_kind and (not dated or (right_day and same_hour))
    return counts


def median(values: Sequence[float]) -> float:
    """Return the middle value."""
    return statistics.median(values)


def percentile_95(values: Sequence[float]) -> float:
    """Return the value that 95 % of the values do not exceed."""
    return statistics.quantiles(values, n=20, method="inclusive")[-1]
