"""The messages that the model learns from, read from the files in which people write them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import yaml

from bot.faq import load_faq
from bot.messages import MessagesError

RASA_FILES = ("nlu.yml", "out_of_scope.yml")


@dataclass(frozen=True)
class TrainingMessage:
    """One line of a file: what people type, its language, and the label that it teaches."""

    text: str
    language: str
    label: str
    file: str


def load_training_messages(data: Path) -> list[TrainingMessage]:
    """Return the messages of the FAQ and of Rasa's own files, the order being that of the files.

    Raises:
        FaqError: an entry of the FAQ has mistakes.
        MessagesError: another file can't be read.
    """
    messages = [
        TrainingMessage(text, language, f"faq/{entry.id}", f"data/faq/{entry.id}.yml")
        for entry in load_faq(data).values()
        for language, questions in entry.questions.items()
        for text in questions
    ]
    for name in RASA_FILES:
        messages += _read(data / name)
    return messages


def _read(path: Path) -> list[TrainingMessage]:
    try:
        return [
            TrainingMessage(
                line.removeprefix("- ").strip(),
                block["metadata"]["language"],
                block["intent"],
                f"data/{path.name}",
            )
            for block in yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]
            for line in block["examples"].splitlines()
            if line.strip()
        ]
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise MessagesError(f"data/{path.name}: {' '.join(str(error).split())}") from None
    except (KeyError, TypeError, AttributeError):
        raise MessagesError(
            f"data/{path.name}: each block needs an intent, its language under metadata, "
            "and examples."
        ) from None
