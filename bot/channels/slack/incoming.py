"""What Slack delivers, read as a message of somebody to the assistant; whatever else is ignored."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from actions.store.slack_routes import Route
from bot.channels.slack import blocks
from bot.channels.slack.texts import unescape

NAMESPACE = "slack"
COMMANDS = "command"  # in the place of a thread: what /sportello was asked
# A person's own message, with a file, from a thread to its channel too, or said with /me.
_SUBTYPES = (None, "file_share", "thread_broadcast", "me_message")
_ID = re.compile(r"[A-Za-z0-9_-]{1,40}")
_TS = re.compile(r"\d{1,12}\.\d{1,10}")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True)
class Arrival:
    """A message, and the way back to whoever wrote it."""

    conversation_id: str
    key: str
    route: Route
    text: str = ""
    button: str | None = None
    # Whether it counts only if its conversation has begun: nobody called the assistant.
    overheard: bool = False


def conversation_of(team: str, member: str, thread: str | None = None) -> str:
    """Return the id of a conversation: nobody shares one, and every thread has its own."""
    return ":".join([NAMESPACE, team, member, *([thread] if thread else [])])


def route_of_id(conversation_id: str) -> Route | None:
    """Return the way to whom a conversation belongs, where nothing else is known."""
    parts = conversation_id.split(":")
    if len(parts) < 3 or parts[0] != NAMESPACE:
        return None
    return Route(team=parts[1], member=parts[2], channel=parts[2])


def message_of(body: Mapping[str, Any], bot: str | None) -> Arrival | None:
    """Return what a ``message`` or ``app_mention`` event says; None where it is for nobody.

    Both events of one message, and all their deliveries, have the same key.
    """
    event = _mapping(body.get("event"))
    team, member = team_of(body), _id(event.get("user"))
    channel, ts = _id(event.get("channel")), _ts(event.get("ts"))
    if not (team and member and channel and ts):
        return None
    if event.get("bot_id") or event.get("hidden") or event.get("subtype") not in _SUBTYPES:
        return None
    raw = event.get("text")
    raw = raw if isinstance(raw, str) else ""
    bot = bot_of(body) or bot
    called = event.get("type") == "app_mention" or bool(bot and f"<@{bot}" in raw)
    if event.get("type") == "app_mention" and bot is None:
        raw = re.sub(r"^\s*<@[A-Z0-9]+(?:\|[^>]*)?>", "", raw)
    private = event.get("channel_type") == "im" or channel.startswith("D")
    thread = _ts(event.get("thread_ts"))
    if not private and not called and not thread:
        return None
    if not private and thread is None:
        thread = ts  # answered in a thread below the message
    text = unescape(raw, bot)
    kind = "text"
    if not text:
        kind = "files" if event.get("files") else "help"
    return Arrival(
        conversation_of(team, member, thread),
        f"message:{channel}:{ts}",
        Route(team=team, member=member, channel=channel, thread_ts=thread, kind=kind),
        text,
        overheard=not private and not called,
    )


def command_of(body: Mapping[str, Any], text: str, kind: str = "text") -> Arrival | None:
    """Return what ``/sportello`` was asked; the answer is for the asker's eyes."""
    team, member = _id(body.get("team_id")), _id(body.get("user_id"))
    channel = _id(body.get("channel_id"))
    url = body.get("response_url")
    trigger = body.get("trigger_id")
    if not (team and member and channel and isinstance(url, str) and isinstance(trigger, str)):
        return None
    return Arrival(
        conversation_of(team, member, COMMANDS),
        f"command:{digest(trigger)}",
        Route(team, member, channel, response_url=url, kind=kind),
        text,
    )


def presses_of(body: Mapping[str, Any]) -> Iterator[tuple[Arrival, str]]:
    """Yield each button, option or day that was chosen in an answer, with its block's id.

    Its conversation is the presser's own in that place; who else's it is, the post tells.
    """
    who = presser_of(body)
    container = _mapping(body.get("container"))
    channel = _id(_mapping(body.get("channel")).get("id")) or _id(container.get("channel_id"))
    thread = _ts(container.get("thread_ts")) or _ts(_mapping(body.get("message")).get("thread_ts"))
    if not (who and channel):
        return
    team, member = who
    url = body.get("response_url")
    for action in actions_of(body):
        token, day = _chosen(action), _day(action)
        moment, block = action.get("action_ts"), action.get("block_id")
        if not (token or day) or not isinstance(moment, str) or not isinstance(block, str):
            continue
        route = Route(
            team,
            member,
            channel,
            thread_ts=thread,
            response_url=url if isinstance(url, str) else None,
            post_key=block[:100],
            kind="date" if day else "button",
        )
        key = f"action:{digest(moment + ':' + (token or blocks.DATE))}"
        arrival = Arrival(
            conversation_of(team, member, thread), key, route, day or "", token or None
        )
        yield arrival, block


def presser_of(body: Mapping[str, Any]) -> tuple[str, str] | None:
    """Return the workspace and the id of whoever chose something."""
    user = _mapping(body.get("user"))
    team = _id(_mapping(body.get("team")).get("id")) or _id(user.get("team_id"))
    member = _id(user.get("id"))
    return (team, member) if team and member else None


def actions_of(body: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return everything that was chosen."""
    actions = body.get("actions")
    return [a for a in actions if isinstance(a, Mapping)] if isinstance(actions, list) else []


def is_ephemeral(body: Mapping[str, Any]) -> bool:
    """Tell whether a press was in a message that one person alone sees."""
    return _mapping(body.get("container")).get("is_ephemeral") is True


def in_conversation(arrival: Arrival, conversation_id: str, *, by_url: bool) -> Arrival:
    """Return a press in the conversation of the post that was pressed."""
    route = arrival.route if by_url else replace(arrival.route, response_url=None)
    return replace(arrival, conversation_id=conversation_id, route=route)


def team_of(body: Mapping[str, Any]) -> str | None:
    """Return the workspace of whoever wrote: with shared channels it may not be ours."""
    event = _mapping(body.get("event"))
    for value in (event.get("user_team"), event.get("source_team"), body.get("team_id")):
        if team := _id(value):
            return team
    return _id(event.get("team"))


def bot_of(body: Mapping[str, Any]) -> str | None:
    """Return the id under which the bot is in the workspace."""
    authorizations = body.get("authorizations")
    if isinstance(authorizations, list) and authorizations:
        return _id(_mapping(authorizations[0]).get("user_id"))
    return None


def digest(text: str) -> str:
    """Return a short name for what Slack names with many characters."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:32]


def _chosen(action: Mapping[str, Any]) -> str | None:
    kind, name = action.get("type"), action.get("action_id")
    if not isinstance(name, str) or not name.startswith(blocks.PICK):
        return None
    value = action.get("value")
    if kind == "static_select":
        value = _mapping(action.get("selected_option")).get("value")
    # The same as the website's; none other was ever offered.
    fits = isinstance(value, str) and re.fullmatch(r"[A-Za-z0-9_-]{8,40}", value)
    return value if fits else "unknown-button"


def _day(action: Mapping[str, Any]) -> str | None:
    day = action.get("selected_date")
    if action.get("type") != "datepicker" or action.get("action_id") != blocks.DATE:
        return None
    return day if isinstance(day, str) and _DAY.fullmatch(day) else None


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _id(value: Any) -> str | None:
    return value if isinstance(value, str) and _ID.fullmatch(value) else None


def _ts(value: Any) -> str | None:
    return value if isinstance(value, str) and _TS.fullmatch(value) else None
