"""The actions of the intake: read the slots, ask the rules what follows, name the responses."""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import logging
import secrets
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import ActionExecutionRejected, ActiveLoop, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from sqlalchemy.exc import SQLAlchemyError

from actions.base import DeskAction, Events
from actions.desk import Desk, open_desk
from actions.logic.deadlines import in_words
from actions.logic.fields import spoken_phone
from actions.logic.intake import Intake, Reply, Turn, deadline_from_json, deadlines_from_json
from actions.logic.lists import number_lines
from actions.logic.meanings import CANCEL, CHANGE, CONFIRM, CONSENT, Message
from actions.logic.references import new_reference
from actions.logic.workdays import add_workdays
from actions.slots import (
    active_form,
    events_of_turn,
    message_of,
    open_before,
    slots_set_since,
    was_handled,
)
from actions.store.intakes import Change, CompletedIntake, submit_intake

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
    "intake_tries",
    "answer_changes",
    "consent_given_at",
    "consent_given_by",
    "deadline_readings",
)
# What `kept` intakes hold: enough to go on in another conversation.
KEPT_SLOTS = ("language", *(slot for slot in INTAKE_SLOTS if slot != "intake_outcome"))
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
        if was_handled(tracker, FORM):
            return [SlotSet("requested_slot", intake.asked)]
        if intake.asked is None:
            turn = desk.interview.begin(intake, message, desk.now())
        else:
            turn = desk.interview.answer(intake, message, desk.now())
        if turn.digression:
            return [*_language(tracker), ActionExecutionRejected(FORM)]
        for reply in turn.replies:
            self._say(desk, dispatcher, reply, turn, intake, message.language)
        return _events(turn, tracker, message, desk.now())

    def _say(
        self,
        desk: Desk,
        dispatcher: CollectingDispatcher,
        reply: Reply,
        turn: Turn,
        intake: Intake,
        language: str,
    ) -> None:
        values: dict[str, Any] = dict(reply.values)
        if turn.changes.get("deadline"):
            values["deadline"] = _deadline_words(turn.changes["deadline"], language)
        if turn.changes.get("expectations"):
            values["expectations"] = number_lines(turn.changes["expectations"])
        if reply.response == "utter_changed":
            values["summary"] = summary(desk, Intake(turn.changes), language, only_given=True)
        if reply.response == "utter_understood":
            # Held before the consent, or said besides an answer.
            held = intake.answers if CONSENT in turn.changes else {}
            said = Intake({**held, **turn.changes})
            values["summary"] = summary(desk, said, language, only_given=True)
        dispatcher.utter_message(response=reply.response, **values)


