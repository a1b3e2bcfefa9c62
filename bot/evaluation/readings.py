"""Labelled deadlines and how the rules read each; a wrong date is worse than none."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from actions.logic.deadlines import Deadline, read_deadline
from actions.logic.duckling import Duckling
from bot.evaluation.rows import DATE, LabelledDeadline

RIGHT = "right"
WRONG_DAY = "wrong day"
WRONG_HOUR = "wrong hour"
INVENTED = "invented date"
MISSED = "missed"
MISTAKES = (WRONG_DAY, WRONG_HOUR, INVENTED, MISSED)  # the worst first, hours aside


@dataclass(frozen=True)
class Reading:
    """One labelled answer to "by when?" with both readings in words and the verdict."""

    text: str
    language: str
    kind: str
    expected: str
    given: str
    verdict: str

    @property
    def right(self) -> bool:
        """Whether kind, day and time are those that a person reads."""
        return self.verdict == RIGHT


def read_all(rows: Iterable[LabelledDeadline], duckling: Duckling | None) -> list[Reading]:
    """Read each message as the bot would."""
    readings = []
    for row in rows:
        found = read_deadline(row.text, language=row.language, now=row.now, duckling=duckling)
        expected = _words(row.kind, row.dates, row.time)
        given = _words(found.kind, [found.date], found.time) if found else "nothing"
        readings.append(
            Reading(row.text, row.language, row.kind, expected, given, verdict(row, found))
        )
    return readings


def verdict(row: LabelledDeadline, found: Deadline | None) -> str:
    """Say what is wrong with a reading, if anything; what gives no date to ask about is missed."""
    if found is None or (found.kind != row.kind and found.kind != DATE):
        return MISSED
    if found.kind != row.kind:
        return INVENTED
    if row.kind == DATE and found.date not in row.dates:
        return WRONG_DAY
    if row.kind == DATE and found.time != row.time:
        return WRONG_HOUR
    return RIGHT


def _words(kind: str, dates: Iterable[dt.date | None], time: dt.time | None) -> str:
    days = " or ".join(date.isoformat() for date in dates if date)
    hour = f" {time:%H:%M}" if time else ""
    return f"{days}{hour}" if kind == DATE else kind
