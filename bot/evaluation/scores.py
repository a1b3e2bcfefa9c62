"""Labelled messages and what the model made of each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bot.evaluation.rows import LabelledMessage
from bot.understanding.labels import encode_message, rank
from bot.understanding.model import Understanding


@dataclass(frozen=True)
class Scored:
    """One labelled message and the label that the model gave; where it is wrong, also the likeliest
    other one.
    """

    text: str
    language: str
    style: str
    label: str
    given: str
    confidence: float
    second: str | None = None
    second_confidence: float | None = None

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
    found = understanding.parse(message.text)
    second, likelihood = None, None
    if found.label != message.label:
        vector = encode_message(understanding.encoder, message.text)
        ranking = rank(understanding.labels, message.text, vector)
        # What was rejected is second to the rejection.
        others = (pair for pair in ranking if pair[0] != found.label)
        second, likelihood = next(others, (None, None))
    return Scored(
        message.text,
        message.language,
        message.style,
        message.label,
        found.label,
        round(found.confidence, 4),
        second,
        None if likelihood is None else round(likelihood, 4),
    )
