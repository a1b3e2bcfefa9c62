"""Passwords: long is enough, and what anybody would try first is not."""

from __future__ import annotations

import re

import pytest

from actions.logic.passwords import LONGEST, SHORTEST, find_weakness, new_password

EMAIL, NAME = "bruno.neri.2@example.com", "Bruno Maria Neri"


@pytest.mark.parametrize(
    ("password", "weakness"),
    [
        ("", "short"),
        ("undici 1234", "short"),
        # Counted as it is hashed: one letter, not two.
        ("perche\u0301 no e\u0300", "short"),
        ("ab" * 64 + "c", "long"),
        ("aAaAaAaAaAaA", "repeated"),
        ("............", "repeated"),
        ("Bruno.Neri.2@example.com", "own"),
        ("BRUNO.NERI.2", "own"),
        ("bruno  maria neri", "own"),
        ("BrunoMariaNeri", "own"),
        ("Password1234", "usual"),
        ("qwertyuiopasdfghjkl", "usual"),
        ("Segreteria123", "usual"),
        ("1234 5678 9012", "usual"),
        ("dodici lette", None),
        ("ab" * 64, None),
        ("bruno maria neri sul mare", None),
        ("121212121213", None),
    ],
)
def test_what_is_easy_to_guess_is_weak(password: str, weakness: str | None) -> None:
    assert find_weakness(password, email=EMAIL, name=NAME) == weakness


def test_a_drawn_one_is_strong_and_can_be_read_out() -> None:
    drawn = {new_password() for _ in range(50)}
    assert len(drawn) == 50
    for password in drawn:
        assert re.fullmatch(r"([34679A-Z]{4}-){4}[34679A-Z]{4}", password)
        assert find_weakness(password, email=EMAIL, name=NAME) is None
        assert SHORTEST <= len(password) <= LONGEST
