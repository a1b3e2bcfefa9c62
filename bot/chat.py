"""The conversation in the terminal: the REST channel with numbered buttons."""

from __future__ import annotations

import getpass
import re
import secrets
import time
from collections.abc import Callable
from typing import Any

import requests
from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.text import Text

FAREWELLS = frozenset({"exit", "quit", "esci", "q", ":q"})
TURN_SECONDS = 30
RESTART_SECONDS = 30


NO_WAY_IN = (
    "The bot runs in production, where the terminal has no way in: "
    "start it with SPORTELLO_ENV=development."
)


class ChatError(Exception):
    """The bot can't be talked to; the message says what to do."""


class Conversation:
    """One conversation over REST."""

    def __init__(self, url: str, sender: str | None = None) -> None:
        """Take the bot's address; the sender's name is drawn unless given."""
        self._webhook = f"{url}/webhooks/rest/webhook"
        # A new conversation, but the same learner: the training remembers who sits here.
        self._sender = sender or f"terminal:{_user()}:{secrets.token_hex(8)}"

    def send(self, text: str) -> list[dict[str, Any]]:
        """Send a message and return the replies.

        Raises:
            ChatError: the bot does not answer, or not on this channel.
        """
        answer = self._post(text)
        if answer.status_code == 404:
            raise ChatError(NO_WAY_IN)
        if not answer.ok:
            raise ChatError(f"The bot refused the message: {answer.text[:200]}")
        replies: list[dict[str, Any]] = answer.json()
        return replies

    def _post(self, text: str) -> requests.Response:
        """Post a message; while the bot is being restarted, try again for half a minute."""
        body = {"sender": self._sender, "message": text}
        for _ in range(RESTART_SECONDS):
            try:
                return requests.post(self._webhook, json=body, timeout=TURN_SECONDS)
            except requests.ConnectionError:
                time.sleep(1)
            except requests.RequestException:
                break
        raise ChatError("The bot does not answer: start it with 'sportello up'.")


def _user() -> str:
    try:
        return re.sub(r"\W+", "-", getpass.getuser())
    except (KeyError, OSError):  # an account without a name, as in some containers
        return "nobody"


def talk(
    conversation: Conversation,
    console: Console,
    ask: Callable[[], str],
    opening: str = "Buongiorno",
) -> None:
    """Converse until the person leaves (Ctrl-D, Ctrl-C or «esci»).

    Args:
        conversation: Where messages go.
        console: Where replies are shown.
        ask: Reads one line from the person.
        opening: What is sent first, so that the assistant introduces itself.
    """
    console.print(
        Text("Scriva un messaggio, o il numero di un pulsante. «esci» per finire.", "dim")
    )
    buttons = show(conversation.send(opening), console)
    while True:
        try:
            line = ask().strip()
        except (EOFError, KeyboardInterrupt):
            console.print()
            return
        if line.lower() in FAREWELLS:
            return
        if not line:
            continue
        if line.isdecimal() and 0 < int(line) <= len(buttons):
            chosen = buttons[int(line) - 1]
            console.print(Text(f"  → {chosen['title']}", "cyan"))
            line = chosen["payload"]
        buttons = show(conversation.send(line), console)


def show(replies: list[dict[str, Any]], console: Console) -> list[dict[str, str]]:
    """Print replies and return their buttons, in the order of their numbers."""
    # The numbers run on over all replies of a turn, so that each names one button; those of the
    # last reply come first: what is asked there may have numbered its answers itself.
    offering = [reply["buttons"] for reply in replies if reply.get("buttons")]
    buttons: list[dict[str, str]] = [b for group in (*offering[-1:], *offering[:-1]) for b in group]
    first = len(offering[-1]) + 1 if offering else 1
    console.print()
    for reply in replies:
        if text := reply.get("text"):
            body, _, source = text.rpartition("\n\n")
            is_answer = body and source.startswith(("Fonte:", "Source:"))
            console.print(Padding(Text(body if is_answer else text), (0, 0, 0, 2)))
            if is_answer:
                console.print(Padding(Text(source, "dim italic"), (0, 0, 0, 2)))
        group = reply.get("buttons") or []
        start = 1 if offering and group is offering[-1] else first
        for number, button in enumerate(group, start):
            console.print(f"    [bold cyan]{number}[/] {escape(button['title'])}")
        first += len(group) if start != 1 else 0
    console.print()
    return buttons
