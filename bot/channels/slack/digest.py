"""The day's deadlines, once each working day, in the firm's channel."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from actions.logic.deadlines import in_words
from actions.logic.workdays import is_workday
from actions.store import slack_posts
from actions.store.slack_cards import DueRequest, due_requests
from bot.channels.slack import blocks
from bot.channels.slack.speaker import Speaker


def key_of(day: dt.date) -> str:
    """Return the name of a day's digest, of which there is one whoever makes it."""
    return f"digest:{day.isoformat()}"


def is_due(now: dt.datetime, hour: int | None) -> bool:
    """Tell whether a working day's digest should be there by now."""
    return hour is not None and now.hour >= hour and is_workday(now.date())


def put_digest(session: Session, channel: str, speaker: Speaker, now: dt.datetime) -> bool:
    """Write the day's digest unless it is there; a day on which nothing is due is only noted.

    Raises:
        sqlalchemy.exc.IntegrityError: another process wrote it in this very moment.
    """
    key = key_of(now.date())
    if slack_posts.has(session, key):
        return False
    due = due_requests(session, now.date())
    if not due:
        return slack_posts.remember(session, key, now)
    arguments = {"channel": channel, **render(due, now.date(), speaker)}
    return slack_posts.put(
        session, key, lane=channel, method="chat.postMessage", arguments=arguments, now=now
    )


def render(due: Sequence[DueRequest], today: dt.date, speaker: Speaker) -> dict[str, Any]:
    """Return the digest: what is past, what is due today, what is near."""
    title = speaker("digest_title", day=in_words(today, None, speaker.language))
    shown = [blocks.header(title)]
    for name, order in (("digest_past", -1), ("digest_today", 0), ("digest_near", 1)):
        lines = [_line(item, speaker) for item in due if _order(item.due, today) == order]
        if lines:
            text = "\n".join([speaker(name), *lines])
            # A message holds so many blocks; who has more due than that needs no longer list.
            shown += blocks.sections(text, links=False)[:12]
    return {"text": blocks.fallback(title), "blocks": shown}


def _order(day: dt.date, today: dt.date) -> int:
    return (day > today) - (day < today)


def _line(request: DueRequest, speaker: Speaker) -> str:
    words = [request.reference, request.service, in_words(request.due, None, speaker.language)]
    words.append(request.taken_name or speaker("nobody_yet"))
    return "• " + " · ".join(words)
