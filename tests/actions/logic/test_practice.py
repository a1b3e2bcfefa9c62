"""The training as a dialogue: what a message does while a question is open."""

from __future__ import annotations

import datetime as dt
import json
import random
from types import SimpleNamespace

import pytest
from fsrs import Rating

from actions.logic.grading import Grade, NoGrader, grade_of
from actions.logic.meanings import Message
from actions.logic.practice import ANSWER, CERTAINTY, Step, answer, take_back
from actions.logic.practice_session import Done, Session, find_topic, open_next, pick, show
from actions.logic.quiz import FreeText, load_quiz
from tests.conftest import HOME

QUIZ = load_quiz(HOME / "data")
NOW = dt.datetime(2026, 11, 30, 9, 0, tzinfo=dt.timezone.utc)
LATER = NOW + dt.timedelta(seconds=10)
CHOICE, TRUTH, CASE = (
    "duration_tells_them_apart",
    "words_often_interchanged",
    "one_guide_at_the_fair",
)
MATCHING, TEXT = "match_examples_with_documents", "explain_client_and_customer"
NAMES = {
    "internal": "Interno",
    "external": "Esterno",
    "third_party": "Terzo",
    "customer": "Acquirente",
    "true": "Vero",
    "false": "Falso",
}


class Grader(NoGrader):
    """Finds a point where its id is written."""

    def __call__(self, item: FreeText, text: str) -> Grade:
        return grade_of(item, [point.id for point in item.points if point.id in text])


grade = Grader()


def begun(*items: str) -> Session:
    return open_next(Session(id="s", items=items), QUIZ, random.Random(1), NOW)


def say(session: Session, text: str, asks: str = ANSWER, label: str = "out_of_scope") -> Step:
    return answer(session, QUIZ, Message(text, label, 0.9, "it", {}), LATER, asks, grade)


def press(session: Session, asks: str = ANSWER, **choice: str) -> Step:
    message = Message("/choose", "choose", 1.0, "it", choice)
    return answer(session, QUIZ, message, LATER, asks, grade)


def right_number(session: Session) -> str:
    item = QUIZ.items[session.item or ""]
    place = next(n for n, i in enumerate(session.order, 1) if item.options[i].right)  # type: ignore[union-attr]
    return str(place)


def test_an_answer_waits_for_how_sure_one_is() -> None:
    session = begun(TRUTH, CASE)
    chosen = say(session, "vero")
    assert (chosen.asks, chosen.session.chosen, chosen.graded) == (CERTAINTY, "true", None)
    settled = say(chosen.session, "sicuro", CERTAINTY)
    assert settled.graded is not None
    assert (settled.graded.result, settled.graded.sure) == ("right", True)
    assert settled.graded.rating == Rating.Easy  # within ten seconds
    assert (settled.session.item, settled.asks) == (CASE, ANSWER)


def test_another_answer_takes_the_place_of_the_first() -> None:
    chosen = say(begun(TRUTH, CASE), "vero")
    changed = say(chosen.session, "anzi falso".removeprefix("anzi "), CERTAINTY)
    assert (changed.asks, changed.session.chosen) == (CERTAINTY, "false")


def test_a_right_option_is_found_wherever_it_is_shown() -> None:
    for seed in range(8):
        session = open_next(Session(id="s", items=(CHOICE,)), QUIZ, random.Random(seed), NOW)
        chosen = say(session, right_number(session))
        settled = say(chosen.session, "boh, forse", CERTAINTY)
        assert settled.graded is not None
        assert (settled.graded.result, settled.graded.rating) == ("right", Rating.Hard)
        assert settled.outcome == "finished"


