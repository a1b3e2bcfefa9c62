"""The actions behind what people ask besides an intake; see `actions.logic.requests`."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import ActionExecutionRejected, ActiveLoop, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from sqlalchemy.orm import Session

from actions.base import DeskAction, Events
from actions.desk import Desk, open_desk
from actions.intake import FORM as INTAKE_FORM
from actions.intake import INTAKE_SLOTS, intake_of
from actions.logic.fields import find_email, spoken_phone
from actions.logic.intake import Turn
from actions.logic.meanings import CONSENT
from actions.logic.requests import (
    CONTACT,
    EMAIL,
    NEEDED,
    REFERENCE,
    SURE_OF_IT,
    TOPICS,
    WORDS,
    Request,
    answer,
    begin,
    words_beside,
)
from actions.slots import active_form, message_of, was_handled
from actions.store import learning
from actions.store.callbacks import request_callback
from actions.store.lookups import TooManyTries, check_tries, note_failure
from actions.store.privacy import (
    Person,
    all_of_conversation,
    erase,
    find_by_conversation,
    find_by_pair,
    settle,
)
from actions.store.status import status_of
from actions.training import learner_key

FORM = "request_form"
FACTS = (REFERENCE, EMAIL, CONTACT, SURE_OF_IT)
REQUEST_SLOTS = (*FACTS, "request_topic", "request_tries", "request_outcome")
QUESTIONS = FACTS
logger = logging.getLogger(__name__)


class OpenRequest(DeskAction):
    """Do what was asked, or open the questions that it still needs.

    In the middle of an intake no second line of questions is opened: what the message itself says,
    or the intake knows, must be enough; otherwise it is said how to ask in one message.
    """

    def name(self) -> str:
        """Return the name in the domain."""
        return "action_open_request"

    async def act(self, desk: Desk, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """Read the topic from the label."""
        message = message_of(tracker)
        topic = TOPICS.get(message.label, "callback")
        turn = begin(topic, message.text, desk.firm.country)
        if active_form(tracker) == INTAKE_FORM:
            return await self._beside_the_intake(desk, dispatcher, tracker, topic, turn)
        if topic == "erase" and turn.asks:
            here = await _stored_here(desk, tracker)
            # Whoever is in the conversation in which it was stored needs no code. Staff who name
            # a client's request do not speak of themselves.
            if here.request or (here.training and REFERENCE not in turn.changes):
                turn = Turn(asks=SURE_OF_IT)
        if turn.outcome == "ready":
            return await _do(desk, dispatcher, tracker, topic, dict(turn.changes))
        cleared = [SlotSet(name, None) for name in REQUEST_SLOTS]
        dispatcher.utter_message(response=f"utter_request_{topic}")
        return [
            *cleared,
            *(SlotSet(name, value) for name, value in turn.changes.items()),
            SlotSet("request_topic", topic),
            ActiveLoop(FORM),
            SlotSet("requested_slot", turn.asks),
        ]

    async def _beside_the_intake(
        self,
        desk: Desk,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        topic: str,
        turn: Turn,
    ) -> Events:
        facts = dict(turn.changes)
        answers = intake_of(tracker).answers
        known = answers["phone"] or answers["email"]
        if topic == "callback" and answers[CONSENT] and known:
            facts.setdefault(CONTACT, known)
        if turn.outcome == "ready" or (topic == "callback" and CONTACT in facts):
            return await _do(desk, dispatcher, tracker, topic, facts)
        dispatcher.utter_message(response=f"utter_beside_{topic}")
        return []


class ValidateRequestForm(DeskAction):
    """Read the answers that a request needs."""

    def name(self) -> str:
        """Return the name by which Rasa's form looks for it."""
        return f"validate_{FORM}"

    async def act(self, desk: Desk, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """Return the slots that change and the question that is open afterwards."""
        request = Request(
            topic=tracker.get_slot("request_topic") or "callback",
            answers={n: v for n in FACTS if (v := tracker.get_slot(n)) is not None},
            asked=tracker.get_slot("requested_slot"),
            tries=int(tracker.get_slot("request_tries") or 0),
        )
        if was_handled(tracker, FORM):
            return [SlotSet("requested_slot", request.asked)]
        turn = answer(request, message_of(tracker), desk.firm.country)
        if turn.digression:
            return [ActionExecutionRejected(FORM)]
        for reply in turn.replies:
            dispatcher.utter_message(response=reply.response)
        return [
            *(SlotSet(name, value) for name, value in turn.changes.items()),
            SlotSet("request_tries", turn.tries or None),
            SlotSet("request_outcome", turn.outcome),
            SlotSet("requested_slot", turn.asks),
        ]


class AskForRequest(DeskAction):
    """Ask for a fact that a request needs."""

    def __init__(self, fact: str, desk: Callable[[], Desk] = open_desk) -> None:
        """Take the fact's name."""
        super().__init__(desk)
        self._fact = fact

    def name(self) -> str:
        """Return the name by which Rasa's form looks for it."""
        return f"action_ask_{self._fact}"

    async def act(self, desk: Desk, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """Utter the question; before an erasure, what will be erased."""
        response = f"utter_ask_{self._fact}"
        if self._fact == SURE_OF_IT and not tracker.get_slot(REFERENCE):
            here = await _stored_here(desk, tracker)
            response += "_here" if here.request else "" if here.training else "_conversation"
            response += "_training" if here.training else ""
        dispatcher.utter_message(response=response, reference=tracker.get_slot(REFERENCE) or "")
        return []


class FinishRequest(DeskAction):
    """Do what was asked once all is known, or let it be."""

    def name(self) -> str:
        """Return the name in the domain."""
        return "action_finish_request"

    async def act(self, desk: Desk, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """Look up, note down or erase."""
        done: Events = []
        if tracker.get_slot("request_outcome") == "ready":
            facts = {n: v for n in FACTS if (v := tracker.get_slot(n)) is not None}
            topic = tracker.get_slot("request_topic")
            done = await _do(desk, dispatcher, tracker, topic, facts)
        return [*done, *(SlotSet(name, None) for name in REQUEST_SLOTS)]

    def after_failure(self, tracker: Tracker) -> Events:
        """Ask anew for what the user was told to repeat."""
        topic = tracker.get_slot("request_topic") or "callback"
        return [
            *(SlotSet(name, None) for name in (*FACTS, "request_tries", "request_outcome")),
            ActiveLoop(FORM),
            SlotSet("requested_slot", NEEDED[topic][0]),
        ]


async def _do(
    desk: Desk,
    dispatcher: CollectingDispatcher,
    tracker: Tracker,
    topic: str,
    facts: dict[str, str],
) -> Events:
    if topic == "status":
        return await _tell_status(desk, dispatcher, tracker, facts)
    if topic == "callback":
        return await _note_callback(desk, dispatcher, tracker, facts)
    return await _erase(desk, dispatcher, tracker, facts)


async def _tell_status(
    desk: Desk, dispatcher: CollectingDispatcher, tracker: Tracker, facts: dict[str, str]
) -> Events:
    try:
        status = await asyncio.to_thread(
            status_of,
            facts[REFERENCE],
            facts[EMAIL],
            conversation_id=tracker.sender_id,
            sessions=desk.sessions,
            now=desk.now(),
        )
    except TooManyTries:
        dispatcher.utter_message(response="utter_too_many_tries")
        return []
    response = f"utter_status_{status}" if status else "utter_status_unknown"
    dispatcher.utter_message(response=response, reference=facts[REFERENCE])
    return []


async def _note_callback(
    desk: Desk, dispatcher: CollectingDispatcher, tracker: Tracker, facts: dict[str, str]
) -> Events:
    intake = intake_of(tracker)
    contact = facts[CONTACT]
    # Without consent only what was said for this purpose is stored: the contact, and with it maybe
    # who to ask for, when and why.
    known: dict[str, Any] = {}
    if intake.answers[CONSENT]:
        known = {n: v for n, v in intake.answers.items() if v is not None and n != CONSENT}
    if words := words_beside(message_of(tracker).text):
        known[WORDS] = words
    await asyncio.to_thread(
        request_callback,
        contact,
        name=intake.answers["client_name"] if intake.answers[CONSENT] else None,
        known=known or None,
        language=tracker.get_slot("language") or "it",
        channel=tracker.get_latest_input_channel() or "unknown",
        conversation_id=tracker.sender_id,
        sessions=desk.sessions,
        now=desk.now(),
    )
    if find_email(contact):
        dispatcher.utter_message(response="utter_callback_noted_email", contact=contact)
    else:
        spoken = spoken_phone(contact)
        dispatcher.utter_message(response="utter_callback_noted_phone", contact=spoken)
    dispatcher.utter_message(json_message={"callback": True})
    return []


async def _erase(
    desk: Desk, dispatcher: CollectingDispatcher, tracker: Tracker, facts: dict[str, str]
) -> Events:
    try:
        found = await asyncio.to_thread(_erase_stored, desk, tracker, facts)
    except TooManyTries:
        dispatcher.utter_message(response="utter_too_many_tries")
        return []
    if not found and REFERENCE in facts:
        dispatcher.utter_message(response="utter_erase_unknown")
        return []
    dispatcher.utter_message(response="utter_erased")
    dispatcher.utter_message(json_message={"erased": True})
    return [
        *(SlotSet(slot, None) for slot in INTAKE_SLOTS),
        SlotSet("erase_conversation", True),
    ]


def _erase_stored(desk: Desk, tracker: Tracker, facts: dict[str, str]) -> bool:
    """Erase what belongs to the pair, or to this conversation; tell whether there was anything.

    With a pair, somebody speaks of a request, maybe a client's: a learner's own data stay.
    """
    now, conversation_id = desk.now(), tracker.sender_id
    with desk.sessions() as session:
        settle(session)
        person: Person | None
        if REFERENCE in facts:
            check_tries(session, "erase", conversation_id, now)
            person = find_by_pair(session, facts[REFERENCE], facts[EMAIL])
            if person is None:
                note_failure(session, "erase", conversation_id, now)
        else:
            person = find_by_conversation(session, conversation_id)
            if learner := _learner(session, tracker):
                everything = all_of_conversation(session, conversation_id)
                person = replace(everything, learners=frozenset({learner.id}))
        if person is not None:
            erase(session, person, via="conversation", now=now)
            learning.sign_out(session, conversation_id)
        session.commit()
        return person is not None


@dataclass(frozen=True)
class _Here:
    """What an erasure in this conversation would reach besides the conversation."""

    request: bool
    training: bool


async def _stored_here(desk: Desk, tracker: Tracker) -> _Here:
    def look() -> _Here:
        with desk.sessions() as session:
            return _Here(
                request=find_by_conversation(session, tracker.sender_id) is not None,
                training=_learner(session, tracker) is not None,
            )

    return await asyncio.to_thread(look)


def _learner(session: Session, tracker: Tracker) -> Any:
    key = learner_key(tracker.get_latest_input_channel(), tracker.sender_id)
    return learning.speaker(session, key, tracker.sender_id)


def question_actions(desk: Callable[[], Desk]) -> list[AskForRequest]:
    """Return an action for each question of a request."""
    return [AskForRequest(fact, desk) for fact in QUESTIONS]
