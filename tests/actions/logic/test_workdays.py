"""Working days, with the national holidays and the new one of 4 October."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given, settings, strategies

from actions.logic.workdays import (
    add_workdays,
    is_workday,
    last_workday,
    national_holidays,
    warning_day,
)


@pytest.mark.parametrize(
    "day",
    [
        "2027-01-01",
        "2027-01-06",
        "2027-03-29",
        "2025-04-25",
        "2026-05-01",
        "2026-06-02",
        "2028-08-15",
        "2027-11-01",
        "2026-12-08",
        "2026-12-25",
        "2028-12-26",
        "2027-10-04",
        "2026-11-28",
        "2026-11-29",
    ],
)
def test_days_off(day: str) -> None:
    assert not is_workday(dt.date.fromisoformat(day))


@pytest.mark.parametrize("day", ["2027-03-26", "2026-12-24", "2026-12-31", "2024-10-04"])
def test_good_friday_the_eves_and_october_before_the_law_are_worked(day: str) -> None:
    assert is_workday(dt.date.fromisoformat(day))


def test_there_are_the_holidays_of_the_law_and_no_local_ones() -> None:
    weekdays = {day for day in national_holidays(2027) if day.weekday() < 5}
    assert dt.date(2027, 6, 24) not in weekdays
    assert len(weekdays) == 7


@pytest.mark.parametrize(
    ("start", "count", "expected"),
    [
        ("2026-11-23", 1, "2026-11-24"),
        ("2026-11-27", 1, "2026-11-30"),
        ("2026-12-07", 1, "2026-12-09"),
        ("2027-10-01", 1, "2027-10-05"),
        ("2027-01-15", -5, "2027-01-08"),
        ("2026-11-28", 0, "2026-11-28"),
    ],
)
def test_add_workdays(start: str, count: int, expected: str) -> None:
    assert add_workdays(dt.date.fromisoformat(start), count) == dt.date.fromisoformat(expected)


def test_last_workday() -> None:
    assert last_workday(dt.date(2027, 1, 1), dt.date(2027, 1, 31)) == dt.date(2027, 1, 29)
    assert last_workday(dt.date(2026, 11, 28), dt.date(2026, 11, 29)) is None


@pytest.mark.parametrize(
    ("due", "lead_days", "today", "expected"),
    [
        # so many calendar days before
        pytest.param("2027-01-22", 7, "2026-11-23", "2027-01-15", id="a working day"),
        pytest.param("2027-01-22", 0, "2026-11-23", "2027-01-22", id="no lead: the due day"),
        # moved back to a working day
        pytest.param("2027-01-23", 7, "2026-11-23", "2027-01-15", id="Saturday"),
        pytest.param("2027-01-24", 7, "2026-11-23", "2027-01-15", id="Sunday"),
        pytest.param("2027-04-05", 7, "2026-11-23", "2027-03-26", id="Easter Monday"),
        pytest.param("2027-10-11", 7, "2026-11-23", "2027-10-01", id="4 October, a Monday"),
        pytest.param("2024-10-11", 7, "2024-06-03", "2024-10-04", id="4 October before the law"),
        pytest.param("2027-01-01", 7, "2026-11-23", "2026-12-24", id="Christmas"),
        pytest.param("2027-01-02", 7, "2026-11-23", "2026-12-24", id="St Stephen's, a Saturday"),
        pytest.param("2027-01-24", 0, "2026-11-23", "2027-01-22", id="due on a Sunday"),
        # told late: the next working day
        pytest.param("2026-11-26", 7, "2026-11-23", "2026-11-24", id="told on Monday"),
        pytest.param("2026-12-01", 7, "2026-11-27", "2026-11-30", id="told on Friday"),
        pytest.param("2026-12-10", 7, "2026-12-07", "2026-12-09", id="told before a holiday"),
        pytest.param("2026-11-24", 7, "2026-11-23", "2026-11-24", id="due tomorrow"),
        # due before the next working day
        pytest.param("2026-11-23", 7, "2026-11-23", "2026-11-23", id="due today"),
        pytest.param("2026-11-29", 7, "2026-11-27", "2026-11-27", id="told on Friday for Sunday"),
        pytest.param("2026-11-29", 7, "2026-11-28", "2026-11-28", id="told on Saturday for Sunday"),
        pytest.param("2026-11-20", 7, "2026-11-23", "2026-11-23", id="gone"),
    ],
)
def test_warning_day(due: str, lead_days: int, today: str, expected: str) -> None:
    day = warning_day(dt.date.fromisoformat(due), lead_days, dt.date.fromisoformat(today))
    assert day == dt.date.fromisoformat(expected)


DAYS = strategies.dates(dt.date(2020, 1, 1), dt.date(2040, 12, 31))


@given(DAYS, strategies.integers(0, 90), strategies.integers(0, 400))
@settings(max_examples=60, deadline=None)
def test_a_warning_comes_in_time_and_on_a_working_day(
    today: dt.date, lead_days: int, ahead: int
) -> None:
    due = today + dt.timedelta(days=ahead)
    warned = warning_day(due, lead_days, today)
    assert today <= warned <= due
    assert is_workday(warned) or last_workday(today, due) is None
