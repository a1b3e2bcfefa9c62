"""What the pages of the back office need, made once per process."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session, sessionmaker

from actions.desk import Desk
from actions.firm import LANGUAGES, Firm
from actions.settings import Settings
from actions.store.staff import Limits
from bot.faq import Entry, FaqError, load_faq
from bot.learning.words import Words as ReportWords
from bot.office.words import Words

if TYPE_CHECKING:
    from bot.office.grouping import Grouping


@dataclass(frozen=True)
class OfficeDesk:
    """The firm's desk with what only the back office has: its words, secret and time limits."""

    desk: Desk
    settings: Settings
    words: Mapping[str, Words]
    secret: bytes

    @classmethod
    def open(cls, desk: Desk, settings: Settings) -> OfficeDesk:
        """Read the words and the secret.

        Raises:
            WordsError: a text is missing.
            SettingsError: the secret is missing or too short.
        """
        words = {language: Words.load(settings.home / "data", language) for language in LANGUAGES}
        return cls(desk, settings, words, settings.signing_secret())

    @property
    def firm(self) -> Firm:
        """The firm."""
        return self.desk.firm

    @property
    def sessions(self) -> sessionmaker[Session]:
        """The database."""
        return self.desk.sessions

    @property
    def limits(self) -> Limits:
        """For how long a session lasts."""
        office = self.firm.back_office
        return Limits(
            idle=dt.timedelta(minutes=office.idle_minutes),
            absolute=dt.timedelta(hours=office.session_hours),
        )

    @property
    def secure(self) -> bool:
        """Whether browsers reach it over HTTPS only."""
        return self.settings.environment == "production"

    def now(self) -> dt.datetime:
        """Return this moment in the firm's time zone."""
        return self.desk.now()

    def today(self) -> dt.date:
        """Return this day in the firm's time zone."""
        return self.now().date()

    def faq(self) -> Mapping[str, Entry]:
        """Return the FAQ's entries as they are now; none while somebody's edit has mistakes."""
        data = self.settings.home / "data"
        files = [data / "documents.yml", *sorted(data.glob("faq/*.yml"))]
        # Reading them takes longer than all the rest of a page.
        return _faq(data, tuple((path.name, path.stat().st_mtime_ns) for path in files))

    @cached_property
    def report_words(self) -> Mapping[str, ReportWords]:
        """Return the words of the report about the training, by language."""
        data = self.settings.home / "data"
        return {language: ReportWords.load(data, language) for language in LANGUAGES}

    @cached_property
    def grouping(self) -> Grouping:
        """Return what groups questions by meaning; the model is loaded when it is first needed."""
        from bot.office.grouping import Grouping

        return Grouping(self.settings, os.cpu_count() or 1)


@lru_cache(maxsize=2)
def _faq(data: Path, _state: tuple[tuple[str, int], ...]) -> Mapping[str, Entry]:
    try:
        return load_faq(data)
    except FaqError:
        return {}
