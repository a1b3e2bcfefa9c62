"""Actions for questions without a clear answer: ask which was meant, quote, or say so."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher
from sqlalchemy.exc import SQLAlchemyError

from actions.base import DeskAction, Events
from actions.desk import Desk
from actions.logic.masking import mask
from actions.slots import message_of
from actions.store.questions import keep_question

NEAREST = 3
logger = logging.getLogger(__name__)


class AskWhich(DeskAction):
    """Offer the two things that a message may mean, and keep the question for staff."""

    def name(self) -> str:
        """Return the name in the domain."""
        return "action_ask_which"

    async def act(self, desk: Desk, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """Show a button for each."""
        language = tracker.get_slot("language")
        near: list[dict[str, Any]] = tracker.latest_message.get("near_labels") or []
        buttons = [
            {
                "title": label["title"][language],
                "payload": label.get("payload") or label["title"][language],
            }
            for label in near
        ]
        dispatcher.utter_message(response="utter_ask_which", buttons=buttons)
        nearest = [label["label"] for label in near]
        await _keep(desk, tracker, "unclear", nearest)
        return []


class AnswerOutOfScope(DeskAction):
    """Quote the passage that fits; where none does, say so and keep the question for staff."""

    def name(self) -> str:
        """Return the name in the domain."""
        return "action_answer_out_of_scope"

    async def act(self, desk: Desk, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """Answer from the documents, or not at all."""
        passage = tracker.latest_message.get("passage")
        if passage:
            text = passage["text"][tracker.get_slot("language")]
            source = passage["source"]
            dispatcher.utter_message(response="utter_passage", passage=text, source=source)
            dispatcher.utter_message(json_message={"source": source, "passage": True})
            return []
        dispatcher.utter_message(response="utter_out_of_scope")
        selected = (tracker.latest_message.get("response_selector") or {}).get("faq") or {}
        nearest = [entry["intent_response_key"] for entry in selected.get("ranking", ())[:NEAREST]]
        await _keep(desk, tracker, "unanswered", nearest)
        return []


async def _keep(desk: Desk, tracker: Tracker, reason: str, nearest: Sequence[str]) -> None:
    """Store what was asked, and why; one word is no question."""
    message = message_of(tracker)
    if len(message.text.split()) < 2:
        return
    try:
        await asyncio.to_thread(
            keep_question,
            # Masked in any case: a question is asked before there is a consent, or beside it.
            mask(message.text),
            reason=reason,
            language=message.language,
            channel=tracker.get_latest_input_channel() or "unknown",
            nearest=nearest,
            sessions=desk.sessions,
            now=desk.now(),
        )
    except SQLAlchemyError as error:
        # The person was told the truth already; that we did not keep the question harms nobody.
        logger.error("a question could not be kept: %s", type(error).__name__)
