"""Lists of expectations: tables of what is taken apart and of how a list is changed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings, strategies

from actions.logic.lists import LONGEST_READ, number_lines, read_list_change, split_expectations


def load(name: str) -> dict[str, Any]:
    text = Path(__file__).with_name(name).read_text("utf-8")
    loaded: dict[str, Any] = yaml.load(text, yaml.BaseLoader)
    return loaded


LISTS = [
    pytest.param(text, items, id=f"{group}: {text}")
    for group, rows in load("lists.yml").items()
    for text, *items in rows
]
CHANGES = load("list_changes.yml")
CURRENT = CHANGES.pop("current")
CHANGE_ROWS = [
    pytest.param(*row, id=f"{group}: {row[0]}") for group, rows in CHANGES.items() for row in rows
]


@pytest.mark.parametrize(("text", "items"), LISTS)
def test_what_is_a_list(text: str, items: list[str]) -> None:
    assert list(split_expectations(text)) == items


@pytest.mark.parametrize(("text", "expected"), CHANGE_ROWS)
def test_changes(text: str, expected: list[str] | str) -> None:
    changed = read_list_change(text, CURRENT)
    assert (changed if changed is None else list(changed)) == (
        None if expected == "none" else expected
    )


@pytest.mark.parametrize(
    "text", ["toglila", "togli quella", "remove it", "levala", "delete that one"]
)
def test_the_only_one_needs_no_name(text: str) -> None:
    assert read_list_change(text, ["un parere"]) == ()


def test_words_that_two_items_have_name_none() -> None:
    current = ["un parere scritto", "un parere orale"]
    assert read_list_change("togli il parere", current) is None
    assert read_list_change("togli il parere orale", current) == ("un parere scritto",)


def test_an_empty_list_can_only_grow() -> None:
    assert read_list_change("aggiungi un parere", []) == ("un parere",)
    assert read_list_change("togli la 1", []) is None
    assert read_list_change("togli tutte", []) is None


def test_number_lines() -> None:
    assert number_lines(["uno", "due"]) == "1. uno\n2. due"
    assert number_lines([]) == ""


PIECES = strategies.sampled_from(
    "vorrei|A|, |: |; |\n|- |1) |2) |primo|secondo|inoltre|e anche|togli|la 2|aggiungi|cambia"
    "|in|tutte|tempi|😀|\ud800|\u202e|\x00|«|?".split("|")
)
TEXTS = strategies.one_of(
    strategies.text(max_size=300), strategies.lists(PIECES, max_size=12).map(" ".join)
)


@given(TEXTS)
@settings(max_examples=60, deadline=None)
def test_taking_apart_loses_no_item_and_makes_none_up(text: str) -> None:
    items = split_expectations(text)
    assert all(item == item.strip() and item for item in items)
    # Letters only: between a header and its first item stands a number that belongs to neither.
    words = "".join(filter(str.isalpha, text))
    assert all("".join(filter(str.isalpha, item)) in words for item in items)


@given(TEXTS, strategies.lists(strategies.text(min_size=1, max_size=20), max_size=4))
@settings(max_examples=60, deadline=None)
def test_no_change_breaks_it(text: str, current: list[str]) -> None:
    changed = read_list_change(text, current)
    assert changed is None or all(isinstance(item, str) and item for item in changed)


@given(strategies.lists(strategies.sampled_from(["un parere", "tempi certi", "A & B"]), min_size=2))
@settings(max_examples=60, deadline=None)
def test_what_is_shown_numbered_is_read_as_the_same_list(items: list[str]) -> None:
    assert list(split_expectations(number_lines(items))) == items


def test_a_very_long_message_is_read_in_no_time() -> None:
    for piece in ("vorrei ", "e anche ", "a; ", "- ", ", ", "no, ", "il ", "1) ", "poi vorrei "):
        text = (piece * 2000)[: LONGEST_READ - 10]
        split_expectations(text)
        for command in ("", "togli ", "cambia ", "aggiungi "):
            read_list_change(command + text, CURRENT)
    assert len(split_expectations("a; b" * 5000)) == 1
    assert read_list_change("aggiungi " + "a" * 5000, CURRENT) is None
