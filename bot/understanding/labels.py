"""Which label a message has: two linear models, one on its meaning and one on its letters.

The sentence vector knows paraphrases, the n-grams know words and typing errors; their probabilities
are combined by a geometric mean. Trained with scikit-learn, kept and run with NumPy alone.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from actions.logic.wording import clean
from bot.understanding import ngrams
from bot.understanding.encoder import Encoder
from bot.understanding.typos import misspell

# By cross-validation on the training messages; see docs/adr/0002-understanding.md.
VECTOR_C = 10.0
NGRAM_C = 1.0
NGRAM_TEMPERATURE = 0.2

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class LabelModel:
    """The trained weights: `classes` labels, `dimensions` of the encoder, hashed n-grams.

    Shapes: ``mean`` (dimensions,), ``vector_weights`` (classes, dimensions), ``ngram_idf``
    (BUCKETS,), ``ngram_weights`` (classes, BUCKETS), the two biases (classes,).
    """

    labels: tuple[str, ...]
    mean: Floats
    vector_weights: Floats
    vector_bias: Floats
    ngram_idf: Floats
    ngram_weights: Floats
    ngram_bias: Floats

    def probabilities(self, texts: Sequence[str], vectors: Floats) -> Floats:
        """Return the labels' probabilities, shape (texts, classes), rows adding up to one.

        Args:
            texts: The messages.
            vectors: Their sentence vectors, shape (texts, dimensions).
        """
        by_meaning = _log_softmax(
            _centred(vectors, self.mean) @ self.vector_weights.T + self.vector_bias
        )
        letters = ngrams.features(texts, self.ngram_idf)
        scores = np.asarray(letters @ self.ngram_weights.T) + self.ngram_bias
        by_letters = _log_softmax(scores / NGRAM_TEMPERATURE)
        return np.exp(_log_softmax((by_meaning + by_letters) / 2))

    def save(self, path: Path) -> None:
        """Write the weights as plain arrays, without pickle."""
        arrays = {name: value for name, value in vars(self).items() if name != "labels"}
        np.savez(path, labels=np.array(self.labels), **arrays)

    @classmethod
    def load(cls, path: Path) -> LabelModel:
        """Read what `save` wrote."""
        with np.load(path, allow_pickle=False) as arrays:
            fields: dict[str, Any] = dict(arrays)
        fields["labels"] = tuple(map(str, fields["labels"]))
        # By bucket, so that a message touches a few rows instead of the whole matrix.
        fields["ngram_weights"] = np.asfortranarray(fields["ngram_weights"])
        return cls(**fields)


def encode_message(encoder: Encoder, text: str) -> Floats | None:
    """Return a message's vector, shape (dimensions,); None without a single letter or digit."""
    text = clean(text)
    return encoder.encode([text])[0] if any(char.isalnum() for char in text) else None


def rank(model: LabelModel, text: str, vector: Floats | None) -> list[tuple[str, float]]:
    """Return all labels with their probabilities, the likeliest first; none without a vector."""
    if vector is None:
        return []
    (probabilities,) = model.probabilities([clean(text)], vector[np.newaxis])
    best_first = np.argsort(-probabilities)
    return [(model.labels[index], float(probabilities[index])) for index in best_first]


def train_labels(texts: Sequence[str], labels: Sequence[str], vectors: Floats) -> LabelModel:
    """Fit both models; `vectors` has shape (texts, dimensions). Deterministic."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.svm import LinearSVC

    # e5's vectors all point roughly one way: taking the mean away spreads them out.
    mean = vectors.mean(axis=0)
    meaning = LogisticRegression(C=VECTOR_C, max_iter=300, tol=1e-3)
    meaning.fit(_centred(vectors, mean), labels)
    letters = LinearSVC(C=NGRAM_C, tol=1e-2, random_state=0)
    # Each message once more with typing errors: only the letters see them, the meaning stays.
    draw = random.Random(0)
    counts = ngrams.count([*texts, *(misspell(text, draw) for text in texts)])
    idf = ngrams.learn_weights(counts[: len(texts)])
    letters.fit(ngrams.weigh(counts, idf), [*labels, *labels])
    assert list(meaning.classes_) == list(letters.classes_)
    return LabelModel(
        labels=tuple(map(str, meaning.classes_)),
        mean=mean.astype(np.float32),
        vector_weights=meaning.coef_.astype(np.float32),
        vector_bias=meaning.intercept_.astype(np.float32),
        ngram_idf=idf,
        ngram_weights=letters.coef_.astype(np.float32),
        ngram_bias=letters.intercept_.astype(np.float32),
    )


def _centred(vectors: Floats, mean: Floats) -> Floats:
    centred = vectors - mean
    lengths = np.linalg.norm(centred, axis=1, keepdims=True)
    unit: Floats = centred / np.maximum(lengths, 1e-9)
    return unit


def _log_softmax(scores: NDArray[Any]) -> Floats:
    shifted = scores - scores.max(axis=1, keepdims=True)
    result: Floats = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return result
