"""What the website's channel reads: tokens that were made here, pages that may, bodies that fit."""

from __future__ import annotations

import json
from contextlib import suppress
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.web import reading, tokens
from bot.channels.web.origins import Origins
from bot.channels.web.problems import Problem

SECRET = b"s" * 32
KEY = "0f9ac9b4-1f63-4ad2-8f6e-2a1f1de0a9ce"


def request(body: Any = None, **headers: str) -> Any:
    raw = (
        body if isinstance(body, bytes) else json.dumps(body).encode() if body is not None else b""
    )
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return SimpleNamespace(body=raw, headers=names)


def test_a_token_is_long_and_only_its_maker_knows_it() -> None:
    made = {tokens.new_token(SECRET) for _ in range(100)}
    assert len(made) == 100
    for token in made:
        assert len(token.partition(".")[0]) >= 43  # 256 bits
        assert tokens.is_genuine(token, SECRET)
        assert not tokens.is_genuine(token, b"t" * 32)
        assert not tokens.is_genuine(token[:-1], SECRET)
        assert not tokens.is_genuine("x" + token, SECRET)


@given(st.text())
def test_no_text_is_a_token(text: str) -> None:
    assert not tokens.is_genuine(text, SECRET)


@given(st.binary(max_size=300) | st.text().map(lambda t: json.dumps(t).encode()))
def test_no_body_raises_anything_but_a_problem(body: bytes) -> None:
    for read in (reading.body_of, reading.message_of):
        with suppress(Problem):
            read(request(body, idempotency_key=KEY))


def test_a_message_is_a_text_or_a_button() -> None:
    assert reading.message_of(request({"text": "ciao"}, idempotency_key=KEY)) == (KEY, "ciao", None)
    button = "a1b2c3d4e5f6"
    assert reading.message_of(request({"button": button}, idempotency_key=KEY))[1:] == ("", button)


@pytest.mark.parametrize(
    ("body", "key", "code"),
    [
        ({}, KEY, "bad_request"),
        ({"text": "a", "button": "a1b2c3d4"}, KEY, "bad_request"),
        ({"text": "  \n"}, KEY, "bad_request"),
        ({"text": 7}, KEY, "bad_request"),
        ({"button": '/choose{"confirm": "yes"}'}, KEY, "bad_request"),
        ({"text": "ciao"}, "", "bad_request"),
        ({"text": "ciao"}, "short", "bad_request"),
        ({"text": "ciao"}, "k" * 101, "bad_request"),
        ({"text": "a" * 2001}, KEY, "too_long"),
        ({"text": "a" * 20000}, KEY, "too_large"),
        ([], KEY, "bad_request"),
        (b"[" * 16000, KEY, "bad_request"),
    ],
)
def test_what_does_not_fit_is_refused(body: Any, key: str, code: str) -> None:
    with pytest.raises(Problem) as refused:
        reading.message_of(request(body, idempotency_key=key))
    assert refused.value.code == code


def test_half_characters_and_nothing_are_taken_out() -> None:
    body = b'{"text": "a\\ud800b\\u0000c"}'
    assert reading.message_of(request(body, idempotency_key=KEY))[1] == "a?bc"


@pytest.mark.parametrize("text", ["-1", "1.5", "x", "9" * 19, "١"])
def test_an_event_has_a_number(text: str) -> None:
    with pytest.raises(Problem):
        reading.last_event_of(request(last_event_id=text))


@pytest.mark.parametrize(
    ("origin", "development", "may"),
    [
        ("https://www.example.it", False, True),
        ("https://www.example.it", True, True),
        ("http://www.example.it", False, False),
        ("https://www.example.it.evil.example", False, False),
        ("https://www.example.it:444", False, False),
        ("null", True, False),
        ("http://127.0.0.1:5005", False, False),
        ("http://127.0.0.1:5005", True, True),
        ("http://localhost:3000", True, True),
        ("http://127.0.0.1.evil.example", True, False),
        ("file://127.0.0.1", True, False),
    ],
)
def test_pages_that_may(origin: str, development: bool, may: bool) -> None:
    origins = Origins(["https://www.example.it"], development)
    asked = request(origin=origin)
    allowed = origins.headers(asked).get("Access-Control-Allow-Origin")
    assert allowed == (origin if may else None)
    if may:
        origins.check(asked)
    else:
        with pytest.raises(Problem):
            origins.check(asked)


def test_a_program_without_a_page_may_ask() -> None:
    Origins([], False).check(request())
    assert "Access-Control-Allow-Origin" not in Origins([], False).headers(request())
