"""The words behind ``/sportello``: what is asked of it besides a question."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum

from actions.logic.wording import clean, fold
from bot.channels.slack.speaker import Speaker


class Asked(Enum):
    """What a command wants."""

    QUESTION = "question"
    INTAKE = "intake"
    QUIZ = "quiz"
    HELP = "help"


def read_command(text: str, speakers: Iterable[Speaker]) -> Asked:
    """Return what somebody typed behind the command; its words stand in ``domain.yml``.

    Args:
        text: What was typed.
        speakers: One of each language.
    """
    said = fold(clean(text)).strip(" .!?")
    if not said:
        return Asked.HELP
    for asked in (Asked.INTAKE, Asked.QUIZ, Asked.HELP):
        words = {asked.value}
        for speaker in speakers:
            words |= {fold(word.strip()) for word in speaker(f"command_{asked.value}").split(",")}
        if said in words:
            return asked
    return Asked.QUESTION
