"""Reference codes."""

from __future__ import annotations

import re

from actions.logic.references import ALPHABET, new_reference


def test_a_reference_is_short_and_unmistakable() -> None:
    for _ in range(500):
        assert re.fullmatch(rf"[{ALPHABET}]{{4}}-[{ALPHABET}]{{4}}", new_reference())


def test_letters_that_look_alike_are_left_out() -> None:
    for pair in ("0O", "1I", "1L", "2Z", "5S", "8B", "UV"):
        assert sum(char in ALPHABET for char in pair) <= 1 - (pair in ("0O", "1I", "1L"))


def test_references_do_not_follow_each_other() -> None:
    assert len({new_reference() for _ in range(5000)}) == 5000
