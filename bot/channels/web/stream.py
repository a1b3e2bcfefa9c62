"""The stream of a conversation's turns, as server-sent events."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from bot.wakeups import Wakeups

HEARTBEAT_SECONDS = 15
LIFE_SECONDS = 3500
HEARTBEAT = ": \n\n"


async def events(
    conversation_id: str,
    last: int,
    read: Callable[[int], tuple[list[dict[str, Any]], str | None]],
    wakeups: Wakeups,
    closing: asyncio.Event,
) -> AsyncIterator[str]:
    """Yield events until the session ends, the bot stops, or the stream has lived for an hour.

    Args:
        conversation_id: Whose turns.
        last: The last one that the client has seen.
        read: Returns the turns after one from the database, and why the session ended, if it did.
        wakeups: Tells when there may be more.
        closing: Set when the bot stops.
    """
    end = asyncio.get_running_loop().time() + LIFE_SECONDS
    # A comment at once tells the client that it is connected.
    yield HEARTBEAT
    with wakeups.listen(conversation_id) as news:
        while not closing.is_set() and asyncio.get_running_loop().time() < end:
            # Before the look, so that what happens after it is not missed.
            news.clear()
            try:
                turns, ended = await asyncio.to_thread(read, last)
            except SQLAlchemyError:
                turns, ended = [], None  # the database is away: what there is comes later
            for turn in turns:
                yield event("turn", turn, turn["id"])
                last = turn["id"]
            if ended:
                yield event("ended", {"reason": ended})
                return
            if turns:
                continue
            try:
                await asyncio.wait_for(news.wait(), HEARTBEAT_SECONDS)
            except asyncio.TimeoutError:
                yield HEARTBEAT


def event(name: str, data: dict[str, Any], number: int | None = None) -> str:
    """Write one event."""
    lines = [f"id: {number}"] if number is not None else []
    # JSON has no line break outside of its strings, and escapes those inside.
    return "\n".join([*lines, f"event: {name}", f"data: {json.dumps(data)}", "", ""])
