"""Questions without a clear answer: offered, quoted, or kept for staff with names taken out."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from typing import Any

import pytest
import sqlalchemy as sa
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher
from sqlalchemy.engine import Engine

from actions.base import DeskAction
from actions.desk import Desk
from actions.firm import Firm
from actions.logic.choices import Choices
from actions.logic.intake import Interview
from actions.questions import AnswerOutOfScope, AskWhich
from actions.store.database import session_factory

NOW = dt.datetime(2026, 11, 23, 9, tzinfo=dt.timezone.utc)


@pytest.fixture
def desk(firm: Firm, choices: Choices, engine: Engine) -> Desk:
    return Desk(firm, choices, Interview(firm, choices), session_factory(engine), lambda: NOW)


def run(action: DeskAction, latest: dict[str, Any]) -> list[dict[str, Any]]:
    dispatcher = CollectingDispatcher()
    tracker = Tracker("rest:x", {"language": "it"}, latest, [], False, None, {}, "action_listen")
    asyncio.run(action.run(dispatcher, tracker, {}))
    return list(dispatcher.messages)


def kept(engine: Engine) -> list[Any]:
    with engine.connect() as connection:
        return list(connection.execute(sa.text("SELECT * FROM unanswered_questions")))


def unclear(text: str) -> dict[str, Any]:
    titles = [
        {"it": "Che cos'è A?", "en": "What is A?"},
        {"it": "Che cos'è B?", "en": "What is B?"},
    ]
    return {
        "text": text,
        "intent": {"name": "unclear", "confidence": 0.3},
        "near_labels": [{"label": f"faq/{n}", "title": title} for n, title in zip("ab", titles)],
    }


def test_two_near_entries_become_buttons(desk: Desk) -> None:
    (message,) = run(AskWhich(lambda: desk), unclear("a o b?"))
    assert message["response"] == "utter_ask_which"
    assert [button["title"] for button in message["buttons"]] == ["Che cos'è A?", "Che cos'è B?"]


def test_an_unclear_question_is_kept_without_names(desk: Desk, engine: Engine) -> None:
    run(AskWhich(lambda: desk), unclear("sono Ugo Neri: a o b?"))
    (row,) = kept(engine)
    assert (row.text, row.reason) == ("sono [nome]: a o b?", "unclear")
    assert json.loads(row.nearest) == ["faq/a", "faq/b"]
    assert (row.language, row.draft, row.dealt_with_at) == ("it", None, None)


def test_a_passage_is_quoted_and_not_kept(desk: Desk, engine: Engine) -> None:
    passage = {"source": "Documento, sezione", "text": {"it": "Così.", "en": "So."}}
    said, source = run(AnswerOutOfScope(lambda: desk), {"text": "come mai?", "passage": passage})
    assert (said["response"], said["passage"]) == ("utter_passage", "Così.")
    assert source["custom"] == {"source": "Documento, sezione", "passage": True}
    assert kept(engine) == []


def test_an_unanswered_question_is_kept_without_names(desk: Desk, engine: Engine) -> None:
    ranking = [{"intent_response_key": f"faq/{n}"} for n in "abcd"]
    latest = {
        "text": "mi chiamo Ugo Neri, quanto costa? ugo@neri.example",
        "intent": {"name": "out_of_scope", "confidence": 0.9},
        "response_selector": {"faq": {"ranking": ranking}},
    }
    (message,) = run(AnswerOutOfScope(lambda: desk), latest)
    assert message["response"] == "utter_out_of_scope"
    (row,) = kept(engine)
    assert row.text == "mi chiamo [nome], quanto costa? [e-mail]"
    assert json.loads(row.nearest) == ["faq/a", "faq/b", "faq/c"]
    assert (row.language, row.reason) == ("it", "unanswered")


def test_a_single_word_is_no_question(desk: Desk, engine: Engine) -> None:
    run(AnswerOutOfScope(lambda: desk), {"text": "pizza", "intent": {"name": "out_of_scope"}})
    run(AskWhich(lambda: desk), unclear("cliente"))
    assert kept(engine) == []


def test_without_a_database_the_answer_is_the_same(desk: Desk, engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(sa.text("ALTER TABLE unanswered_questions RENAME TO away"))
    try:
        latest = {"text": "quanto costa tutto questo?", "intent": {"name": "out_of_scope"}}
        (message,) = run(AnswerOutOfScope(lambda: desk), latest)
        assert message["response"] == "utter_out_of_scope"
        (message,) = run(AskWhich(lambda: desk), unclear("a o b?"))
        assert len(message["buttons"]) == 2
    finally:
        with engine.begin() as connection:
            connection.execute(sa.text("ALTER TABLE away RENAME TO unanswered_questions"))
