"""Which label a message has: one reading of its letters, two of its meaning.

A linear model on character n-grams knows words and typing errors. Where it is all but certain, that
settles the message. Elsewhere the sentence vector, which knows paraphrases, is computed and read
twice, by a perceptron and by its nearest training messages: these know regions that no line or
plane cuts out, above all what lies outside. The three log-probabilities are added with weights.
Trained with scikit-learn, kept and run with NumPy alone; see docs/adr/0002-understanding.md.
"""

from __future__ import annotations

import random
import warnings
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from actions.logic.references import mask_codes
from actions.logic.wording import clean
from bot.understanding import ngrams
from bot.understanding.encoder import Encoder
from bot.understanding.rejection import OUT_OF_SCOPE
from bot.understanding.typos import misspell

# All numbers by cross-validation on the training messages.
NGRAM_C = 1.0
NGRAM_TEMPERATURE = 0.2
SETTLED = 0.98  # from this probability on, the letters alone decide
# Three small perceptrons whose scores are averaged: one alone is right half a point more or less
# by chance.
MEMBERS = 3
HIDDEN = 256  # of each
EPOCHS = 12
SPREAD = 8.0  # the perceptron learns faster from components of about 0.4 than of 0.05
NEIGHBOURS = 40
NEARNESS = 16.0  # a neighbour at cosine 0.9 counts five times as much as one at 0.8
FLOOR = 0.01  # of a neighbour's vote goes to every label
LETTERS, PERCEPTRON, NEIGHBOURHOOD = 0.5, 0.5, 0.4
CAUTION = 0.4  # in favour of out of scope: a wrong answer is worse than none

Floats = NDArray[np.float32]


class Ranked(NamedTuple):
    """All labels with their probabilities, the likeliest first; the vector where it was needed."""

    ranking: list[tuple[str, float]]
    vector: Floats | None


@dataclass(frozen=True)
class LabelModel:
    """The trained weights: `classes` labels, `dimensions` of the encoder, hashed n-grams.

    Shapes: ``mean`` (dimensions,), ``hidden_weights`` (dimensions, hidden), ``output_weights``
    (hidden, classes), ``examples`` (messages, dimensions), ``example_labels`` (messages,),
    ``ngram_idf`` (BUCKETS,), ``ngram_weights`` (classes, BUCKETS), the biases (hidden,) or
    (classes,).
    """

    labels: tuple[str, ...]
    mean: Floats
    hidden_weights: Floats
    hidden_bias: Floats
    output_weights: Floats
    output_bias: Floats
    examples: Floats
    example_labels: NDArray[np.int16]
    ngram_idf: Floats
    ngram_weights: Floats
    ngram_bias: Floats

    def by_letters(self, texts: Sequence[str]) -> Floats:
        """Return the labels' log-probabilities as the n-grams see them, shape (texts, classes)."""
        letters = ngrams.features(texts, self.ngram_idf)
        scores = np.asarray(letters @ self.ngram_weights.T) + self.ngram_bias
        return _log_softmax(scores / NGRAM_TEMPERATURE)

    def by_all(self, by_letters: Floats, vectors: Floats) -> Floats:
        """Return the log-probabilities of letters and meaning together, shape (texts, classes).

        Args:
            by_letters: What `by_letters` said of the same texts.
            vectors: Their sentence vectors, shape (texts, dimensions).
        """
        unit = centred(vectors, self.mean)
        hidden = np.maximum(unit * SPREAD @ self.hidden_weights + self.hidden_bias, 0)
        by_perceptron = _log_softmax(hidden @ self.output_weights + self.output_bias)
        cautious = CAUTION * (np.array(self.labels) == OUT_OF_SCOPE)
        return _log_softmax(
            LETTERS * by_letters
            + PERCEPTRON * by_perceptron
            + NEIGHBOURHOOD * self._by_neighbours(unit)
            + cautious
        )

    def _by_neighbours(self, unit: Floats) -> Floats:
        cosines = unit @ self.examples.T
        number = min(NEIGHBOURS, len(self.examples))
        nearest = np.argpartition(-cosines, number - 1, axis=1)[:, :number]
        votes = np.exp(NEARNESS * np.take_along_axis(cosines, nearest, axis=1))
        sums = np.zeros((len(unit), len(self.labels)), np.float32)
        np.add.at(sums, (np.arange(len(unit))[:, np.newaxis], self.example_labels[nearest]), votes)
        result: Floats = np.log(sums + FLOOR * sums.sum(axis=1, keepdims=True))
        return result

    def save(self, path: Path) -> None:
        """Write the weights as plain arrays, without pickle."""
        arrays = {name: value for name, value in vars(self).items() if name != "labels"}
        # Half the file, and half a thousandth of a cosine or of a weight.
        for name in ("examples", "ngram_weights"):
            arrays[name] = arrays[name].astype(np.float16)
        np.savez(path, labels=np.array(self.labels), **arrays)

    @classmethod
    def load(cls, path: Path) -> LabelModel:
        """Read what `save` wrote; raises `KeyError` for what another version of us wrote."""
        with np.load(path, allow_pickle=False) as arrays:
            values: dict[str, Any] = {field.name: arrays[field.name] for field in fields(cls)}
        values["labels"] = tuple(map(str, values["labels"]))
        values["examples"] = values["examples"].astype(np.float32)
        # By bucket, so that a message touches a few rows instead of the whole matrix.
        values["ngram_weights"] = np.asfortranarray(values["ngram_weights"], np.float32)
        return cls(**values)


