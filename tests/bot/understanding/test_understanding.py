"""Labels, language and cached vectors: small models trained on a handful of messages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from actions.settings import Settings
from bot.training import current_model
from bot.understanding.labels import LabelModel, rank, train_labels
from bot.understanding.language import LanguageModel, train_language
from bot.understanding.model import ModelError, Understanding
from bot.understanding.ngrams import BUCKETS, buckets_of, features
from bot.understanding.rejection import is_rejected
from bot.understanding.vectors import encode_cached

MESSAGES = [
    ("ciao come va", "greet", "it"),
    ("buongiorno a tutti", "greet", "it"),
    ("hello how are you", "greet", "en"),
    ("arrivederci a presto", "goodbye", "it"),
    ("ci vediamo domani", "goodbye", "it"),
    ("goodbye see you tomorrow", "goodbye", "en"),
    ("che cos'è un cliente", "faq/client_definition", "it"),
    ("what is a client", "faq/client_definition", "en"),
    ("chi è il cliente", "faq/client_definition", "it"),
]


class CountingEncoder:
    """Gives each text a vector drawn from its hash, and remembers what it was asked."""

    name = "counting"
    dimensions = 16

    def __init__(self) -> None:
        self.asked: list[str] = []

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.asked += texts
        rows = [np.random.default_rng(abs(hash(t)) % 2**32).normal(size=16) for t in texts]
        vectors = np.array(rows, np.float32).reshape(-1, 16)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@pytest.fixture(scope="module")
def model() -> LabelModel:
    texts, labels, _ = zip(*MESSAGES)
    return train_labels(texts, labels, CountingEncoder().encode(texts))


def test_the_model_learns_its_messages(model: LabelModel) -> None:
    encoder = CountingEncoder()
    for text, label, _ in MESSAGES:
        ranking, _ = rank(model, text, encoder)
        assert ranking[0][0] == label
        assert sum(probability for _, probability in ranking) == pytest.approx(1, abs=1e-4)


def test_a_saved_model_says_the_same(model: LabelModel, tmp_path: Path) -> None:
    model.save(tmp_path / "labels.npz")
    loaded = LabelModel.load(tmp_path / "labels.npz")
    encoder = CountingEncoder()
    assert loaded.labels == model.labels
    for text in ("buongiorno", "un testo mai visto"):
        said, again = dict(rank(model, text, encoder)[0]), dict(rank(loaded, text, encoder)[0])
        assert said == pytest.approx(again, abs=1e-3)


def test_letters_alone_settle_what_they_are_certain_of(model: LabelModel) -> None:
    certain = replace(model, ngram_weights=model.ngram_weights * 20)
    encoder = CountingEncoder()
    ranking, vector = rank(certain, "buongiorno a tutti", encoder)
    assert (ranking[0][0], vector, encoder.asked) == ("greet", None, [])
    # Not where the vector will be looked at, and not where they are in doubt.
    _, vector = rank(certain, "buongiorno a tutti", encoder, settle=False)
    assert vector is not None
    elsewhere = replace(certain, labels=("faq/client_definition", "goodbye", "out_of_scope"))
    assert rank(elsewhere, "buongiorno a tutti", encoder).vector is not None
    assert rank(certain, "xyz", encoder).vector is not None


@pytest.mark.parametrize("text", ["", "  ", "😀😀", "?!", "\u202e", "\ud800"])
def test_what_has_no_word_has_no_label(text: str, model: LabelModel) -> None:
    encoder = CountingEncoder()
    assert rank(model, text, encoder) == ([], None)
    assert encoder.asked == []
    assert is_rejected([], 0.2)


def test_languages(tmp_path: Path) -> None:
    texts, _, languages = zip(*MESSAGES)
    model = train_language(texts, languages)
    model.save(tmp_path / "language.npz")
    for known in (model, LanguageModel.load(tmp_path / "language.npz")):
        assert known.identify("hello how are you")[0] == "en"
        assert known.identify("arrivederci a domani")[0] == "it"
        assert known.identify("Hello!") == ("en", 1.0)
        assert known.identify("salve") == ("it", 1.0)
        # Nothing tells: the default, with no certainty.
        for text in ("", "ok", "12/3", "mario@acme.it", "???", '/choose{"confirm": "yes"}'):
            assert known.identify(text) == ("it", 0.5)


def test_ngrams_fold_accents_and_case() -> None:
    assert buckets_of("Perché") == buckets_of("perche")
    weights = np.ones(BUCKETS, np.float32)
    lengths = np.sqrt(features(["ciao", ""], weights).power(2).sum(axis=1))
    assert lengths[0, 0] == pytest.approx(1)
    assert lengths[1, 0] == 0


def test_vectors_are_computed_once(tmp_path: Path) -> None:
    cache = tmp_path / "cache" / "vectors.npz"
    encoder = CountingEncoder()
    first = encode_cached(encoder, ["uno", "due", "uno"], cache)
    assert encoder.asked == ["uno", "due"]
    np.testing.assert_array_equal(first[0], first[2])
    again = encode_cached(encoder, ["due", "tre"], cache)
    assert encoder.asked == ["uno", "due", "tre"]
    np.testing.assert_array_equal(first[1], again[0])
    cache.write_bytes(b"broken")
    encode_cached(encoder, ["due"], cache)
    assert encoder.asked == ["uno", "due", "tre", "due"]


def test_a_model_that_is_none_is_told(tmp_path: Path) -> None:
    archive = tmp_path / "sportello.tar.gz"
    archive.write_bytes(b"no archive")
    with pytest.raises(ModelError, match="run 'sportello train'"):
        Understanding.load(archive, Settings.read())


def test_the_trained_model_on_the_labelled_messages(trained: Settings, evaluation: Path) -> None:
    """The floor that the project promises; `sportello evaluate` shows the whole picture."""
    import json

    understanding = Understanding.load(current_model(trained), trained)
    lines = (evaluation / "utterances_dev.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines if line]
    right = {"it": [], "en": []}  # type: dict[str, list[bool]]
    for row in rows:
        right[row["lang"]].append(understanding.parse(row["text"]).label == row["label"])
    for language, answers in right.items():
        assert sum(answers) / len(answers) >= 0.88, language
    assert sum(map(sum, right.values())) / len(rows) >= 0.9
