"""Sends what Slack sends, signed: events, interactions and commands as documented."""

from __future__ import annotations

import hashlib
import hmac
import itertools
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import requests

from tests.slack_api import BOT, CHANNEL, SECRET, TEAM

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
ANNA = "U0ANNA"
_numbers = itertools.count(1)


def new_ts() -> str:
    """Return a moment of Slack's that no other message has."""
    return f"{1_720_000_000 + next(_numbers)}.{next(_numbers):06}"


def direct(user: str) -> str:
    """Return the direct messages with somebody."""
    return "D" + user[1:]


def message(text: str, user: str = ANNA, **event: Any) -> dict[str, Any]:
    """Return the event of a direct message."""
    ts = event.get("ts") or new_ts()
    return _event(
        {
            "type": "message",
            "channel": direct(user),
            "channel_type": "im",
            "user": user,
            "text": text,
            "ts": ts,
            "event_ts": ts,
            "team": TEAM,
            "client_msg_id": f"c-{ts}",
            **event,
        }
    )


def mention(text: str, user: str = ANNA, channel: str = CHANNEL, **event: Any) -> dict[str, Any]:
    """Return the event of a message in a channel that calls the assistant."""
    ts = event.get("ts") or new_ts()
    return _event(
        {
            "type": "app_mention",
            "user": user,
            "text": f"<@{BOT}> {text}",
            "ts": ts,
            "channel": channel,
            "event_ts": ts,
            "team": TEAM,
            **event,
        }
    )


def in_channel(text: str, user: str = ANNA, channel: str = CHANNEL, **event: Any) -> dict[str, Any]:
    """Return the event of any message in a channel."""
    return message(text, user, channel=channel, channel_type="channel", **event)


def home_opened(user: str = ANNA) -> dict[str, Any]:
    """Return the event of an opened home."""
    return _event({"type": "app_home_opened", "user": user, "channel": direct(user), "tab": "home"})


def command(text: str, url: str, user: str = ANNA, channel: str = CHANNEL) -> dict[str, str]:
    """Return what ``/sportello`` sends."""
    number = next(_numbers)
    return {
        "token": "deprecated",
        "team_id": TEAM,
        "team_domain": "aurora",
        "channel_id": channel,
        "channel_name": "general",
        "user_id": user,
        "user_name": "anna",
        "command": "/sportello",
        "text": text,
        "api_app_id": "A0SPORTELLO",
        "is_enterprise_install": "false",
        "response_url": url,
        "trigger_id": f"{number}.{number}.abcdef",
    }


def action(
    post: Mapping[str, Any], element: Mapping[str, Any], block: Mapping[str, Any], **more: Any
) -> dict[str, Any]:
    """Return what choosing an element of a message sends; ``more`` is what was chosen."""
    user = more.pop("user", ANNA)
    url = more.pop("response_url", "https://hooks.slack.com/actions/T0/1/x")
    number = next(_numbers)
    channel = post.get("channel") or CHANNEL
    container = {"type": "message", "message_ts": post.get("ts", "1.1"), "channel_id": channel}
    if post.get("thread_ts"):
        container["thread_ts"] = post["thread_ts"]
    chosen = {
        "type": element["type"],
        "action_id": element["action_id"],
        "block_id": block["block_id"],
        "action_ts": new_ts(),
        **({"value": element["value"]} if "value" in element else {}),
        **more,
    }
    return {
        "type": "block_actions",
        "user": {"id": user, "username": "anna", "team_id": TEAM},
        "api_app_id": "A0SPORTELLO",
        "token": "deprecated",
        "container": container,
        "trigger_id": f"{number}.{number}.abcdef",
        "team": {"id": TEAM, "domain": "aurora"},
        "channel": {"id": channel, "name": "general"},
        "message": {"type": "message", "bot_id": "B0", **post},
        "response_url": url,
        "actions": [chosen],
    }


def submission(
    view: Mapping[str, Any], values: Mapping[str, Any], user: str = ANNA
) -> dict[str, Any]:
    """Return what sending a form sends; ``values`` by field, as its element holds them."""
    return {
        "type": "view_submission",
        "team": {"id": TEAM, "domain": "aurora"},
        "user": {"id": user, "username": "anna", "team_id": TEAM},
        "api_app_id": "A0SPORTELLO",
        "token": "deprecated",
        "trigger_id": f"{next(_numbers)}.1.abc",
        "view": {
            **view,
            "team_id": TEAM,
            "state": {"values": {name: {name: value} for name, value in values.items()}},
        },
        "response_urls": [],
    }


def elements(post: Mapping[str, Any]) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Return everything that can be chosen in a message, each with its block."""
    return [
        (element, block)
        for block in post.get("blocks") or ()
        if block["type"] == "actions"
        for element in block["elements"]
    ]


def titled(post: Mapping[str, Any], title: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the button of a message with this title."""
    for element, block in elements(post):
        if element["type"] == "button" and element["text"]["text"] == title:
            return element, block
    shown = [e.get("text", e.get("placeholder", {})).get("text") for e, _ in elements(post)]
    raise AssertionError(f"no button {title!r}, but {shown}")


@dataclass(frozen=True)
class Sender:
    """Delivers to the bot, as Slack would."""

    url: str
    secret: str = SECRET

    def event(
        self, body: Mapping[str, Any], retry: tuple[int, str] | None = None, **more: Any
    ) -> requests.Response:
        """Deliver an event, for the first time or again."""
        headers = {}
        if retry is not None:
            headers = {"X-Slack-Retry-Num": str(retry[0]), "X-Slack-Retry-Reason": retry[1]}
        return self.raw(json.dumps(body).encode(), JSON, headers, **more)

    def interaction(self, payload: Mapping[str, Any], **more: Any) -> requests.Response:
        """Deliver a press, a choice or a form."""
        return self.raw(urlencode({"payload": json.dumps(payload)}).encode(), FORM, **more)

    def command(self, body: Mapping[str, str], **more: Any) -> requests.Response:
        """Deliver a command."""
        return self.raw(urlencode(body).encode(), FORM, **more)

    def raw(
        self,
        body: bytes,
        content_type: str = JSON,
        headers: Mapping[str, str] | None = None,
        *,
        age: float = 0,
        signature: str | None = "right",
    ) -> requests.Response:
        """Deliver any bytes, signed so many seconds ago."""
        timestamp = str(int(time.time() - age))
        sent = {"Content-Type": content_type, **(headers or {})}
        if signature is not None:
            signed = f"v0:{timestamp}:".encode() + body
            right = hmac.new(self.secret.encode(), signed, hashlib.sha256).hexdigest()
            sent["X-Slack-Request-Timestamp"] = timestamp
            sent["X-Slack-Signature"] = f"v0={right}" if signature == "right" else signature
        return requests.post(self.url, data=body, headers=sent, timeout=10)


def _event(event: dict[str, Any]) -> dict[str, Any]:
    number = next(_numbers)
    return {
        "token": "deprecated",
        "team_id": TEAM,
        "api_app_id": "A0SPORTELLO",
        "event": event,
        "type": "event_callback",
        "event_id": f"Ev{number:08}",
        "event_time": int(time.time()),
        "authorizations": [
            {"enterprise_id": None, "team_id": TEAM, "user_id": BOT, "is_bot": True}
        ],
        "is_ext_shared_channel": False,
    }
