"""Labelled files: JSON lines with a ``label`` or, for deadlines, with what to ``expect``."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.messages import MessagesError, read_messages

UNKNOWN = "?"
DATE = "date"
KINDS = (DATE, "none", "vague", "invalid", "past")


@dataclass(frozen=True)
class LabelledMessage:
    """A message and the label that a person gave it."""

    text: str
    language: str
    style: str
    label: str


@dataclass(frozen=True)
class LabelledDeadline:
    """An answer to "by when?" and how a person reads it; any of ``dates`` is right.

    ``now`` has a time zone.
    """

    text: str
    language: str
    now: dt.datetime
    kind: str
    dates: tuple[dt.date, ...] = ()
    time: dt.time | None = None


def read_labelled(
    files: Iterable[Path], zone: dt.tzinfo
) -> tuple[list[LabelledMessage], list[LabelledDeadline]]:
    """Return what the files hold; ``zone`` is that of moments without one.

    Raises:
        MessagesError: a file can't be read, or a message is labelled in another way.
    """
    messages: list[LabelledMessage] = []
    deadlines: list[LabelledDeadline] = []
    for file in files:
        for number, row in enumerate(read_messages(file), start=1):
            place = f"{file}, message {number}"
            language = str(row.get("lang", UNKNOWN))
            if "label" not in row and "expect" not in row:
                raise MessagesError(f'{place}: a "label" is missing (or, for deadlines, "expect").')
            if "label" in row:
                if not isinstance(row["label"], str):
                    raise MessagesError(f'{place}: the "label" must be a string.')
                style = str(row.get("style", UNKNOWN))
                messages.append(LabelledMessage(row["text"], language, style, row["label"]))
            if "expect" in row:
                deadlines.append(_deadline(row, language, zone, place))
    if not messages and not deadlines:
        raise MessagesError("There are no messages to score.")
    return messages, deadlines


def _deadline(row: dict[str, Any], language: str, zone: dt.tzinfo, place: str) -> LabelledDeadline:
    expected = row["expect"]
    if not isinstance(expected, dict) or expected.get("kind") not in KINDS:
        raise MessagesError(f'{place}: "expect" needs a "kind" out of {", ".join(KINDS)}.')
    dates = expected.get("date") or []
    try:
        deadline = LabelledDeadline(
            row["text"],
            language,
            dt.datetime.fromisoformat(str(row["now"]).replace("Z", "+00:00")),
            expected["kind"],
            tuple(map(dt.date.fromisoformat, [dates] if isinstance(dates, str) else dates)),
            dt.time.fromisoformat(expected["time"]) if expected.get("time") else None,
        )
    except KeyError:
        raise MessagesError(
            f'{place}: "now" is missing: the moment at which it was said.'
        ) from None
    except (ValueError, TypeError) as error:
        raise MessagesError(f"{place}: {error} (dates are written like 2026-11-23).") from None
    if (deadline.kind == DATE) != bool(deadline.dates):
        raise MessagesError(f'{place}: a "date" belongs to the kind "date", and to no other.')
    if deadline.now.tzinfo:
        return deadline
    return LabelledDeadline(**{**vars(deadline), "now": deadline.now.replace(tzinfo=zone)})
