"""The words of the reports; they stand in ``data/reports/training.yml``."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import yaml
from babel.dates import format_date
from babel.numbers import format_decimal


class WordsError(Exception):
    """The file of the words can't be used; the message says what is wrong with it."""


class Words:
    """Words, numbers and days in one language."""

    def __init__(self, texts: dict[str, str], language: str) -> None:
        """Take the texts of that language."""
        self._texts, self.language = texts, language

    @classmethod
    def load(cls, data: Path, language: str) -> Words:
        """Read the words of a language.

        Raises:
            WordsError: the file is missing, no YAML, or lacks the language somewhere.
        """
        path = data / "reports" / "training.yml"
        try:
            content = yaml.safe_load(path.read_text(encoding="utf-8"))
            texts = {name: str(text[language]) for name, text in content.items()}
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            raise WordsError(f"{path} can't be read: {' '.join(str(error).split())}") from None
        except (AttributeError, KeyError, TypeError):
            raise WordsError(f"{path}: write every text in each language, it and en.") from None
        return cls(texts, language)

    def __call__(self, name: str, **values: object) -> str:
        """Return a text with its values filled in.

        Raises:
            WordsError: it is missing, or names a value that there is not.
        """
        try:
            return self._texts[name].format(**values)
        except (KeyError, ValueError, IndexError):
            raise WordsError(
                f"data/reports/training.yml: the text {name!r} is missing or has a wrong {{name}}."
            ) from None

    def day(self, day: dt.date) -> str:
        """Return a day as people of that language write it in a table: «3 nov 2026»."""
        return str(format_date(day, "d MMM y", locale=self.language))

    def decimal(self, value: float | None) -> str:
        """Return a number with two decimals; a dash where there is none."""
        if value is None:
            return "–"
        # Without the minus of a zero.
        return str(format_decimal(round(value, 2) + 0.0, "0.00", locale=self.language))

    def share(self, value: float | None) -> str:
        """Return a share as a percentage; a dash where there is none."""
        return "–" if value is None else f"{value * 100:.0f} %"

    def number(self, value: Any) -> str:
        """Return a number; a dash where there is none."""
        return "–" if value is None else str(value)
