"""Questions that got no good answer, in groups of one meaning with the FAQ's nearest entries."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from actions.logic.masking import PLACEHOLDER
from actions.store.questions import Question
from bot.understanding.labels import Floats, LabelModel, as_asked, centred
from bot.understanding.model import Understanding
from bot.understanding.rejection import OUT_OF_SCOPE

# Two groups become one while their questions have at least this cosine on average; see
# docs/adr/0012-questions-that-teach.md.
ALIKE = 0.275
FLATTENING = 0.5
LEAST_SPREAD = 1e-3
MOST = 5000  # different questions: the distances between them take some hundred megabytes
NEAREST = 3


@dataclass(frozen=True)
class Group:
    """Questions of one meaning, the oldest first, and the ids of the nearest entries of the FAQ."""

    questions: tuple[Question, ...]
    typical: Question
    nearest: tuple[str, ...]

    @property
    def id(self) -> str:
        """The oldest question's name: it stays while others join."""
        return self.questions[0].id

    @property
    def last_asked(self) -> dt.datetime:
        """When this was asked last."""
        return self.questions[-1].asked_at

    @property
    def languages(self) -> dict[str, int]:
        """How many were asked in which language, the most frequent first."""
        return dict(Counter(question.language for question in self.questions).most_common())

    @property
    def kinds(self) -> dict[str, int]:
        """How many there are of which kind, the most frequent first."""
        return dict(Counter(question.kind for question in self.questions).most_common())


def group_questions(questions: Sequence[Question], understanding: Understanding) -> list[Group]:
    """Return groups of one meaning, whatever the language, the most frequent first.

    Deterministic. Of more than `MOST` different texts the newest count, the others are left out.

    Args:
        questions: The oldest first.
        understanding: The trained model.
    """
    words = [_words(question) for question in questions]
    newest = set(list(dict.fromkeys(reversed(words)))[:MOST])
    texts = list(dict.fromkeys(text for text in words if text in newest))
    if not texts:
        return []
    vectors = understanding.encoder.encode(texts)
    meanings = _meanings(vectors, understanding.labels)
    rows = {text: row for row, text in enumerate(texts)}
    numbers = _joined(meanings)
    members: dict[int, list[tuple[Question, int]]] = defaultdict(list)
    for question, text in zip(questions, words):
        if (row := rows.get(text)) is not None:
            members[numbers[row]].append((question, row))
    groups = []
    for pairs in members.values():
        asked, asked_rows = zip(*pairs)
        alike = meanings[list(asked_rows)]
        different = sorted(set(asked_rows))
        likely = _nearest([texts[row] for row in different], vectors[different], understanding)
        # Typical is what is nearest to the middle.
        groups.append(Group(asked, asked[int((alike @ alike.sum(axis=0)).argmax())], likely))
    return sorted(groups, key=lambda group: (len(group.questions), group.last_asked), reverse=True)


def find_group(groups: Iterable[Group], id: str) -> Group | None:
    """Return the group that holds the question of this name, if any does."""
    return next(
        (group for group in groups if any(question.id == id for question in group.questions)), None
    )


def _words(question: Question) -> str:
    """Return what was asked without the marks for what was masked, which mean nothing."""
    return as_asked(PLACEHOLDER.sub(" ", question.text)) or question.text


def _meanings(vectors: Floats, model: LabelModel) -> Floats:
    """Return the vectors turned so that a cosine says more about meaning than about wording.

    How the training messages of one label differ among each other is language and style: the
    directions in which they do are flattened.
    """
    apart = [
        model.examples[chosen] - model.examples[chosen].mean(axis=0)
        for label, name in enumerate(model.labels)
        # What lies outside has no meaning in common.
        if name != OUT_OF_SCOPE and (chosen := model.example_labels == label).any()
    ]
    differences = np.concatenate(apart)
    spread, directions = np.linalg.eigh(differences.T @ differences / len(differences))
    deviations = np.maximum(np.sqrt(np.maximum(spread, 0)), LEAST_SPREAD)
    flattened = directions / deviations**FLATTENING
    turned = centred(vectors, model.mean) @ flattened
    lengths = np.linalg.norm(turned, axis=1, keepdims=True)
    unit: Floats = (turned / np.maximum(lengths, 1e-9)).astype(np.float32)
    return unit


def _joined(meanings: Floats) -> NDArray[np.int32]:
    """Return the number of each row's group, by average linkage."""
    # Here, because importing it takes a while, and most commands never need it.
    from scipy.cluster.hierarchy import fcluster, linkage
    from scipy.spatial.distance import squareform

    if len(meanings) < 2:
        return np.zeros(len(meanings), np.int32)
    distances = np.maximum(1 - meanings @ meanings.T, 0)
    np.fill_diagonal(distances, 0)
    tree = linkage(squareform(distances, checks=False), "average")
    numbers: NDArray[np.int32] = fcluster(tree, 1 - ALIKE, "distance")
    return numbers


def _nearest(
    texts: Sequence[str], vectors: Floats, understanding: Understanding
) -> tuple[str, ...]:
    """Return the ids of the FAQ's entries that the model finds likeliest over all texts."""
    model = understanding.labels
    likely = np.exp(model.by_all(model.by_letters(texts), vectors)).mean(axis=0)
    names = [model.labels[label] for label in np.argsort(-likely, kind="stable")]
    entries = [name.removeprefix("faq/") for name in names if name.startswith("faq/")]
    return tuple(entries[:NEAREST])
