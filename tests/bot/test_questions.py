"""Grouping by meaning, with the trained model: Italian and English together, other things apart."""

from __future__ import annotations

import datetime as dt
import random
from itertools import combinations
from pathlib import Path

import pytest
import yaml

from actions.settings import Settings
from actions.store.questions import Question
from bot import questions
from bot.questions import Group, find_group, group_questions
from bot.training import current_model
from bot.understanding.model import Understanding

TOPICS = Path(__file__).parents[1] / "evaluation" / "questions.yml"
NOW = dt.datetime(2026, 11, 28, 9, 30, tzinfo=dt.timezone.utc)


@pytest.fixture(scope="module")
def understanding(trained: Settings) -> Understanding:
    return Understanding.load(current_model(trained), trained)


def asked(*texts: str, language: str = "it", kind: str = "unanswered") -> list[Question]:
    """Return questions that were asked an hour after each other."""
    return [
        Question(f"q{n}", kind, text, language, NOW + dt.timedelta(hours=n))
        for n, text in enumerate(texts, start=1)
    ]


def texts_of(groups: list[Group]) -> list[list[str]]:
    return [[question.text for question in group.questions] for group in groups]


def test_one_meaning_in_two_languages_is_one_group(understanding: Understanding) -> None:
    groups = group_questions(
        asked(
            "c'è un parcheggio vicino?",
            "un minorenne può essere cliente?",
            "where can I park?",
            "can a minor be a client?",
            "dove posso lasciare la macchina?",
            "come si fa la carbonara?",
        ),
        understanding,
    )
    assert texts_of(groups) == [
        [
            "c'è un parcheggio vicino?",
            "where can I park?",
            "dove posso lasciare la macchina?",
        ],
        ["un minorenne può essere cliente?", "can a minor be a client?"],
        ["come si fa la carbonara?"],
    ]
    parking, minors, _ = groups
    assert parking.id == "q1"
    assert parking.last_asked == NOW + dt.timedelta(hours=5)
    assert parking.typical in parking.questions
    assert minors.nearest[0] == "client_forms"
    assert len(set(minors.nearest)) == 3


def test_pairs_of_one_thing_are_found_and_few_others(understanding: Understanding) -> None:
    topics = yaml.safe_load(TOPICS.read_text(encoding="utf-8"))
    lines = [
        (topic, language, line.strip())
        for topic, blocks in topics.items()
        for language, block in blocks.items()
        for line in block.splitlines()
    ]
    topic_of = {text: topic for topic, _, text in lines}
    language_of = {text: language for _, language, text in lines}
    assert len(topic_of) == len(lines)
    groups = group_questions(asked(*topic_of), understanding)
    joined = {pair for texts in texts_of(groups) for pair in combinations(texts, 2)}
    alike = {pair for pair in combinations(topic_of, 2) if topic_of[pair[0]] == topic_of[pair[1]]}
    across = {pair for pair in alike if language_of[pair[0]] != language_of[pair[1]]}
    assert len(joined & alike) / len(joined) > 0.7
    assert len(joined & alike) / len(alike) > 0.55
    assert len(joined & across) / len(across) > 0.55


def test_the_order_of_what_was_asked_changes_nothing(understanding: Understanding) -> None:
    topics = yaml.safe_load(TOPICS.read_text(encoding="utf-8"))
    texts = [text for blocks in topics.values() for text in blocks["it"].splitlines()]
    first = group_questions(asked(*texts), understanding)
    assert group_questions(asked(*texts), understanding) == first
    random.Random(0).shuffle(texts)
    again = group_questions(asked(*texts), understanding)
    assert {frozenset(each) for each in texts_of(again)} == {
        frozenset(each) for each in texts_of(first)
    }


def test_the_same_words_count_each_time(understanding: Understanding) -> None:
    repeated = asked("siete aperti il sabato?", "e la carbonara?", "siete aperti il sabato?")
    groups = group_questions(repeated, understanding)
    assert [[q.id for q in group.questions] for group in groups] == [["q1", "q3"], ["q2"]]
    found = find_group(groups, "q3")
    assert found is groups[0]
    assert find_group(groups, "q4") is None


def test_what_was_masked_means_nothing(understanding: Understanding) -> None:
    texts = (
        "mi chiamo [nome] [nome], c'è un parcheggio?",
        "mi chiamo [nome] [nome], fate la carbonara?",
        "c'è un parcheggio?",
    )
    assert ["mi chiamo [nome] [nome], fate la carbonara?"] in texts_of(
        group_questions(asked(*texts), understanding)
    )


@pytest.mark.parametrize("texts", [(), ("quanto costa?",), ("[nome] [nome]", "😀 😀", "¿")])
def test_few_and_empty_ones(texts: tuple[str, ...], understanding: Understanding) -> None:
    groups = group_questions(asked(*texts), understanding)
    assert sorted(text for each in texts_of(groups) for text in each) == sorted(texts)


def test_of_too_many_the_newest_count(
    understanding: Understanding, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(questions, "MOST", 2)
    many = asked("siete aperti il sabato?", "e la carbonara?", "c'è un parcheggio?")
    assert texts_of(group_questions(many, understanding)) == [
        ["c'è un parcheggio?"],
        ["e la carbonara?"],
    ]


def test_languages_and_kinds_are_counted() -> None:
    kept = [
        *asked("a?", language="en", kind="unclear"),
        *asked("b?", "c?", kind="thumbs_down"),
    ]
    group = Group(tuple(kept), kept[0], ())
    assert group.languages == {"it": 2, "en": 1}
    assert list(group.kinds.items()) == [("thumbs_down", 2), ("unclear", 1)]
