"""Accuracy, F1, calibration and confusions, and how far each can be trusted."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from bot.evaluation.readings import Reading
from bot.evaluation.scores import Scored
from bot.understanding.rejection import OUT_OF_SCOPE

Item = TypeVar("Item", Scored, Reading)

Z = 1.959964  # 95 % of a normal distribution lie within so many standard deviations
RESAMPLES = 2000
SEED = 0
BINS = 10


@dataclass(frozen=True)
class Estimate:
    """A figure from 0 to 1 and its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Share:
    """How many of a group are right."""

    name: str
    right: int
    total: int

    @property
    def accuracy(self) -> float:
        """Return the share of right ones, from 0 to 1."""
        return self.right / self.total if self.total else 0.0

    @property
    def estimate(self) -> Estimate:
        """Return the share with Wilson's interval, which holds for few messages too."""
        if not self.total:
            return Estimate(0.0, 0.0, 1.0)
        spread = Z * Z / self.total
        middle = (self.accuracy + spread / 2) / (1 + spread)
        half = math.sqrt(self.accuracy * (1 - self.accuracy) * spread + spread * spread / 4)
        half /= 1 + spread
        return Estimate(self.accuracy, max(0.0, middle - half), min(1.0, middle + half))


@dataclass(frozen=True)
class Level:
    """The messages of a range of confidences: how many, how confident, how often right."""

    number: int
    confidence: float
    accuracy: float


@dataclass(frozen=True)
class Confusion:
    """A label that a person gave, another that the model gave instead, and where."""

    label: str
    given: str
    mistakes: tuple[Scored, ...]


def groups(items: Iterable[Item], attribute: str) -> dict[str, list[Item]]:
    """Return the items by one of their attributes, the groups in alphabetical order."""
    found: dict[str, list[Item]] = {}
    for item in items:
        found.setdefault(getattr(item, attribute), []).append(item)
    return dict(sorted(found.items()))


def share(items: Sequence[Scored] | Sequence[Reading], name: str = "all") -> Share:
    """Return how many of the items are right."""
    return Share(name, sum(item.right for item in items), len(items))


def f1(scored: Iterable[Scored]) -> tuple[Estimate, dict[str, Estimate]]:
    """Return macro-F1 and the F1 of each label that a person gave, the messages not being empty.

    The intervals come from a bootstrap with a fixed seed. What counts are pairs of labels, so
    resampling these, by how often they occur, is the same as resampling messages.
    """
    pairs = Counter((item.label, item.given) for item in scored)
    labels = sorted({label for label, _ in pairs})
    meant = np.array([[pair[0] == label for label in labels] for pair in pairs], float)
    given = np.array([[pair[1] == label for label in labels] for pair in pairs], float)
    counts = np.array(list(pairs.values()), float)
    total = int(counts.sum())
    draws = np.random.default_rng(SEED).multinomial(total, counts / total, size=RESAMPLES)
    # The first row is what was observed.
    weights = np.vstack([counts, draws])
    truly, said, both = weights @ meant, weights @ given, weights @ (meant * given)
    by_label = np.where(truly > 0, 2 * both / np.maximum(truly + said, 1), np.nan)
    macro = np.nanmean(by_label, axis=1)
    # A label with very few messages may be missing from a draw, but not from nearly all.
    lows, highs = np.nanpercentile(by_label[1:], [2.5, 97.5], axis=0)
    low, high = np.percentile(macro[1:], [2.5, 97.5])
    return Estimate(float(macro[0]), float(low), float(high)), {
        label: Estimate(float(by_label[0, i]), float(lows[i]), float(highs[i]))
        for i, label in enumerate(labels)
    }


def precision(scored: Iterable[Scored], label: str = OUT_OF_SCOPE) -> Share:
    """Return how many of those that were given a label have it."""
    return share([item for item in scored if item.given == label], f"{label} precision")


def recall(scored: Iterable[Scored], label: str = OUT_OF_SCOPE) -> Share:
    """Return how many of those that have a label were given it."""
    return share([item for item in scored if item.label == label], f"{label} recall")


def settled(scored: Iterable[Scored]) -> list[Share]:
    """Return how many of those that the letters alone settled are right, and would be otherwise."""
    some = [item for item in scored if item.with_meaning]
    otherwise = sum(item.with_meaning == item.label for item in some)
    return [share(some, "settled by letters"), Share("the same, by all", otherwise, len(some))]


def asked(scored: Iterable[Scored]) -> Share:
    """Return how often one of the two entries is right where the bot asks which was meant."""
    some = [item for item in scored if item.asked]
    right = sum(item.label in (item.given, item.asked) for item in some)
    return Share("asked, one is right", right, len(some))


def parts(scored: Sequence[Scored]) -> list[Share]:
    """Return the shares that a summary tells besides the accuracy; some may be of nothing."""
    return [precision(scored), recall(scored), *settled(scored), asked(scored)]


def calibration(scored: Sequence[Scored]) -> list[Level]:
    """Return the messages by ten equal ranges of confidence; some may be empty."""
    confidences = np.array([item.confidence for item in scored])
    right = np.array([item.right for item in scored], float)
    places = np.minimum((confidences * BINS).astype(int), BINS - 1)
    levels = []
    for place in range(BINS):
        inside = places == place
        number = int(inside.sum())
        if number:
            levels.append(
                Level(number, float(confidences[inside].mean()), float(right[inside].mean()))
            )
        else:
            levels.append(Level(0, (place + 0.5) / BINS, 0.0))
    return levels


def calibration_error(scored: Sequence[Scored]) -> float:
    """Return by how much confidence and accuracy differ in a bin, on average over messages."""
    gaps = [level.number * abs(level.confidence - level.accuracy) for level in calibration(scored)]
    return sum(gaps) / len(scored)


def confusions(scored: Iterable[Scored]) -> list[Confusion]:
    """Return the confusions, the most frequent first, then those of which the model was surest."""
    found: dict[tuple[str, str], list[Scored]] = {}
    for item in scored:
        if not item.right:
            found.setdefault((item.label, item.given), []).append(item)
    for mistakes in found.values():
        mistakes.sort(key=lambda item: -item.confidence)
    ordered = sorted(found.items(), key=lambda pair: (-len(pair[1]), -pair[1][0].confidence))
    return [Confusion(*labels, tuple(mistakes)) for labels, mistakes in ordered]
