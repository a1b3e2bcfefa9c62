"""Labelled messages and what the model made of each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bot.evaluation.rows import LabelledMessage
from bot.understanding.encoder import Encoder
from bot.understanding.labels import encode_message, rank
from bot.understanding.model import Understanding


@dataclass(frozen=True)
class Scored:
    """One labelled message, the label that the model gave, and the likeliest other one."""

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


class KnownVectors:
    """An encoder that computes no vector twice."""

    def __init__(
        self, encoder: Encoder, vectors: Mapping[str, NDArray[np.float32]] | None = None
    ) -> None:
        """Take the encoder for unknown texts, and the vectors of texts that are known already."""
        self.name = encoder.name
        self.dimensions = encoder.dimensions
        self._encoder = encoder
        self._vectors = dict(vectors or {})

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """See `Encoder.encode`."""
        missing = [text for text in dict.fromkeys(texts) if text not in self._vectors]
        if missing:
            self._vectors.update(zip(missing, self._encoder.encode(missing)))
        rows = [self._vectors[text] for text in texts]
        return np.array(rows, np.float32).reshape(len(texts), self.dimensions)


def score(understanding: Understanding, messages: Iterable[LabelledMessage]) -> list[Scored]:
    """Return each message with the label that the bot would act on."""
    remembering = replace(understanding, encoder=KnownVectors(understanding.encoder))
    return [_score(remembering, message) for message in messages]


def _score(understanding: Understanding, message: LabelledMessage) -> Scored:
    found = understanding.parse(message.text)
    vector = encode_message(understanding.encoder, message.text)
    ranking = rank(understanding.labels, message.text, vector)
    # What was rejected is second to the rejection.
    others = (pair for pair in ranking if pair[0] != found.label)
    second, confidence = next(others, (None, None))
    return Scored(
        message.text,
        message.language,
        message.style,
        message.label,
        found.label,
        round(found.confidence, 4),
        second,
        None if confidence is None else round(confidence, 4),
    )
