"""The action server's process: the actions, with the packaged encoder to grade what is written."""

from __future__ import annotations

from actions.logic.quiz import Quiz
from actions.server import main
from actions.settings import Settings
from bot.understanding.encoder import load_encoder
from bot.understanding.grading import TextGrader


def grader(quiz: Quiz) -> TextGrader:
    """Return what grades written answers; it loads nothing before somebody is asked for one."""
    settings = Settings.read()
    return TextGrader(
        quiz,
        lambda: load_encoder("onnx", settings.models / "encoder"),
        settings.var / "cache" / "grading",
    )


if __name__ == "__main__":
    main(grader)
