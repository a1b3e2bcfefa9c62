"""data/quiz/: each mistake of somebody who edits a topic gets its own sentence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from actions.logic.quiz import Choice, FreeText, QuizError, load_quiz

SHIPPED = Path(__file__).parents[3] / "data"
SAID = {"it": "Sì.", "en": "Yes."}
HEAD = {
    "faq": "third_party",
    "source": [{"document": "role", "section": "FAQ"}],
    "question": {"it": "Che cos'è?", "en": "What is it?"},
    "explanation": {"it": "È così.", "en": "It is so."},
}
CHOICE = {
    "id": "which_one",
    "kind": "choice",
    **HEAD,
    "options": [
        {"it": "Uno", "en": "One", "right": True, "feedback": SAID},
        {"it": "Due", "en": "Two", "feedback": SAID},
        {"it": "Tre", "en": "Three", "feedback": SAID},
    ],
}
STATEMENT = {"id": "is_it_so", "kind": "true_false", **HEAD, "answer": False}
CASE = {"id": "who_is_it", "kind": "case", **HEAD, "answer": "third_party"}
MATCHING = {
    "id": "what_goes_together",
    "kind": "matching",
    **HEAD,
    "pairs": [
        {"term": {"it": "Server", "en": "Server"}, "match": {"it": "offre", "en": "offers"}},
        {"term": {"it": "Client", "en": "Client"}, "match": {"it": "chiede", "en": "asks"}},
    ],
}
POINT = {
    "id": "contract",
    "it": "Ha un contratto",
    "en": "Has a contract",
    "essential": True,
    "ways": {"it": ["c'è un accordo"], "en": ["there is an agreement"]},
}
FREE_TEXT = {"id": "explain_it", "kind": "free_text", **HEAD, "points": [POINT]}
ITEMS = [CHOICE, STATEMENT, CASE, MATCHING, FREE_TEXT]
NAME = {"it": "I terzi", "en": "Third parties"}
PLACE = "data/quiz/third_parties.yml: "


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A folder with one document, one entry of the FAQ, and no topic yet."""
    (tmp_path / "quiz").mkdir()
    (tmp_path / "faq").mkdir()
    (tmp_path / "documents.yml").write_text("role: Il ruolo\n", encoding="utf-8")
    entry = {"source": [{"document": "role", "section": "FAQ"}]}
    (tmp_path / "faq" / "third_party.yml").write_text(yaml.safe_dump(entry), encoding="utf-8")
    return tmp_path


def write(data: Path, *items: Any, name: str = "third_parties", topic: Any = NAME) -> None:
    text = yaml.safe_dump({"topic": topic, "items": list(items)}, allow_unicode=True)
    (data / "quiz" / f"{name}.yml").write_text(text, encoding="utf-8")


def mistakes(data: Path, *items: Any, **written: Any) -> list[str]:
    if items or written:
        write(data, *items, **written)
    with pytest.raises(QuizError) as error:
        load_quiz(data)
    return str(error.value).splitlines()


def test_the_shipped_questions() -> None:
    quiz = load_quiz(SHIPPED)
    assert {"confidentiality", "kinds_of_clients", "client_software"} <= set(quiz.topics)
    item = quiz.items["what_must_stay_confidential"]
    assert isinstance(item, Choice)
    assert item.faq == "confidentiality"
    assert item.source == (
        "Comprendere il ruolo dei clienti, Salvaguardia delle informazioni sul cliente"
    )
    assert item.options[0].right
    assert item.options[1].feedback.in_language("en").startswith("Too little")


def test_every_kind_is_read(data: Path) -> None:
    write(data, *ITEMS)
    quiz = load_quiz(data)
    assert [item.id for item in quiz.topics["third_parties"].items] == list(quiz.items)
    assert [item.kind for item in quiz.items.values()] == [item["kind"] for item in ITEMS]
    assert quiz.topics["third_parties"].name.in_language("en") == "Third parties"
    assert {item.source for item in quiz.items.values()} == {"Il ruolo, FAQ"}
    explain = quiz.items["explain_it"]
    assert isinstance(explain, FreeText)
    assert explain.points[0].ways.in_language("it") == ("c'è un accordo",)
    assert explain.points[0].ways.in_language("en") == ("there is an agreement",)


def option(**change: Any) -> dict[str, Any]:
    """Return the choice with its first option changed."""
    first, *others = CHOICE["options"]
    return {**CHOICE, "options": [{**first, **change}, *others]}


def without(item: dict[str, Any], part: str) -> dict[str, Any]:
    return {name: value for name, value in item.items() if name != part}


