"""Looks for training messages that teach nothing or two things: ``python -m bot.data_check``.

The questions of the staff training are read too: a mistake in them makes them unusable. So are the
drafts of answers: what they lack is told, and with a current model whose examples they take.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from actions.logic.quiz import QuizError, load_quiz
from actions.logic.wording import fold
from actions.settings import Settings, SettingsError
from bot.faq import FaqError
from bot.messages import MessagesError, read_messages
from bot.training import current_model, is_current
from bot.training_messages import TrainingMessage, load_training_messages
from bot.understanding.model import ModelError, Understanding

LEAST = {"it": 30, "en": 20}
LANGUAGE_NAMES = {"it": "Italian", "en": "English"}
LEAST_WORDS = 4  # two authors do both write «ciao»: only whole sentences are copies
# What Rasa takes for an entity, and what a browser takes for a tag.
_MARKUP = re.compile(r"\[[^\]]*\][({]|</?[a-z][^>]*>", re.IGNORECASE)


def find_faults(
    messages: Sequence[TrainingMessage], measured: Mapping[str, Iterable[str]]
) -> list[str]:
    """Return one line for each thing to mend.

    Args:
        messages: The training messages.
        measured: By the name of their file, messages that are for measuring only.
    """
    return [
        *_repeated(messages),
        *_too_few(messages),
        *_not_words(messages),
        *_measured(messages, measured),
    ]


def same(text: str) -> str:
    """Return what messages have in common that differ in case, accents and punctuation only."""
    return " ".join(re.sub(r"[\W_]+", " ", fold(text)).split()) or text


def _repeated(messages: Iterable[TrainingMessage]) -> Iterator[str]:
    seen: dict[str, TrainingMessage] = {}
    for message in messages:
        first = seen.setdefault(same(message.text), message)
        if first is message:
            continue
        if first.label == message.label:
            yield f"{_place(message)} repeats «{first.text}»."
        else:
            yield f"{_place(message)} contradicts «{first.text}» under {first.label}."


def _too_few(messages: Iterable[TrainingMessage]) -> Iterator[str]:
    numbers = Counter((message.label, message.language) for message in messages)
    for label in sorted({label for label, _ in numbers}):
        for language, least in LEAST.items():
            number = numbers[label, language]
            if number < least:
                name = LANGUAGE_NAMES[language]
                yield f"{label} has {number} messages in {name}: at least {least} are needed."


def _not_words(messages: Iterable[TrainingMessage]) -> Iterator[str]:
    for message in messages:
        if message.text.startswith("/"):
            yield f"{_place(message)} starts with a slash: Rasa takes it for a command."
        if _MARKUP.search(message.text):
            yield f"{_place(message)} holds markup: write what people type."


def _measured(
    messages: Iterable[TrainingMessage], measured: Mapping[str, Iterable[str]]
) -> Iterator[str]:
    files = {same(text): name for name, texts in measured.items() for text in texts}
    for message in messages:
        name = files.get(same(message.text))
        if name and len(same(message.text).split()) >= LEAST_WORDS:
            yield f"{_place(message)} is in {name} too, which is for measuring only."


def _place(message: TrainingMessage) -> str:
    return f"{message.file}: «{message.text}» under {message.label}"


def main(files: Sequence[str]) -> int:
    """Print one line for each thing to mend; return 1 if there is any, 2 if a file is unusable."""
    # Here, because it uses the functions above.
    from bot.drafts import DraftError, drafts_in, find_draft_mistakes

    try:
        settings = Settings.read()
        data = settings.home / "data"
        messages = load_training_messages(data)
        load_quiz(data)
        measured = {name: [row["text"] for row in read_messages(Path(name))] for name in files}
        faults = find_faults(messages, measured)
        if drafts := drafts_in(data):
            understanding = None
            if is_current(settings):
                understanding = Understanding.load(current_model(settings), settings)
            else:
                print(
                    "The drafts' examples are not compared by meaning: there is no current model.",
                    file=sys.stderr,
                )
            faults += find_draft_mistakes(drafts, data, understanding)
    except (
        DraftError,
        FaqError,
        MessagesError,
        ModelError,
        QuizError,
        SettingsError,
    ) as error:
        print(f"Error: {error}", file=sys.stderr)
        return 2
    for fault in faults:
        print(fault)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
