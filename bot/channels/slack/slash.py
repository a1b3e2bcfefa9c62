"""The words behind ``/sportello``: what is asked of it besides a question."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from actions.logic.practice_reading import is_taught
from actions.logic.wording import clean, fold
from bot.channels.slack.speaker import Speaker

_HOUR = re.compile(r"(?:(?:alle|dalle|le|ore|at)\W+)*(\d{1,2})(?:[:.]00)?")
_FEW = 3


class Asked(Enum):
    """What a command wants."""

    QUESTION = "question"
    INTAKE = "intake"
    QUIZ = "quiz"
    REMINDER = "reminder"
    NO_REMINDER = "no_reminder"
    HELP = "help"


@dataclass(frozen=True)
class Command:
    """What was typed: ``words`` are those for the training, ``hour`` is that of the reminder."""

    asked: Asked
    words: str = ""
    hour: int | None = None


def read_command(text: str, speakers: Iterable[Speaker]) -> Command:
    """Return what somebody typed behind the command; its words stand in ``domain.yml``.

    Args:
        text: What was typed.
        speakers: One of each language.
    """
    said = fold(clean(text)).strip(" .!?")
    if not said:
        return Command(Asked.HELP)
    words = {
        asked: {fold(word.strip()) for speaker in speakers for word in _words(asked, speaker)}
        for asked in Asked
        if asked is not Asked.QUESTION
    }
    for asked in (Asked.INTAKE, Asked.NO_REMINDER, Asked.HELP):
        if said in words[asked]:
            return Command(asked)
    rest = _behind(said, words[Asked.QUIZ])
    if rest is not None:
        return Command(Asked.QUIZ, f"quiz {rest}" if rest else "")
    rest = _behind(said, words[Asked.REMINDER])
    # More words are a question in which somebody speaks of a reminder.
    if rest is not None and len(rest.split()) <= _FEW:
        return Command(Asked.REMINDER, hour=_hour(rest))
    return Command(Asked.QUIZ, said) if is_taught(said) else Command(Asked.QUESTION)


def _words(asked: Asked, speaker: Speaker) -> list[str]:
    return [asked.value, *speaker(f"command_{asked.value}").split(",")]


def _behind(said: str, words: Iterable[str]) -> str | None:
    """Return what stands behind one of the words, the longest that fits; None behind none."""
    for word in sorted(words, key=len, reverse=True):
        if said == word or said.startswith(f"{word} "):
            return said[len(word) :].strip()
    return None


def _hour(text: str) -> int | None:
    found = _HOUR.fullmatch(text)
    hour = int(found.group(1)) if found else 24
    return hour if hour < 24 else None
