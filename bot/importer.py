"""Reads the project's own data files into Rasa's training data and domain.

``data/faq/<id>.yml`` become examples and responses of the retrieval intent ``faq``; the names of
choices and services become buttons; ``{firm.…}`` in a response becomes what ``firm.yml`` says.
"""

from __future__ import annotations

import hashlib
import re
from functools import cached_property
from typing import Any

from rasa.shared.core.domain import Domain
from rasa.shared.importers.rasa import RasaFileImporter
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from actions.firm import LANGUAGES, Firm, FirmError, load_firm
from actions.logic.choices import Choices, load_choices
from actions.settings import Settings
from bot.faq import Entry, load_faq

MINUTES_A_DAY = 24 * 60
_QUESTION = re.compile(r"utter_(?:ask|again)_(?P<field>\w+)")
_FIRM_VALUE = re.compile(r"\{firm\.([a-z_.]+)\}")


class TrainingLine(Message):
    """A message that is never changed after reading.

    Rasa copies each message of a training six times, part by part, and hashes it as often to find
    duplicates, which `make check` has found already: of thousands, that takes longer than learning.
    """

    def __deepcopy__(self, memo: dict[int, Any]) -> TrainingLine:
        """Return the message itself."""
        return self

    def fingerprint(self) -> str:
        """Return a hexadecimal digest of what tells this message from others."""
        content = f"{self.get_full_intent()}\0{self.get(TEXT)}"
        return hashlib.blake2b(content.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


class SportelloImporter(RasaFileImporter):
    """Rasa's own importer, plus the files above."""

    def __init__(
        self,
        config_file: str | None = None,
        domain_path: str | None = None,
        training_data_paths: list[str] | str | None = None,
    ) -> None:
        """Find the files; see Rasa's importer."""
        super().__init__(config_file, domain_path, training_data_paths)
        settings = Settings.read()
        self._firm = load_firm(settings.firm_file)
        self._choices = load_choices(settings.home / "data" / "choices.yml", self._firm)
        self._faq = load_faq(settings.home / "data")

    def get_nlu_data(self, language: str | None = "en") -> TrainingData:
        """Return the messages of Rasa's files and of the FAQ, and the FAQ's answers.

        They are in two languages whatever `language` says: Rasa asks with several.
        """
        return self._nlu_data

    @cached_property
    def _nlu_data(self) -> TrainingData:
        data = super().get_nlu_data()
        data.training_examples = [TrainingLine(each.data) for each in data.training_examples]
        examples = [
            TrainingLine.build(
                text=question,
                intent=f"faq/{entry.id}",
                intent_metadata={"language": language},
            )
            for entry in self._faq.values()
            for language in LANGUAGES
            for question in entry.questions[language]
        ]
        answers = {
            f"utter_faq/{entry.id}": _answers(entry, self._faq) for entry in self._faq.values()
        }
        return data.merge(TrainingData(training_examples=examples, responses=answers))

    def get_domain(self) -> Domain:
        """Return the domain with buttons and the firm's own words put in; Rasa asks twice."""
        return self._domain

    @cached_property
    def _domain(self) -> Domain:
        content = super().get_domain().as_dict()
        for key, variations in content.get("responses", {}).items():
            for variation in variations:
                _put_in_firm(variation, self._firm)
                _add_choice_buttons(key, variation, self._choices)
        content["slots"]["language"]["initial_value"] = self._firm.languages[0]
        content["session_config"]["session_expiration_time"] = (
            self._firm.retention_days.unfinished_intakes * MINUTES_A_DAY
        )
        return Domain.from_dict(content)


def language_of(variation: dict[str, Any]) -> str:
    """Return the language for which a variation of a response is meant."""
    conditions = variation.get("condition") or []
    return next((c["value"] for c in conditions if c["name"] == "language"), LANGUAGES[0])


def _answers(entry: Entry, faq: dict[str, Entry]) -> list[dict[str, Any]]:
    return [
        {
            "condition": [{"type": "slot", "name": "language", "value": language}],
            "text": f"{entry.answer[language]}\n\n{label}: {entry.source}",
            "buttons": [
                {"title": faq[other].title[language], "payload": faq[other].title[language]}
                for other in entry.related
            ],
            "custom": {"faq": entry.id, "source": entry.source},
        }
        for language, label in (("it", "Fonte"), ("en", "Source"))
    ]


def _put_in_firm(variation: dict[str, Any], firm: Firm) -> None:
    language = language_of(variation)

    def value(match: re.Match[str]) -> str:
        found: Any = firm
        for name in match.group(1).split("."):
            if not hasattr(found, name):
                raise FirmError(f"domain.yml: {match.group()} names nothing that firm.yml has.")
            found = getattr(found, name)
        return str(found.in_language(language) if hasattr(found, "in_language") else found)

    if "text" in variation:
        variation["text"] = _FIRM_VALUE.sub(value, variation["text"])


def _add_choice_buttons(key: str, variation: dict[str, Any], choices: Choices) -> None:
    question = _QUESTION.fullmatch(key)
    field = question.group("field") if question else ""
    # Which answers can be changed depends on the conversation: that action makes its own buttons.
    if field in choices and field != "change":
        language = language_of(variation)
        variation["buttons"] = [
            {
                "title": option.name.in_language(language),
                # Rasa fills in single braces, and turns double ones into single ones.
                "payload": f'/choose{{{{"{field}": "{name}"}}}}',
            }
            for name, option in choices[field].items()
        ]
