"""What is typed while a question of the training is open, as a table."""

from __future__ import annotations

import pytest

from actions.logic.meanings import Message
from actions.logic.practice_reading import (
    Wish,
    follow_up,
    is_taught,
    read_answer,
    read_certainty,
    read_request,
    read_wish,
)
from actions.logic.practice_session import Done, Session
from actions.logic.quiz import load_quiz
from tests.conftest import HOME

QUIZ = load_quiz(HOME / "data")
CHOICE = QUIZ.items["duration_tells_them_apart"]  # four options
TRUE_FALSE = QUIZ.items["words_often_interchanged"]
CASE = QUIZ.items["one_guide_at_the_fair"]
MATCHING = QUIZ.items["match_examples_with_documents"]  # three pairs
TEXT = QUIZ.items["explain_client_and_customer"]


def session_of(item_id: str, **values: object) -> Session:
    item = QUIZ.items[item_id]
    count = len(getattr(item, "options", ()) or getattr(item, "pairs", ()))
    # The first is shown last.
    return Session(id="s", items=(item_id,), order=tuple(reversed(range(count))), **values)  # type: ignore[arg-type]


def say(text: str, label: str = "out_of_scope", confidence: float = 0.3) -> Message:
    return Message(text, label, confidence, "it", {})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2", "2"),
        ("la 2", "2"),
        ("la seconda", "2"),
        ("numero 3", "3"),
        ("risposta 4", "4"),
        ("opzione b", "2"),
        ("B", "2"),
        ("option c", "3"),
        ("the third one", "3"),
        ("il cliente si impegna in un rapporto a lungo termine", "4"),
        ("A client enters a long-term relationship", "4"),
        ("l'acquirente non paga", "1"),
        ("5", None),
        ("0", None),
        ("boh direi quella lunga", None),
        ("/choose{}", None),
        ("", None),
    ],
)
def test_a_choice(text: str, expected: str | None) -> None:
    session = session_of(CHOICE.id)
    assert read_answer(session, CHOICE, say(text)) == (expected, None)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("vero", "true"),
        ("Vero!", "true"),
        ("V", "true"),
        ("direi vero", "true"),
        ("true", "true"),
        ("sì", "true"),
        ("it's true", "true"),
        ("falso", "false"),
        ("È falso", "false"),
        ("non è vero", "false"),
        ("no", "false"),
        ("f", "false"),
        ("wrong", "false"),
        ("forse", None),
        ("vero o falso?", None),
    ],
)
def test_true_or_false(text: str, expected: str | None) -> None:
    assert read_answer(session_of(TRUE_FALSE.id), TRUE_FALSE, say(text)) == (expected, None)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("interno", "internal"),
        ("è un cliente esterno", "external"),
        ("cliente terzo", "third_party"),
        ("third party", "third_party"),
        ("acquirente", "customer"),
        ("a customer, not a client", None),
        ("un acquirente", "customer"),
        ("external client", "external"),
        ("3", "third_party"),
        ("non è interno", None),
        ("interno o esterno", None),
        ("che differenza c'è con un cliente esterno?", None),
    ],
)
def test_a_case(text: str, expected: str | None) -> None:
    assert read_answer(session_of(CASE.id), CASE, say(text)) == (expected, None)


@pytest.mark.parametrize(
    ("text", "matched", "expected"),
    [
        ("1B 2A 3C", (), "BAC"),
        ("1-b, 2-a, 3-c", (), "BAC"),
        ("1 → C", (), "C"),
        ("b a c", (), "BAC"),
        ("B", (), "B"),
        ("c", (1,), "BC"),
        ("cliente esterno", (), "A"),
        ("1A 2B", (1,), "AB"),
        ("1B 2B 3C", (), None),  # one letter twice
        ("3C", (), None),  # the first two are open
        ("d", (), None),
        ("b", (1,), None),  # taken
        ("è un cliente", (), None),
    ],
)
def test_a_matching(text: str, matched: tuple[int, ...], expected: str | None) -> None:
    session = session_of(MATCHING.id, matched=matched)
    assert read_answer(session, MATCHING, say(text)) == (expected, None)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("la 2, sicuro", ("2", True)),
        ("2, ma non sono sicura", ("2", False)),
        ("2 (credo)", ("2", False)),
        ("c. boh", ("3", False)),
        ("2, è bella", (None, None)),
    ],
)
def test_an_answer_with_its_certainty(text: str, expected: tuple[str | None, bool | None]) -> None:
    assert read_answer(session_of(CHOICE.id), CHOICE, say(text)) == expected


