"""dateparser alone: the day of the first date that it finds is the deadline."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any


def answer(folder: Path) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Return what reads a message's deadline: kind, date, time."""
    # Installed in an environment of its own, which mypy does not see.
    from dateparser.search import search_dates  # type: ignore[import-untyped,unused-ignore]

    def deadline(message: dict[str, Any]) -> dict[str, Any]:
        now = dt.datetime.fromisoformat(message["now"]).replace(tzinfo=None)
        settings = {"RELATIVE_BASE": now, "PREFER_DATES_FROM": "future", "DATE_ORDER": "DMY"}
        found = search_dates(message["text"], languages=[message["lang"]], settings=settings)
        if not found:
            return {"kind": None, "date": None, "time": None}
        day = found[0][1].date()
        # It gives every day an hour, so that an hour that was said can't be told from one made up.
        return {
            "kind": "past" if day < now.date() else "date",
            "date": day.isoformat(),
            "time": None,
        }

    return deadline
