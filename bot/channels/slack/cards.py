"""The firm's cards: what a new intake, call-back or question looks like in its channel."""

from __future__ import annotations

import datetime as dt
from typing import Any

from actions.desk import Desk
from actions.logic.deadlines import in_words
from actions.logic.fields import spoken_phone
from actions.logic.requests import WORDS
from actions.store.casework import GIVEN_BACK
from actions.store.slack_cards import Card, choices_of
from bot.channels.slack import blocks
from bot.channels.slack.speaker import Speaker

TAKE = "card:take"
STATUS = "card:status"
REPLY = "card:reply"
REPLY_FORM = "card_reply"


def card_key(card_id: int) -> str:
    """Return the name of a card's post; its block carries it."""
    return f"card:{card_id}"


def card_of_block(block_id: Any) -> int | None:
    """Return the card that a block belongs to."""
    name, _, number = str(block_id).partition(":")
    fits = name == "card" and number.isascii() and number.isdecimal() and len(number) < 10
    return int(number) if fits else None


def render(card: Card, desk: Desk, speaker: Speaker) -> dict[str, Any]:
    """Return a card: nothing on it is about a person."""
    title = speaker(f"card_{card.topic}")
    lines = [_facts(card, desk, speaker)]
    if card.question:
        lines.append(f"«{card.question}»")
    shown = [
        blocks.header(title),
        *blocks.sections("\n".join(lines), links=False),
        _buttons(card, speaker),
        blocks.context(_history(card, desk, speaker)),
    ]
    text = " · ".join(part for part in (title, card.reference, card.service) if part)
    return {"text": blocks.fallback(text), "blocks": shown}


def render_person(card: Card, desk: Desk, speaker: Speaker) -> dict[str, Any] | None:
    """Return what the thread of a card tells of the person, if it knows anything."""
    person = card.person
    lines = []
    for field, name in (
        ("client_name", "name"),
        ("contact", "contact"),
        ("email", "email"),
        ("phone", "phone"),
        ("expectations", "expectations"),
        ("deadline", "deadlines"),
    ):
        value = person.get(name)
        if not value:
            continue
        if name == "phone" or (card.topic == "callback" and str(value).startswith("+")):
            value = spoken_phone(value)
        if isinstance(value, list):
            value = "; ".join(value)
        label = desk.choices["change"][field].name.in_language(speaker.language)
        lines.append(f"• {label}: {value}")
    if words := (person.get("known") or {}).get(WORDS):
        lines.append(f"• «{words}»")
    if not lines:
        return None
    text = "\n".join(lines)
    return {"text": blocks.fallback(text), "blocks": blocks.sections(text, links=False)}


def _facts(card: Card, desk: Desk, speaker: Speaker) -> str:
    lines = []
    if card.reference:
        lines.append(speaker("card_reference", reference=card.reference))
    if card.service:
        lines.append(speaker("card_service", service=card.service))
    today = desk.now().date()
    for due, time, warn in card.deadlines:
        line = speaker("card_deadline", day=in_words(due, time, speaker.language))
        if warn and warn <= today:
            line += " " + speaker("card_warning")
        elif warn:
            line += " " + speaker("card_warn_on", day=in_words(warn, None, speaker.language))
        lines.append(line)
    if card.duplicates:
        reasons = ", ".join(speaker(f"duplicate_{reason}") for reason in card.duplicates)
        lines.append(speaker("card_duplicate", reasons=reasons))
    lines.append(speaker("card_channel", channel=card.channel))
    lines.append(speaker("card_status", status=speaker(f"status_{card.status}")))
    return "\n".join(lines)


def _buttons(card: Card, speaker: Speaker) -> dict[str, Any]:
    elements: list[dict[str, Any]] = []
    if card.taken_at is None:
        elements.append(
            {
                "type": "button",
                "action_id": TAKE,
                "style": "primary",
                "text": blocks.plain(speaker("take")),
            }
        )
    options = [blocks.option(speaker(f"status_{s}"), s) for s in choices_of(card.topic)]
    elements.append(
        {
            "type": "static_select",
            "action_id": STATUS,
            "placeholder": blocks.plain(speaker("status"), 150),
            "options": options,
        }
    )
    elements.append({"type": "button", "action_id": REPLY, "text": blocks.plain(speaker("reply"))})
    return {"type": "actions", "block_id": card_key(card.id), "elements": elements}


def _history(card: Card, desk: Desk, speaker: Speaker) -> str:
    """Return who did what and when; of a reply only that there was one."""
    lines = [_moment(card.created_at, desk)]
    for step in card.steps:
        status = speaker(f"status_{step.detail}") if step.step == "status" else ""
        name = "give_back" if step.detail == GIVEN_BACK and step.step == "take" else step.step
        lines.append(
            speaker(f"step_{name}", name=step.name, moment=_moment(step.at, desk), status=status)
        )
    # The newest last; of a long history its end.
    while len("\n".join(lines)) > 480 and len(lines) > 1:
        lines.pop(0)
    return "\n".join(lines)


def _moment(moment: dt.datetime, desk: Desk) -> str:
    return f"{moment.astimezone(desk.firm.zone):%d.%m.%Y %H:%M}"
