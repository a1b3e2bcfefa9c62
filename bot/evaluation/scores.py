"""Labelled messages and what the model made of each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bot.evaluation.rows import LabelledMessage
from bot.understanding.model import Understanding
from bot.understanding.rejection import near_labels


@dataclass(frozen=True)
class Scored:
    """One labelled message and what the model made of it.

    Attributes:
        given: The label that it gave.
        second: Where that is wrong, the likeliest other one.
        with_meaning: Where the letters alone settled it, the label that meaning and letters give.
        asked: Where the bot asks which of two FAQ entries was meant, the other one.
    """

    text: str
    language: str
    style: str
    label: str
    given: str
    confidence: float
    second: str | None = None
    second_confidence: float | None = None
    with_meaning: str | None = None
    asked: str | None = None

    @property
    def right(self) -> bool:
        """Whether the model gave the label that a person gave."""
        return self.given == self.label

    @property
    def expected(self) -> str:
        """The label that a person gave."""
        return self.label


def score(understanding: Understanding, messages: Iterable[LabelledMessage]) -> list[Scored]:
    """Return each message with the label that the bot would act on."""
    return [_score(understanding, message) for message in messages]


def _score(understanding: Understanding, message: LabelledMessage) -> Scored:
    ranked = understanding.rank(message.text)
    label, confidence = understanding.decide(ranked)
    second, likelihood, with_meaning, asked = None, None, None, None
    if label != message.label:
        # What was rejected is second to the rejection.
        others = (pair for pair in ranked.ranking if pair[0] != label)
        second, likelihood = next(others, (None, None))
    if ranked.ranking and ranked.vector is None:
        with_meaning, _ = understanding.decide(understanding.rank(message.text, settle=False))
    if (near := near_labels(ranked.ranking)) and near[0] == label:
        asked = near[1]
    return Scored(
        message.text,
        message.language,
        message.style,
        message.label,
        label,
        round(confidence, 4),
        second,
        None if likelihood is None else round(likelihood, 4),
        with_meaning,
        asked,
    )
