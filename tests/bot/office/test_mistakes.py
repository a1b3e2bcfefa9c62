"""Whatever `bot.drafts` says of a draft written in a form is told in the reader's words."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

import pytest

from actions.firm import LANGUAGES
from actions.settings import Settings
from actions.store.questions import Question
from bot.drafts import Content, find_draft_mistakes, read_draft, rewrite_draft, write_draft
from bot.faq import load_faq
from bot.office.mistakes import told
from bot.office.words import Words
from bot.questions import Group
from bot.training import current_model
from bot.understanding.model import Understanding
from tests.conftest import HOME

NOW = dt.datetime(2026, 11, 28, 9, 30, tzinfo=dt.timezone.utc)
ASKED = Question("q1", "unanswered", "dove posso parcheggiare?", "it", NOW)
NEAREST = ("termination", "confidentiality", "client_forms")
GROUP = Group((ASKED,), ASKED, NEAREST)
WITH_FAULTS = Content(
    title={"it": "Dove si parcheggia? " * 6, "en": "Where can I park?"},
    document="role",
    section="",
    answer={"it": "In cortile.", "en": "  # In the yard: {here}\n\n- always"},
    questions={
        "it": "sono [nome], dove parcheggio?\nche cos'è un cliente?\nparcheggio?\nParcheggio!",
        "en": "is my information kept confidential?",
    },
)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    shutil.copytree(HOME / "data", tmp_path / "data")
    return tmp_path / "data"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("content", [None, WITH_FAULTS], ids=["blank", "with_faults"])
def test_every_mistake_is_told_in_the_readers_language(
    data: Path, trained: Settings, content: Content | None, language: str
) -> None:
    words = Words.load(data, language)
    understanding = Understanding.load(current_model(trained), trained)
    path = write_draft(GROUP, load_faq(data), data, "parking", content)
    found = find_draft_mistakes([path], data, understanding)
    assert len(found) >= 6
    for line in found:
        mistake = line.partition(": ")[2]
        assert told(mistake, words) != mistake


def test_what_nobody_foresaw_stays_as_it_is() -> None:
    words = Words.load(HOME / "data", "it")
    assert told("data/drafts/x.yml can't be read", words) == "data/drafts/x.yml can't be read"


def test_a_draft_is_read_as_it_was_written_and_written_anew(data: Path) -> None:
    faq = load_faq(data)
    path = write_draft(GROUP, faq, data, "parking", WITH_FAULTS)
    read = read_draft(path)
    assert read.title["en"] == "Where can I park?"
    assert read.document == "role"
    assert read.section == ""
    assert read.answer["en"] == "# In the yard: {here}\n- always"
    assert read.questions == WITH_FAULTS.questions
    rewrite_draft(path, read, faq)
    assert read_draft(path) == read
    assert "related: [termination, confidentiality, client_forms]" in path.read_text("utf-8")
    assert not list(path.parent.glob("*.new"))