def as_asked(text: str) -> str:
    """Return what a message is to the model: free of stray signs, and of the codes in it."""
    return mask_codes(clean(text))


def rank(model: LabelModel, text: str, encoder: Encoder, *, settle: bool = True) -> Ranked:
    """Return all labels by likelihood; none for a message without a single letter or digit.

    What looks out of scope always gets its vector: a passage of the documents may be near.
    With ``settle=False`` every message gets one.
    """
    text = as_asked(text)
    if not any(char.isalnum() for char in text):
        return Ranked([], None)
    vector = None
    scores = model.by_letters([text])
    best = int(scores[0].argmax())
    certain = scores[0, best] >= np.log(SETTLED) and model.labels[best] != OUT_OF_SCOPE
    if not (settle and certain):
        vector = encoder.encode([text])[0]
        scores = model.by_all(scores, vector[np.newaxis])
    probabilities = np.exp(scores[0])
    best_first = np.argsort(-probabilities)
    return Ranked([(model.labels[i], float(probabilities[i])) for i in best_first], vector)


def train_labels(texts: Sequence[str], labels: Sequence[str], vectors: Floats) -> LabelModel:
    """Fit the models; `vectors` has shape (texts, dimensions). Deterministic."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.svm import LinearSVC
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    names, codes = np.unique(np.array(labels), return_inverse=True)
    # e5's vectors all point roughly one way: taking the mean away spreads them out.
    mean = vectors.mean(axis=0)
    unit = centred(vectors, mean)
    letters = LinearSVC(C=NGRAM_C, tol=1e-1, random_state=0)
    # Every second message once more with typing errors, for the letters only: the meaning stays.
    draw = random.Random(0)
    counts = ngrams.count([*texts, *(misspell(text, draw) for text in texts[::2])])
    idf = ngrams.learn_weights(counts[: len(texts)])
    perceptrons = _perceptrons(len(unit))
    # One core each: NumPy's own threads win nothing from matrices this small, and a sum that is
    # split in another way on another machine would make another model.
    with warnings.catch_warnings(), threadpool_limits(1), ThreadPoolExecutor() as pool:
        # Stopping before it converges is what keeps a perceptron from learning the messages by
        # heart.
        warnings.simplefilter("ignore", ConvergenceWarning)
        fitted = [
            pool.submit(letters.fit, ngrams.weigh(counts, idf), [*codes, *codes[::2]]),
            *(pool.submit(member.fit, unit * SPREAD, codes) for member in perceptrons),
        ]
    for each in fitted:
        each.result()
    return LabelModel(
        labels=tuple(map(str, names)),
        mean=mean.astype(np.float32),
        **_joined(perceptrons),
        examples=unit.astype(np.float32),
        example_labels=codes.astype(np.int16),
        ngram_idf=idf,
        ngram_weights=letters.coef_.astype(np.float32),
        ngram_bias=letters.intercept_.astype(np.float32),
    )


def _perceptrons(messages: int) -> list[Any]:
    from sklearn.neural_network import MLPClassifier

    return [
        MLPClassifier(
            HIDDEN,
            alpha=0.01,
            batch_size=min(256, messages),
            learning_rate_init=0.003,
            max_iter=EPOCHS,
            random_state=seed,
        )
        for seed in range(MEMBERS)
    ]


def _joined(members: Sequence[Any]) -> dict[str, Floats]:
    """Return the weights of one perceptron whose scores are the mean of its members'."""
    weights = {
        "hidden_weights": np.hstack([member.coefs_[0] for member in members]),
        "hidden_bias": np.hstack([member.intercepts_[0] for member in members]),
        "output_weights": np.vstack([member.coefs_[1] for member in members]) / MEMBERS,
        "output_bias": np.mean([member.intercepts_[1] for member in members], axis=0),
    }
    return {name: value.astype(np.float32) for name, value in weights.items()}


def centred(vectors: Floats, mean: Floats) -> Floats:
    """Return what tells vectors from their mean, at unit length: the shapes stay."""
    apart = vectors - mean
    lengths = np.linalg.norm(apart, axis=1, keepdims=True)
    unit: Floats = apart / np.maximum(lengths, 1e-9)
    return unit


def _log_softmax(scores: NDArray[Any]) -> Floats:
    shifted = scores - scores.max(axis=1, keepdims=True)
    result: Floats = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return result
