"""The reports as they are read: in the terminal, as a page, as words of two languages."""

from __future__ import annotations

import datetime as dt
import io
import re
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from actions.logic.item_analysis import Question, Tally, Topic
from actions.store.learning import Progress
from actions.store.training_report import Certainty, Own, Person, Team, Told, Week
from bot.learning import html, terminal
from bot.learning.pictures import bars, columns
from bot.learning.sheet import own_sheet, team_sheet
from bot.learning.words import Words, WordsError
from tests.actions.store.test_training_report import NOW, QUIZ
from tests.conftest import HOME

ITALIAN, ENGLISH = (Words.load(HOME / "data", language) for language in ("it", "en"))
NASTY = '<script>alert("x")</script> & $e^x$ [bold]'
TEAM = Team(
    made=NOW,
    since=None,
    learners=4,
    active=3,
    questions_in_all=4,
    seen=0.5,
    remembered=0.254,
    topics=[Topic("first", 3, 6, 3), Topic("second", 1, 1, None)],
    questions=[
        Question("a", 3, 12, 0.75, -0.004, 2, 1),
        Question("b", 3, 4, 1.0, None, 0, 0),
        Question("c", 1, 1, None, None, None, None),
    ],
    certainty=Certainty(5, 1, 2, 3),
    weeks=[Week(dt.date(2026, 11, 16), 2, 2), Week(dt.date(2026, 11, 23), 4, 3)],
    people=[Person(7, 3, 1, dt.date(2026, 11, 25))],
)
OWN = Own(
    made=NOW,
    since=dt.date(2026, 11, 1),
    number=7,
    questions_in_all=4,
    remembered=1,
    progress=Progress(2, 1, 3, 5, 9, None, {}),
    tallies=[Tally(7, "a", 4, 1), Tally(7, "b", 2, 2), Tally(7, "c", 2, 1)],
    leeches=["c"],
    answers=[
        Told(NOW, "a", NASTY, "wrong", True, contested=True, undone=False),
        Told(NOW, "b", None, "partly", None, contested=False, undone=True),
    ],
)


class Page(HTMLParser):
    """What a browser would make of a page: its elements, its text, whether all is closed."""

    VOID = frozenset(("meta", "br", "img"))

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, self.getpos()

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


@cache
def page_of(which: str) -> str:
    if which == "team":
        return html.page(team_sheet(TEAM, QUIZ, ITALIAN))
    return html.page(own_sheet(OWN, QUIZ, ENGLISH))


@pytest.mark.parametrize("which", ["team", "own"])
def test_a_page_needs_nothing_else_and_runs_nothing(which: str) -> None:
    text = page_of(which)
    page = Page(text)
    assert page.open == []
    names = {name for name, _ in page.elements}
    assert not names & {"script", "link", "img", "iframe", "image", "object", "form"}
    assert not re.search(r"https?:|url\((?!#)|@import|javascript:", text)
    for _, attributes in page.elements:
        assert not any(name.startswith("on") for name in attributes)
        # Marks of a picture stand in the picture.
        assert (attributes.get("xlink:href") or "#").startswith("#")
    policy = next(each for each in page.named("meta") if "http-equiv" in each)
    assert policy["content"] == "default-src 'none'; style-src 'unsafe-inline'"


@pytest.mark.parametrize("which", ["team", "own"])
def test_a_page_can_be_read_by_everybody(which: str) -> None:
    text = page_of(which)
    page = Page(text)
    assert page.named("html")[0]["lang"] in ("it", "en")
    assert any(each.get("name") == "viewport" for each in page.named("meta"))
    assert "prefers-color-scheme: dark" in text
    for picture in page.named("svg"):
        assert picture["role"] == "img"
        assert len(picture["aria-label"] or "") > 30
        assert "width" not in picture
    for table in page.named("table"):
        assert table["aria-label"]
    assert all(each["scope"] in ("col", "row") for each in page.named("th"))
    # A table stands beside each picture.
    assert 0 < len(page.named("svg")) < len(page.named("table"))
    identifiers = [str(each["id"]) for _, each in page.elements if "id" in each]
    parts = [name for name in identifiers if not re.search(r"_\d+$", name)]
    assert len(parts) == len(set(parts))
    # The page's own colours, in light and dark.
    for colour in ("#1a1a1a", "#2166ac", "#b00020"):
        assert colour not in text.partition("</style>")[2]


