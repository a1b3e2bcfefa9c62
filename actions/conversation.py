"""Actions about the conversation itself: its language, and why a question is asked."""

from __future__ import annotations

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.base import DeskAction, Events
from actions.desk import Desk
from actions.logic.practice_reading import follow_up
from actions.logic.practice_session import Session
from actions.logic.wording import fold
from actions.slots import message_of

_NAMED = {
    "it": ("italian", "nostra lingua"),
    "en": ("ingles", "english", "inglish", "anglais"),
}


class SwitchLanguage(DeskAction):
    """Change to the language that was asked for, or to the other one."""

    def name(self) -> str:
        """Return the name in the domain."""
        return "action_switch_language"

    async def act(self, desk: Desk, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """Set the slot; the response that follows confirms it in the new language."""
        text = fold(tracker.latest_message.get("text") or "")
        named = [code for code, words in _NAMED.items() if any(word in text for word in words)]
        # «parla inglese» is written in Italian: what it names counts, not what it is written in.
        current = tracker.get_slot("language") or "it"
        language = named[0] if len(named) == 1 else ("it" if current == "en" else "en")
        return [SlotSet("language", language)]


class ExplainQuestion(DeskAction):
    """Say why the open question is asked, or that there is none."""

    def name(self) -> str:
        """Return the name in the domain."""
        return "action_explain_question"

    async def act(self, desk: Desk, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """Utter the reason that belongs to the question; after a quiz, what was explained last."""
        asked = tracker.get_slot("requested_slot")
        session = tracker.get_slot("practice")
        if asked is None and session:
            entry = follow_up(message_of(tracker), desk.quiz, Session.from_json(session))
            if entry:
                dispatcher.utter_message(response=f"utter_faq/{entry}")
                return []
        dispatcher.utter_message(response=f"utter_why_{asked}" if asked else "utter_nothing_open")
        return []
