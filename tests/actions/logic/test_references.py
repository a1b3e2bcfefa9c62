"""Reference codes and resume codes: drawn, and found in what people type."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from hypothesis import given, settings, strategies

from actions.logic.references import (
    ALPHABET,
    find_reference,
    find_resume_code,
    new_reference,
    new_resume_code,
)

DASHES = ("-", " - ", "–", " — ", "\u2011")
SPACES = (" ", "  ", "\u00a0", "\n")
# Words that are made of the alphabet alone stand here on purpose.
BEFORE = ("", "la mia pratica è ", "(", "ecco: ", "fate ", "that ", "«", "n. ", "del 2026: ")
AFTER = ("", ".", "?", ") grazie", " fate presto", " data", "», mail marta974@example.com", "!")


def codes(groups: int) -> strategies.SearchStrategy[str]:
    """Every code that may be drawn; hypothesis can't repeat what `secrets` draws."""
    return strategies.lists(
        strategies.text(ALPHABET, min_size=4, max_size=4), min_size=groups, max_size=groups
    ).map("-".join)


def is_mixed(code: str) -> bool:
    halves_have_digits = all(re.search(r"\d", half) for half in code.split("-"))
    return halves_have_digits and not code.replace("-", "").isdigit()


def test_a_reference_is_short_and_unmistakable() -> None:
    for _ in range(500):
        assert re.fullmatch(rf"[{ALPHABET}]{{4}}-[{ALPHABET}]{{4}}", new_reference())


def test_a_resume_code_is_long_and_marked() -> None:
    for _ in range(500):
        assert re.fullmatch(rf"R(-[{ALPHABET}]{{4}}){{4}}", new_resume_code())


def test_letters_that_look_alike_are_left_out() -> None:
    for pair in ("0O", "1I", "1L", "2Z", "5S", "8B", "UV"):
        assert sum(char in ALPHABET for char in pair) <= 1 - (pair in ("0O", "1I", "1L"))


@pytest.mark.parametrize("draw", [new_reference, new_resume_code])
def test_codes_do_not_follow_each_other(draw: Callable[[], str]) -> None:
    drawn = [draw() for _ in range(5000)]
    assert len(set(drawn)) == 5000
    # Each letter comes at each place about as often: a counter would hold most places still.
    for place, character in enumerate(drawn[0]):
        if character in ALPHABET and place > 1:
            assert {code[place] for code in drawn} == set(ALPHABET)


@settings(max_examples=60, deadline=None)
@given(
    codes(2),
    strategies.sampled_from(DASHES),
    strategies.sampled_from([str.upper, str.lower, str.title]),
    strategies.sampled_from(BEFORE),
    strategies.sampled_from(AFTER),
)
def test_a_reference_with_a_dash_is_found(
    code: str, dash: str, case: Callable[[str], str], before: str, after: str
) -> None:
    found = find_reference(before + case(code.replace("-", dash)) + after)
    # Digits alone are a telephone number.
    assert found == (None if code.replace("-", "").isdigit() else code)


@settings(max_examples=60, deadline=None)
@given(
    codes(2).filter(is_mixed),
    strategies.sampled_from((*SPACES, "")),
    strategies.sampled_from([str.upper, str.lower]),
    strategies.sampled_from(BEFORE),
    strategies.sampled_from(AFTER),
)
def test_a_reference_without_a_dash_is_found(
    code: str, gap: str, case: Callable[[str], str], before: str, after: str
) -> None:
    assert find_reference(before + case(code.replace("-", gap)) + after) == code


@settings(max_examples=60, deadline=None)
@given(
    codes(4).map("R-{}".format),
    strategies.sampled_from((*DASHES, *SPACES, "")),
    strategies.sampled_from([str.upper, str.lower]),
    strategies.sampled_from(BEFORE),
    strategies.sampled_from(AFTER),
)
def test_a_resume_code_is_found_and_is_no_reference(
    code: str, gap: str, case: Callable[[str], str], before: str, after: str
) -> None:
    text = before + case(code.replace("-", gap)) + after
    assert find_resume_code(text) == code
    assert find_reference(text) is None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("il codice è ACDE-FGHK", "ACDE-FGHK"),
        ("il codice è ACDE FGHK", "ACDE-FGHK"),
        ("fate vedere K7PM ACDF", "K7PM-ACDF"),
        ("fate K7PM ACDF", "K7PM-ACDF"),
        ("the year k7pm 3xqd", "K7PM-3XQD"),
        ("K7PM-3XQD—thanks", "K7PM-3XQD"),
        ("K7PM-3XQD marta974@example.com 347 694 7936", "K7PM-3XQD"),
        ("\u2060K7\u200bPM-3XQD", "K7PM-3XQD"),
        ("Ｋ７ＰＭ-３ＸＱＤ", "K7PM-3XQD"),
        ("l'AC34 3XQD 333 4679467", "AC34-3XQD"),
        ("FR76-3XQD", "FR76-3XQD"),
    ],
)
def test_what_looks_most_like_a_reference_is_meant(text: str, code: str) -> None:
    assert find_reference(text) == code


@pytest.mark.parametrize(
    "text",
    [
        "",
        "😀",
        "\ud83d",
        "/erase_data",
        "they want that year",
        "make them",
        "il merchant non risponde",
        "CHARACTER",
        "3479 4679",
        "+39 347 946 7934",
        "chiamate il 3479-4679 o il 3477 6943",
        "34679346",
        "FR76 3479 4679 7946 3479 3467 346",
        "fr76-3479-4679-7946-3479-3467-346",
        "IT60 X054 2811 1010 0000 0123 456",
        "IT60X0542811101000000123456",
        "MRARTT67M43H769Y",
        "RSSMRA85M01H501Z",
        "IT34679467934",
        "34679467934",
        "marta974@example.com",
        "marta974@example.com, anna.k7pm3xqd@example.com",
        "xK7PM-3XQD",
        "K7PM-3XQDD",
        "K7PM-3XQD-ACDF",
        "K7PM_3XQD",
        "K7PM-0OIL",
        "il 15 gennaio 2027 alle 18",
    ],
)
def test_what_is_no_code_is_not_taken_for_one(text: str) -> None:
    assert find_reference(text) is None
    assert find_resume_code(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "R-K7PM-3XQD-ACDF",
        "K7PM-3XQD-ACDF-GHJK",
        "RR-K7PM-3XQD-ACDF-GHJK",
        "R-K7PM-3XQD-ACDF-GHJKK",
        "R-K7PM-3XQD-ACDF-GHJK-3467",
        "R 3479 4679",
    ],
)
def test_a_resume_code_is_whole(text: str) -> None:
    assert find_resume_code(text) is None
    assert find_reference(text) is None


@settings(max_examples=60, deadline=None)
@given(strategies.text())
def test_nothing_that_is_typed_raises(text: str) -> None:
    for code in (find_reference(text), find_resume_code(text)):
        assert code is None or set(code) <= set(ALPHABET + "-R")
