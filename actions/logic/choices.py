"""The options of the questions that offer buttons: ``data/choices.yml`` and the firm's services."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

import yaml

from actions.firm import LANGUAGES, Firm, IntakeField, Texts

# The database and the rules know these; their names on the buttons and the words are free.
KNOWN: Mapping[str, frozenset[str]] = {
    "client_form": frozenset({"individual", "company", "organisation", "government"}),
    "relation": frozenset({"internal", "external", "third_party"}),
    "change": frozenset(get_args(IntakeField)),
    "practice_case": frozenset({"internal", "external", "third_party", "customer"}),
    "practice_truth": frozenset({"true", "false"}),
    "practice_certainty": frozenset({"yes", "no"}),
    "practice_wish": frozenset({"contest"}),
}


class ChoicesError(Exception):
    """``data/choices.yml`` can't be used; the message says where and why."""


@dataclass(frozen=True)
class Option:
    """One option: its name in each language, and every word that chooses it."""

    name: Texts
    words: tuple[str, ...]


Choices = Mapping[str, Mapping[str, Option]]


def load_choices(path: Path, firm: Firm) -> Choices:
    """Return the options by field and id; ``service`` comes from the firm.

    Raises:
        ChoicesError: the file is missing or an option lacks a name.
    """
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ChoicesError(f"{path}: {' '.join(str(error).split())}") from None
    choices: dict[str, dict[str, Option]] = {}
    if not isinstance(content, dict):
        raise ChoicesError(f"{path} must name questions and their options.")
    for field, options in content.items():
        choices[field] = {}
        for option, entry in options.items():
            if not isinstance(entry, dict):
                raise ChoicesError(f"{path}: {field} → {option} must have it, en and words")
            missing = [language for language in LANGUAGES if not entry.get(language)]
            if missing:
                raise ChoicesError(f"{path}: {field} → {option} → {missing[0]} is missing")
            name = Texts(it=entry["it"], en=entry["en"])
            choices[field][option] = _option(name, map(str, entry.get("words", ())))
    for field, known in KNOWN.items():
        if set(choices.get(field, ())) != known:
            names = ", ".join(sorted(known))
            raise ChoicesError(f"{path}: the options of {field} are exactly these: {names}")
    choices["service"] = {s.id: _option(s.name, s.words) for s in firm.services}
    return choices


def _option(name: Texts, words: Iterable[str]) -> Option:
    return Option(name, (name.it, name.en, *words))
