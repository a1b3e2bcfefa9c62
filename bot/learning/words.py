"""The words of the reports; they stand in ``data/reports/training.yml``."""

from __future__ import annotations

from typing import Any

from babel.numbers import format_decimal

from bot.words import Words as AnyWords
from bot.words import WordsError

__all__ = ["Words", "WordsError"]


class Words(AnyWords):
    """Words, numbers and days in one language."""

    FILE = "reports/training.yml"

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
