"""How a turn's events are read, without a server; and that what can't be counted costs no turn."""

from __future__ import annotations

import asyncio
import datetime as dt
import re
from collections.abc import Iterator, Sequence
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    ActiveLoop,
    BotUttered,
    Event,
    SlotSet,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker
from sqlalchemy.engine import Engine

from actions.store.migrations import upgrade
from actions.store.models import IntakeRun, UsageCount, events
from bot.conversations import ConversationStore
from bot.turns import new_turn
from bot.usage import progress_of, what_became_of
from tests.conftest import HOME

ROME = ZoneInfo("Europe/Rome")
# Half past eleven in the evening in UTC: the next day in Rome.
MOMENT = dt.datetime(2026, 11, 28, 23, 30, tzinfo=dt.timezone.utc)
SLOTS = ("language", "intake_run", "intake_outcome", "requested_slot", "erase_conversation")
DOMAIN = Domain.from_dict(
    {
        "slots": {name: {"type": "any", "mappings": [{"type": "custom"}]} for name in SLOTS},
        "forms": {"intake_form": {"required_slots": []}, "request_form": {"required_slots": []}},
    }
)


def said(intent: str) -> UserUttered:
    return UserUttered(
        "le mie parole",
        {"name": intent, "confidence": 1.0},
        input_channel="web",
        timestamp=MOMENT.timestamp(),
    )


def told(**data: Any) -> BotUttered:
    return BotUttered(data={"custom": data})


def tracker_of(*happened: Event) -> DialogueStateTracker:
    tracker = DialogueStateTracker("web:a", DOMAIN.slots)
    for event in happened:
        tracker.update(event, DOMAIN)
    return tracker


def progress(earlier: Sequence[Event], *new: Event) -> tuple[str, str, str | None] | None:
    return progress_of(tracker_of(*earlier, *new), new)


@pytest.mark.parametrize(
    ("intent", "action", "data", "expected"),
    [
        ("faq", "utter_faq", {"faq": "three_types", "source": "s"}, "answered"),
        ("out_of_scope", "action_answer_out_of_scope", {"passage": True}, "answered"),
        ("out_of_scope", "action_answer_out_of_scope", {}, "unanswered"),
        ("unclear", "action_ask_which", {}, "unclear"),
        ("human_handoff", "action_open_request", {}, "handed_off"),
        ("human_handoff", "action_open_request", {"callback": True}, "handed_off"),
        ("intake_status", "action_open_request", {}, "other"),
        ("out_of_scope", "intake_form", {"asks": "email"}, "other"),
        # In an intake these are words like any other.
        ("human_handoff", "intake_form", {"asks": "email"}, "other"),
        ("faq", "intake_form", {"asks": "email"}, "other"),
    ],
)
def test_what_became_of_a_message(
    intent: str, action: str, data: dict[str, Any], expected: str
) -> None:
    new = [said(intent), ActionExecuted(action), told(**data), ActionExecuted("action_listen")]
    assert what_became_of(new) == expected


OPEN = (
    ActiveLoop("intake_form"),
    SlotSet("intake_run", "r1"),
    SlotSet("requested_slot", "consent"),
)
AT_THE_EMAIL = (*OPEN, SlotSet("requested_slot", "email"))
OVER = (ActiveLoop(None), SlotSet("requested_slot", None), SlotSet("intake_run", None))


def test_the_turn_that_begins_a_run() -> None:
    assert progress([], said("start_intake"), *OPEN) == ("r1", "consent", None)


def test_a_question_in_between_leaves_the_run_where_it_was() -> None:
    assert progress(AT_THE_EMAIL, said("faq"), told(faq="x")) == ("r1", "email", None)


@pytest.mark.parametrize("question", ["cancel", "change"])
def test_whether_to_stop_is_no_question_of_the_intake(question: str) -> None:
    assert progress(AT_THE_EMAIL, SlotSet("requested_slot", question)) == ("r1", "email", None)


@pytest.mark.parametrize("outcome", ["cancelled", "refused", "kept"])
def test_the_turn_that_ends_a_run(outcome: str) -> None:
    new = (SlotSet("intake_outcome", outcome), *OVER, SlotSet("intake_outcome", None))
    assert progress(AT_THE_EMAIL, *new) == ("r1", "email", outcome)


def test_what_has_a_reference_was_sent() -> None:
    for outcome in ("complete", "kept"):
        new = (SlotSet("intake_outcome", outcome), told(reference="K7PM-3XQD"), *OVER)
        assert progress(AT_THE_EMAIL, *new) == ("r1", "email", "submitted")