class AskQuestion(DeskAction):
    """Ask a question of the intake; shorter where it was open already."""

    def __init__(self, question: str, desk: Callable[[], Desk] = open_desk) -> None:
        """Take the question's name: a field, the consent, or what follows the summary."""
        super().__init__(desk)
        self._question = question

    def name(self) -> str:
        """Return the name by which Rasa's form looks for it."""
        return f"action_ask_{self._question}"

    async def act(self, desk: Desk, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """Utter ``utter_ask_…``, or ``utter_again_…`` after something else was answered."""
        again = open_before(tracker) == self._question and not _wants_it_repeated(tracker)
        values = self.values(desk, tracker)
        if self._question == CONFIRM:
            # What was changed is shown with everything else once more.
            again = again and not slots_set_since(tracker, ANSWERS)
        response = f"utter_{'again' if again else 'ask'}_{self._question}"
        dispatcher.utter_message(response=response, **values)
        return []

    def values(self, desk: Desk, tracker: Tracker) -> dict[str, Any]:
        """Return what the response puts in, its buttons included."""
        return {}


class AskDeadline(AskQuestion):
    """Ask by when; where two days were meant, ask which."""

    def __init__(self, desk: Callable[[], Desk] = open_desk) -> None:
        """Ask for the deadline."""
        super().__init__("deadline", desk)

    async def act(self, desk: Desk, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """Offer the days that are left as buttons."""
        readings = intake_of(tracker).readings
        if not readings:
            return await super().act(desk, dispatcher, tracker)
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


class AskConfirm(AskQuestion):
    """Show everything that will be stored, and ask whether it is right."""

    def __init__(self, desk: Callable[[], Desk] = open_desk) -> None:
        """Ask for the confirmation."""
        super().__init__(CONFIRM, desk)

    def values(self, desk: Desk, tracker: Tracker) -> dict[str, Any]:
        """Put in the summary, each value in words, with a button to change each."""
        return {
            "summary": summary(desk, intake_of(tracker), tracker.get_slot("language")),
            "buttons": _change_buttons(desk, tracker, "✎ "),
        }


class AskChange(AskQuestion):
    """Ask which answer to change, with a button for each that was given."""

    def __init__(self, desk: Callable[[], Desk] = open_desk) -> None:
        """Ask what to change."""
        super().__init__(CHANGE, desk)

    def values(self, desk: Desk, tracker: Tracker) -> dict[str, Any]:
        """Offer the given answers."""
        return {"buttons": _change_buttons(desk, tracker)}


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
        return tell_stored(desk, dispatcher, reference, completed.language)

    def after_failure(self, tracker: Tracker) -> Events:
        """Go back to the summary, so that «riprova» or «sì» tries again."""
        return [
            SlotSet("intake_outcome", None),
            ActiveLoop(FORM),
            SlotSet("requested_slot", CONFIRM),
        ]


def tell_stored(
    desk: Desk, dispatcher: CollectingDispatcher, reference: str, language: str
) -> Events:
    """Give the reference of what is stored, and say what happens next and by when."""
    day = add_workdays(desk.now().date(), desk.firm.reply_within_workdays)
    dispatcher.utter_message(
        response="utter_stored", reference=reference, day=in_words(day, None, language)
    )
    dispatcher.utter_message(json_message={"reference": reference})
    return [SlotSet(slot, None) for slot in INTAKE_SLOTS]


def intake_of(tracker: Tracker) -> Intake:
    """Read the state of the intake from the slots."""
    in_form = active_form(tracker) == FORM
    return Intake(
        answers={name: tracker.get_slot(name) for name in ANSWERS},
        skipped=frozenset(tracker.get_slot("intake_skipped") or ()),
        asked=tracker.get_slot("requested_slot") if in_form else None,
        readings=tuple(tracker.get_slot("deadline_readings") or ()),
        tries=int(tracker.get_slot("intake_tries") or 0),
    )


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
        deadlines=tuple(deadlines_from_json(answers["deadline"])),
        lead_days=desk.firm.lead_days,
        today=desk.now().date(),
        changes=tuple(
            Change(
                change["field"],
                _stored_words(desk, change["field"], change["old"]),
                _stored_words(desk, change["field"], change["new"]),
                dt.datetime.fromisoformat(change["at"]),
            )
            for change in tracker.get_slot("answer_changes") or ()
        ),
        policy_version=desk.firm.privacy.policy_version,
        notice_hash=hashlib.sha256(notice.encode()).hexdigest(),
        consent_given_at=dt.datetime.fromisoformat(tracker.get_slot("consent_given_at")),
        consent_given_by=tracker.get_slot("consent_given_by") or "words",
    )


def _language(tracker: Tracker) -> Events:
    """Return the change of language that a whole sentence means."""
    spoken = list(tracker.get_latest_entity_values("language", entity_role="sentence"))
    return [SlotSet("language", spoken[0])] if spoken else []


def _events(turn: Turn, tracker: Tracker, message: Message, now: dt.datetime) -> Events:
    events = [SlotSet(name, value) for name, value in turn.changes.items()]
    if turn.changes.get(CONSENT):
        events.append(SlotSet("consent_given_at", now.isoformat()))
        events.append(SlotSet("consent_given_by", "button" if message.choice else "words"))
    if changed := _changed_answers(turn, tracker, now):
        events.append(SlotSet("answer_changes", changed))
    if not tracker.get_slot("intake_run"):
        events.append(SlotSet("intake_run", secrets.token_hex(8)))
    if turn.skipped is not None:
        events.append(SlotSet("intake_skipped", sorted(turn.skipped) or None))
    return [
        *events,
        SlotSet("deadline_readings", list(turn.readings) or None),
        SlotSet("intake_tries", turn.tries or None),
        SlotSet("intake_outcome", turn.outcome),
        SlotSet("requested_slot", turn.asks),
    ]


def _changed_answers(turn: Turn, tracker: Tracker, now: dt.datetime) -> list[dict[str, Any]]:
    """Return all changes of answers so far, where this turn adds one."""
    new = [
        {"field": name, "old": old, "new": value, "at": now.isoformat()}
        for name, value in turn.changes.items()
        if (old := tracker.get_slot(name)) is not None and old != value
    ]
    return [*(tracker.get_slot("answer_changes") or ()), *new] if new else []


def _wants_it_repeated(tracker: Tracker) -> bool:
    """Tell whether the question was not understood: then it is asked in full."""
    return any(
        (event.get("metadata") or {}).get("utter_action") == "utter_no_hurry"
        for event in events_of_turn(tracker)
    )


def _change_buttons(desk: Desk, tracker: Tracker, mark: str = "") -> list[dict[str, str]]:
    """Return a button for each answer that was given, or skipped and may be given after all."""
    language, intake = tracker.get_slot("language"), intake_of(tracker)
    return [
        {
            "title": mark + option.name.in_language(language),
            "payload": f'/choose{{"change": "{name}"}}',
        }
        for name, option in desk.choices["change"].items()
        if intake.answers.get(name) is not None or name in intake.skipped
    ]


def _stored_words(desk: Desk, field: str, value: Any) -> str | None:
    """Return an answer as staff read it in the audit trail."""
    if field == "phone":
        return value  # type: ignore[no-any-return]
    return None if value is None else _in_words(desk, field, value, desk.firm.languages[0])


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


def _deadline_words(values: Iterable[Mapping[str, Any]], language: str) -> str:
    return "; ".join(
        f"{value['purpose']}: {_day_words(value, language)}"
        if value.get("purpose")
        else _day_words(value, language)
        for value in values
    )


def _day_words(value: Mapping[str, Any], language: str) -> str:
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


def question_actions(desk: Callable[[], Desk]) -> list[AskQuestion]:
    """Return an action for each question of the intake."""
    plain = [AskQuestion(name, desk) for name in (*ANSWERS, CANCEL) if name != "deadline"]
    return [*plain, AskDeadline(desk), AskConfirm(desk), AskChange(desk)]
