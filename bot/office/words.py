"""The words of the back office; they stand in ``data/office.yml``."""

from __future__ import annotations

import datetime as dt

from babel.dates import format_date, format_time
from babel.numbers import format_decimal, format_percent

from bot.words import Words as AnyWords
from bot.words import WordsError

__all__ = ["Words", "WordsError"]


class Words(AnyWords):
    """Words, numbers and days in one language."""

    FILE = "office.yml"

    def counted(self, name: str, number: int) -> str:
        """Return a text about a number of things: ``<name>_one`` or ``<name>_many``."""
        return self(f"{name}_{'one' if number == 1 else 'many'}", number=self.number(number))

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