@pytest.mark.parametrize(
    ("item", "said"),
    [
        ({**CASE, "question": {"it": "Chi?"}}, "who_is_it: question → en is missing"),
        ({**CASE, "question": {"it": "", "en": "Who?"}}, "who_is_it: question → it is empty"),
        ({**CASE, "question": {"it": None, "en": "Who?"}}, "who_is_it: question → it is empty"),
        ({**CASE, "question": "Chi?"}, "who_is_it: question: write its parts below"),
        (
            {**CASE, "explanation": {"it": "Client", "en": "Client"}},
            "explanation → en: is the same text as the Italian one: translate it",
        ),
        (without(CASE, "explanation"), "who_is_it: explanation is missing"),
        (without(CASE, "faq"), "who_is_it: faq is missing"),
        ({**CASE, "faq": "fourth_party"}, "faq: there is no entry 'fourth_party' in data/faq"),
        (without(CASE, "source"), "who_is_it: source is missing"),
        ({**CASE, "source": "role"}, "source: write a list, each with document and section"),
        ({**CASE, "source": []}, "source: write a list, each with document and section"),
        (
            {**CASE, "source": [{"document": "bible", "section": "FAQ"}]},
            "source: the document must be one of role",
        ),
        (
            {**CASE, "source": [{"document": "role", "section": "FQA"}]},
            "source: no file in data/faq names the section 'FQA' of role: copy the source",
        ),
        ({**CASE, "colour": "blue"}, "who_is_it: colour: there is no such part"),
        ({**CASE, "kind": "riddle"}, "who_is_it: kind: 'riddle' is none of choice, true_false,"),
        (without(CASE, "kind"), "who_is_it: kind: None is none of choice"),
        (without(CASE, "id"), "item no. 1: write its id"),
        ("Chi?", "item no. 1: write its id"),
        ({**CASE, "id": "Who is it?"}, "Who is it?: id: write small letters and underscores"),
        (
            {**CASE, "answer": "partner"},
            "who_is_it: answer: write one of internal, external, third_party, customer",
        ),
        ({**STATEMENT, "answer": "forse"}, "is_it_so: answer: write true or false"),
        (without(STATEMENT, "answer"), "is_it_so: answer is missing"),
        (option(right=False), "options: mark exactly one option with `right: true`, not none"),
        (
            {**CHOICE, "options": [CHOICE["options"][0], {**option()["options"][0], "it": "4"}]},
            "which_one: options: mark exactly one option with `right: true`, not 2",
        ),
        ({**CHOICE, "options": []}, "options: write two to five options, not 0"),
        ({**CHOICE, "options": CHOICE["options"][:1]}, "write two to five options, not 1"),
        ({**CHOICE, "options": "Uno"}, "options: write a list, each line of it with a dash"),
        (option(feedback=None), "which_one: options → no. 1 → feedback is empty"),
        (
            {**CHOICE, "options": [*CHOICE["options"], {"it": "Boh", "en": "Well"}]},
            "which_one: options → no. 4 → feedback is missing",
        ),
        (option(it="Due"), "which_one: options: «Due» stands there twice"),
        (option(en=False), "options → no. 1 → en: is not read as text: put it in quotation marks"),
        ({**MATCHING, "pairs": MATCHING["pairs"][:1]}, "pairs: write two to five pairs, not 1"),
        (
            {**MATCHING, "pairs": [MATCHING["pairs"][0]] * 2},
            "what_goes_together: pairs: «Server» stands there twice",
        ),
        ({**FREE_TEXT, "points": []}, "points: write at least one with `essential: true`"),
        (without(FREE_TEXT, "points"), "explain_it: points is missing"),
        (
            {**FREE_TEXT, "points": [{**POINT, "essential": False}]},
            "explain_it: points: write at least one with `essential: true`",
        ),
        (
            {**FREE_TEXT, "points": [POINT, POINT]},
            "explain_it: points: the id 'contract' stands there twice",
        ),
        (
            {**FREE_TEXT, "points": [{**POINT, "ways": {"it": ["a", "b"], "en": ["c"]}}]},
            "points → no. 1 → ways → en: has 1 and Italian 2: write equally many in both",
        ),
        (
            {**FREE_TEXT, "points": [{**POINT, "ways": {"it": ["a"], "en": [True]}}]},
            "points → no. 1 → ways → en → no. 1: is not read as text",
        ),
    ],
)
def test_a_mistake_is_told_in_one_sentence(item: Any, said: str, data: Path) -> None:
    (line,) = mistakes(data, item)
    assert line.startswith(PLACE)
    assert said in line


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: str(item["kind"]))
def test_nothing_that_is_written_somewhere_breaks_the_check(
    item: dict[str, Any], data: Path
) -> None:
    for part in item:
        for odd in ([1], {"a": 1}, {"it": [1], "en": {}}, [[]], [{"document": []}], 5, 1.5, None):
            for line in mistakes(data, {**item, part: odd}):
                assert line.startswith(PLACE), (part, odd)


