"""What a typed text may do: nothing but be read."""

from __future__ import annotations

import pytest
from rasa.shared.core.events import BotUttered, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.core.training_data.story_reader import yaml_story_reader
from rasa.shared.nlu.training_data.message import Message

from actions.logic.wording import clean
from bot.channels.typed import LONGEST, admit, as_words

COMMANDS = [
    '/affirm{"email": "x@y.it"}',
    "/restart",
    "/session_start",
    " /affirm",
    "\u3000/start_intake@0.3",
    "//affirm",
    '/choose{"confirm": "yes"}',
]


def conversation(*payloads: str) -> DialogueStateTracker:
    buttons = [{"title": "x", "payload": payload} for payload in payloads]
    events = [BotUttered("?", data={"buttons": buttons}), UserUttered("ciao")]
    return DialogueStateTracker.from_events("rest:test", events)


@pytest.mark.parametrize("text", COMMANDS)
def test_a_typed_command_is_words(text: str) -> None:
    for tracker in (None, conversation(), conversation("/deny")):
        admitted = admit(text, tracker)
        message = Message.build(admitted)
        read = yaml_story_reader.YAMLStoryReader.unpack_regex_message(message)
        assert read.get("intent") is None
        assert clean(admitted) == clean(text)


def test_an_offered_button_is_a_command() -> None:
    payload = '/choose{"client_form": "company"}'
    assert admit(payload, conversation(payload)) == payload
    assert admit(payload.replace("company", "king"), conversation(payload)) != payload


def test_a_text_over_the_limit_goes_no_further() -> None:
    assert admit("a" * LONGEST, None) == "a" * LONGEST
    assert admit("a" * (LONGEST + 1), None) == "/too_long"
    assert admit("/too_long", None) != "/too_long"


@pytest.mark.parametrize("text", ["ciao", "1/2", "e/o", "", "¿/?"])
def test_plain_words_stay_as_they_are(text: str) -> None:
    assert as_words(text) == text
