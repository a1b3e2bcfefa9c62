"""The action server's process: the actions, with the packaged encoder to grade what is written."""

from __future__ import annotations

from actions.server import main
from actions.settings import Settings
from bot.understanding.grading import TextGrader

if __name__ == "__main__":
    main(lambda quiz: TextGrader.of(Settings.read(), quiz))
