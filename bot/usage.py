"""What one turn of a conversation adds to the figures, read from the events that Rasa left of it.

Only kinds and names of our own are taken from the events, never a word of the person's; the rows
are written by `actions.store.usage`.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterator, Sequence
from typing import Any

from rasa.shared.core.events import ActionExecuted, BotUttered, Event, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from sqlalchemy.orm import Session

from actions.logic.meanings import CONSENT
from actions.store import usage

INTAKE_FORM = "intake_form"
RUN, OUTCOME, ASKED = "intake_run", "intake_outcome", "requested_slot"
logger = logging.getLogger(__name__)


def count_turn(
    session: Session, tracker: DialogueStateTracker, new: Sequence[Event], zone: dt.tzinfo
) -> None:
    """Count a turn in the transaction that saves it; what can't be counted costs no turn.

    Args:
        session: The caller's. To be called last: whoever counts the same waits until it ends.
        tracker: The conversation, those of the turn among its events.
        new: The events of the turn; without a message among them nothing is counted.
        zone: The firm's, whose day it is.
    """
    # What fails here is the turn's own.
    session.flush()
    try:
        with session.begin_nested():
            _count(session, tracker, new, zone)
    except Exception as error:
        logger.error("a turn was not counted: %s", type(error).__name__)


def what_became_of(new: Sequence[Event]) -> str:
    """Return what a turn was for whoever wrote: `usage.ANSWERED` or one of its like."""
    told = list(_told(new))
    acted = {event.action_name for event in new if isinstance(event, ActionExecuted)}
    if any("faq" in data or "passage" in data for data in told):
        return usage.ANSWERED
    if "action_answer_out_of_scope" in acted:
        return usage.UNANSWERED
    if "action_ask_which" in acted:
        return usage.UNCLEAR
    wanted = {event.intent_name for event in new if isinstance(event, UserUttered)}
    # The same action also opens other requests, and an intake may have taken the words otherwise.
    if "human_handoff" in wanted and "action_open_request" in acted:
        return usage.HANDED_OFF
    return usage.OTHER


def progress_of(
    tracker: DialogueStateTracker, new: Sequence[Event]
) -> tuple[str, str, str | None] | None:
    """Return the run of an intake that a turn belongs to, its question and, if it ended, how.

    None where no intake is open or was ended by the turn.
    """
    earlier = list(tracker.events)[: len(tracker.events) - len(new)]
    run = next((value for value in _values(reversed(earlier), RUN)), None)
    ended = False
    for value in _values(new, RUN):
        run, ended = (value, False) if value else (run, run is not None)
    if run is None or not (ended or tracker.active_loop_name == INTAKE_FORM):
        return None
    return run, _question(tracker, run), _outcome(new) if ended else None


def _count(
    session: Session, tracker: DialogueStateTracker, new: Sequence[Event], zone: dt.tzinfo
) -> None:
    message = next((event for event in new if isinstance(event, UserUttered)), None)
    if message is None:
        return
    now = dt.datetime.fromtimestamp(message.timestamp, zone)
    channel = message.input_channel or "unknown"
    if progress := progress_of(tracker, new):
        run, field, outcome = progress
        usage.note_run(
            session,
            run,
            channel=channel,
            language=tracker.get_slot("language") or "it",
            field=field,
            now=now,
            outcome=outcome,
        )
    # In this order in every turn, so that no two wait for each other.
    for entry in sorted({data["faq"] for data in _told(new) if "faq" in data}):
        usage.count(session, now.date(), channel, usage.FAQ, entry)
    usage.count(session, now.date(), channel, usage.TURN, what_became_of(new))


def _told(new: Sequence[Event]) -> Iterator[dict[str, Any]]:
    """Yield what the replies say to programs, such as ``{"faq": "three_types"}``."""
    for event in new:
        if isinstance(event, BotUttered) and event.data.get("custom"):
            yield event.data["custom"]


def _values(events: Any, slot: str) -> Iterator[Any]:
    return (event.value for event in events if isinstance(event, SlotSet) and event.key == slot)


def _question(tracker: DialogueStateTracker, run: str) -> str:
    """Return the last question of a run that leads on: not whether to cancel, or what to change."""
    for event in reversed(tracker.events):
        if not isinstance(event, SlotSet):
            continue
        if event.key == ASKED and event.value in usage.FIELDS:
            return str(event.value)
        if event.key == RUN and event.value == run:
            break
    return CONSENT


def _outcome(new: Sequence[Event]) -> str:
    """Return how the run ended in this turn."""
    if any("reference" in data for data in _told(new)):
        # Also where it was to be kept, but had been sent already.
        return "submitted"
    outcomes = [value for value in _values(new, OUTCOME) if value]
    # Without one, the person's data were erased with it.
    return str(outcomes[-1]) if outcomes else "cancelled"
