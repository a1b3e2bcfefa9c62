"""How much of what a written answer should say it does say."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from actions.logic.memory import Result
from actions.logic.quiz import FreeText

# Texts to rows of unit length, shape (texts, dimensions).
Encode = Callable[[Sequence[str]], Any]


@dataclass(frozen=True)
class Grade:
    """The suggested grade of a written answer; ``found`` and ``missing`` name key points."""

    result: Result
    score: float
    found: tuple[str, ...]
    missing: tuple[str, ...]


def grade(item: FreeText, text: str, language: str, encode: Encode) -> Grade:
    """Grade an answer by the key points that it makes."""
    raise NotImplementedError
