"""A conversation as the widget sees it: one object for each message and what answers it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import Any

from sqlalchemy.orm import Session

from actions.store import mailbox
from actions.store.feedback import verdicts_of
from actions.store.mailbox import Exchange

# So many turns are sent at once to somebody who was away.
BATCH = 100


def turns_after(session: Session, conversation_id: str, last: int) -> list[dict[str, Any]]:
    """Return the next turns after one that was seen."""
    found = list(mailbox.exchanges(session, conversation_id, last, limit=BATCH))
    return _turns(session, conversation_id, found)


def history(session: Session, conversation_id: str) -> dict[str, Any]:
    """Return everything that was said, and what has no answer yet."""
    # First what waits: answered in between, it shows twice under one key rather than not at all.
    waiting = [
        {"key": message.key, "said": message.text or None, "at": _moment(message.received_at)}
        for message in mailbox.waiting(session, conversation_id)
    ]
    turns = _turns(session, conversation_id, list(mailbox.exchanges(session, conversation_id)))
    answered = {turn["key"] for turn in turns}
    return {
        "turns": turns,
        "last": turns[-1]["id"] if turns else 0,
        "waiting": [message for message in waiting if message["key"] not in answered],
    }


def _turns(
    session: Session, conversation_id: str, found: Collection[Exchange]
) -> list[dict[str, Any]]:
    pressable = mailbox.offered(session, conversation_id) if found else set()
    verdicts = verdicts_of(session, conversation_id) if found else {}
    return [
        {**_turn(exchange, pressable), "helpful": verdicts.get(exchange.id)} for exchange in found
    ]


def _turn(exchange: Exchange, pressable: set[str]) -> dict[str, Any]:
    replies = []
    for reply in exchange.payload["replies"]:
        buttons = [b for b in reply.get("buttons", ()) if b["id"] in pressable]
        rest = {name: value for name, value in reply.items() if name != "buttons"}
        replies.append({**rest, "buttons": buttons} if buttons else rest)
    return {
        "id": exchange.id,
        "message": exchange.message,
        "key": exchange.key,
        "said": exchange.said,
        "at": _moment(exchange.at),
        **exchange.payload,
        "replies": replies,
    }


def _moment(moment: dt.datetime) -> str:
    return moment.astimezone(dt.timezone.utc).isoformat(timespec="seconds").replace("+00:00", "Z")
