"""What is asked behind ``/sportello``, with the words of the real ``domain.yml``."""

from __future__ import annotations

import pytest
from rasa.shared.core.domain import Domain

from actions.firm import LANGUAGES
from bot.channels.slack.slash import Asked, Command, read_command
from bot.channels.slack.speaker import Speaker
from tests.conftest import HOME


@pytest.fixture(scope="module")
def speakers() -> list[Speaker]:
    domain = Domain.load(HOME / "domain.yml")
    return [Speaker(lambda: domain, language) for language in LANGUAGES]


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("", Command(Asked.HELP)),
        ("aiuto", Command(Asked.HELP)),
        ("Nuova pratica", Command(Asked.INTAKE)),
        ("quiz", Command(Asked.QUIZ)),
        ("Ripasso!", Command(Asked.QUIZ)),
        ("Quiz  clienti terzi", Command(Asked.QUIZ, "quiz clienti terzi")),
        ("ripasso riservatezza", Command(Asked.QUIZ, "quiz riservatezza")),
        ("training progress", Command(Asked.QUIZ, "quiz progress")),
        ("quiz due", Command(Asked.QUIZ, "quiz due")),
        ("i miei progressi", Command(Asked.QUIZ, "i miei progressi")),
        ("resume the quiz", Command(Asked.QUIZ, "resume the quiz")),
        ("quizzami sul cliente", Command(Asked.QUESTION)),
        ("promemoria 8", Command(Asked.REMINDER, hour=8)),
        ("promemoria alle ore 17", Command(Asked.REMINDER, hour=17)),
        ("reminders at 9:00", Command(Asked.REMINDER, hour=9)),
        ("remind me at 0", Command(Asked.REMINDER, hour=0)),
        ("reminder", Command(Asked.REMINDER)),
        ("promemoria domani", Command(Asked.REMINDER)),
        ("promemoria 25", Command(Asked.REMINDER)),
        ("promemoria 8:30", Command(Asked.REMINDER)),
        ("reminder 8 pm", Command(Asked.REMINDER)),
        ("promemoria no", Command(Asked.NO_REMINDER)),
        ("niente promemoria", Command(Asked.NO_REMINDER)),
        ("Reminders OFF", Command(Asked.NO_REMINDER)),
        ("stop reminders.", Command(Asked.NO_REMINDER)),
        ("reminder of what a client is, please?", Command(Asked.QUESTION)),
        ("che cos'è un cliente?", Command(Asked.QUESTION)),
    ],
)
def test_what_is_asked(text: str, command: Command, speakers: list[Speaker]) -> None:
    assert read_command(text, speakers) == command
