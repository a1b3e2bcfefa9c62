"""Working days, with the national holidays and the new one of 4 October."""

from __future__ import annotations

import datetime as dt

import pytest

from actions.logic.workdays import add_workdays, is_workday, last_workday, national_holidays


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
