"""Cross-validation: each training message is scored by a model that never saw it."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import yaml
from numpy.typing import NDArray

from actions.settings import Settings
from bot.evaluation.rows import UNKNOWN, LabelledMessage
from bot.evaluation.scores import Scored, score
from bot.training_messages import TrainingMessage, load_training_messages
from bot.understanding.encoder import Encoder, load_encoder
from bot.understanding.labels import as_asked, train_labels
from bot.understanding.language import LanguageModel
from bot.understanding.model import Understanding
from bot.understanding.ngrams import BUCKETS
from bot.understanding.vectors import encode_cached

FOLDS = 5
SEED = 0


@dataclass
class KnownVectors:
    """An encoder that only looks up; unlike the others it can be sent to another process."""

    vectors: dict[str, NDArray[np.float32]]
    dimensions: int
    name: str = "known"

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """See `Encoder.encode`; raises `KeyError` for other texts."""
        rows = [self.vectors[text] for text in texts]
        return np.array(rows, np.float32).reshape(len(texts), self.dimensions)


@dataclass(frozen=True)
class Fold:
    """What to learn from, shape of ``vectors`` (messages, dimensions), and what to score."""

    learned: list[TrainingMessage]
    vectors: NDArray[np.float32]
    held_back: list[TrainingMessage]
    encoder: KnownVectors
    threshold: float


def cross_validate_training_messages(settings: Settings) -> list[Scored]:
    """Score all training messages with the settings of ``config.yml``; needs no trained model."""
    config = yaml.safe_load((settings.home / "config.yml").read_text(encoding="utf-8"))
    steps = {step["name"].rsplit(".", 1)[-1]: step for step in config["pipeline"]}
    cores = os.cpu_count() or 1
    return cross_validate(
        load_training_messages(settings.home / "data"),
        load_encoder(
            steps["LabelClassifier"].get("engine", "onnx"),
            settings.models / "encoder",
            threads=cores,
        ),
        cache=settings.var / "cache" / "vectors.npz",
        threshold=float(steps["OutOfScopeRejector"]["threshold"]),
        processes=min(cores, FOLDS),
    )


def cross_validate(
    messages: Sequence[TrainingMessage],
    encoder: Encoder,
    *,
    cache: Path,
    threshold: float,
    processes: int = 1,
) -> list[Scored]:
    """Train on four fifths, score the fifth; every fold has its share of labels and languages.

    Args:
        messages: All training messages, as ``cache`` keeps only the vectors of the last training.
        encoder: For the messages whose vectors are not in ``cache``.
        cache: The vectors' file, the same that the training uses.
        threshold: The least probability to act on, between 0 and 1.
        processes: How many folds to train at a time.
    """
    from sklearn.model_selection import StratifiedKFold

    texts = [message.text for message in messages]
    vectors = encode_cached(encoder, texts, cache)
    known = dict(zip(texts, vectors))
    # A model is trained on messages as they stand, but asked without stray signs and codes.
    unknown = [text for text in map(as_asked, texts) if text not in known]
    known.update(zip(unknown, encoder.encode(unknown)))
    strata = [f"{message.label} {message.language}" for message in messages]
    splits = list(StratifiedKFold(FOLDS, shuffle=True, random_state=SEED).split(texts, strata))
    folds = [
        Fold(
            [messages[i] for i in learned],
            vectors[learned],
            [messages[i] for i in held_back],
            KnownVectors(
                {as_asked(texts[i]): known[as_asked(texts[i])] for i in held_back},
                encoder.dimensions,
            ),
            threshold,
        )
        for learned, held_back in splits
    ]
    scored: dict[int, Scored] = {}
    for (_, held_back), rows in zip(splits, _run_all(folds, processes)):
        scored.update(zip(held_back, rows))
    return [scored[i] for i in range(len(messages))]


def _run_all(folds: Sequence[Fold], processes: int) -> list[list[Scored]]:
    if processes == 1:
        return [_run(fold) for fold in folds]
    # A fork of a process with threads, such as ONNX Runtime's, may hang.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, context, initializer=_use_one_core) as pool:
        return list(pool.map(_run, folds))


def _use_one_core() -> None:
    """Keep NumPy from spreading over the cores that the other folds are using."""
    # It comes with scikit-learn.
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    threadpool_limits(1)


def _run(fold: Fold) -> list[Scored]:
    texts = [message.text for message in fold.learned]
    labels = [message.label for message in fold.learned]
    understanding = Understanding(
        LanguageModel(np.zeros(BUCKETS, np.float32)),  # the label does not depend on it
        train_labels(texts, labels, fold.vectors),
        fold.encoder,
        fold.threshold,
    )
    rows = [LabelledMessage(m.text, m.language, UNKNOWN, m.label) for m in fold.held_back]
    return score(understanding, rows)