def test_a_submission_that_failed_leaves_the_run_open() -> None:
    new = (
        SlotSet("intake_outcome", "complete"),
        ActiveLoop(None),
        SlotSet("intake_outcome", None),
        ActiveLoop("intake_form"),
        SlotSet("requested_slot", "confirm"),
    )
    assert progress(AT_THE_EMAIL, *new) == ("r1", "confirm", None)


def test_who_has_everything_erased_has_cancelled() -> None:
    new = (told(erased=True), SlotSet("intake_run", None))
    assert progress(AT_THE_EMAIL, *new) == ("r1", "email", "cancelled")


def test_without_a_run_there_is_nothing_to_note() -> None:
    assert progress([], said("faq")) is None
    # An erasure empties the slots of the intake, also where there is none any more.
    assert progress([*AT_THE_EMAIL, *OVER], SlotSet("intake_run", None)) is None
    # What an expired session hands on to the next one is not open there.
    assert progress([], SlotSet("intake_run", "r1"), SlotSet("requested_slot", "email")) is None


def test_a_second_run_has_its_own_questions() -> None:
    new = (ActiveLoop("intake_form"), SlotSet("intake_run", "r2"))
    assert progress([*AT_THE_EMAIL, *OVER], *new) == ("r2", "consent", None)


@pytest.fixture
def store(database: str) -> Iterator[ConversationStore]:
    store = ConversationStore(DOMAIN, host=database, zone=ROME)
    upgrade(store.engine, HOME)
    yield store
    store.engine.dispose()


def rows(engine: Engine, query: Any) -> list[tuple[Any, ...]]:
    with engine.connect() as connection:
        return [(*row,) for row in connection.execute(query)]


COUNTS = sa.select(
    UsageCount.day, UsageCount.channel, UsageCount.kind, UsageCount.name, UsageCount.number
)
SAVED = sa.select(events.c.type_name)
SUNDAY = dt.date(2026, 11, 29)


def save(store: ConversationStore, tracker: DialogueStateTracker) -> None:
    asyncio.run(store.save(tracker))


def test_a_turn_is_counted_once_on_the_firms_day(store: ConversationStore) -> None:
    tracker = tracker_of(said("faq"), told(faq="three_types"))
    save(store, tracker)
    save(store, tracker)  # nothing new
    assert rows(store.engine, COUNTS) == [
        (SUNDAY, "web", "faq", "three_types", 1),
        (SUNDAY, "web", "turn", "answered", 1),
    ]


def test_a_turn_that_failed_is_not_counted(store: ConversationStore) -> None:
    with new_turn() as turn:
        turn.failed = True
        save(store, tracker_of(said("faq"), told(faq="three_types")))
    assert rows(store.engine, COUNTS) == rows(store.engine, SAVED) == []


def test_a_turn_whose_answer_somebody_else_gave_is_not_counted(store: ConversationStore) -> None:
    def refuse(*_: Any) -> None:
        raise ValueError

    with new_turn(refuse), pytest.raises(ValueError):
        save(store, tracker_of(said("faq"), told(faq="three_types")))
    assert rows(store.engine, COUNTS) == rows(store.engine, SAVED) == []


def test_an_intake_that_is_erased_leaves_how_far_it_came(store: ConversationStore) -> None:
    save(store, tracker := tracker_of(said("start_intake"), *AT_THE_EMAIL))
    for event in (said("cancel"), SlotSet("intake_outcome", "cancelled"), *OVER):
        tracker.update(event, DOMAIN)
    tracker.update(SlotSet("erase_conversation", True), DOMAIN)
    save(store, tracker)
    run = sa.select(IntakeRun.run, IntakeRun.channel, IntakeRun.last_field, IntakeRun.outcome)
    assert rows(store.engine, run) == [("r1", "web", "email", "cancelled")]
    assert rows(store.engine, COUNTS) == [(SUNDAY, "web", "turn", "other", 2)]
    assert ("user",) not in rows(store.engine, SAVED)


def test_what_can_not_be_counted_costs_no_turn(
    store: ConversationStore, caplog: pytest.LogCaptureFixture
) -> None:
    with store.engine.begin() as connection:
        connection.execute(sa.text("DROP TABLE usage_counts"))
    save(store, tracker_of(said("start_intake"), *OPEN))
    assert ("user",) in rows(store.engine, SAVED)
    # Half a count would be none.
    assert rows(store.engine, sa.select(IntakeRun.id)) == []
    (record,) = caplog.records
    assert re.fullmatch(r"a turn was not counted: \w+Error", record.message)
