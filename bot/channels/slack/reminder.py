"""The reminder of the training: once a working day at a learner's hour, in their own messages."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from sqlalchemy.orm import Session

from actions.logic.quiz import Quiz
from actions.store import learning, slack_posts
from actions.store.learning import Progress
from bot.channels.slack import blocks
from bot.channels.slack.speaker import Speaker

BEGIN = "reminder:begin"
STOP = "reminder:stop"


def key_of(learner_id: int, day: dt.date) -> str:
    """Return the name of a day's reminder; its blocks carry it."""
    return f"{slack_posts.REMINDER}{learner_id}:{day.isoformat()}"


def learner_of_key(key: str) -> int | None:
    """Return the number of the learner whose reminder has this name."""
    number = key.removeprefix(slack_posts.REMINDER).partition(":")[0]
    fits = key.startswith(slack_posts.REMINDER) and number.isascii() and number.isdecimal()
    return int(number[:15]) if fits else None


def put_reminder(
    session: Session, learner_id: int, quiz: Quiz, speaker: Speaker, now: dt.datetime
) -> bool:
    """Write today's reminder, unless another process was first or there is nothing to do.

    What was thought of once a day is not thought of again: the caller commits in any case.
    """
    if not learning.claim_reminder(session, learner_id, now):
        return False
    progress = learning.progress(session, learner_id, quiz, now)
    new = progress.today < progress.goal and progress.seen < len(quiz.items)
    if not progress.due and not new:
        return False
    key = key_of(learner_id, now.date())
    member = learning.learner(session, learner_id).key.split(":")[2]
    return slack_posts.put(
        session,
        key,
        lane=member,
        method="chat.postMessage",
        arguments={"channel": member, **render(key, progress, speaker)},
        now=now,
    )


def render(key: str, progress: Progress, speaker: Speaker) -> dict[str, Any]:
    """Return the reminder, with the ways to begin and to get no more of it."""
    text = speaker(
        "remind_due" if progress.due else "remind_new",
        due=progress.due,
        today=progress.today,
        goal=progress.goal,
    )
    buttons = [
        {**_button(BEGIN, speaker("begin_quiz")), "style": "primary"},
        _button(STOP, speaker("no_reminders")),
    ]
    shown = [
        blocks.section(text, links=False),
        {"type": "actions", "block_id": f"{key}#1", "elements": buttons},
        blocks.context(speaker("remind_stop")),
    ]
    return {"text": blocks.fallback(text), "blocks": shown}


def put_chosen(session: Session, key: str, chosen: str, said: str | None, now: dt.datetime) -> bool:
    """Put what was chosen, and what is said to it, in the place of a reminder's buttons."""
    row = slack_posts.find(session, key)
    if row is None:
        return False
    arguments = json.loads(row.arguments)
    text = said or arguments["text"]
    shown = blocks.after_press(arguments["blocks"][:2], f"{key}#1", chosen)
    if said:
        shown.append(blocks.section(said, links=False))
    return slack_posts.put(
        session,
        f"pressed:{key}",
        lane=row.lane,
        method="chat.update",
        arguments={"text": blocks.fallback(text), "blocks": shown},
        now=now,
        parent_key=key,
    )


def _button(name: str, title: str) -> dict[str, Any]:
    return {"type": "button", "action_id": name, "text": blocks.plain(title)}
