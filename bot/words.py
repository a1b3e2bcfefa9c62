"""Words that stand in a file of ``data/``, in each language; whoever needs some derives from it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar, TypeVar

import yaml
from babel.dates import format_date

from actions.firm import LANGUAGES

Own = TypeVar("Own", bound="Words")


class WordsError(Exception):
    """The file of the words can't be used; the message says what is wrong with it."""


class Words:
    """The texts of a file in one language, called by their names."""

    FILE: ClassVar[str]  # below ``data/``

    def __init__(self, texts: dict[str, str], language: str) -> None:
        """Take the texts of that language."""
        self._texts, self.language = texts, language

    @classmethod
    def load(cls: type[Own], data: Path, language: str) -> Own:
        """Read the words of a language.

        Raises:
            WordsError: the file is missing, no YAML, or lacks a language somewhere.
        """
        path = data / cls.FILE
        try:
            content = yaml.safe_load(path.read_text(encoding="utf-8"))
            incomplete = [name for name, text in content.items() if set(text) != set(LANGUAGES)]
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            raise WordsError(f"{path} can't be read: {' '.join(str(error).split())}") from None
        except (AttributeError, TypeError):
            raise WordsError(f"{path}: write every text in each language, it and en.") from None
        if incomplete:
            lacking = f"{incomplete[0]!r} lacks one"
            raise WordsError(f"{path}: write every text in each language, it and en: {lacking}.")
        return cls({name: str(text[language]) for name, text in content.items()}, language)

    def __call__(self, name: str, /, **values: object) -> str:
        """Return a text with its values filled in.

        Raises:
            WordsError: it is missing, or names a value that there is not.
        """
        try:
            return self._texts[name].format(**values)
        except (KeyError, ValueError, IndexError):
            raise WordsError(
                f"data/{self.FILE}: the text {name!r} is missing or has a wrong {{name}}."
            ) from None

    def __contains__(self, name: object) -> bool:
        """Tell whether there is a text of this name."""
        return name in self._texts

    def __iter__(self) -> Iterator[str]:
        """Yield the names of the texts."""
        return iter(self._texts)

    def day(self, day: dt.date | None) -> str:
        """Return a day as it stands in a table, «3 nov 2026»; a dash where there is none."""
        return "–" if day is None else str(format_date(day, "d MMM y", locale=self.language))
