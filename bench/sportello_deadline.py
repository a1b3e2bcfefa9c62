"""This project's deadline reader, as `sportello deadline` uses it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

from actions.logic.deadlines import read_deadline
from actions.logic.duckling import NativeDuckling


def answer(folder: Path) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Return what reads a message's deadline: kind, date, time."""
    duckling = NativeDuckling()

    def deadline(message: dict[str, Any]) -> dict[str, Any]:
        found = read_deadline(
            message["text"],
            language=message["lang"],
            now=dt.datetime.fromisoformat(message["now"]),
            duckling=duckling,
        )
        return {
            "kind": found.kind if found else None,
            "date": found.date.isoformat() if found and found.date else None,
            "time": found.time.isoformat("minutes") if found and found.time else None,
        }

    return deadline