def test_the_terms_of_a_matching_come_one_by_one_and_the_last_by_itself() -> None:
    session = begun(MATCHING)
    first = press(session, practice_answer=f"{MATCHING}:1A")
    assert (first.asks, first.session.matched, first.graded) == (ANSWER, (0,), None)
    doubled = press(first.session, practice_answer=f"{MATCHING}:1A")
    assert doubled.replies[0].response == "utter_practice_stale"
    assert doubled.session == first.session
    second = press(first.session, practice_answer=f"{MATCHING}:2B")
    assert (second.asks, second.session.chosen) == (CERTAINTY, "ABC")
    settled = press(second.session, CERTAINTY, practice_sure=f"{MATCHING}:yes")
    assert settled.graded is not None
    fits = sum(n == i for n, i in enumerate(session.order))
    assert settled.graded.score == fits / 3


@pytest.mark.parametrize(
    "choice",
    [
        {"practice_answer": f"{CASE}:internal"},  # another question's
        {"practice_sure": f"{TRUTH}:yes"},  # not asked now
        {"practice": "more"},
        {"client_form": "company"},
    ],
)
def test_a_button_of_something_else_changes_nothing(choice: dict[str, str]) -> None:
    session = begun(TRUTH, CASE)
    step = press(session, **choice)
    assert step.replies[0].response == "utter_practice_stale"
    assert (step.session, step.asks, step.graded) == (session, ANSWER, None)


def test_what_is_not_understood_is_asked_again_and_then_left() -> None:
    step = Step(begun(CASE, TRUTH), ANSWER)
    for _ in range(2):
        step = say(step.session, "mah la solita roba")
        assert step.replies[0].response == "utter_error_practice_case"
    step = say(step.session, "mah la solita roba")
    assert step.replies[0].response == "utter_practice_not_read"
    assert (step.session.item, step.session.skipped) == (TRUTH, (CASE,))


def test_without_a_certainty_the_answer_counts_all_the_same() -> None:
    step = say(begun(TRUTH), "vero")
    for _ in range(3):
        step = say(step.session, "xyz xyz", CERTAINTY)
    assert step.graded is not None
    assert (step.graded.sure, step.graded.rating, step.outcome) == (None, Rating.Good, "finished")


@pytest.mark.parametrize(
    ("text", "label"),
    [("che cos'è un cliente?", "faq/client_definition"), ("buongiorno", "greet")],
)
def test_something_else_leaves_the_question_open(text: str, label: str) -> None:
    session = begun(CHOICE)
    assert say(session, text, label=label).digression
    chosen = say(session, "1")
    assert say(chosen.session, text, CERTAINTY, label).digression


def test_a_written_answer_is_graded_at_once() -> None:
    step = say(begun(TEXT, TRUTH), "customer_single_use e altro")
    assert step.graded is not None
    assert (step.graded.result, step.graded.rating) == ("partly", Rating.Hard)
    assert step.session.item == TRUTH


def test_a_grade_can_be_contested() -> None:
    step = say(begun(TEXT, TRUTH), "niente di tutto questo, direi")
    contested = say(step.session, "non sono d'accordo")
    assert contested.contested == "s:0"
    assert contested.session.done[-1].result == "right"
    assert contested.session.item == TRUTH
    nothing = say(begun(TRUTH), "contesto")
    assert nothing.replies[0].response == "utter_practice_nothing_to_contest"


def test_an_answer_is_taken_back_and_what_was_skipped_comes_again() -> None:
    session = begun(TRUTH, CASE, CHOICE)
    step = say(say(session, "vero").session, "sicuro", CERTAINTY)
    step = say(step.session, "salta")
    assert (step.session.item, step.session.skipped) == (CHOICE, (CASE,))
    step = say(step.session, "annulla")
    assert step.undone == "s:0"
    assert (step.session.item, step.session.done, step.session.skipped) == (TRUTH, (), ())
    assert step.session.items == (TRUTH, CASE, CHOICE)
    again = say(say(step.session, "falso").session, "sì", CERTAINTY)
    assert again.graded is not None
    assert again.graded.delivery == "s:1"  # another answer than the one that was taken back
    nothing = take_back(session, QUIZ, "undo", ANSWER)
    assert nothing.replies[0].response == "utter_practice_nothing_to_undo"


