"""Cross-validation: each training message is scored by a model that never saw it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import yaml

from actions.settings import Settings
from bot.evaluation.rows import UNKNOWN, LabelledMessage
from bot.evaluation.scores import KnownVectors, Scored, score
from bot.training_messages import TrainingMessage, load_training_messages
from bot.understanding.encoder import Encoder, load_encoder
from bot.understanding.labels import train_labels
from bot.understanding.language import LanguageModel
from bot.understanding.model import Understanding
from bot.understanding.ngrams import BUCKETS
from bot.understanding.vectors import encode_cached

FOLDS = 5
SEED = 0


def cross_validate_training_messages(settings: Settings) -> list[Scored]:
    """Score all training messages with the settings of ``config.yml``; needs no trained model."""
    config = yaml.safe_load((settings.home / "config.yml").read_text(encoding="utf-8"))
    steps = {step["name"].rsplit(".", 1)[-1]: step for step in config["pipeline"]}
    encoder = load_encoder(
        steps["LabelClassifier"].get("engine", "onnx"),
        settings.models / "encoder",
        threads=os.cpu_count() or 1,
    )
    return cross_validate(
        load_training_messages(settings.home / "data"),
        encoder,
        cache=settings.var / "cache" / "vectors.npz",
        threshold=float(steps["OutOfScopeRejector"]["threshold"]),
    )


def cross_validate(
    messages: Sequence[TrainingMessage], encoder: Encoder, *, cache: Path, threshold: float
) -> list[Scored]:
    """Train on four fifths, score the fifth; every fold has its share of labels and languages.

    Args:
        messages: All training messages, as ``cache`` keeps only the vectors of the last training.
        encoder: For the messages whose vectors are not in ``cache``.
        cache: The vectors' file, the same that the training uses.
        threshold: The least probability to act on, between 0 and 1.
    """
    from sklearn.model_selection import StratifiedKFold

    texts = [message.text for message in messages]
    labels = [message.label for message in messages]
    vectors = encode_cached(encoder, texts, cache)
    known = KnownVectors(encoder, dict(zip(texts, vectors)))
    nobody = LanguageModel(np.zeros(BUCKETS, np.float32))  # the label does not depend on it
    strata = [f"{message.label} {message.language}" for message in messages]
    scored: dict[int, Scored] = {}
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=SEED)
    for learned, held_back in folds.split(texts, strata):
        model = train_labels(
            [texts[i] for i in learned], [labels[i] for i in learned], vectors[learned]
        )
        rows = [
            LabelledMessage(texts[i], messages[i].language, UNKNOWN, labels[i]) for i in held_back
        ]
        understanding = Understanding(nobody, model, known, threshold)
        scored.update(zip(held_back, score(understanding, rows)))
    return [scored[i] for i in range(len(messages))]