@pytest.mark.parametrize(
    ("text", "label", "confidence", "read"),
    [
        (
            "Il cliente resta nel tempo, l'acquirente compra una volta",
            "faq/client_vs_customer",
            0.99,
            True,
        ),
        ("un rapporto che può finire quando il cliente vuole", "cancel", 0.5, True),
        ("che differenza c'è?", "faq/client_vs_customer", 0.99, False),
        ("chi compra una volta sola è un acquirente", "faq/client_vs_customer", 0.99, True),
        ("Is somebody who buys once, a client stays", "out_of_scope", 0.5, True),
        ("che cos'è un cliente terzo", "faq/third_party", 0.97, False),
        ("voglio parlare con una persona", "human_handoff", 0.97, False),
        ("cancellate i miei dati", "erase_data", 0.97, False),
        ("T-4F7P-AC9H-TW4E-K7PM", "sign_in", 1.0, False),
    ],
)
def test_a_written_answer(text: str, label: str, confidence: float, read: bool) -> None:
    value, _ = read_answer(session_of(TEXT.id), TEXT, say(text, label, confidence))
    assert (value == text) is read


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sì", True),
        ("ne sono sicuro", True),
        ("sicurissima", True),
        ("abbastanza", True),
        ("al 100", True),
        ("yes, quite sure", True),
        ("no", False),
        ("ho qualche dubbio", False),
        ("non tanto sicura", False),
        ("non ne sono proprio certo", False),
        ("ho tirato a caso", False),
        ("not really sure", False),
        ("I guessed", False),
        ("la 3", None),
        ("che cos'è un cliente", None),
    ],
)
def test_certainty(text: str, expected: bool | None) -> None:
    assert read_certainty(text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("pausa", "pause"),
        ("ok, mi fermo qui per oggi, grazie", "pause"),
        ("basta così", "pause"),
        ("let's take a break", None),
        ("take a break", "pause"),
        ("that's enough for today", "pause"),
        ("annulla", "undo"),
        ("ops, annulla l'ultima risposta", "undo"),
        ("undo that", "undo"),
        ("ho sbagliato a premere", "undo"),
        ("contesto il giudizio", "contest"),
        ("ma non sono d'accordo", "contest"),
        ("I disagree", "contest"),
        ("salta", "skip"),
        ("skip", "skip"),
        ("passo", "skip"),
        ("non lo so", "skip"),
        ("I don't know", "skip"),
        ("la 2", None),
        ("il cliente può smettere quando vuole e la cosa finisce lì", None),
    ],
)
def test_a_wish(text: str, expected: str | None) -> None:
    assert read_wish(say(text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("quiz", Wish()),
        ("i miei progressi", Wish("progress")),
        ("my progress", Wish("progress")),
        ("quali argomenti ci sono?", Wish("topics")),
        ("cosa devo ripassare oggi?", Wish("due")),
        ("niente promemoria", Wish("reminder")),
        ("promemoria alle 8", Wish("reminder", number=8)),
        ("remind me at 18", Wish("reminder", number=18)),
        ("promemoria alle 25", Wish("hour")),
        ("vorrei dei promemoria", Wish("hour")),
        ("obiettivo 10", Wish("goal", number=10)),
        ("goal of 200", Wish("goal", number=50)),
        ("riprendi il quiz", Wish("resume")),
        ("codice per il sito", Wish("code")),
        ("annulla", Wish("undo")),
        ("contesto", Wish("contest")),
    ],
)
def test_a_request(text: str, expected: Wish) -> None:
    assert read_request(say(text, "start_training", 1.0)) == expected


def test_a_button_is_a_request() -> None:
    message = Message("/start_training", "start_training", 1.0, "it", {"practice": "topic:service"})
    assert read_request(message) == Wish("topic", "service")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("quiz terze parti", True),
        ("I miei progressi", True),
        ("niente promemoria", True),
        ("promemoria alle 9", True),
        ("Riprendi il quiz", True),
        ("obiettivo 10", True),
        ("quizzone?", False),
        ("riprendi", False),
        ("il codice dello studio", False),
        ("/quiz", False),
    ],
)
def test_what_the_training_teaches(text: str, expected: bool) -> None:
    assert is_taught(text) is expected


INTERNAL = next(item.id for item in QUIZ.items.values() if item.faq == "internal_client")


@pytest.mark.parametrize(
    ("text", "last", "expected"),
    [
        ("perché?", CASE.id, CASE.faq),
        ("ma perché no?", CASE.id, CASE.faq),
        ("why?", INTERNAL, "internal_client"),
        ("non ho capito", INTERNAL, "internal_client"),
        ("fammi un esempio", INTERNAL, "internal_example"),
        ("an example?", INTERNAL, "internal_example"),
        ("un esempio di cliente esterno?", INTERNAL, "external_example"),
        ("che differenza c'è con quelli esterni?", INTERNAL, "internal_vs_external"),
        ("e rispetto a un acquirente?", INTERNAL, "client_vs_customer"),
        ("how is that different from a third party?", INTERNAL, "three_types"),
        ("fammi un esempio", CASE.id, "client_vs_customer"),
        ("2", INTERNAL, None),
        ("che tempo fa?", INTERNAL, None),
        ("perché?", None, None),
    ],
)
def test_a_question_about_what_was_explained(
    text: str, last: str | None, expected: str | None
) -> None:
    done = (Done(last, "wrong", "s:0"),) if last else ()
    session = Session(id="s", items=(*([last] if last else []), TRUE_FALSE.id), done=done)
    assert follow_up(say(text), QUIZ, session) == expected


@pytest.mark.parametrize(
    ("text", "label", "expected"),
    [
        ("un esempio è il browser", "faq/client_software", None),
        ("ha un contratto diverso dal dipendente", "why_ask", None),
        ("fammi un esempio", "faq/client_example", "internal_example"),
        ("why?", "why_ask", "internal_client"),
        ("che differenza c'è con quello esterno?", "out_of_scope", "internal_vs_external"),
        ("è diverso da quello esterno", "out_of_scope", None),
    ],
)
def test_what_may_be_a_written_answer_is_one(text: str, label: str, expected: str | None) -> None:
    session = Session(id="s", items=(INTERNAL, TEXT.id), done=(Done(INTERNAL, "right", "s:0"),))
    assert follow_up(say(text, label, 0.9), QUIZ, session) == expected
