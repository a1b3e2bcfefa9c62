"""The training questions of the staff: every FAQ entry, both languages, clean sentences."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from actions.logic.quiz import (
    KINDS,
    Choice,
    FreeText,
    Item,
    Matching,
    Quiz,
    Sentence,
    TrueFalse,
    Wording,
    load_quiz,
)
from actions.logic.wording import clean, fold
from bot.faq import load_faq

DATA = Path(__file__).parents[2] / "data"
FAMILIAR = re.compile(
    r"\b(tu|tuo|tua|tuoi|tue|ti|puoi|vuoi|devi|scegli|dimmi|scrivi|spiega|abbina)\b", re.I
)
SLIP = re.compile(r"  |\s[,.;:!?)»”]|[(«“]\s|\.\.|['\"]{2}|\bE'|\bpò\b|\bperchè\b|\bpoichè\b")
# English words for which Italian has its own.
ENGLISH = re.compile(r"\b(customer|feedback|deadline|meeting|team|business|provider)\b", re.I)
LONGEST_BUTTON = 75


@pytest.fixture(scope="module")
def quiz() -> Quiz:
    return load_quiz(DATA)


def wordings(item: Item) -> Iterator[Wording]:
    yield from (item.question, item.explanation)
    if isinstance(item, Choice):
        for option in item.options:
            yield from (option, option.feedback)
    if isinstance(item, Matching):
        for pair in item.pairs:
            yield from (pair.term, pair.match)
    if isinstance(item, FreeText):
        yield from item.points


def texts(item: Item, language: str) -> list[str]:
    found = [wording.in_language(language) for wording in wordings(item)]
    if isinstance(item, FreeText):
        found += [way for point in item.points for way in point.ways.in_language(language)]
    return found


def test_every_entry_of_the_faq_is_asked_about(quiz: Quiz) -> None:
    number = Counter(item.faq for item in quiz.items.values())
    assert set(number) == {path.stem for path in DATA.glob("faq/*.yml")}
    assert min(number.values()) >= 3
    assert sum(number.values()) >= 66


def test_there_are_enough_of_each_kind(quiz: Quiz) -> None:
    number = Counter(item.kind for item in quiz.items.values())
    assert set(number) == set(KINDS)
    assert min(number.values()) >= 8


def test_every_class_has_its_cases_and_statements_are_not_always_true(quiz: Quiz) -> None:
    answers = Counter(item.answer for item in quiz.items.values() if hasattr(item, "answer"))
    for answer in ("internal", "external", "third_party", "customer"):
        assert answers[answer] >= 3
    statements = [item.answer for item in quiz.items.values() if isinstance(item, TrueFalse)]
    assert 1 / 3 <= statements.count(True) / len(statements) <= 2 / 3


def test_items_have_the_size_that_people_can_overlook(quiz: Quiz) -> None:
    for item in quiz.items.values():
        if isinstance(item, Choice):
            assert 3 <= len(item.options) <= 4, item.id
            buttons: list[Wording] = list(item.options)
        elif isinstance(item, Matching):
            assert 3 <= len(item.pairs) <= 4, item.id
            buttons = [wording for pair in item.pairs for wording in (pair.term, pair.match)]
        else:
            continue
        for text in (button.in_language(each) for button in buttons for each in ("it", "en")):
            assert len(text) <= LONGEST_BUTTON, (item.id, text)


def test_key_points_are_said_in_several_ways(quiz: Quiz) -> None:
    for item in quiz.items.values():
        for point in item.points if isinstance(item, FreeText) else ():
            for language in ("it", "en"):
                ways = point.ways.in_language(language)
                assert len({*ways, point.in_language(language)}) == len(ways) + 1 >= 3, item.id


def test_both_languages_are_really_different(quiz: Quiz) -> None:
    english = re.compile(r"\b(the|of|to|and|a|an|you|is|are|it|they)\b", re.I)
    italian = re.compile(r"\b(il|lo|la|di|del|un|una|che|è|e|si|nel|per)\b|\b\w+'", re.I)
    for item in quiz.items.values():
        for wording in wordings(item):
            if isinstance(wording, Sentence) and len(wording.it.split()) > 5:
                assert wording.it != wording.en
                it, en = (len(italian.findall(t)) for t in (wording.it, wording.en))
                assert it >= en, (item.id, wording)
                it, en = (len(english.findall(t)) for t in (wording.it, wording.en))
                assert en >= it, (item.id, wording)


def test_no_slip_of_the_pen(quiz: Quiz) -> None:
    for item in quiz.items.values():
        for language in ("it", "en"):
            for text in texts(item, language):
                assert not SLIP.search(text), (item.id, text)
            for sentence in (item.question, item.explanation):
                assert sentence.in_language(language)[-1] in ".?", (item.id, sentence)
        for text in texts(item, "it"):
            assert not FAMILIAR.search(text), (item.id, text)
            assert not ENGLISH.search(text), (item.id, text)


def test_feedback_and_questions_are_whole_sentences(quiz: Quiz) -> None:
    for item in quiz.items.values():
        for option in item.options if isinstance(item, Choice) else ():
            for text in (option.feedback.it, option.feedback.en):
                assert re.fullmatch(r"[A-ZÀÈÉÌÒÙ«“].*\.", text), (item.id, text)


def test_nothing_is_asked_twice(quiz: Quiz) -> None:
    for language in ("it", "en"):
        asked = Counter(item.question.in_language(language) for item in quiz.items.values())
        assert max(asked.values()) == 1


def test_sources_are_those_of_the_faq(quiz: Quiz) -> None:
    faq = load_faq(DATA)
    known = {source for entry in faq.values() for source in entry.source.split("; ")}
    for item in quiz.items.values():
        sources = set(item.source.split("; "))
        assert sources <= known, item.id
        assert sources & set(faq[item.faq].source.split("; ")), item.id


def test_an_internal_client_is_never_asked_about_without_the_document(quiz: Quiz) -> None:
    for item in quiz.items.values():
        if item.faq in ("internal_client", "internal_example"):
            assert "document" in item.question.it, item.id
            assert "document" in item.question.en, item.id


def test_every_file_explains_its_format_in_the_same_words() -> None:
    tops = {
        path.read_text(encoding="utf-8").partition("\ntopic:")[0]
        for path in DATA.glob("quiz/*.yml")
    }
    assert len(tops) == 1
    (top,) = tops
    assert all(kind in top for kind in KINDS)


def test_every_question_of_free_text_has_examples(quiz: Quiz) -> None:
    written = {item.id for item in quiz.items.values() if isinstance(item, FreeText)}
    assert set(quiz.examples) == written
    for name, examples in quiz.examples.items():
        item = quiz.items[name]
        assert isinstance(item, FreeText)
        assert len(examples) >= 150, name
        made = Counter(point for example in examples for point in example.points)
        assert min(made[point.id] for point in item.points) >= 20, name
        assert sum(not example.points for example in examples) >= 50, name


def test_no_example_is_among_the_answers_that_are_measured(quiz: Quiz) -> None:
    file = DATA.parent / "tests" / "evaluation" / "free_text_answers.jsonl"
    lines = file.read_text(encoding="utf-8").splitlines()
    measured = {fold(clean(json.loads(line)["answer"])) for line in lines}
    examples = {fold(clean(e.text)) for each in quiz.examples.values() for e in each}
    assert not measured & examples
