"""The training messages: enough of each label, and none that teaches two things."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from bot.data_check import find_faults
from bot.messages import read_messages
from bot.training_messages import TrainingMessage, load_training_messages

DATA = Path(__file__).parents[2] / "data"
INTENTS = (
    "greet goodbye thank affirm deny start_intake cancel change_answer why_ask skip help"
    " bot_challenge human_handoff intake_status erase_data start_training switch_language"
).split()


@pytest.fixture(scope="module")
def messages() -> list[TrainingMessage]:
    return load_training_messages(DATA)


def test_the_check_finds_no_fault(messages: list[TrainingMessage]) -> None:
    assert find_faults(messages, {}) == []


def test_every_label_is_there(messages: list[TrainingMessage]) -> None:
    number = Counter(message.label for message in messages)
    assert set(number) >= {*INTENTS, "out_of_scope"}
    assert number["out_of_scope"] >= 250


def test_messages_for_measuring_are_not_trained_on(
    messages: list[TrainingMessage], evaluation: Path
) -> None:
    measured = [row["text"] for row in read_messages(evaluation / "utterances_dev.jsonl")]
    assert find_faults(messages, {"utterances_dev.jsonl": measured}) == []
