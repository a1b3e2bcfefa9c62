"""Finds the key points of a written answer, as `actions.logic.grading.Grader` wants.

For each question a kernel ridge regression on its examples in ``data/quiz/answers/``: the sentence
vector knows paraphrases, the letters know which word it was (dipendente or cliente, never, always).
An answer is read as a whole and clause by clause, for one clause may make one point and the next
contradict another. The numbers were chosen on one set of labelled answers and measured on others;
see docs/adr/0011-training.md.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from actions.logic.grading import Grade, grade_of
from actions.logic.quiz import FreeText, Quiz
from actions.settings import Settings
from bot.understanding import ngrams
from bot.understanding.encoder import Encoder, clean, load_encoder
from bot.understanding.labels import centred
from bot.understanding.vectors import encode_cached

Floats = NDArray[Any]

SHARPNESS = 2.0  # of the vectors' kernel: how fast likeness falls with the cosine
LETTERS = 1.0  # how much the letters count beside the vectors
RIDGE = 0.3
OTHERS = 8  # examples of each other question: what is off the subject makes no point
CLAUSE = re.compile(
    r"(?<=[.;:!?])\s+"
    r"|,?\s+(?:mentre|invece|ma|però|while|whereas|but)\s+"
    r"|,\s+(?:(?:e|che|and|which|who)\s+)?"
)
SENTENCE = re.compile(r"(?<=[.!?;])\s+")


class _Model:
    """One question's regression."""

    def __init__(self, texts: Sequence[str], vectors: Floats, made: Floats) -> None:
        """Fit it.

        Args:
            texts: The examples.
            vectors: Theirs, shape (texts, dimensions).
            made: 1 where an example makes a point, -1 where not, shape (texts, points).
        """
        self._mean = vectors.mean(axis=0)
        self._unit = centred(vectors, self._mean)
        counts = ngrams.count(texts)
        self._idf = ngrams.learn_weights(counts)
        self._letters = ngrams.weigh(counts, self._idf)
        kernel = self._kernel(self._unit, self._letters)
        self._weights = np.zeros_like(made)
        for point, target in enumerate(made.T):
            # Few examples make a point, most do not: each side counts by the root of its share.
            positive = target > 0
            importance = np.where(positive, np.sqrt((~positive).sum() / positive.sum()), 1.0)
            self._weights[:, point] = np.linalg.solve(kernel + np.diag(RIDGE / importance), target)

    def scores(self, texts: Sequence[str], vectors: Floats) -> Floats:
        """Return how surely each text makes each point, shape (texts, points)."""
        letters = ngrams.features(texts, self._idf)
        scores: Floats = self._kernel(centred(vectors, self._mean), letters) @ self._weights
        return scores

    def _kernel(self, unit: Floats, letters: sp.csr_matrix) -> Floats:
        likeness: Floats = np.exp(SHARPNESS * (unit @ self._unit.T - 1))
        likeness += LETTERS * (letters @ self._letters.T).toarray()
        return likeness


class TextGrader:
    """Grades written answers; a question's model is made when it is first needed."""

    def __init__(self, quiz: Quiz, load: Callable[[], Encoder], cached: Path) -> None:
        """Take the questions, what loads the encoder, and a folder for the examples' vectors."""
        self._quiz = quiz
        self._encoder = cache(load)
        self._cached = cached
        self._models: dict[str, _Model] = {}
        self._lock = threading.Lock()

    @classmethod
    def of(cls, settings: Settings, quiz: Quiz) -> TextGrader:
        """Return the grader of this place; it loads nothing before there is an answer to grade."""
        return cls(
            quiz,
            lambda: load_encoder("onnx", settings.models / "encoder"),
            settings.var / "cache" / "grading",
        )

    def __call__(self, item: FreeText, text: str) -> Grade:
        """Grade an answer in any language."""
        model = self._model(item)
        parts = clauses(clean(text))
        scores = model.scores(parts, self._encoder().encode(parts))
        best = (scores[0] + scores.max(axis=0)) / 2
        # Examples that make a point have 1, the others -1.
        return grade_of(item, {point.id for point, score in zip(item.points, best) if score > 0})

    def prepare(self, item: FreeText) -> None:
        """Make the model while the learner is still thinking."""
        threading.Thread(target=self._model, args=(item,), daemon=True).start()

    def _model(self, item: FreeText) -> _Model:
        with self._lock:
            if item.id not in self._models:
                self._models[item.id] = self._fit(item)
            return self._models[item.id]

    def _fit(self, item: FreeText) -> _Model:
        texts, made = [], []
        for point in item.points:
            for text in (point.it, point.en, *point.ways.it, *point.ways.en):
                texts.append(text)
                made.append([1.0 if other is point else -1.0 for other in item.points])
        for example in self._quiz.examples.get(item.id, ()):
            texts.append(example.text)
            made.append([1.0 if point.id in example.points else -1.0 for point in item.points])
        for text in (item.question.it, item.question.en, *self._others(item)):
            texts.append(text)
            made.append([-1.0] * len(item.points))
        vectors = encode_cached(self._encoder(), texts, self._cached / f"{item.id}.npz")
        return _Model(texts, vectors, np.array(made))

    def _others(self, item: FreeText) -> list[str]:
        """Return some examples of every other question, evenly spread over them."""
        found = []
        for name, examples in self._quiz.examples.items():
            if name != item.id:
                step = max(1, len(examples) // OTHERS)
                found += [example.text for example in examples[step // 2 :: step][:OTHERS]]
        return found


def clauses(text: str) -> list[str]:
    """Return a text, its sentences, and their clauses of two words or more, without repeats."""
    parts = [text, *SENTENCE.split(text), *CLAUSE.split(text)]
    return list(
        dict.fromkeys(p.strip() for n, p in enumerate(parts) if n == 0 or len(p.split()) > 1)
    )
