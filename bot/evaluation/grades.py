"""How often written answers are graded as a person would grade them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from actions.logic.grading import Grader
from actions.logic.quiz import FreeText, Quiz
from bot.messages import MessagesError

LABELS = ("right", "partly", "wrong", "nonsense")
GRADES = ("right", "partly", "wrong")


@dataclass(frozen=True)
class Agreement:
    """How many answers of each label got each grade; what is no answer should be wrong."""

    counts: Mapping[tuple[str, str], int]

    @property
    def answers(self) -> int:
        """How many there are."""
        return sum(self.counts.values())

    @property
    def agreeing(self) -> int:
        """How many got the grade of their label."""
        return sum(
            number
            for (label, grade), number in self.counts.items()
            if grade == ("wrong" if label == "nonsense" else label)
        )


def measure_grades(file: Path, quiz: Quiz, grader: Grader) -> Agreement:
    """Grade the answers of JSON lines with ``item``, ``answer`` and ``label``.

    Raises:
        MessagesError: a line can't be used.
    """
    counts: Counter[tuple[str, str]] = Counter()
    for number, line in enumerate(_lines(file), start=1):
        row = _row(line, f"{file.name}, line {number}", quiz)
        grade = grader(row["item"], row["answer"])
        counts[row["label"], grade.result] += 1
    if not counts:
        raise MessagesError(f"{file.name} holds no answers.")
    return Agreement(counts)


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise MessagesError(f"{file}: can't be read: {error}") from None


def _row(line: str, place: str, quiz: Quiz) -> dict[str, Any]:
    try:
        row = json.loads(line)
        item, answer, label = quiz.items[row["item"]], row["answer"], row["label"]
    except (ValueError, KeyError, TypeError):
        raise MessagesError(
            f'{place}: write JSON with an "item" of data/quiz, an "answer" and a "label".'
        ) from None
    if not isinstance(item, FreeText) or not isinstance(answer, str) or label not in LABELS:
        raise MessagesError(f"{place}: the label must be one of {', '.join(LABELS)}.")
    return {"item": item, "answer": answer, "label": label}
