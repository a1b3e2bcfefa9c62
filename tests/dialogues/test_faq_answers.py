"""Every FAQ entry answers in both languages, and at every field of an intake without a trace."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from actions.settings import Settings
from bot.chat import Conversation
from bot.faq import Entry, load_faq
from tests.conftest import HOME
from tests.dialogues.test_dialogues import custom

FAQ = load_faq(HOME / "data")
STEPS = {
    "consent": "sì",
    "client_name": "Anna Bianchi",
    "client_form": "azienda",
    "contact": "Luca Bianchi",
    "relation": "esterno",
    "email": "anna@example.com",
    "phone": "salta",
    "service": "contabilità",
    "expectations": "bilanci chiari e puntuali",
    "deadline": "nessuna scadenza",
    "confirm": "no",
}


@pytest.mark.parametrize("language", ["it", "en"])
@pytest.mark.parametrize("entry", FAQ.values(), ids=list(FAQ))
def test_an_entry_is_answered(
    entry: Entry, language: str, running: tuple[Settings, Engine]
) -> None:
    settings, _ = running
    replies = Conversation(settings.bot_url).send(entry.title[language])
    assert custom(replies, "faq") == entry.id
    assert custom(replies, "source") == entry.source
    assert replies[0]["text"].startswith(entry.answer[language])
    assert entry.source in replies[0]["text"]
    titles = [button["title"] for button in replies[0]["buttons"]]
    assert titles == [FAQ[other].title[language] for other in entry.related]


def test_questions_at_every_field_leave_no_trace(running: tuple[Settings, Engine]) -> None:
    settings, engine = running
    conversation = Conversation(settings.bot_url, "asks-at-every-field")
    conversation.send("vorrei aprire una pratica")
    for number, (field, answer) in enumerate(STEPS.items()):
        # A third of the entries at each field, so that each of them is asked at several.
        for entry in list(FAQ.values())[number % 3 :: 3]:
            replies = conversation.send(entry.title["it"])
            assert custom(replies, "faq") == entry.id, (field, entry.id)
            assert custom(replies, "asks") == field, (field, entry.id)
        conversation.send(answer)
    with engine.connect() as connection:
        events = connection.execute(
            sa.text("SELECT data FROM events WHERE sender_id = :s AND type_name = 'slot'"),
            {"s": "rest:asks-at-every-field"},
        ).scalars()
        values = "\n".join(events)
    for entry in FAQ.values():
        assert entry.title["it"] not in values, f"{entry.id} landed in a slot"
