"""The actions of the training where something breaks."""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.desk import Desk
from actions.firm import Firm
from actions.logic.practice import ANSWER
from actions.logic.practice_session import Session
from actions.logic.quiz import FreeText, load_quiz
from actions.training import ValidatePracticeForm
from tests.conftest import HOME


def test_an_answer_that_can_not_be_graded_is_no_digression(firm: Firm) -> None:
    quiz = load_quiz(HOME / "data")
    item = next(item for item in quiz.items.values() if isinstance(item, FreeText))

    def grade(*_answer: Any) -> Any:
        raise OSError

    desk = Desk(
        firm=firm,
        choices={},
        interview=None,  # type: ignore[arg-type]
        sessions=None,  # type: ignore[arg-type]
        clock=lambda: dt.datetime(2026, 11, 30, tzinfo=dt.timezone.utc),
        quiz=quiz,
        grade=grade,
    )
    slots = {
        "practice": Session(id="x", items=(item.id,)).to_json(),
        "requested_slot": ANSWER,
        "language": "it",
    }
    said = {"text": "Chi riceve un servizio da un professionista", "intent": {"name": "greet"}}
    loop = {"name": "practice_form"}
    events = [{"event": "user", **said}]
    tracker = Tracker("slack:T:U", slots, said, events, False, None, loop, "action_listen")  # type: ignore[arg-type]
    dispatcher = CollectingDispatcher()
    action = ValidatePracticeForm(lambda: desk)
    happened = asyncio.run(action.run(dispatcher, tracker, {}))
    # Without any event the form would let a rule answer, as if something else had been said.
    assert [(event["name"], event["value"]) for event in happened] == [("requested_slot", ANSWER)]
    assert [message["response"] for message in dispatcher.messages] == ["utter_trouble"]
