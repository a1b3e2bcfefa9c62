"""This project's pipeline inside Rasa, as `sportello up` serves it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from actions.settings import Settings
from bench import rasa_nlu


def train(messages: list[dict[str, Any]], folder: Path, engine: str = "onnx") -> None:
    """Learn from messages (text, lang, label); the sentence vectors are kept in the folder."""
    config = yaml.safe_load((Settings.read().home / "config.yml").read_text(encoding="utf-8"))
    for step in config["pipeline"]:
        if step["name"].endswith((".LabelClassifier", ".PassageFinder")):
            step["engine"] = engine
    _live_in(folder)
    rasa_nlu.train(messages, folder, config["pipeline"])


def answer(folder: Path, engine: str = "onnx") -> Callable[[dict[str, Any]], str]:
    """Load the model and return what gives a message its label."""
    _live_in(folder)
    return rasa_nlu.answer(folder)


def _live_in(folder: Path) -> None:
    os.environ["SPORTELLO_VAR"] = str(folder / "var")
