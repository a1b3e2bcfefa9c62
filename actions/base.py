"""What all our actions share: the desk, and an apology instead of silence when one fails."""

from __future__ import annotations

import abc
import logging
from collections.abc import Callable
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.desk import Desk, open_desk

Events = list[dict[str, Any]]
logger = logging.getLogger(__name__)


class DeskAction(Action, abc.ABC):
    """An action that works at the desk: it reads slots, calls the rules, and names responses."""

    def __init__(self, desk: Callable[[], Desk] = open_desk) -> None:
        """Take what hands out the desk; it is asked for on first use, not before."""
        self._desk = desk

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Events:
        """Act; when something breaks say so, drop half-done replies, and change nothing."""
        try:
            return await self.act(self._desk(), dispatcher, tracker)
        except Exception as error:
            # The message and slots may hold personal data: only the kind of error is logged.
            logger.error("%s failed: %s", self.name(), type(error).__name__, exc_info=_debug())
            dispatcher.messages.clear()
            dispatcher.utter_message(response="utter_trouble")
            return self.after_failure(tracker)

    @abc.abstractmethod
    async def act(self, desk: Desk, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """Do the work and return the events."""

    def after_failure(self, tracker: Tracker) -> Events:
        """Return the events that keep the conversation going after a failure."""
        return []


def _debug() -> bool:
    return logger.isEnabledFor(logging.DEBUG)
