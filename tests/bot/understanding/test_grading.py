"""The grades of written answers, against people's, and on single answers."""

from __future__ import annotations

from pathlib import Path

import pytest

from actions.logic.quiz import FreeText, load_quiz
from actions.settings import Settings
from bot.evaluation.grades import measure_grades
from bot.messages import MessagesError
from bot.understanding.encoder import load_encoder
from bot.understanding.grading import TextGrader, clauses
from tests.conftest import HOME

QUIZ = load_quiz(HOME / "data")
ANSWERS = HOME / "tests" / "evaluation" / "free_text_answers.jsonl"


@pytest.fixture(scope="module")
def grader(tmp_path_factory: pytest.TempPathFactory) -> TextGrader:
    encoder = load_encoder("onnx", Settings.read().models / "encoder", 2)
    return TextGrader(QUIZ, lambda: encoder, tmp_path_factory.mktemp("grading"))


def item_of(name: str) -> FreeText:
    item = QUIZ.items[name]
    assert isinstance(item, FreeText)
    return item


def test_grades_are_those_of_people(grader: TextGrader) -> None:
    """251 answers by two authors who saw neither the examples nor the grader."""
    found = measure_grades(ANSWERS, QUIZ, grader)
    assert found.answers == 251
    assert found.agreeing / found.answers >= 0.9, dict(found.counts)
    assert found.counts.get(("nonsense", "right"), 0) == 0


@pytest.mark.parametrize(
    ("item", "text", "result", "missing"),
    [
        (
            "explain_third_party",
            "Non lavora per noi come dipendente, ma ha firmato un contratto per darci un servizio",
            "right",
            (),
        ),
        (
            "explain_third_party",
            "Non è un nostro dipendente.",
            "partly",
            ("contract_for_services",),
        ),
        ("explain_third_party", "boh", "wrong", ("not_employed", "contract_for_services")),
        ("explain_third_party", "", "wrong", ("not_employed", "contract_for_services")),
        (
            "explain_third_party",
            "\ud800" + "z" * 5000,
            "wrong",
            ("not_employed", "contract_for_services"),
        ),
    ],
)
def test_an_answer(
    grader: TextGrader, item: str, text: str, result: str, missing: tuple[str, ...]
) -> None:
    grade = grader(item_of(item), text)
    assert (grade.result, grade.missing) == (result, missing)


@pytest.mark.parametrize("item", [i for i in QUIZ.items.values() if isinstance(i, FreeText)])
@pytest.mark.parametrize("language", ["it", "en"])
def test_the_key_points_themselves_are_right(
    grader: TextGrader, item: FreeText, language: str
) -> None:
    points = [point.in_language(language) for point in item.points if point.essential]
    grade = grader(item, ". ".join(points))
    assert (grade.result, grade.score) == ("right", 1)


def test_an_answer_is_read_whole_and_by_clauses() -> None:
    text = "Il cliente resta, l'acquirente no. Lo dice il documento"
    assert clauses(text) == [
        text,
        "Il cliente resta, l'acquirente no.",
        "Lo dice il documento",
        "Il cliente resta",
        "l'acquirente no.",
    ]
    assert clauses("") == [""]


@pytest.mark.parametrize(
    "line",
    [
        "no json",
        "[]",
        '{"item": "nobody", "answer": "a", "label": "right"}',
        '{"item": "explain_third_party", "answer": "a", "label": "good"}',
        '{"item": "words_often_interchanged", "answer": "a", "label": "right"}',
    ],
)
def test_a_bad_line_is_told(tmp_path: Path, grader: TextGrader, line: str) -> None:
    file = tmp_path / "answers.jsonl"
    file.write_text(line + "\n", encoding="utf-8")
    with pytest.raises(MessagesError, match="line 1"):
        measure_grades(file, QUIZ, grader)
