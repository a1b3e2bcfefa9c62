"""What a phrase can mean: days, a period, an hour, or a date that doesn't exist."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from actions.logic.deadlines.calendars import ONE_DAY, Day, saturday_around


@dataclass(frozen=True)
class Frame:
    """What the rules need to know beside the words: the clock, the language and the tense."""

    now: dt.datetime
    language: str
    past: Callable[[int], bool]
    plain: str

    @property
    def today(self) -> Day:
        """Return the day of ``now`` in its own zone."""
        return self.now.date()


@dataclass(frozen=True)
class Meaning:
    """Days a phrase may name, sorted, and the first day of the period it stands for.

    ``best`` is the most plausible of ``days``. ``kind`` is "day", "period" (its last day is
    meant), "end" (the words name the end of a period), "time" (an hour without a day), "invalid"
    or "vague".
    """

    kind: str = "day"
    days: tuple[Day, ...] = ()
    best: Day | None = None
    first: Day | None = None
    time: dt.time | None = None

    def before(self) -> Meaning:
        """Return the meaning of "before ..."; before the end of a period is its last day."""
        if self.kind == "period" and self.first is not None:
            return on(self.first - ONE_DAY)
        if self.kind == "day" and self.time is None:
            earlier = tuple(day - ONE_DAY for day in self.days)
            return replace(self, days=earlier, best=self.best and self.best - ONE_DAY)
        return self


@dataclass(frozen=True)
class Moment:
    """A meaning at its place in the plain text; ``rule`` names the rule that read it."""

    start: int
    end: int
    meaning: Meaning
    rule: str


@dataclass(frozen=True)
class Rule:
    """A pattern over the plain text and what its matches mean; None where it doesn't apply."""

    name: str
    pattern: re.Pattern[str]
    read: Callable[[re.Match[str], Frame], Meaning | None]


def rule(name: str, pattern: str, read: Callable[[re.Match[str], Frame], Meaning | None]) -> Rule:
    """Return a rule with its pattern compiled."""
    return Rule(name, re.compile(pattern), read)


INVALID = Meaning("invalid")
VAGUE = Meaning("vague")


def on(day: Day) -> Meaning:
    """Return the meaning of a single day."""
    return Meaning("day", (day,), day)


def one_of(*days: Day, best: Day, kind: str = "day", first: Day | None = None) -> Meaning:
    """Return the meaning of a phrase on which speakers disagree."""
    return Meaning(kind, tuple(sorted(set(days))), best, first)


def weekend_of(day: Day) -> Meaning:
    """Return the meaning of the weekend of a day: its Friday, Saturday or Sunday."""
    saturday = saturday_around(day)
    friday, sunday = saturday - ONE_DAY, saturday + ONE_DAY
    return one_of(friday, saturday, sunday, best=friday, kind="period", first=saturday)


def within(first: Day, last: Day, *, kind: str = "period") -> Meaning:
    """Return the meaning of a period, whose last day is the deadline."""
    return Meaning(kind, (last,), last, first)
