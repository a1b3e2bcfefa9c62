"""Two runs over the same messages: what was mended, what broke, and whether that may be chance."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from bot.evaluation.figures import Share, share
from bot.evaluation.readings import Reading
from bot.evaluation.run import Run
from bot.evaluation.scores import Scored

Item = TypeVar("Item", Scored, Reading)


@dataclass(frozen=True)
class Comparison(Generic[Item]):
    """The messages of two runs in pairs: (then, now)."""

    pairs: tuple[tuple[Item, Item], ...]
    only_then: int
    only_now: int

    @property
    def then(self) -> Share:
        """How many of the common messages were right."""
        return share([then for then, _ in self.pairs], "then")

    @property
    def now(self) -> Share:
        """How many of the common messages are right."""
        return share([now for _, now in self.pairs], "now")

    @property
    def mended(self) -> list[tuple[Item, Item]]:
        """The messages that were wrong and are right."""
        return [pair for pair in self.pairs if pair[1].right and not pair[0].right]

    @property
    def broken(self) -> list[tuple[Item, Item]]:
        """The messages that were right and are wrong."""
        return [pair for pair in self.pairs if pair[0].right and not pair[1].right]

    @property
    def p(self) -> float:
        """Return the p-value of McNemar's exact test, two-sided: a coin for each changed one."""
        return sign_test(len(self.mended), len(self.broken))


def compare(then: Sequence[Item], now: Sequence[Item]) -> Comparison[Item]:
    """Pair the messages of two runs by text and by what a person expects."""
    earlier = dict(_numbered(then))
    pairs = tuple((earlier[key], item) for key, item in _numbered(now) if key in earlier)
    return Comparison(pairs, len(then) - len(pairs), len(now) - len(pairs))


def compare_runs(then: Run, now: Run) -> list[tuple[str, Comparison[Scored] | Comparison[Reading]]]:
    """Return what there is to compare, each with a title; nothing where no message is in both."""
    found: list[tuple[str, Comparison[Scored] | Comparison[Reading]]] = [
        ("Labels", compare(then.scored, now.scored)),
        ("Deadlines", compare(then.readings, now.readings)),
    ]
    return [(title, changes) for title, changes in found if changes.pairs]


def sign_test(mended: int, broken: int) -> float:
    """Return how likely so uneven a split is if mending and breaking were equally likely."""
    changed = mended + broken
    tail = sum(math.comb(changed, k) for k in range(min(mended, broken) + 1))
    return min(1.0, 2 * tail / (1 << changed))


def _numbered(items: Iterable[Item]) -> Iterable[tuple[tuple[str, str, int], Item]]:
    """Yield the items with a key of their own, also where a file has a row twice."""
    seen: Counter[tuple[str, str]] = Counter()
    for item in items:
        text, expected = item.text, item.expected
        yield (text, expected, seen[text, expected]), item
        seen[text, expected] += 1
