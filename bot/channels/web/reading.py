"""Reading what a browser sent, and refusing what is not as docs/web-channel.md says."""

from __future__ import annotations

import json
import re
from typing import Any

from sanic.request import Request

from bot.channels.typed import LONGEST
from bot.channels.web.problems import Problem

LARGEST = 16 * 1024
_KEY = re.compile(r"[A-Za-z0-9-]{8,100}")
_BUTTON = re.compile(r"[A-Za-z0-9_-]{8,40}")


def body_of(request: Request) -> dict[str, Any]:
    """Return the JSON object of a request, empty where it has no body.

    Raises:
        Problem: ``too_large`` or ``bad_request``.
    """
    if len(request.body) > LARGEST:
        raise Problem("too_large")
    if not request.body:
        return {}
    try:
        body = json.loads(request.body)
    except (ValueError, RecursionError):
        raise Problem("bad_request") from None
    if not isinstance(body, dict):
        raise Problem("bad_request")
    return body


def message_of(request: Request) -> tuple[str, str, str | None]:
    """Return a message's key, its text, and the button that was pressed, if one was.

    Raises:
        Problem: ``bad_request``, ``too_large`` or ``too_long``.
    """
    key = request.headers.get("idempotency-key") or ""
    body = body_of(request)
    text, button = body.get("text"), body.get("button")
    if not _KEY.fullmatch(key) or (text is None) == (button is None):
        raise Problem("bad_request")
    if button is not None:
        if not isinstance(button, str) or not _BUTTON.fullmatch(button):
            raise Problem("bad_request")
        return key, "", button
    if not isinstance(text, str) or not text.strip():
        raise Problem("bad_request")
    if len(text) > LONGEST:
        raise Problem("too_long")
    # Half a character, or none that a database can hold, is no word anybody typed.
    return key, text.encode("utf-8", "replace").decode().replace("\0", ""), None


def token_of(request: Request) -> str:
    """Return the token of a request; empty where there is none."""
    scheme, _, token = (request.headers.get("authorization") or "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def last_event_of(request: Request) -> int:
    """Return the number of the last turn that a client has seen, 0 for none.

    Raises:
        Problem: ``bad_request``.
    """
    text = request.headers.get("last-event-id") or "0"
    if not re.fullmatch(r"\d{1,18}", text, re.ASCII):
        raise Problem("bad_request")
    return int(text)
