"""What is learnt from and what is measured on, as plain dictionaries that go through JSON."""

from __future__ import annotations

import json
import random
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from bot.messages import read_messages
from bot.training_messages import load_training_messages
from bot.understanding.rejection import OUT_OF_SCOPE

Message = dict[str, Any]
SEED = 20261123


class NothingToMeasureError(Exception):
    """There is no labelled message; the message says what was looked for."""


def training_messages(home: Path) -> list[Message]:
    """Return all training messages of the project: text, lang, label."""
    return [
        {"text": message.text, "lang": message.language, "label": message.label}
        for message in load_training_messages(home / "data")
    ]


def sample(messages: Iterable[Message], per_label: int, seed: int = SEED) -> list[Message]:
    """Return `per_label` messages of each label, its languages in their proportion.

    The same messages give the same sample; a label that has fewer gives all it has.
    """
    by_label: defaultdict[str, defaultdict[str, list[Message]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for message in messages:
        by_label[message["label"]][message["lang"]].append(message)
    chosen: list[Message] = []
    for label, by_language in sorted(by_label.items()):
        total = sum(map(len, by_language.values()))
        wanted = min(per_label, total)
        exact = {lang: wanted * len(found) / total for lang, found in by_language.items()}
        quota = {lang: int(share) for lang, share in exact.items()}
        # What rounding down left over goes to the largest remainders.
        for lang in sorted(exact, key=lambda lang: (quota[lang] - exact[lang], lang)):
            quota[lang] += sum(quota.values()) < wanted
        for lang, found in sorted(by_language.items()):
            chosen += random.Random(f"{seed}/{label}/{lang}").sample(found, quota[lang])
    return chosen


def unseen(messages: Iterable[Message], tests: Iterable[Message]) -> list[Message]:
    """Return the training messages whose text is not that of a test message, case aside."""
    known = {message["text"].casefold() for message in tests}
    return [message for message in messages if message["text"].casefold() not in known]


def labelled(paths: Iterable[Path]) -> tuple[list[Message], list[Message]]:
    """Return the messages that have a `label` and those that have an expected deadline."""
    labels: list[Message] = []
    deadlines: list[Message] = []
    for path in paths:
        for message in read_messages(path):
            if "expect" in message:
                deadlines.append(message)
            elif "label" in message:
                labels.append(message)
            else:
                raise NothingToMeasureError(
                    f'{path}: "{message["text"][:40]}" has neither a "label" nor an "expect".'
                )
    return labels, deadlines


def out_of_scope(path: Path) -> list[Message]:
    """Return the messages of a file of which none is ours; none if there is no file."""
    if not path.exists():
        return []
    return [{"lang": "?", **message, "label": OUT_OF_SCOPE} for message in read_messages(path)]


def without_answers(messages: Iterable[Message]) -> list[Message]:
    """Return what a competitor may see of the messages."""
    return [
        {key: message[key] for key in ("text", "lang", "now") if key in message}
        for message in messages
    ]


def write_json(path: Path, content: Any) -> None:
    """Write JSON that every competitor's language reads."""
    path.write_text(json.dumps(content), encoding="utf-8")
