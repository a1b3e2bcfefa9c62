"""What every action needs, made once per process: firm, rules, database, clock."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache

from sqlalchemy.orm import Session, sessionmaker

from actions.firm import Firm, FirmError, load_firm
from actions.logic.choices import Choices, ChoicesError, load_choices
from actions.logic.duckling import HttpDuckling, NativeDuckling
from actions.logic.grading import Grader, NoGrader
from actions.logic.intake import Interview
from actions.logic.quiz import Quiz, QuizError, load_quiz
from actions.settings import Settings, SettingsError
from actions.store.database import create_engine, session_factory

# What a person can mend by editing a file or a setting; the message says which.
SETUP_ERRORS = (SettingsError, FirmError, ChoicesError, QuizError)


@dataclass(frozen=True)
class Desk:
    """The front desk of one firm."""

    firm: Firm
    choices: Choices
    interview: Interview
    sessions: sessionmaker[Session]
    clock: Callable[[], dt.datetime]
    quiz: Quiz = field(default_factory=lambda: Quiz({}))
    # Grades what is written; the process that has an encoder puts it in.
    grade: Grader = field(default_factory=NoGrader)

    def now(self) -> dt.datetime:
        """Return this moment in the firm's time zone."""
        return self.clock().astimezone(self.firm.zone)


@cache
def open_desk() -> Desk:
    """Return the desk that the environment's settings describe.

    Raises:
        SettingsError, FirmError, ChoicesError, QuizError: with a message for people.
    """
    settings = Settings.read()
    firm = load_firm(settings.firm_file)
    choices = load_choices(settings.home / "data" / "choices.yml", firm)
    duckling = HttpDuckling(settings.duckling_url) if settings.duckling_url else NativeDuckling()
    return Desk(
        firm=firm,
        choices=choices,
        interview=Interview(firm, choices, duckling),
        sessions=session_factory(create_engine(settings.database_url)),
        clock=lambda: dt.datetime.now(dt.timezone.utc),
        quiz=load_quiz(settings.home / "data"),
    )
