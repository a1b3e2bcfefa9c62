"""Where conversations are kept: Rasa's SQL tracker store on the project's own database."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa
from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import SQLTrackerStore, TrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, Event, SessionStarted, SlotSet
from rasa.shared.core.trackers import DialogueStateTracker

from actions.settings import Settings
from actions.store.database import create_engine, session_factory
from bot.turns import has_failed

ERASE_SLOT = "erase_conversation"


class ConversationStore(SQLTrackerStore):
    """Keeps events where the migrations made their table, and forgets a conversation when asked.

    An error of the database reaches the caller: unlike Rasa's default it is never hidden by a
    conversation that starts anew in memory.
    """

    def __init__(
        self,
        domain: Domain | None = None,
        event_broker: EventBroker | None = None,
        host: str | None = None,
        **_settings: Any,
    ) -> None:
        """Connect on first use to ``host``, an SQLAlchemy address, or to DATABASE_URL."""
        self.engine = create_engine(host or Settings.read().database_url)
        self.sessionmaker = session_factory(self.engine)
        TrackerStore.__init__(self, domain, event_broker)

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Add the new events, or erase all of them where an action asked for it.

        A turn in which an action failed leaves no events: the message can simply be repeated.
        """
        if has_failed():
            return
        if tracker.get_slot(ERASE_SLOT) or self._was_erased(tracker):
            self._erase(tracker)
        else:
            await super().save(tracker)

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        """Return a conversation, and remember that it has events in the database."""
        tracker = await super().retrieve(sender_id)
        if tracker is not None:
            tracker.was_stored = True
        return tracker

    def _was_erased(self, tracker: DialogueStateTracker) -> bool:
        """Tell whether the events were erased during the turn: Rasa would write all of them anew.

        By a command, or by an action of which the bot was told that it failed.
        """
        if not getattr(tracker, "was_stored", False):
            return False
        rows = self.SQLEvent.__table__
        query = sa.select(rows.c.id).where(rows.c.sender_id == tracker.sender_id).limit(1)
        with self.engine.connect() as connection:
            return connection.execute(query).first() is None

    def _erase(self, tracker: DialogueStateTracker) -> None:
        """Leave a conversation that has just begun, in one transaction."""
        fresh: list[Event] = [
            ActionExecuted("action_session_start"),
            SessionStarted(),
            SlotSet("language", tracker.get_slot("language")),
            ActionExecuted("action_listen"),
        ]
        rows = self.SQLEvent.__table__
        with self.engine.begin() as connection:
            connection.execute(sa.delete(rows).where(rows.c.sender_id == tracker.sender_id))
            for event in fresh:
                connection.execute(
                    sa.insert(rows).values(
                        sender_id=tracker.sender_id,
                        type_name=event.type_name,
                        timestamp=event.timestamp,
                        action_name=event.as_dict().get("name"),
                        data=json.dumps(event.as_dict()),
                    )
                )
