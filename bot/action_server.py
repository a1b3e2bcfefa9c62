"""The action server's process: the actions, with the packaged encoder to grade what is written."""

from __future__ import annotations

from functools import cache

from actions.logic.grading import Grade, grade
from actions.logic.quiz import FreeText
from actions.server import main
from actions.settings import Settings
from bot.understanding.encoder import Encoder, load_encoder


def grade_text(item: FreeText, text: str, language: str) -> Grade:
    """Grade a written answer."""
    return grade(item, text, language, _encoder().encode)


@cache
def _encoder() -> Encoder:
    # Only once somebody writes an answer: most servers never grade one.
    return load_encoder("onnx", Settings.read().models / "encoder")


if __name__ == "__main__":
    main(grade_text)
