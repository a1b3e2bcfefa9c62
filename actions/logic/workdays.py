"""Italian working days: Monday to Friday less the national holidays."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache

import holidays


@lru_cache(maxsize=64)
def national_holidays(year: int) -> frozenset[dt.date]:
    """Return the days of a year on which Italian offices are shut by law, Sundays apart.

    The source is the package `holidays`, which has 4 October from 2026 on (law 151 of
    8 October 2025).
    """
    return frozenset(holidays.country_holidays("IT", years=year))


def is_workday(day: dt.date) -> bool:
    """Tell whether a day is Monday to Friday and no national holiday; Good Friday works."""
    return day.weekday() < 5 and day not in national_holidays(day.year)


def add_workdays(start: dt.date, count: int) -> dt.date:
    """Return the count-th working day after a day, or before it where count is negative.

    The start itself is never counted; with a count of 0 it is returned as it is.

    Raises:
        OverflowError: the day lies outside the years 1 to 9999.
    """
    step = dt.timedelta(days=1 if count > 0 else -1)
    day, left = start, abs(count)
    while left:
        day += step
        left -= is_workday(day)
    return day


def last_workday(first: dt.date, last: dt.date) -> dt.date | None:
    """Return the last working day from first to last, both included, or None."""
    day = last
    while day >= first:
        if is_workday(day):
            return day
        day -= dt.timedelta(days=1)
    return None


def warning_day(due: dt.date, lead_days: int, today: dt.date) -> dt.date:
    """Return the working day on which to warn that something is due.

    The rule: as many calendar days before the due day as `lead_days`, moved back to a working day,
    so that nobody is warned on a weekend or a national holiday. What was told only now is warned
    of on the next working day after today; where even that lies beyond the due day, on the last
    working day from today to the due day. Only where there is none (told on a Saturday, due on the
    Sunday) the answer is today, for a warning after the due day would be none.
    """
    earliest = add_workdays(today, 1)
    if due < earliest:
        return last_workday(today, due) or today
    return last_workday(earliest, due - dt.timedelta(days=lead_days)) or earliest
