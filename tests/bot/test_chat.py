"""The terminal: the numbers of buttons."""

from __future__ import annotations

import io

from rich.console import Console

from bot.chat import show


def button(title: str) -> dict[str, str]:
    return {"title": title, "payload": f"/{title}"}


def test_the_numbers_of_the_last_reply_come_first() -> None:
    """A question numbers its answers itself: typing 1 must not choose what stood before it."""
    out = io.StringIO()
    replies = [
        {"text": "Un saluto"},
        {"text": "Il giudizio", "buttons": [button("contesto"), button("perché")]},
        {"text": "Altro", "buttons": [button("altro")]},
        {"text": "La domanda", "buttons": [button("uno"), button("due")]},
    ]
    buttons = show(replies, Console(file=out, width=80))
    assert [b["title"] for b in buttons] == ["uno", "due", "contesto", "perché", "altro"]
    lines = [line.split() for line in out.getvalue().splitlines() if line.strip()]
    shown = {line[1]: int(line[0]) for line in lines if line[0].isdecimal()}
    assert shown == {"contesto": 3, "perché": 4, "altro": 5, "uno": 1, "due": 2}


def test_no_buttons_have_no_numbers() -> None:
    assert show([{"text": "Un saluto"}], Console(file=io.StringIO())) == []
