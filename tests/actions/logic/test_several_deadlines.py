"""Several deadlines in one message: their own table, and every row of that of the single one."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings, strategies

from actions.logic.deadlines import Deadline, read_deadline, read_deadlines

HERE = Path(__file__).parent
NOW = dt.datetime.fromisoformat("2026-11-23T10:00+01:00")


def load(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.load((HERE / name).read_text("utf-8"), yaml.BaseLoader)
    return loaded


SINGLE = load("deadlines.yml")
NOWS = {name: dt.datetime.fromisoformat(text) for name, text in SINGLE.pop("now").items()}
ROWS = [
    pytest.param(*row, id=f"{group}: {row[1]}")
    for group, rows in load("several_deadlines.yml").items()
    for row in rows
]


def answer(deadline: Deadline, purpose: str | None) -> str:
    """Write a deadline as the table does."""
    day = deadline.kind
    if day == "date":
        day = "|".join(map(str, deadline.alternatives or [deadline.date]))
    return f"{purpose or '-'}: {day}" + (f" {deadline.time:%H:%M}" if deadline.time else "")


@pytest.mark.parametrize(("language", "text", "expected"), ROWS)
def test_reads_the_table(language: str, text: str, expected: list[str]) -> None:
    found = read_deadlines(text, language=language, now=NOW)
    assert [answer(*pair) for pair in found] == expected


@pytest.mark.parametrize("group", SINGLE)
def test_what_is_one_deadline_stays_as_it_was(group: str) -> None:
    for language, now, text, _ in SINGLE[group]:
        single = read_deadline(text, language=language, now=NOWS[now])
        expected = [] if single is None else [(single, None)]
        assert read_deadlines(text, language=language, now=NOWS[now]) == expected, text


def test_each_says_the_clients_own_words() -> None:
    text = "La BOZZA entro il 10 genaio, l'Iscrizione entro Natale"
    found = read_deadlines(text, language="it", now=NOW)
    assert [(deadline.said, purpose) for deadline, purpose in found] == [
        ("10 genaio", "La BOZZA"),
        ("Natale", "l'Iscrizione"),
    ]


def test_a_very_long_message_is_read_in_no_time() -> None:
    for filler in ("is due ", "e sono stata ", "il ", "- ", "!", "bozza, "):
        text = f"la bozza entro il 10, {filler * 2000} entro il 31"
        assert len(read_deadlines(text[:4000], language="it", now=NOW)) <= 1


PIECES = strategies.sampled_from(
    "la bozza|il saldo|draft|entro il 10|entro il 31 gennaio|by the 10th|, | e | and |;|\n|: |-"
    "|oggi|31/02|\ud800|😀|ß|\u202e|anzi|12:30".split("|")
)


@given(strategies.lists(PIECES, max_size=14), strategies.sampled_from(["it", "en", "xx"]))
@settings(max_examples=60, deadline=None)
def test_no_message_breaks_it(pieces: list[str], language: str) -> None:
    text = " ".join(pieces)
    found = read_deadlines(text, language=language, now=NOW)
    single = read_deadline(text, language=language, now=NOW)
    if len(found) > 1:
        assert all(purpose and purpose in text for _, purpose in found)
        assert all(deadline.date and deadline.date >= NOW.date() for deadline, _ in found)
    else:
        assert (found == []) == (single is None)
