"""Figures of the training's questions and topics, from how many answers were right.

Classical test theory, and one rule of our own: what fewer than `FEWEST_PEOPLE` have answered tells
about a person rather than about a question, so it is withheld.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, pstdev

FEWEST_PEOPLE = 3
# With fewer answers a correlation is chance.
FEWEST_ANSWERS = 10


@dataclass(frozen=True)
class Tally:
    """How one learner has answered one question."""

    learner: int
    item: str
    answers: int
    right: int
    contested: int = 0


@dataclass(frozen=True)
class Topic:
    """What was answered in a topic; ``right`` is None where too few people did."""

    topic: str
    people: int
    answers: int
    right: int | None


@dataclass(frozen=True)
class Question:
    """What a question is like.

    ``facility`` is the share of right answers, ``discrimination`` the point-biserial correlation
    with the answers to the other questions, ``leeches`` how many people keep getting it wrong,
    ``contested`` how many grades were contested. None where too few people or answers tell it.
    """

    item: str
    people: int
    answers: int
    facility: float | None
    discrimination: float | None
    leeches: int | None
    contested: int | None


def point_biserial(right: Sequence[float], wrong: Sequence[float]) -> float | None:
    """Return the correlation of a question with the rest, -1 to 1.

    Args:
        right: For each right answer, the share that its learner has right of all other questions.
        wrong: The same for each answer that was not right.

    Returns:
        None where there are too few answers, all of them are alike, or all learners are.
    """
    number = len(right) + len(wrong)
    if number < FEWEST_ANSWERS or not right or not wrong:
        return None
    spread = pstdev([*right, *wrong])
    if math.isclose(spread, 0, abs_tol=1e-9):
        return None
    return (fmean(right) - fmean(wrong)) / spread * math.sqrt(len(right) * len(wrong)) / number


def questions(tallies: Sequence[Tally], leeches: Mapping[str, int]) -> list[Question]:
    """Return the questions that were answered, the hardest first and those withheld last.

    Args:
        tallies: One for each learner and question.
        leeches: How many people keep getting a question wrong.
    """
    totals: dict[int, tuple[int, int]] = {}
    for tally in tallies:
        right, answers = totals.get(tally.learner, (0, 0))
        totals[tally.learner] = (right + tally.right, answers + tally.answers)
    found = [
        _question(item, some, totals, leeches.get(item, 0))
        for item, some in _grouped((tally.item, tally) for tally in tallies).items()
    ]
    return sorted(found, key=lambda each: (each.facility is None, each.facility or 0.0, each.item))


def topics(tallies: Iterable[Tally], topic_of: Mapping[str, str]) -> list[Topic]:
    """Return what was answered in each topic; ``topic_of`` names that of each question."""
    groups = _grouped((topic_of[tally.item], tally) for tally in tallies)
    found = []
    for topic, some in groups.items():
        people = _people(some)
        right = sum(tally.right for tally in some) if people >= FEWEST_PEOPLE else None
        found.append(Topic(topic, people, sum(tally.answers for tally in some), right))
    return found


def _question(
    item: str, some: Sequence[Tally], totals: Mapping[int, tuple[int, int]], leeches: int
) -> Question:
    """Return a question's figures; ``totals`` are each learner's right answers and all answers."""
    people, answers = _people(some), sum(tally.answers for tally in some)
    if people < FEWEST_PEOPLE:
        return Question(item, people, answers, None, None, None, None)
    right: list[float] = []
    wrong: list[float] = []
    for tally in some:
        all_right, all_answers = totals[tally.learner]
        if others := all_answers - tally.answers:
            rest = (all_right - tally.right) / others
            right += [rest] * tally.right
            wrong += [rest] * (tally.answers - tally.right)
    return Question(
        item,
        people,
        answers,
        facility=sum(tally.right for tally in some) / answers,
        discrimination=point_biserial(right, wrong),
        leeches=leeches,
        contested=sum(tally.contested for tally in some),
    )


def _people(tallies: Iterable[Tally]) -> int:
    return len({tally.learner for tally in tallies})


def _grouped(pairs: Iterable[tuple[str, Tally]]) -> dict[str, list[Tally]]:
    groups: dict[str, list[Tally]] = {}
    for key, tally in pairs:
        groups.setdefault(key, []).append(tally)
    return groups
