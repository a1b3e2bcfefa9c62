"""The training messages: enough of each label, and none that teaches two things."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

import pytest
import yaml

from bot.faq import load_faq

DATA = Path(__file__).parents[2] / "data"
INTENTS = (
    "greet goodbye thank affirm deny start_intake cancel change_answer why_ask skip help"
    " bot_challenge human_handoff intake_status erase_data start_training switch_language"
).split()
Message = tuple[str, str, str]  # label, language, text


@pytest.fixture(scope="module")
def messages() -> list[Message]:
    found = [
        (f"faq/{entry.id}", language, text)
        for entry in load_faq(DATA).values()
        for language, questions in entry.questions.items()
        for text in questions
    ]
    for name in ("nlu.yml", "out_of_scope.yml"):
        for block in yaml.safe_load((DATA / name).read_text(encoding="utf-8"))["nlu"]:
            for line in block["examples"].splitlines():
                text = line.removeprefix("- ").strip()
                found.append((block["intent"], block["metadata"]["language"], text))
    return found


def normal(text: str) -> str:
    return " ".join(re.sub(r"\W+", " ", text.lower()).split()) or text


def test_every_label_has_enough(messages: list[Message]) -> None:
    number = Counter((label, language) for label, language, _ in messages)
    for label in INTENTS:
        assert number[label, "it"] >= 30, label
        assert number[label, "en"] >= 20, label
    assert number["out_of_scope", "it"] + number["out_of_scope", "en"] >= 250
    assert {label for label, _ in number} >= {*INTENTS, "out_of_scope"}


def test_no_message_stands_there_twice(messages: list[Message]) -> None:
    seen: dict[str, str] = {}
    for label, _, text in messages:
        assert normal(text) not in seen, f"{text!r}: {label} and {seen[normal(text)]}"
        seen[normal(text)] = label


def test_no_message_looks_like_markup(messages: list[Message]) -> None:
    # Rasa would read brackets as entities and a slash as a command.
    for label, _, text in messages:
        assert not re.search(r"\[[^\]]*\]\(", text), (label, text)
        assert not text.startswith("/"), (label, text)


def test_messages_for_measuring_are_not_trained_on(
    messages: list[Message], evaluation: Path
) -> None:
    lines = (evaluation / "utterances_dev.jsonl").read_text(encoding="utf-8").splitlines()
    measured = {normal(json.loads(line)["text"]) for line in lines if line}
    # Two authors do both write «ciao»: only whole sentences count.
    copied = [t for _, _, t in messages if normal(t) in measured and len(normal(t).split()) > 3]
    assert copied == []
