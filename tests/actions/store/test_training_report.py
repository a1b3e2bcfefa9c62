"""What the reports of the training say, on both databases, of answers given by hand."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from fsrs import Card as FsrsCard
from fsrs import Rating, Scheduler
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from actions.firm import Texts
from actions.logic.memory import retrievability
from actions.logic.quiz import Quiz, Sentence, Topic, TrueFalse
from actions.store import learning, training_report
from actions.store.database import session_factory
from actions.store.training_report import Certainty, Person, Week

ROME = ZoneInfo("Europe/Rome")
NOW = dt.datetime(2026, 11, 26, 12, 0, tzinfo=ROME)  # a Thursday
DAY = dt.timedelta(days=1)


def item(name: str) -> TrueFalse:
    text = Sentence(it=f"domanda {name}", en=f"question {name}")
    return TrueFalse(
        id=name,
        kind="true_false",
        faq="x",
        source="x",
        question=text,
        explanation=text,
        answer=True,
    )


QUIZ = Quiz(
    {
        "first": Topic("first", Texts(it="Il primo", en="The first"), (item("a"), item("b"))),
        "second": Topic("second", Texts(it="Il secondo", en="The second"), (item("c"), item("d"))),
    },
    {},
)


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with session_factory(engine)() as session:
        yield session


class Practice:
    """Learners who answer; each answer is another delivery."""

    def __init__(self, session: Session) -> None:
        """Take where it is stored."""
        self.session, self.number = session, 0

    def enrol(self, key: str, name: str | None = None) -> int:
        learner = learning.enrol(
            self.session, key, language="it", goal=5, reminder_hour=9, now=NOW, name=name
        )
        return int(learner.id)

    def answer(
        self, learner: int, name: str, result: Any = "right", days: float = 0, **more: Any
    ) -> str:
        self.number += 1
        rating = Rating.Again if result == "wrong" else Rating.Good
        known = {"sure": None, "seconds": 20, "answer": f"parole {self.number}"}
        graded = learning.Graded(
            item=name,
            delivery=str(self.number),
            result=result,
            score=1.0,
            rating=rating,
            **{**known, **more},
        )
        learning.note_review(
            self.session, learner, graded, channel="web", language="it", now=NOW - days * DAY
        )
        return graded.delivery


@pytest.fixture
def practice(session: Session) -> Practice:
    return Practice(session)


def three(practice: Practice) -> list[int]:
    """Let three people answer; a fourth is enrolled only."""
    names = ("slack:T1:UANNA", "terminal:bruno", "staff:carla", "slack:T1:UDINO")
    anna, bruno, carla, _ = (practice.enrol(key, f"Nome {key}") for key in names)
    for learner, sure in ((anna, True), (bruno, False), (carla, True)):
        practice.answer(learner, "a", "right", days=1, sure=sure)
    practice.answer(anna, "b", "wrong", days=8, sure=True)
    practice.answer(bruno, "b", "partly", days=8, sure=False)
    practice.answer(anna, "c", "right", days=22, sure=True)
    undone = practice.answer(carla, "c", "wrong", sure=True)
    learning.undo(practice.session, carla, undone, NOW)
    contested = practice.answer(bruno, "a", "wrong", sure=True)
    learning.contest(practice.session, bruno, contested, NOW)
    practice.answer(bruno, "no_longer_asked", "right", days=15)
    return [anna, bruno, carla]


def test_everybody_together(session: Session, practice: Practice) -> None:
    anna, bruno, carla = three(practice)
    team = training_report.team(session, QUIZ, NOW)
    assert (team.learners, team.active, team.questions_in_all) == (4, 3, 4)
    # Anna has seen three of four, Bruno two, Carla one.
    assert team.seen == 6 / 12
    cards = [c for who in (anna, bruno, carla) for c in learning.cards_of(session, who).values()]
    known = [c for c in cards if c.item in QUIZ.items and retrievability(c, NOW) >= 0.9]
    assert 0 < len(known) < 6
    assert team.remembered == len(known) / 12
    first, second = team.topics
    assert (first.topic, first.people, first.answers, first.right) == ("first", 3, 6, 3)
    assert (second.topic, second.people, second.answers, second.right) == ("second", 1, 1, None)
    found = {each.item: each for each in team.questions}
    assert set(found) == {"a", "b", "c"}
    a = found["a"]
    assert (a.people, a.answers, a.facility, a.leeches, a.contested) == (3, 4, 0.75, 0, 1)
    assert a.discrimination is None
    assert found["b"].facility is found["b"].contested is found["c"].leeches is None
    assert team.certainty == Certainty(3, 2, 1, 1)
    assert team.weeks == [
        Week(dt.date(2026, 11, 2), 1, 1),
        Week(dt.date(2026, 11, 9), 1, 1),
        Week(dt.date(2026, 11, 16), 2, 2),
        Week(dt.date(2026, 11, 23), 4, 3),
    ]
    assert team.people == [
        Person(anna, 3, due(session, anna), dt.date(2026, 11, 25)),
        Person(bruno, 2, due(session, bruno), dt.date(2026, 11, 26)),
        Person(carla, 1, due(session, carla), dt.date(2026, 11, 25)),
    ]


def due(session: Session, learner: int) -> int:
    cards = learning.cards_of(session, learner).values()
    return sum(card.due <= NOW and card.item in QUIZ.items for card in cards)


def test_nothing_of_a_team_names_anybody(session: Session, practice: Practice) -> None:
    three(practice)
    told = json.dumps(asdict(training_report.team(session, QUIZ, NOW)), default=str)
    for word in ("Nome", "slack", "terminal", "staff", "UANNA", "bruno", "parole"):
        assert word not in told


def test_of_two_people_no_result_is_told(session: Session, practice: Practice) -> None:
    anna, bruno = practice.enrol("a"), practice.enrol("b")
    for learner in (anna, bruno):
        for number in range(12):
            practice.answer(learner, "a", "wrong" if number % 2 else "right", number, sure=True)
    team = training_report.team(session, QUIZ, NOW)
    assert team.withheld
    assert team.remembered is team.certainty is None
    assert team.people == ()
    assert [topic.right for topic in team.topics] == [None]
    (question,) = team.questions
    assert question.facility is question.discrimination is question.leeches is None
    # How much was done is no result.
    assert (team.active, team.seen) == (2, 2 / 8)
    assert sum(week.answers for week in team.weeks) == 24


def test_leeches_and_discrimination(session: Session, practice: Practice) -> None:
    for number in range(3):
        learner = practice.enrol(str(number))
        for days in range(4):
            practice.answer(learner, "a", "right" if number else "wrong", days)
            practice.answer(learner, "b", "right" if number == 2 else "wrong", days)
    a, b = sorted(
        training_report.team(session, QUIZ, NOW).questions, key=lambda question: question.item
    )
    assert (a.leeches, b.leeches) == (1, 2)
    # Rest scores of the right answers 0 and 1, of the wrong ones 0: by hand √(1/4) = 0.5.
    assert a.discrimination == pytest.approx(0.5)
    assert b.discrimination == pytest.approx(0.5)


def test_only_the_last_days(session: Session, practice: Practice) -> None:
    three(practice)
    team = training_report.team(session, QUIZ, NOW, days=2)
    assert team.since == dt.date(2026, 11, 25)
    assert [week.answers for week in team.weeks] == [4]
    assert {question.item for question in team.questions} == {"a"}
    today = training_report.team(session, QUIZ, NOW, days=1)
    assert (today.active, [week.answers for week in today.weeks]) == (1, [1])
    # What somebody has seen does not hang on when they last answered.
    assert today.seen == 2 / 4


def test_a_day_begins_at_the_firms_midnight(session: Session, practice: Practice) -> None:
    learner = practice.enrol("a")
    # Half an hour before and after Monday's midnight in Rome; in UTC both are Sunday.
    midnight = dt.datetime(2026, 11, 23, tzinfo=ROME)
    for minutes in (-30, 30):
        days = (NOW - midnight) / DAY - minutes / 1440
        practice.answer(learner, "a", days=days)
    team = training_report.team(session, QUIZ, NOW)
    assert [(week.monday.day, week.answers) for week in team.weeks] == [(16, 1), (23, 1)]
    four = training_report.team(session, QUIZ, NOW, days=4)
    assert [(week.monday.day, week.answers) for week in four.weeks] == [(23, 1)]


def test_of_nobody_there_is_nothing_to_say(session: Session) -> None:
    team = training_report.team(session, QUIZ, NOW)
    assert (team.learners, team.active, team.seen, team.remembered) == (0, 0, None, None)
    assert (list(team.topics), list(team.questions), list(team.people)) == ([], [], [])
    assert team.weeks == [Week(dt.date(2026, 11, 23), 0, 0)]
    assert training_report.own(session, 1, QUIZ, NOW) is None
    assert training_report.learners(session, QUIZ, NOW) == []


def test_one_learner(session: Session, practice: Practice) -> None:
    anna, bruno, carla = three(practice)
    own = training_report.own(session, bruno, QUIZ, NOW)
    assert own is not None
    assert (own.number, own.answers) == (bruno, None)
    assert {(t.item, t.answers, t.right, t.contested) for t in own.tallies} == {
        ("a", 2, 1, 1),
        ("b", 1, 0, 0),
    }
    assert (own.progress.seen, own.progress.today, own.progress.goal) == (2, 1, 5)
    with_answers = training_report.own(session, carla, QUIZ, NOW, with_answers=True)
    assert with_answers is not None
    assert with_answers.answers is not None
    assert [(told.item, told.undone) for told in with_answers.answers] == [
        ("a", False),
        ("c", True),
    ]
    assert {told.answer for told in with_answers.answers} == {"parole 3", "parole 7"}
    assert anna != carla


def test_the_list_of_learners(session: Session, practice: Practice) -> None:
    anna, bruno, carla = three(practice)
    found = training_report.learners(session, QUIZ, NOW)
    assert [(each.number, each.key) for each in found[:3]] == [
        (anna, "slack:T1:UANNA"),
        (bruno, "terminal:bruno"),
        (carla, "staff:carla"),
    ]
    assert found[0].name == "Nome slack:T1:UANNA"
    assert found[1].last == NOW
    assert (found[3].last, found[3].due) == (None, 0)
    assert [each.due for each in found[:3]] == [due(session, who) for who in (anna, bruno, carla)]
    assert sum(each.due for each in found) > 0


def test_what_is_remembered_is_what_fsrs_says(session: Session, practice: Practice) -> None:
    learner = practice.enrol("a")
    card, scheduler = FsrsCard(card_id=1), Scheduler(enable_fuzzing=False)
    for days in (9, 5, 1):
        practice.answer(learner, "a", days=days)
        moment = (NOW - days * DAY).astimezone(dt.timezone.utc)
        card, _ = scheduler.review_card(card, Rating.Good, moment)
    stored = learning.cards_of(session, learner)["a"]
    for days in (0, 3, 30, 300):
        expected = scheduler.get_card_retrievability(card, NOW + days * DAY)
        assert retrievability(stored, NOW + days * DAY) == expected
    assert retrievability(stored, NOW) > 0.9 > retrievability(stored, NOW + 300 * DAY)
