"""Changes to the deadlines held: a table of what is changed how, and of what is no change."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings, strategies

from actions.logic.deadlines import Deadline, change_deadlines, read_deadlines

NOW = dt.datetime.fromisoformat("2026-11-23T10:00+01:00")
TABLE: dict[str, Any] = yaml.load(
    Path(__file__).with_name("deadline_changes.yml").read_text("utf-8"), yaml.BaseLoader
)
ROWS = [
    pytest.param(group["held"], *row, id=f"{name}: {row[1]}")
    for name, group in TABLE.items()
    for row in group["rows"]
]
Pairs = list[tuple[Deadline, "str | None"]]


def held(lines: list[str]) -> Pairs:
    """Read what the table says is held."""
    pairs: Pairs = []
    for line in lines:
        purpose, _, when = line.partition(": ")
        day, _, hour = when.partition(" ")
        deadline = Deadline("none")
        if day != "none":
            time = dt.time.fromisoformat(hour) if hour else None
            deadline = Deadline("date", dt.date.fromisoformat(day), time, said=when)
        pairs.append((deadline, None if purpose == "-" else purpose))
    return pairs


def answer(deadline: Deadline, purpose: str | None) -> str:
    """Write a deadline as the table does."""
    day: str = deadline.kind
    if day == "date":
        day = "|".join(map(str, deadline.alternatives or [deadline.date]))
    hour = f" {deadline.time:%H:%M}" if deadline.time and not deadline.alternatives else ""
    return f"{purpose or '-'}: {day}{hour}"


def change(text: str, current: Pairs, language: str = "it") -> Pairs | None:
    return change_deadlines(text, current, language=language, now=NOW, duckling=None)


@pytest.mark.parametrize(("current", "language", "text", "expected"), ROWS)
def test_changes_as_the_table_says(
    current: list[str], language: str, text: str, expected: list[str] | str
) -> None:
    changed = change(text, held(current), language)
    found = "no change" if changed is None else [answer(*pair) for pair in changed]
    assert found == expected


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        ("La firma è il 28 GENNAIO, non il 31", 1, "28 GENNAIO"),
        ("sposti la firma al 28", 1, "28"),
        ("aggiunga il parere entro il 3 maggio 2030", 2, "3 maggio 2030"),
    ],
)
def test_says_the_clients_own_words(text: str, place: int, said: str) -> None:
    changed = change(text, held(["la bozza: 2030-01-10", "la firma: 2030-01-31"]))
    assert changed is not None
    assert changed[place][0].said == said


def test_what_is_not_meant_stays_the_very_same() -> None:
    current = held(["la bozza: 2030-01-10", "la firma: 2030-01-31"])
    changed = change("sposti la firma al 28", current)
    assert changed is not None
    assert changed[0] is current[0]
    assert len(current) == 2


@pytest.mark.parametrize("text", ["nessuna scadenza", "il 31 febbraio 2030", "il 3 maggio 2020"])
def test_what_replaces_or_asks_again_is_what_the_reader_says(text: str) -> None:
    changed = change(text, held(["la bozza: 2030-01-10"]))
    assert changed == read_deadlines(text, language="it", now=NOW)


def test_a_very_long_message_is_no_change() -> None:
    for filler in ("la firma ", "non il 15 ", "e ", "dal 15 al 20 ", "- ", "#", "aggiunga "):
        assert change(filler * 2000, held(["la firma: 2030-01-15"])) is None
        change((filler * 2000)[:400], held(["la firma: 2030-01-15"]))


PIECES = strategies.sampled_from(
    "la bozza|la firma|il 20|il 15|non|ma|dal|al|alle 15|alle 12|a febbraio|31/02|aggiunga|tolga"
    "|sposti|anche|nessuna scadenza|, |;|\n|?|venerdì|nel 2031|29 febbraio|tutte|la seconda"
    "|\ud800|😀|ß|\u202e|\x00|#".split("|")
)
CURRENTS = strategies.lists(
    strategies.sampled_from(
        held(["la bozza: 2030-01-15", "la firma: 2028-02-29 12:00", "-: 2026-12-31", "-: none"])
    ),
    max_size=4,
)


@given(strategies.lists(PIECES, max_size=10), CURRENTS, strategies.sampled_from(["it", "en", "xx"]))
@settings(max_examples=60, deadline=None)
def test_no_message_breaks_it(pieces: list[str], current: Pairs, language: str) -> None:
    changed = change(" ".join(pieces), current, language)
    if changed is not None and len(changed) > 1:
        assert all(deadline.kind == "date" for deadline, _ in changed)
        assert all(deadline.date and deadline.date >= NOW.date() for deadline, _ in changed)
        assert not any(deadline.alternatives for deadline, _ in changed)
