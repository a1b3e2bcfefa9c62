"""Facebook's Duckling as a source of time spans, in process or as a server.

Both readers are handed the wall clock of ``now`` as if it were UTC and give wall-clock times back,
so no time zone and no change of clocks can shift a day.
"""

from __future__ import annotations

import calendar
import datetime as dt
import json
import threading
import unicodedata
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Protocol

import requests

# Longer texts make Duckling slow (its cost grows faster than the text).
LONGEST_TEXT = 1000
LOCALES = {"it": "it_IT", "en": "en_GB"}

_DAY_GRAINS = {"day": 1, "week": 7}


class DucklingUnavailableError(Exception):
    """Duckling could not be loaded, did not answer in time or answered something else."""


@dataclass(frozen=True)
class TimeSpan:
    """A time in a text.

    ``start`` and ``end`` count characters of the text; ``first`` and ``last`` are naive wall-clock
    times, ``last`` included, and None where the span is open on that side; ``grain`` is second,
    minute, hour, day, week, month, quarter or year.
    """

    start: int
    end: int
    grain: str
    first: dt.datetime | None
    last: dt.datetime | None


class Duckling(Protocol):
    """Whatever finds time spans in a text."""

    def spans(self, text: str, *, language: str, now: dt.datetime) -> list[TimeSpan]:
        """Return the spans in the order of the text.

        Raises:
            DucklingUnavailableError: no answer could be had.
        """
        ...


class NativeDuckling:
    """Duckling inside this process (pyduckling-native-phihos), loaded at the first call."""

    def __init__(self) -> None:
        """Load nothing yet."""
        self._lock = threading.Lock()
        self._zones: Any = None

    def spans(self, text: str, *, language: str, now: dt.datetime) -> list[TimeSpan]:
        """Return the spans in the order of the text."""
        # The binding's `body` is UTF-8 read as Latin-1; its offsets do count characters.
        module = self._load()
        try:
            reference = module.parse_ref_time(self._zones, "UTC", calendar.timegm(now.timetuple()))
            locale = module.parse_locale(
                LOCALES.get(language, LOCALES["it"]),
                module.default_locale_lang(module.parse_lang(language.upper())),
            )
            dimensions = module.parse_dimensions(["time"])
            answer = module.parse_text(
                _harmless(text), module.Context(reference, locale), dimensions, False
            )
            return _read_answer(json.loads(answer))
        except Exception as error:
            raise DucklingUnavailableError(f"Duckling failed: {error}") from error

    def _load(self) -> Any:
        with self._lock:
            try:
                import duckling  # type: ignore[import-untyped,unused-ignore]

                if self._zones is None:
                    # Only UTC is needed; reading the whole data base takes twenty times as long.
                    self._zones = duckling.load_time_zones(str(files("tzdata") / "zoneinfo/Etc"))
            except Exception as error:
                raise DucklingUnavailableError(f"Duckling can't be loaded: {error}") from error
            return duckling


class HttpDuckling:
    """A Duckling server (rasa/duckling), asked by its documented ``POST /parse``."""

    def __init__(self, url: str, *, timeout: float = 2.0) -> None:
        """Take the server's address, such as http://duckling:8000, and a time-out in seconds."""
        self._url = url.rstrip("/") + "/parse"
        self._timeout = timeout

    def spans(self, text: str, *, language: str, now: dt.datetime) -> list[TimeSpan]:
        """Return the spans in the order of the text."""
        form = {
            "text": _harmless(text),
            "locale": LOCALES.get(language, LOCALES["it"]),
            "dims": '["time"]',
            "reftime": str(calendar.timegm(now.timetuple()) * 1000),
            "tz": "UTC",
        }
        try:
            response = requests.post(self._url, data=form, timeout=self._timeout)
            response.raise_for_status()
            return _read_answer(response.json())
        except (requests.RequestException, ValueError) as error:
            raise DucklingUnavailableError(f"{self._url}: {error}") from error


def _harmless(text: str) -> str:
    """Replace what the binding panics on, character by character so that offsets hold."""
    return "".join(
        " " if unicodedata.category(character) in ("Cc", "Cs") else character
        for character in text[:LONGEST_TEXT]
    )


def _read_answer(answer: Any) -> list[TimeSpan]:
    """Turn Duckling's JSON into spans.

    Raises:
        ValueError: the answer has another shape.
    """
    try:
        found = (_read_entity(entity) for entity in answer if entity["dim"] == "time")
        return [span for span in found if span is not None]
    except (KeyError, TypeError) as error:
        raise ValueError(f"not an answer of Duckling: {error!r}") from error


def _read_entity(entity: dict[str, Any]) -> TimeSpan | None:
    value = entity["value"]
    start, end = int(entity["start"]), int(entity["end"])
    if value["type"] == "value":
        moment = _wall_clock(value["value"])
        return TimeSpan(start, end, value["grain"], moment, moment) if moment else None
    first, until = value.get("from"), value.get("to")
    grain = (until or first)["grain"]
    last = _wall_clock(until["value"]) if until else None
    if last and first and grain in _DAY_GRAINS:
        # The end of a closed interval is the first moment after it.
        last -= dt.timedelta(days=_DAY_GRAINS[grain])
    return TimeSpan(start, end, grain, _wall_clock(first["value"]) if first else None, last)


def _wall_clock(value: str) -> dt.datetime | None:
    """Read 2026-11-24T18:00:00.000+00:00; None for years Python has no dates for."""
    try:
        return dt.datetime.fromisoformat(value[:19])
    except ValueError:
        return None
