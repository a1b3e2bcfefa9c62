"""This project's understanding without Rasa, as `sportello parse` uses it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from actions.settings import Settings
from bench.rasa_nlu import MODEL, SLASH
from bot.understanding.model import Understanding


def train(messages: list[dict[str, Any]], folder: Path, engine: str = "onnx") -> None:
    """Train as `sportello_served` does: there is one way."""
    from bench import sportello_served

    sportello_served.train(messages, folder, engine)


def answer(folder: Path, engine: str = "onnx") -> Callable[[dict[str, Any]], str]:
    """Load the model and return what gives a message its label."""
    # The folder has the config.yml it was trained with, which names the engine.
    settings = replace(Settings.read(), home=folder, var=folder / "var")
    understanding = Understanding.load(folder / f"{MODEL}.tar.gz", settings)
    return lambda message: understanding.parse(message["text"]).label.replace(SLASH, "/")
