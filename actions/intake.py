"""The actions of the intake: read the slots, ask the rules what follows, name the responses."""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import logging
import secrets
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import ActionExecutionRejected, ActiveLoop, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from sqlalchemy.exc import SQLAlchemyError

from actions.base import DeskAction, Events
from actions.desk import Desk
from actions.logic.deadlines import in_words
from actions.logic.fields import spoken_phone
from actions.logic.intake import CONFIRM, CONSENT, Intake, Message, Turn, deadline_from_json
from actions.logic.references import new_reference
from actions.logic.wording import TYPED_MARK
from actions.store.intakes import CompletedIntake, submit_intake

FORM = "intake_form"
ANSWERS = (
    CONSENT,
    "client_name",
    "client_form",
    "contact",
    "relation",
    "email",
    "phone",
    "service",
    "expectations",
    "deadline",
)
# Everything that one run of the intake leaves in the conversation.
INTAKE_SLOTS = (
    *ANSWERS,
    CONFIRM,
    "intake_skipped",
    "intake_run",
    "intake_outcome",
    "consent_given_at",
    "deadline_readings",
)
_FORM_ACTIONS = (FORM, "action_extract_slots", "action_listen")
NOT_GIVEN = "—"
logger = logging.getLogger(__name__)


class ValidateIntakeForm(DeskAction):
    """Let the rules read the message, and ask the next question."""

    def name(self) -> str:
        """Return the name by which Rasa's form looks for it."""
        return f"validate_{FORM}"

    async def act(self, desk: Desk, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """Return the slots that change and the question that is open afterwards.

        A digression rejects the form, so that a rule answers the message; it is also what changes
        the language of an intake, which an answer (a name, an address) never does.
        """
        intake, message = intake_of(tracker), message_of(tracker)
        if was_handled(tracker):
            return [SlotSet("requested_slot", intake.asked)]
        if intake.asked is None:
            turn = desk.interview.begin(intake, message, desk.now())
        else:
            turn = desk.interview.answer(intake, message, desk.now())
        if turn.digression:
            return [*_language(tracker), ActionExecutionRejected(FORM)]
        for reply in turn.replies:
            values = dict(reply.values)
            if "deadline" in turn.changes:
                values["deadline"] = _deadline_words(turn.changes["deadline"], message.language)
            if reply.response == "utter_changed":
                changed = Intake(turn.changes)
                values["summary"] = summary(desk, changed, message.language, only_given=True)
            if reply.response == "utter_understood":
                values["summary"] = summary(desk, intake, message.language, only_given=True)
            dispatcher.utter_message(response=reply.response, **values)
        return _events(turn, tracker, desk.now())


class AskDeadline(DeskAction):
    """Ask by when; where two days were meant, ask which."""

    def name(self) -> str:
        """Return the name by which Rasa's form looks for it."""
        return "action_ask_deadline"

    async def act(self, desk: Desk, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """Offer the days that are left as buttons."""
        readings = intake_of(tracker).readings
        if not readings:
            dispatcher.utter_message(response="utter_ask_deadline")
            return []
        language = tracker.get_slot("language")
        days = [
            in_words(reading.date, reading.time, language)
            for reading in map(deadline_from_json, readings)
            if reading.date
        ]
        buttons = [
            {"title": day, "payload": f'/choose{{"deadline": "{reading["date"]}"}}'}
            for day, reading in zip(days, readings)
        ]
        dispatcher.utter_message(
            response="utter_ask_deadline_which", days=" / ".join(days), buttons=buttons
        )
        return []


class AskConfirm(DeskAction):
    """Show everything that will be stored, and ask whether it is right."""

    def name(self) -> str:
        """Return the name by which Rasa's form looks for it."""
        return f"action_ask_{CONFIRM}"

    async def act(self, desk: Desk, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """Utter the summary, each value in words."""
        language = tracker.get_slot("language")
        dispatcher.utter_message(
            response="utter_ask_confirm", summary=summary(desk, intake_of(tracker), language)
        )
        return []


class AskChange(DeskAction):
    """Ask which answer to change, with a button for each that was given."""

    def name(self) -> str:
        """Return the name by which Rasa's form looks for it."""
        return "action_ask_change"

    async def act(self, desk: Desk, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """Offer the given answers."""
        language, answers = tracker.get_slot("language"), intake_of(tracker).answers
        buttons = [
            {
                "title": option.name.in_language(language),
                "payload": f'/choose{{"change": "{name}"}}',
            }
            for name, option in desk.choices["change"].items()
            if answers.get(name) is not None
        ]
        dispatcher.utter_message(response="utter_ask_change", buttons=buttons)
        return []


class SubmitIntake(DeskAction):
    """Store the intake and give its reference; if that fails, keep every answer."""

    def name(self) -> str:
        """Return the name in the domain."""
        return "action_submit_intake"

    async def act(self, desk: Desk, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """Commit, then say so. The order matters: nobody is told of what is not stored."""
        completed = completed_intake(desk, tracker)
        try:
            reference = await asyncio.to_thread(
                submit_intake,
                completed,
                sessions=desk.sessions,
                now=desk.now(),
                new_reference=new_reference,
            )
        except SQLAlchemyError as error:
            logger.error("an intake could not be stored: %s", type(error).__name__)
            dispatcher.utter_message(response="utter_not_stored")
            return self.after_failure(tracker)
        dispatcher.utter_message(response="utter_stored", reference=reference)
        dispatcher.utter_message(json_message={"reference": reference})
        return [SlotSet(slot, None) for slot in INTAKE_SLOTS]

    def after_failure(self, tracker: Tracker) -> Events:
        """Go back to the summary, so that «riprova» or «sì» tries again."""
        return [
            SlotSet("intake_outcome", None),
            ActiveLoop(FORM),
            SlotSet("requested_slot", CONFIRM),
        ]


class DiscardIntake(DeskAction):
    """Forget what was collected, its words in the conversation included."""

    def name(self) -> str:
        """Return the name in the domain."""
        return "action_discard_intake"

    async def act(self, desk: Desk, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """Say that nothing was stored; the conversation store erases the events."""
        outcome = tracker.get_slot("intake_outcome")
        dispatcher.utter_message(response=f"utter_{outcome}")
        dispatcher.utter_message(json_message={"cancelled": True})
        return [
            *(SlotSet(slot, None) for slot in INTAKE_SLOTS),
            SlotSet("erase_conversation", True),
        ]


def intake_of(tracker: Tracker) -> Intake:
    """Read the state of the intake from the slots."""
    in_form = tracker.active_loop.get("name") == FORM
    return Intake(
        answers={name: tracker.get_slot(name) for name in ANSWERS},
        skipped=frozenset(tracker.get_slot("intake_skipped") or ()),
        asked=tracker.get_slot("requested_slot") if in_form else None,
        readings=tuple(tracker.get_slot("deadline_readings") or ()),
    )


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
        if label == "choose"
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


def was_handled(tracker: Tracker) -> bool:
    """Tell whether the form comes back after something else acted on the latest message.

    That is a rule that answered a digression, or a submission that failed.
    """
    for event in reversed(tracker.events):
        kind, name = event.get("event"), event.get("name")
        if kind == "user":
            return False
        if kind == "action_execution_rejected" or (kind == "action" and name not in _FORM_ACTIONS):
            return True
    return False


def summary(desk: Desk, intake: Intake, language: str, only_given: bool = False) -> str:
    """Return one line per answer, in the firm's order, each value as people say it."""
    lines = []
    for item in desk.firm.intake:
        value = intake.answers.get(item.field)
        if value is None and (only_given or item.field == "contact"):
            continue
        if item.field == "relation" and not desk.firm.serves_internal_clients:
            continue
        label = desk.choices["change"][item.field].name.in_language(language)
        lines.append(f"• {label}: {_in_words(desk, item.field, value, language)}")
    return "\n".join(lines)


def completed_intake(desk: Desk, tracker: Tracker) -> CompletedIntake:
    """Gather what is stored from the slots."""
    answers = intake_of(tracker).answers
    language = tracker.get_slot("language") or "it"
    notice = desk.firm.privacy.notice.in_language(language)
    return CompletedIntake(
        conversation_id=tracker.sender_id,
        run=tracker.get_slot("intake_run"),
        channel=tracker.get_latest_input_channel() or "unknown",
        language=language,
        name=answers["client_name"],
        form=answers["client_form"],
        relation=answers["relation"] or "external",
        contact_name=answers["contact"],
        email=answers["email"],
        phone=answers["phone"],
        service=_in_words(desk, "service", answers["service"], desk.firm.languages[0]),
        expectations=tuple(answers["expectations"] or ()),
        deadline=deadline_from_json(answers["deadline"]),
        policy_version=desk.firm.privacy.policy_version,
        notice_hash=hashlib.sha256(notice.encode()).hexdigest(),
        consent_given_at=dt.datetime.fromisoformat(tracker.get_slot("consent_given_at")),
    )


def _language(tracker: Tracker) -> Events:
    """Return the change of language that a whole sentence means."""
    spoken = list(tracker.get_latest_entity_values("language", entity_role="sentence"))
    return [SlotSet("language", spoken[0])] if spoken else []


def _events(turn: Turn, tracker: Tracker, now: dt.datetime) -> Events:
    events = [SlotSet(name, value) for name, value in turn.changes.items()]
    if turn.changes.get(CONSENT):
        events.append(SlotSet("consent_given_at", now.isoformat()))
    if not tracker.get_slot("intake_run"):
        events.append(SlotSet("intake_run", secrets.token_hex(8)))
    if turn.skipped is not None:
        events.append(SlotSet("intake_skipped", sorted(turn.skipped) or None))
    return [
        *events,
        SlotSet("deadline_readings", list(turn.readings) or None),
        SlotSet("intake_outcome", turn.outcome),
        SlotSet("requested_slot", turn.asks),
    ]


def _in_words(desk: Desk, name: str, value: Any, language: str) -> str:
    if value is None:
        return NOT_GIVEN
    if name == "deadline":
        return _deadline_words(value, language)
    if name == "expectations":
        if len(value) == 1:
            return str(value[0])
        return "; ".join(f"{n}) {text}" for n, text in enumerate(value, start=1))
    if name == "phone":
        return spoken_phone(value)
    option = desk.choices.get(name, {}).get(value)
    return option.name.in_language(language) if option else str(value)


def _deadline_words(value: dict[str, Any], language: str) -> str:
    deadline = deadline_from_json(value)
    said = f"“{deadline.said}”" if language == "en" else f"«{deadline.said}»"
    if deadline.date is None:
        return said
    day = in_words(deadline.date, deadline.time, language)
    return day if _is_plain_date(deadline.said) else f"{day} ({said})"


def _is_plain_date(said: str) -> bool:
    # What a date picker or one of our own buttons said is no client's phrase worth repeating.
    try:
        dt.date.fromisoformat(said)
    except ValueError:
        return False
    return True
