"""The figures as tiles and pictures: every number where it belongs, in the reader's language."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from actions.store.figures import (
    Asked,
    Due,
    DueWeek,
    Figures,
    Questions,
    Runs,
    Stop,
    Verdicts,
    Waits,
    Week,
)
from bot.office.charts import Chart, charts_of, tiles_of
from bot.office.words import Words
from tests.conftest import HOME

MONDAY = dt.date(2026, 11, 23)
FIGURES = Figures(
    weeks=[
        Week(MONDAY - dt.timedelta(days=7), {"web": 3, "slack": 1}),
        Week(MONDAY, {"web": 1200}),
    ],
    runs=Runs(6, 1, 1, 0, 0, 2, [Stop("consent", 2, 0), Stop("email", 1, 0)]),
    most_asked=[Asked("confidentiality", 9), Asked("gone", 2)],
    questions=Questions(answered=8, handed_off=1, unanswered=1, unclear=0),
    verdicts=Verdicts(up=3, down=1),
    waits=Waits(taken=4, median=5400, ninetieth=100_800, waiting=2),
    due=Due(overdue=5, weeks=[DueWeek(MONDAY, 0), DueWeek(MONDAY + dt.timedelta(days=7), 2)]),
)
NOTHING = Figures([], Runs(0, 0, 0, 0, 0, 0, []), [], Questions(0, 0, 0, 0), Verdicts(0, 0),
                  Waits(0, None, None, 0), Due(0, []))  # fmt: skip
TITLES = {"confidentiality": "Le mie informazioni restano riservate?"}


@pytest.fixture
def italian() -> Words:
    return Words.load(HOME / "data", "it")


def chart(name: str, words: Words, figures: Figures = FIGURES) -> Chart:
    return next(each for each in charts_of(figures, words, TITLES) if each.id == name)


def test_the_tiles(italian: Words) -> None:
    values = [tile.value for tile in tiles_of(FIGURES, italian)]
    assert values == ["1.204", "60%", "80%", "1 h 30 min", "1 g 4 h", "2", "75%"]


def test_without_figures_no_tile_invents_one(italian: Words) -> None:
    assert [tile.value for tile in tiles_of(NOTHING, italian)] == ["0", *"–––––"[:4], "0", "–"]
    assert all(each.is_empty for each in charts_of(NOTHING, italian, {}))


def test_a_channel_without_intakes_in_a_week_has_none(italian: Words) -> None:
    weeks = chart("weeks", italian)
    assert weeks.categories == ["16 nov", "23 nov"]
    assert {each.name: list(each.values) for each in weeks.series} == {
        "Slack": [1, 0],
        "Sito": [3, 1200],
    }
    drawn = json.loads(weeks.as_json())
    assert (drawn["kind"], drawn["stacked"]) == ("columns", True)


def test_what_is_overdue_stands_before_the_weeks(italian: Words) -> None:
    due = chart("deadlines", italian)
    assert list(zip(due.categories, due.series[0].values)) == [
        ("Già scadute", 5),
        ("23 nov", 0),
        ("30 nov", 2),
    ]


def test_the_shares_of_the_questions_are_told(italian: Words) -> None:
    asked = chart("turns", italian)
    assert list(asked.series[0].values) == [8, 1, 1, 0]
    assert asked.text is not None
    assert "80%" in asked.text
    assert asked.text.count("10%") == 2
    assert chart("turns", italian, NOTHING).text is None


def test_an_entry_that_is_gone_goes_by_its_id(italian: Words) -> None:
    assert chart("faq", italian).categories == [TITLES["confidentiality"], "gone"]


def test_each_language_has_its_words() -> None:
    english = Words.load(HOME / "data", "en")
    assert chart("runs", english).categories[0] == "Sent"
    assert tiles_of(FIGURES, english)[4].value == "1 d 4 h"