def test_ways_in_no_language(data: Path) -> None:
    lines = mistakes(data, {**FREE_TEXT, "points": [{**POINT, "ways": {"it": [], "en": []}}]})
    place = f"{PLACE}explain_it: points → no. 1 → ways → "
    assert lines == [f"{place}{language}: write at least one" for language in ("it", "en")]


def test_an_id_stands_for_one_item_only(data: Path) -> None:
    assert mistakes(data, CASE, CASE) == [
        f"{PLACE}who_is_it: there is an item with this id in data/quiz/third_parties.yml"
    ]
    write(data, CASE)
    write(data, CASE, name="zebras")
    assert mistakes(data) == [
        "data/quiz/zebras.yml: who_is_it: there is an item with this id "
        "in data/quiz/third_parties.yml"
    ]


def test_every_mistake_of_every_file_is_told(data: Path) -> None:
    write(data, {**CASE, "answer": "x", "faq": "y"}, {**STATEMENT, "answer": "z"}, name="first")
    write(data, without(CHOICE, "options"), name="second")
    assert [line.split(": ")[1:3] for line in mistakes(data)] == [
        ["who_is_it", "faq"],
        ["who_is_it", "answer"],
        ["is_it_so", "answer"],
        ["which_one", "options is missing"],
    ]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("topic: [", "third_parties.yml: "),
        ("just words", "a topic has exactly these parts: topic, items"),
        ("", "a topic has exactly these parts: topic, items"),
        ("topic: {it: A, en: B}\n", "a topic has exactly these parts: topic, items"),
        ("topic: {it: A, en: B}\nitems:\n", "the topic has no items; each starts with `- id:`"),
        ("topic: {it: A, en: B}\nitems: []\n", "the topic has no items"),
        (
            "topic: {it: A, en: B, it: C}\nitems: []\n",
            "'it' stands there twice at line 1, column 23",
        ),
    ],
)
def test_a_file_that_is_no_topic(content: str, said: str, data: Path) -> None:
    (data / "quiz" / "third_parties.yml").write_text(content, encoding="utf-8")
    (line,) = mistakes(data)
    assert line.startswith(PLACE)
    assert said in line


def test_a_topic_needs_a_name_in_both_languages(data: Path) -> None:
    assert mistakes(data, CASE, topic={"it": "I terzi"}) == [f"{PLACE}topic: en is missing"]
    assert mistakes(data, CASE, topic="I terzi") == [
        f"{PLACE}topic: write it and en below, each with its text"
    ]


def test_names_of_files(data: Path) -> None:
    (line,) = mistakes(data, CASE, name="Third Parties")
    assert line == "data/quiz/Third Parties.yml: name the file with small letters and underscores"


def test_no_topics_at_all(data: Path) -> None:
    assert mistakes(data) == ["data/quiz holds no topics"]


def test_a_broken_faq_is_told_by_its_own_check(data: Path) -> None:
    for content in ("title: [", "just words", "source: role"):
        (data / "faq" / "third_party.yml").write_text(content, encoding="utf-8")
        assert "no file in data/faq names the section" in mistakes(data, CASE)[0]


EXAMPLES = """
it:
- {text: "non è dei nostri", points: [first]}
- {text: "boh", points: []}
en:
- {text: "not one of ours", points: [first]}
"""


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (EXAMPLES, "only 1 answers make the point first: write at least 5"),
        (EXAMPLES.replace("[first]", "[second]"), "the question has no point 'second'"),
        (EXAMPLES.replace('"boh"', "no"), "put it in quotation marks"),
        ("it: [", "at line"),
        ("it: []", "en is missing"),
        ("", "it is missing"),
    ],
)
def test_a_mistake_in_the_examples_is_told(data: Path, text: str, told: str) -> None:
    written = next(item for item in ITEMS if item["kind"] == "free_text")
    written = {**written, "points": [{**written["points"][0], "id": "first"}]}
    folder = data / "quiz" / "answers"
    folder.mkdir()
    (folder / f"{written['id']}.yml").write_text(text, encoding="utf-8")
    found = mistakes(data, written)
    assert any(told in line for line in found), found
    (folder / f"{written['id']}.yml").rename(folder / "nobody.yml")
    assert any("no question of free text 'nobody'" in line for line in mistakes(data, written))