@pytest.mark.parametrize(
    ("text", "label", "asks", "outcome"),
    [
        ("devo scappare", "goodbye", ANSWER, "paused"),
        ("devo scappare", "goodbye", CERTAINTY, "paused"),
        ("ho tirato a caso", "cancel", CERTAINTY, None),  # it is said how sure they are
        ("vero", "cancel", ANSWER, None),  # an answer, whatever it is taken for
    ],
)
def test_taking_leave(text: str, label: str, asks: str, outcome: str | None) -> None:
    session = begun(TRUTH, CASE)
    if asks == CERTAINTY:
        session = say(session, "vero").session
    assert say(session, text, asks, label).outcome == outcome


def test_a_pause_keeps_everything() -> None:
    step = say(say(begun(TRUTH, CASE), "vero").session, "pausa", CERTAINTY)
    assert (step.outcome, step.asks, step.session.chosen) == ("paused", None, "true")


def test_a_session_survives_its_way_through_json() -> None:
    step = say(say(begun(TRUTH, MATCHING, CHOICE), "vero").session, "sicuro", CERTAINTY)
    step = press(step.session, practice_answer=f"{MATCHING}:1A")
    session = Session.from_json(json.loads(json.dumps(step.session.to_json())))
    assert session == step.session


def card(due_in_days: float, wrong: int = 0) -> SimpleNamespace:
    return SimpleNamespace(due=NOW + dt.timedelta(days=due_in_days), wrong=wrong)


def test_what_is_due_comes_first_and_what_keeps_being_wrong_before_all() -> None:
    cards = {CHOICE: card(-1), TRUTH: card(-3), CASE: card(-0.5, wrong=4), MATCHING: card(2)}
    items = pick(QUIZ, cards, NOW, count=5, draw=random.Random(0))
    assert items[:3] == [CASE, TRUTH, CHOICE]
    assert len(items) == 5
    assert MATCHING not in items
    assert not {*items[3:]} & {*cards}
    due = pick(QUIZ, cards, NOW, count=5, draw=random.Random(0), due_only=True)
    assert due == [CASE, TRUTH, CHOICE]


def test_a_topic_has_no_other_questions_and_all_of_its_own() -> None:
    own = {item.id for item in QUIZ.topics["third_parties"].items}
    cards = {item: card(5) for item in own}
    items = pick(QUIZ, cards, NOW, count=20, draw=random.Random(0), topic="third_parties")
    assert {*items} == own


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("quiz", None),
        ("quiz sui clienti interni", "internal_clients"),
        ("quiz me on third parties", "third_parties"),
        ("quiz terze parti", "third_parties"),
        ("quiz clienti interni ed esterni", None),
        ("mi serve un quiz", None),
        ("quiz sulla qualità", "service"),
        ("practise confidentiality", "confidentiality"),
        ("interrogami su cliente e acquirente", "client_and_customer"),
    ],
)
def test_a_topic_is_found_by_its_name(text: str, expected: str | None) -> None:
    assert find_topic(QUIZ, text) == expected


@pytest.mark.parametrize("item_id", list(QUIZ.items))
@pytest.mark.parametrize("language", ["it", "en"])
def test_every_question_can_be_shown_and_answered_by_a_button(item_id: str, language: str) -> None:
    session = begun(item_id)
    item = QUIZ.items[item_id]
    shown = show(session, item, language, NAMES)
    assert item.question.in_language(language) in shown.text
    if isinstance(item, FreeText):
        assert not shown.options
        return
    for value in shown.options:
        step = press(session, practice_answer=f"{item_id}:{value}")
        assert step.asks in (ANSWER, CERTAINTY)
        assert not step.replies


def test_done_is_what_json_can_hold() -> None:
    assert json.loads(json.dumps(Session("s", (TRUTH,), (Done(TRUTH, "right", "s:0"),)).to_json()))
