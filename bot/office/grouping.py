"""Groups of questions for the pages; what was compared once is not compared again."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from actions.settings import Settings
from actions.store.questions import Question
from bot.questions import Group, group_questions
from bot.training import current_model
from bot.understanding.encoder import Encoder
from bot.understanding.labels import Floats
from bot.understanding.model import Understanding

MOST_KEPT = 10_000  # vectors of 1.5 kB


class _Remembering:
    """An encoder that keeps the vectors of texts it has seen; each depends on its text alone."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._vectors: dict[str, Floats] = {}

    def encode(self, texts: Sequence[str]) -> Floats:
        new = [text for text in dict.fromkeys(texts) if text not in self._vectors]
        if len(self._vectors) + len(new) > MOST_KEPT:
            self._vectors.clear()
            new = list(dict.fromkeys(texts))
        if new:
            self._vectors.update(zip(new, self._encoder.encode(new)))
        return np.stack([self._vectors[text] for text in texts])


class Grouping:
    """The questions of the database in groups, made anew when they have changed."""

    def __init__(self, settings: Settings, threads: int) -> None:
        """Load the model when it is first needed."""
        self._settings, self._threads = settings, threads
        self._lock = threading.RLock()
        self._understanding: Understanding | None = None
        self._model: object = None
        self._known: tuple[tuple[str, ...], list[Group]] = ((), [])

    def groups(self, questions: Sequence[Question]) -> list[Group]:
        """Return the groups, the most frequent first.

        Raises:
            ModelMissingError, ModelError: there is no usable model.
        """
        with self._lock:
            understanding = self.load()
            key = tuple(question.id for question in questions)
            if self._known[0] != key:
                self._known = (key, group_questions(questions, understanding))
            return self._known[1]

    def load(self) -> Understanding:
        """Return the trained model, read anew once there is another.

        Raises:
            ModelMissingError, ModelError: there is no usable model.
        """
        model = current_model(self._settings)
        with self._lock:
            if self._understanding is None or self._model != model:
                found = Understanding.load(model, self._settings, self._threads)
                remembering: object = _Remembering(found.encoder)
                self._understanding = replace(found, encoder=remembering)  # type: ignore[arg-type]
                self._model, self._known = model, ((), [])
            return self._understanding
