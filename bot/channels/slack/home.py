"""The app's home: what the assistant can do, and the requests that are open."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from actions.logic.deadlines import in_words
from bot.channels.slack import blocks
from bot.channels.slack.speaker import Speaker

NEW = "home:new"
QUIZ = "home:quiz"
MOST = 20


@dataclass(frozen=True)
class Training:
    """How far a member of staff is, or an invitation; and when they are reminded."""

    progress: str
    reminder: str | None = None


def view(speaker: Speaker, requests: Iterable[Any], training: Training) -> dict[str, Any]:
    """Return the home of a member of staff.

    Args:
        speaker: Says it in their language.
        requests: The open ones: reference, service, status, first deadline.
        training: Their own.
    """
    shown = [
        blocks.header(speaker("home_title")),
        blocks.section(speaker("help")),
        _button(NEW, speaker("new_intake")),
        {"type": "divider"},
        blocks.header(speaker("home_requests")),
    ]
    lines = [_line(speaker, request) for request in requests]
    shown += blocks.sections("\n".join(lines) or speaker("home_no_requests"), links=False)
    shown += [
        {"type": "divider"},
        blocks.header(speaker("home_training")),
        *blocks.sections(training.progress, links=False),
        _button(QUIZ, speaker("begin_quiz")),
    ]
    if training.reminder:
        shown.append(blocks.context(training.reminder))
    return {"type": "home", "blocks": shown}


def declined(speaker: Speaker, refusal: str) -> dict[str, Any]:
    """Return the home of somebody who may not use the assistant."""
    return {"type": "home", "blocks": [blocks.section(speaker.say(refusal))]}


def _button(name: str, title: str) -> dict[str, Any]:
    button = {"type": "button", "action_id": name, "style": "primary", "text": blocks.plain(title)}
    return {"type": "actions", "elements": [button]}


def _line(speaker: Speaker, request: Any) -> str:
    words = [request.reference, request.service, speaker(f"status_{request.status}")]
    if request.due:
        words.append(speaker("by", day=in_words(request.due, None, speaker.language)))
    return "• " + " · ".join(words)
