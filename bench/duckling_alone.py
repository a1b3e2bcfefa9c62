"""Facebook's Duckling alone: the day of the first time that it finds is the deadline."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

from actions.logic.duckling import NativeDuckling

CLOCK_TIMES = ("hour", "minute", "second")


def answer(folder: Path) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Return what reads a message's deadline: kind, date, time."""
    duckling = NativeDuckling()

    def deadline(message: dict[str, Any]) -> dict[str, Any]:
        now = dt.datetime.fromisoformat(message["now"])
        for span in duckling.spans(message["text"], language=message["lang"], now=now):
            moment = span.last or span.first
            if moment:
                return {
                    "kind": "past" if moment.date() < now.date() else "date",
                    "date": moment.date().isoformat(),
                    "time": moment.strftime("%H:%M") if span.grain in CLOCK_TIMES else None,
                }
        return {"kind": None, "date": None, "time": None}

    return deadline
