"""Arithmetic of days, weeks, months and feasts for deadlines."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Callable

Day = dt.date
ONE_DAY = dt.timedelta(days=1)


def month_end(year: int, month: int) -> Day:
    """Return the last day of a month."""
    return Day(year, month, calendar.monthrange(year, month)[1])


def add_months(day: Day, count: int) -> Day:
    """Keep the day number, or fall on the last day of a shorter month (art. 2963 c.c.).

    Raises:
        ValueError: the day lies outside the years 1 to 9999.
    """
    index = day.year * 12 + day.month - 1 + count
    year, month = divmod(index, 12)
    return Day(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def monday_of(day: Day) -> Day:
    """Return the Monday of a day's week."""
    return day - dt.timedelta(days=day.weekday())


def friday_of(day: Day) -> Day:
    """Return the Friday of a day's week, which may lie before the day."""
    return monday_of(day) + dt.timedelta(days=4)


def saturday_around(day: Day) -> Day:
    """Return the Saturday nearest to a day."""
    return day + dt.timedelta(days=(5 - day.weekday() + 3) % 7 - 3)


def coming_weekday(today: Day, weekday: int) -> Day:
    """Return the coming Monday (0) to Sunday (6), never today."""
    return today + dt.timedelta(days=(weekday - today.weekday() - 1) % 7 + 1)


def last_weekday(today: Day, weekday: int) -> Day:
    """Return the latest Monday (0) to Sunday (6) before today."""
    return today - dt.timedelta(days=(today.weekday() - weekday - 1) % 7 + 1)


def nth_weekday(year: int, month: int, weekday: int, nth: int) -> Day | None:
    """Return the nth weekday of a month, counted from its end where nth is negative."""
    days = [
        day
        for number in range(1, calendar.monthrange(year, month)[1] + 1)
        if (day := Day(year, month, number)).weekday() == weekday
    ]
    index = nth - 1 if nth > 0 else nth
    return days[index] if -len(days) <= index < len(days) else None


def easter(year: int) -> Day:
    """Return Easter Sunday of the Gregorian calendar (Butcher's rule)."""
    a, (b, c) = year % 19, divmod(year, 100)
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    q = (32 + 2 * e + 2 * i - h - k) % 7
    m = (a + 11 * h + 22 * q) // 451
    month, day = divmod(h + q - 7 * m + 114, 31)
    return Day(year, month, day + 1)


def _fixed(month: int, day: int) -> Callable[[int], Day]:
    return lambda year: Day(year, month, day)


def _from_easter(days: int) -> Callable[[int], Day]:
    return lambda year: easter(year) + dt.timedelta(days=days)


# Folded pattern of a feast -> its day in a year; the first that matches counts.
FEASTS: tuple[tuple[str, Callable[[int], Day]], ...] = (
    (r"vigilia (?:di|del) (?:capodanno|(?:nuovo anno|primo dell'anno))", _fixed(12, 31)),
    (r"vigilia (?:di|della|dell') ?(?:epifania|befana)", _fixed(1, 5)),
    (r"vigilia di pasqua", _from_easter(-1)),
    (r"vigilia di ferragosto", _fixed(8, 14)),
    (r"vigilia(?: di natale)?|(?:christmas|xmas) eve", _fixed(12, 24)),
    (r"santo stefano|s\. ?stefano|boxing day|st\.? stephen'?s(?: day)?", _fixed(12, 26)),
    (r"san silvestro|new year'?s'? eve|ultimo (?:giorno )?dell'anno|nye", _fixed(12, 31)),
    (r"capodanno|primo dell'anno|new year'?s'? day", _fixed(1, 1)),
    (r"(?:giorno di )?natale|christmas(?: day)?", _fixed(12, 25)),
    (r"epifania|befana|epiphany", _fixed(1, 6)),
    (
        r"pasquetta|lunedi di pasqua|lunedi dell'angelo|lunedi in albis|easter monday",
        _from_easter(1),
    ),
    (r"venerdi santo|good friday", _from_easter(-2)),
    (r"(?:domenica di )?pasqua|easter(?: sunday| day)?", _from_easter(0)),
    (r"ferragosto|assumption(?: day)?", _fixed(8, 15)),
    (r"immacolata(?: concezione)?|(?:feast of the )?immaculate conception", _fixed(12, 8)),
    (r"ognissanti|(?:tutti )?(?<!\w)i santi|all saints'?(?: day)?", _fixed(11, 1)),
    (r"(?<!\w)i morti|all souls'?(?: day)?", _fixed(11, 2)),
    (r"(?:domenica delle )?palme|palm sunday", _from_easter(-7)),
    (r"martedi grasso|shrove tuesday", _from_easter(-47)),
    (r"(?:mercoledi delle )?ceneri|ash wednesday", _from_easter(-46)),
    (r"festa della repubblica|republic day", _fixed(6, 2)),
    (r"festa dei lavoratori|festa del lavoro|labou?r day", _fixed(5, 1)),
    (r"festa della liberazione|liberation day", _fixed(4, 25)),
    (r"san valentino|valentine'?s day", _fixed(2, 14)),
    (r"halloween", _fixed(10, 31)),
)
