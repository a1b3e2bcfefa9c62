"""How an intake is left before its end: discarded, or kept for later under a code."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging

from rasa_sdk import Tracker
from rasa_sdk.events import ActiveLoop, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from sqlalchemy.exc import SQLAlchemyError

from actions.base import DeskAction, Events
from actions.desk import Desk
from actions.intake import ANSWERS, FORM, INTAKE_SLOTS, KEPT_SLOTS, summary, tell_stored
from actions.logic.deadlines import in_words
from actions.logic.intake import Intake
from actions.logic.meanings import CANCEL, CONFIRM
from actions.logic.references import find_resume_code
from actions.slots import message_of
from actions.store.intakes import find_reference
from actions.store.kept import forget_resumed, keep_intake, resume_intake
from actions.store.lookups import TooManyTries
from actions.store.privacy import erase, find_by_run, settle

logger = logging.getLogger(__name__)


class DiscardIntake(DeskAction):
    """Forget what was collected, its words in the conversation included."""

    def name(self) -> str:
        """Return the name in the domain."""
        return "action_discard_intake"

    async def act(self, desk: Desk, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """Say that nothing was stored; the conversation store erases the events."""
        outcome = tracker.get_slot("intake_outcome")
        await asyncio.to_thread(_discard_stored, desk, tracker.get_slot("intake_run"))
        dispatcher.utter_message(response=f"utter_{outcome}")
        dispatcher.utter_message(json_message={"cancelled": True})
        return _forget()


class KeepIntake(DeskAction):
    """Put the intake aside under a code; the conversation forgets it."""

    def name(self) -> str:
        """Return the name in the domain."""
        return "action_keep_intake"

    async def act(self, desk: Desk, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """Store it, then give the code: nobody is given a code of what is not stored."""
        days = desk.firm.retention_days.unfinished_intakes
        run = tracker.get_slot("intake_run")
        try:
            reference = await asyncio.to_thread(_stored_reference, desk, run)
            if reference is not None:  # sent already, but nobody heard of it
                return tell_stored(desk, dispatcher, reference, tracker.get_slot("language"))
            code = await asyncio.to_thread(
                keep_intake,
                {slot: tracker.get_slot(slot) for slot in KEPT_SLOTS},
                email=tracker.get_slot("email"),
                conversation_id=tracker.sender_id,
                sessions=desk.sessions,
                now=desk.now(),
                days=days,
                run=run,
            )
        except SQLAlchemyError as error:
            logger.error("an intake could not be kept: %s", type(error).__name__)
            dispatcher.utter_message(response="utter_not_kept")
            return [
                SlotSet("intake_outcome", None),
                ActiveLoop(FORM),
                SlotSet("requested_slot", CANCEL),
            ]
        until = desk.now().date() + dt.timedelta(days=days)
        language = tracker.get_slot("language")
        dispatcher.utter_message(
            response="utter_kept", code=code, day=in_words(until, None, language)
        )
        dispatcher.utter_message(json_message={"kept": code})
        return _forget()


class ResumeIntake(DeskAction):
    """Go on with an intake that was kept, in whatever conversation the code is given."""

    def name(self) -> str:
        """Return the name in the domain."""
        return "action_resume_intake"

    async def act(self, desk: Desk, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """Put the answers back and ask what was asked last."""
        if tracker.get_slot("intake_run"):
            dispatcher.utter_message(response="utter_resume_not_now")
            return []
        code = find_resume_code(message_of(tracker).text)
        try:
            state = await asyncio.to_thread(
                resume_intake,
                code or "",
                conversation_id=tracker.sender_id,
                sessions=desk.sessions,
                now=desk.now(),
            )
        except TooManyTries:
            dispatcher.utter_message(response="utter_too_many_tries")
            return []
        if not state:
            dispatcher.utter_message(response="utter_not_resumed")
            return []
        slots = [SlotSet(name, state.get(name)) for name in KEPT_SLOTS]
        intake = Intake(
            answers={name: state.get(name) for name in ANSWERS},
            skipped=frozenset(state.get("intake_skipped") or ()),
        )
        language = state.get("language") or "it"
        asks = desk.interview.next_question(intake)
        if asks == CONFIRM:  # everything is shown with the question
            dispatcher.utter_message(response="utter_going_on")
        else:
            said = summary(desk, intake, language, only_given=True)
            dispatcher.utter_message(response="utter_resumed", summary=said)
        return [*slots, ActiveLoop(FORM), SlotSet("requested_slot", asks)]


def _stored_reference(desk: Desk, run: str) -> str | None:
    with desk.sessions() as session:
        return find_reference(session, run)


def _discard_stored(desk: Desk, run: str | None) -> None:
    """Take back what a submission stored whose answer got lost, and what was kept of the run."""
    if run is None:
        return
    with desk.sessions() as session:
        settle(session)
        person = find_by_run(session, run)
        if person is not None:
            erase(session, person, via="conversation", now=desk.now())
        forget_resumed(session, run)
        session.commit()


def _forget() -> Events:
    return [
        *(SlotSet(slot, None) for slot in INTAKE_SLOTS),
        SlotSet("erase_conversation", True),
    ]
