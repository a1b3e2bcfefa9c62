"""A visitor of the website: the protocol of docs/web-channel.md, as a widget would speak it."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests

Turn = dict[str, Any]
PATIENCE_SECONDS = 60


class Visitor:
    """One session; a message is repeated with its key until the bot has taken it in."""

    def __init__(self, url: str, language: str = "it", **headers: str) -> None:
        self.web = f"{url}/webhooks/web"
        started = requests.post(
            f"{self.web}/session", json={"language": language}, headers=headers, timeout=10
        )
        assert started.status_code == 201, started.text
        self.token = started.json()["token"]
        self.headers = {**headers, "Authorization": f"Bearer {self.token}"}
        self.buttons: dict[str, str] = {}

    def post(
        self, text: str | None = None, button: str | None = None, key: str | None = None
    ) -> requests.Response:
        """Post a message once."""
        return requests.post(
            f"{self.web}/messages",
            json={"text": text} if button is None else {"button": button},
            headers={**self.headers, "Idempotency-Key": key or str(uuid.uuid4())},
            timeout=10,
        )

    def send(
        self, text: str | None = None, button: str | None = None, key: str | None = None
    ) -> str:
        """Post a message until it is taken in; return its key."""
        key = key or str(uuid.uuid4())
        end = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < end:
            try:
                posted = self.post(text, button, key)
            except requests.RequestException:
                time.sleep(0.2)
                continue
            if posted.status_code == 202:
                return key
            assert posted.status_code in (429, 503), posted.text
            time.sleep(0.2)
        raise AssertionError("the bot did not take the message in")

    def say(self, text: str) -> Turn:
        """Type something and wait for what answers it."""
        return self.answer(self.send(text))

    def press(self, title: str) -> Turn:
        """Press a button of the last answer and wait for what answers it."""
        assert title in self.buttons, f"no button {title!r} among {list(self.buttons)}"
        return self.answer(self.send(button=self.buttons[title]))

    def answer(self, key: str) -> Turn:
        """Wait for the turn that answers a message."""
        end = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < end:
            for turn in self.history()["turns"]:
                if turn["key"] == key:
                    self.buttons = {
                        button["title"]: button["id"]
                        for reply in turn["replies"]
                        for button in reply.get("buttons", ())
                    }
                    return turn
            time.sleep(0.05)
        raise AssertionError("no answer")

    def history(self) -> dict[str, Any]:
        """Return everything said so far, asking until the bot is there."""
        end = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < end:
            try:
                found = requests.get(f"{self.web}/history", headers=self.headers, timeout=10)
            except requests.RequestException:
                time.sleep(0.2)
                continue
            if found.status_code == 200:
                return found.json()  # type: ignore[no-any-return]
            assert found.status_code == 503, found.text
            time.sleep(0.2)
        raise AssertionError("no history")

    @contextmanager
    def events(self, last: int | None = None) -> Iterator[Iterator[tuple[str, Turn]]]:
        """Open the stream of events: pairs of name and data."""
        headers = dict(self.headers)
        if last is not None:
            headers["Last-Event-ID"] = str(last)
        with requests.get(f"{self.web}/events", headers=headers, stream=True, timeout=20) as stream:
            assert stream.status_code == 200, stream.text
            yield _events(stream)


def _events(stream: requests.Response) -> Iterator[tuple[str, Turn]]:
    name = ""
    for line in stream.iter_lines(chunk_size=1, decode_unicode=True):
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data: "):
            yield name, json.loads(line.removeprefix("data: "))


def custom(turn: Turn, key: str) -> Any:
    """Return the value of a turn's last custom object with this key."""
    values = [r["custom"][key] for r in turn["replies"] if key in r.get("custom", {})]
    return values[-1] if values else None


def text(turn: Turn) -> str:
    """Return what a turn says."""
    return "\n".join(reply["text"] for reply in turn["replies"] if "text" in reply)
