"""Where conversations are kept: Rasa's SQL tracker store on the project's own database."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import time
from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any, TypeVar

import sqlalchemy as sa
from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import SQLTrackerStore, TrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, Event, SessionStarted, SlotSet
from rasa.shared.core.trackers import DialogueStateTracker
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from actions.firm import load_firm
from actions.settings import Settings
from actions.store.database import create_engine, session_factory
from actions.store.mailbox import forget
from actions.store.models import events as rows
from bot.turns import Turn, current_turn
from bot.usage import count_turn

ERASE_SLOT = "erase_conversation"
# A lost connection is made anew at once; a database that is away is reported within a second.
PAUSES = (0.1, 0.3)
Result = TypeVar("Result")


class ConversationStore(SQLTrackerStore):
    """Keeps events where the migrations made their table, and forgets a conversation when asked.

    An error of the database reaches the caller: unlike Rasa's default it is never hidden by a
    conversation that starts anew in memory. Only one process at a time may be inside a turn of a
    conversation: see `bot.locks`.
    """

    def __init__(
        self,
        domain: Domain | None = None,
        event_broker: EventBroker | None = None,
        host: str | None = None,
        zone: dt.tzinfo | None = None,
        **_settings: Any,
    ) -> None:
        """Connect on first use to ``host``, an SQLAlchemy address, or to DATABASE_URL.

        Turns are counted by the days of ``zone``, or of ``firm.yml``'s.
        """
        self.engine = create_engine(host or Settings.read().database_url)
        self.zone = zone or load_firm(Settings.read().firm_file).zone
        self.sessionmaker = session_factory(self.engine)
        TrackerStore.__init__(self, domain, event_broker)

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        """Return a conversation, and remember how many of its events are in the database."""
        return await asyncio.to_thread(_patiently, lambda: self._read(sender_id))

    async def create_tracker(
        self, sender_id: str, append_action_listen: bool = True
    ) -> DialogueStateTracker:
        """Begin a conversation; unlike Rasa's own it is stored with its first turn, not before."""
        tracker = self.init_tracker(sender_id)
        if append_action_listen:
            tracker.update(ActionExecuted("action_listen"))
        return tracker

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Add the new events, or erase all of them where an action asked for it.

        A turn in which an action failed leaves no events: the message can simply be repeated.
        """
        turn = current_turn()
        if turn is None or not turn.failed:
            await asyncio.to_thread(self._save, tracker, turn)

    def _read(self, sender_id: str) -> DialogueStateTracker | None:
        with self.sessionmaker() as session:
            # Since the last session began; Rasa's own query.
            found = self._event_query(session, sender_id, fetch_events_from_all_sessions=False)
            events = [json.loads(event.data) for event in found]
        if not events or self.domain is None:
            return None
        tracker = DialogueStateTracker.from_dict(sender_id, events, self.domain.slots)
        tracker.stored_events = len(tracker.events)
        return tracker

    def _save(self, tracker: DialogueStateTracker, turn: Turn | None) -> None:
        """Write the events, and what else belongs to the turn, in one transaction."""
        new = list(islice(tracker.events, getattr(tracker, "stored_events", 0), None))
        with self.sessionmaker() as session:
            # Only before anything is written: a commit may have arrived though it seems to fail.
            _patiently(session.connection)
            erased = bool(tracker.get_slot(ERASE_SLOT)) or self._was_erased(session, tracker)
            if erased:
                self._erase(session, tracker)
            else:
                _insert(session, tracker.sender_id, new)
            if turn is not None and turn.on_save is not None:
                turn.on_save(session, tracker, erased)
            count_turn(session, tracker, new, self.zone)
            session.commit()
        tracker.stored_events = len(tracker.events)

    @staticmethod
    def _was_erased(session: Session, tracker: DialogueStateTracker) -> bool:
        """Tell whether the events were erased during the turn: Rasa would write all of them anew.

        By a command, or by an action of which the bot was told that it failed.
        """
        if not getattr(tracker, "stored_events", 0):
            return False
        query = sa.select(rows.c.id).where(rows.c.sender_id == tracker.sender_id).limit(1)
        return session.execute(query).first() is None

    @staticmethod
    def _erase(session: Session, tracker: DialogueStateTracker) -> None:
        """Leave a conversation that has just begun, and nothing of what was said."""
        session.execute(sa.delete(rows).where(rows.c.sender_id == tracker.sender_id))
        forget(session, tracker.sender_id)
        fresh: list[Event] = [
            ActionExecuted("action_session_start"),
            SessionStarted(),
            SlotSet("language", tracker.get_slot("language")),
            ActionExecuted("action_listen"),
        ]
        _insert(session, tracker.sender_id, fresh)


def _insert(session: Session, conversation: str, new: Iterable[Event]) -> None:
    values = []
    for event in new:
        data = event.as_dict()
        values.append(
            {
                "sender_id": conversation,
                "type_name": event.type_name,
                "timestamp": data.get("timestamp"),
                "intent_name": data.get("parse_data", {}).get("intent", {}).get("name"),
                "action_name": data.get("name"),
                "data": json.dumps(data),
            }
        )
    if values:
        session.execute(sa.insert(rows), values)


def _patiently(attempt: Callable[[], Result]) -> Result:
    """Try again where a connection was lost; raise what the last attempt raises."""
    for pause in PAUSES:
        try:
            return attempt()
        except OperationalError:
            time.sleep(pause)
    return attempt()