def test_the_page_of_a_team() -> None:
    words = " ".join(Page(page_of("team")).words)
    for part in (
        "Persona 7",
        "domanda a",
        "75 %",
        "0,00",
        "Il primo",
        "50 %",
        "25 %",
        "23 nov 2026",
    ):
        assert part in words, part
    assert "−0,00" not in words
    # Of one person's topic or question nothing; a question that everybody knows is not weak.
    assert "domanda b" not in words
    assert "domanda c" not in words


def test_the_page_of_a_learner() -> None:
    text = page_of("own")
    assert "<script" not in text
    words = " ".join(Page(text).words)
    for part in (
        *(NASTY, "Person 7", "wrong, contested", "partly right, taken back"),
        *("(words no longer kept)", "answers since 1 Nov 2026", "50 % (2 of 4)", "3, goal 5"),
    ):
        assert part in words, part
    # What keeps being wrong comes first; what is always right not at all.
    weak = words[words.index("Worth another look") : words.index("Your answers")]
    assert weak.index("question c") < weak.index("question a")
    assert "question b" not in weak
    without = own_sheet(Own(**{**vars(OWN), "answers": None}), QUIZ, ENGLISH)
    assert "Your answers" not in html.page(without)
    assert NASTY not in "".join(Page(html.page(without)).words)


def test_too_few_people_are_told_and_nothing_else() -> None:
    alone = Team(
        **{
            **vars(TEAM),
            "active": 2,
            "remembered": None,
            "certainty": None,
            "people": (),
            "topics": [Topic("first", 2, 6, None)],
            "questions": [Question("a", 2, 12, None, None, None, None)],
        }
    )
    words = " ".join(Page(html.page(team_sheet(alone, QUIZ, ITALIAN))).words)
    assert "meno di 3" in words
    assert "i risultati non sono riportati, perché" in words
    assert words.count("Nessun dato.") == 4
    assert "perché si capirebbe" not in " ".join(Page(page_of("team")).words)


def test_an_empty_report_is_a_report() -> None:
    empty = Team(NOW, None, 0, 0, 4, None, None, [], [], None, [], [])
    for words in (ITALIAN, ENGLISH):
        sheet = team_sheet(empty, QUIZ, words)
        assert Page(html.page(sheet)).open == []
        assert sheet.nothing in shown(sheet)


def shown(sheet: Any) -> str:
    text = io.StringIO()
    terminal.show(sheet, Console(file=text, width=100))
    return text.getvalue()


def test_the_terminal_says_the_same() -> None:
    team, own = shown(team_sheet(TEAM, QUIZ, ENGLISH)), shown(own_sheet(OWN, QUIZ, ITALIAN))
    for part in ("Person 7", "question a", "75 %", "The first", "23 Nov 2026"):
        assert part in team, part
    for part in ("domanda c", "sbagliata più volte", "contestata", "[bold]", "Giorni di fila"):
        assert part in own, part


def test_the_same_picture_is_drawn_the_same() -> None:
    shares = {"Uno": 0.5, "Il costo in $ e in € di una cosa lunga": 1.0}
    assert bars(shares, "x") == bars(shares, "x")
    assert "50 %" in bars(shares, "x")
    weeks = [(f"{n} gen", n, n % 3) for n in range(26)]
    assert columns(weeks, ("a", "b"), "y") == columns(weeks, ("a", "b"), "y")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "can't be read"),
        ("a: [", "can't be read"),
        ("team_title: {it: Solo italiano}", "write every text in each language"),
        ("- a", "write every text in each language"),
        ("", "write every text in each language"),
    ],
)
def test_words_that_are_wrong_are_told_in_a_line(
    content: str | None, reason: str, tmp_path: Path
) -> None:
    if content is not None:
        (tmp_path / "reports").mkdir()
        (tmp_path / "reports" / "training.yml").write_text(content, encoding="utf-8")
    with pytest.raises(WordsError, match=reason) as caught:
        Words.load(tmp_path, "en")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["{nobody}", "{", "{0}"])
def test_a_wrong_value_is_told_in_a_line(text: str) -> None:
    with pytest.raises(WordsError, match="'made' is missing or has a wrong"):
        Words({"made": text}, "it")("made", day="oggi")
