"""The grade of a written answer, from the key points that were found in it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol

from actions.logic.memory import Result
from actions.logic.quiz import FreeText


@dataclass(frozen=True)
class Grade:
    """The suggested grade of a written answer; ``found`` and ``missing`` name key points.

    The score is the share of the essential points; of the others none is missing.
    """

    result: Result
    score: float
    found: tuple[str, ...]
    missing: tuple[str, ...]


class Grader(Protocol):
    """Whatever finds key points in what somebody wrote."""

    def __call__(self, item: FreeText, text: str) -> Grade:
        """Grade an answer."""

    def prepare(self, item: FreeText) -> None:
        """Get ready to grade answers to a question that is being asked."""


def grade_of(item: FreeText, found: Collection[str]) -> Grade:
    """Return the grade of an answer that makes these points."""
    essential = [point.id for point in item.points if point.essential]
    missing = tuple(name for name in essential if name not in found)
    result: Result = "right"
    if missing:
        result = "partly" if len(missing) < len(essential) else "wrong"
    return Grade(
        result,
        1 - len(missing) / len(essential),
        tuple(point.id for point in item.points if point.id in found),
        missing,
    )


class NoGrader:
    """Stands where nobody has put an encoder: written answers can't be graded."""

    def __call__(self, item: FreeText, text: str) -> Grade:
        """Refuse to grade."""
        raise RuntimeError("written answers are graded by the action server of the package `bot`")

    def prepare(self, item: FreeText) -> None:
        """Do nothing."""
