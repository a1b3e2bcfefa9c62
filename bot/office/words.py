"""The words of the back office; they stand in ``data/office.yml``."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import yaml
from babel.dates import format_date, format_time
from babel.numbers import format_decimal, format_percent

from actions.firm import LANGUAGES

FILE = "office.yml"


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
            WordsError: the file is missing, no YAML, or lacks a language somewhere.
        """
        path = data / FILE
        try:
            content = yaml.safe_load(path.read_text(encoding="utf-8"))
            texts = {name: text for name, text in content.items() if set(text) == set(LANGUAGES)}
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            raise WordsError(f"{path} can't be read: {' '.join(str(error).split())}") from None
        except (AttributeError, TypeError):
            raise WordsError(f"{path}: write every text in each language, it and en.") from None
        if bad := sorted(set(content) - set(texts)):
            raise WordsError(f"{path}: write {bad[0]!r} in each language, it and en.")
        return cls({name: str(text[language]) for name, text in texts.items()}, language)

    def __call__(self, name: str, /, **values: object) -> str:
        """Return a text with its values filled in.

        Raises:
            WordsError: it is missing, or names a value that there is not.
        """
        try:
            return self._texts[name].format(**values)
        except (KeyError, ValueError, IndexError):
            raise WordsError(
                f"data/{FILE}: the text {name!r} is missing or has a wrong {{name}}."
            ) from None

    def __contains__(self, name: object) -> bool:
        """Tell whether there is a text of this name."""
        return name in self._texts

    def __iter__(self) -> Iterator[str]:
        """Yield the names of the texts."""
        return iter(self._texts)

    def counted(self, name: str, number: int) -> str:
        """Return a text about a number of things: ``<name>_one`` or ``<name>_many``."""
        return self(f"{name}_{'one' if number == 1 else 'many'}", number=self.number(number))

    def day(self, day: dt.date | None) -> str:
        """Return a day as it stands in a table, «3 nov 2026»; a dash where there is none."""
        return "–" if day is None else str(format_date(day, "d MMM y", locale=self.language))

    def short_day(self, day: dt.date) -> str:
        """Return a day as it stands under a column: «3 nov»."""
        return str(format_date(day, "d MMM", locale=self.language))

    def channel(self, name: str) -> str:
        """Return what people call a channel; one that we do not know goes by its own name."""
        return self(f"channel_{name}") if f"channel_{name}" in self else name

    def weekday(self, day: dt.date) -> str:
        """Return a day with its weekday: «lunedì 3 novembre 2026»."""
        return str(format_date(day, "EEEE d MMMM y", locale=self.language))

    def month(self, day: dt.date) -> str:
        """Return the month of a day: «novembre 2026»."""
        return str(format_date(day, "MMMM y", locale=self.language))

    def weekday_name(self, number: int) -> str:
        """Return the short name of a weekday, Monday being 0."""
        monday = dt.date(2024, 1, 1)
        return str(format_date(monday + dt.timedelta(days=number), "EEE", locale=self.language))

    def time(self, time: dt.time | dt.datetime) -> str:
        """Return a time of the day: «14:30»."""
        return str(format_time(time, "HH:mm", locale=self.language))

    def number(self, value: float | None) -> str:
        """Return a number as it is written in that language; a dash where there is none."""
        return "–" if value is None else str(format_decimal(value, locale=self.language))

    def share(self, value: float | None) -> str:
        """Return a share as a percentage; a dash where there is none."""
        return "–" if value is None else str(format_percent(value, locale=self.language))

    def duration(self, seconds: float | None) -> str:
        """Return a time span in its largest units: «2 d 3 h», «45 min»; a dash where none."""
        if seconds is None:
            return "–"
        minutes = round(seconds / 60)
        days, hours = minutes // 1440, minutes % 1440 // 60
        if days:
            return self("duration_days", days=days, hours=hours)
        return (
            self("duration_hours", hours=hours, minutes=minutes % 60)
            if hours
            else self("duration_minutes", minutes=minutes)
        )
