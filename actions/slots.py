"""What the actions read from a conversation: the message, and whether it was dealt with."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from rasa_sdk import Tracker

from actions.logic.meanings import Message
from actions.logic.wording import TYPED_MARK

LISTEN = ("action_extract_slots", "action_listen")


def message_of(tracker: Tracker) -> Message:
    """Read the latest message: its words, its label, or the choice of a button."""
    latest = tracker.latest_message
    intent = latest.get("intent") or {}
    label = str(intent.get("name") or "out_of_scope")
    if label == "unclear":
        label = latest["near_labels"][0]["label"]
    if label == "faq":
        selected = (latest.get("response_selector") or {}).get("faq") or {}
        label = (selected.get("response") or {}).get("intent_response_key") or "faq/"
    choice = {
        entity["entity"]: str(entity["value"])
        for entity in latest.get("entities") or ()
        # Only a button sets these; the language of a typed message is an entity as well.
        if label == "choose" or entity["entity"] == "practice"
    }
    text = latest.get("text") or ""
    if text.startswith(TYPED_MARK):
        label = "out_of_scope"  # it looks like a command, and is not one: no label counts
    return Message(
        text=text.removeprefix(TYPED_MARK),
        label=label,
        confidence=float(intent.get("confidence") or 0.0),
        language=tracker.get_slot("language") or "it",
        choice=choice,
    )


def active_form(tracker: Tracker) -> str | None:
    """Return the form that is open, if any."""
    name: str | None = tracker.active_loop.get("name")
    return name


def was_handled(tracker: Tracker, form: str) -> bool:
    """Tell whether a form comes back after something else acted on the latest message.

    That is a rule that answered a digression, or an action that opened the form itself.
    """
    return any(
        event.get("event") == "action_execution_rejected"
        or (event.get("event") == "action" and event.get("name") not in (form, *LISTEN))
        for event in events_of_turn(tracker)
    )


def events_of_turn(tracker: Tracker) -> list[dict[str, Any]]:
    """Return what happened since the latest message, in order."""
    events: list[dict[str, Any]] = []
    for event in reversed(tracker.events):
        if event.get("event") == "user":
            break
        events.append(event)
    return events[::-1]


def slots_set_since(tracker: Tracker, names: Collection[str]) -> bool:
    """Tell whether the latest message has changed one of these slots."""
    return any(
        event.get("event") == "slot" and event.get("name") in names
        for event in events_of_turn(tracker)
    )


def open_before(tracker: Tracker) -> str | None:
    """Return the question that was open when the latest message came."""
    question: str | None = slot_before(tracker, "requested_slot")
    return question


def slot_before(tracker: Tracker, name: str) -> Any:
    """Return what a slot held when the latest message came."""
    earlier = tracker.events[: len(tracker.events) - len(events_of_turn(tracker))]
    for event in reversed(earlier):
        if event.get("event") == "slot" and event.get("name") == name:
            return event.get("value")
    return None
