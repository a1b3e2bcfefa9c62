"""The app's home: what the assistant can do, and the requests that are open."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from actions.logic.deadlines import in_words
from bot.channels.slack import blocks
from bot.channels.slack.speaker import Speaker

NEW = "home:new"
MOST = 20


def view(speaker: Speaker, requests: Iterable[Any], progress: str | None = None) -> dict[str, Any]:
    """Return the home of a member of staff.

    Args:
        speaker: Says it in their language.
        requests: The open ones: reference, service, status, first deadline.
        progress: How far they are with their training, where there is any.
    """
    shown = [
        blocks.header(speaker("home_title")),
        blocks.section(speaker("help")),
        {
            "type": "actions",
            "elements": [
                {
                    "type": "button",
                    "action_id": NEW,
                    "style": "primary",
                    "text": blocks.plain(speaker("new_intake")),
                }
            ],
        },
        {"type": "divider"},
        blocks.header(speaker("home_requests")),
    ]
    lines = [_line(speaker, request) for request in requests]
    shown += blocks.sections("\n".join(lines) or speaker("home_no_requests"), links=False)
    shown += [
        {"type": "divider"},
        blocks.header(speaker("home_training")),
        blocks.section(progress or speaker("home_no_training")),
    ]
    return {"type": "home", "blocks": shown}


def declined(speaker: Speaker, refusal: str) -> dict[str, Any]:
    """Return the home of somebody who may not use the assistant."""
    return {"type": "home", "blocks": [blocks.section(speaker.say(refusal))]}


def _line(speaker: Speaker, request: Any) -> str:
    words = [request.reference, request.service, speaker(f"status_{request.status}")]
    if request.due:
        words.append(speaker("by", day=in_words(request.due, None, speaker.language)))
    return "• " + " · ".join(words)
