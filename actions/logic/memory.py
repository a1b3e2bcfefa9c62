"""What a learner remembers of a question, and when it should come again: fsrs over the answers.

A card is never changed: it is computed from all answers, so an answer taken back leaves no trace.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from typing import Any, Literal

from fsrs import Card, Rating, Scheduler, State

from actions.logic.workdays import is_workday

Result = Literal["right", "partly", "wrong"]
# Without fuzzing, or the same answers would not make the same card again.
SCHEDULER = Scheduler(enable_fuzzing=False)
QUICK_SECONDS = 15
REMEMBERED = 0.9  # how likely an answer must be right now to count as remembered
LEECH = 4  # wrong answers, after which a question is worth another look rather than another try


def rate(result: Result, sure: bool | None, seconds: float | None) -> Rating:
    """Return how well an answer was known, as fsrs counts it.

    Args:
        result: How it was graded.
        sure: Whether the learner was sure; None where that was not asked or not told.
        seconds: From the question to the answer, where that is known.
    """
    if result == "wrong":
        return Rating.Again
    if result == "partly" or sure is False:
        return Rating.Hard
    if sure and seconds is not None and seconds <= QUICK_SECONDS:
        return Rating.Easy
    return Rating.Good


def remember(answers: Iterable[tuple[Rating, dt.datetime]]) -> Card | None:
    """Return the card that answers make, whatever their order; None where there is none."""
    card = None
    for rating, moment in sorted(answers, key=lambda answer: answer[1]):
        # Its number is of no use to us; by itself fsrs would wait a millisecond to draw one.
        card = card or Card(card_id=0, due=moment)
        card, _ = SCHEDULER.review_card(card, rating, moment)
    return card


def retrievability(card: Any, now: dt.datetime) -> float:
    """Return how likely a stored card is remembered at a moment, 0 to 1, as fsrs reckons."""
    known = Card(
        card_id=0,
        state=State(card.state),
        step=card.step,
        stability=card.stability,
        difficulty=card.difficulty,
        due=card.due,
        last_review=card.last_review,
    )
    return SCHEDULER.get_card_retrievability(known, now)


def streak(days: Collection[dt.date], today: dt.date) -> int:
    """Return on how many days somebody has practised without a break, up to today.

    A day off breaks nothing, nor does one working day that was missed; two in a row do. Today may
    still come.
    """
    count, missed, day = 0, 0, today
    first = min(days, default=today)
    while day >= first and missed < 2:
        if day in days:
            count, missed = count + 1, 0
        elif day != today and is_workday(day):
            missed += 1
        day -= dt.timedelta(days=1)
    return count
