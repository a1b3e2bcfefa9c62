"""Rasa with the pipeline that `rasa init` writes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bench import rasa_nlu
from bench.rasa_nlu import answer

__all__ = ["answer", "train"]

PIPELINE: list[dict[str, Any]] = [
    {"name": "WhitespaceTokenizer"},
    {"name": "RegexFeaturizer"},
    {"name": "LexicalSyntacticFeaturizer"},
    {"name": "CountVectorsFeaturizer"},
    {"name": "CountVectorsFeaturizer", "analyzer": "char_wb", "min_ngram": 1, "max_ngram": 4},
    {"name": "DIETClassifier", "epochs": 100},
    {"name": "EntitySynonymMapper"},
    {"name": "ResponseSelector", "epochs": 100},
    {"name": "FallbackClassifier", "threshold": 0.3, "ambiguity_threshold": 0.1},
]


def train(messages: list[dict[str, Any]], folder: Path) -> None:
    """Learn from messages (text, lang, label) and leave the model in the folder."""
    rasa_nlu.train(messages, folder, PIPELINE)
