"""The FAQ's files: complete, and each mistake in its own line."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
import yaml

from bot.faq import Entry, FaqError, load_faq

DATA = Path(__file__).parents[2] / "data"
ENTRIES = {
    "client_definition client_vs_customer client_forms relationship expectations"
    " professional_benefits service_quality confidentiality termination roles_responsibilities"
    " client_software client_example client_criteria three_types third_party internal_client"
    " external_client internal_vs_external why_both_matter external_example internal_example"
}


@pytest.fixture(scope="module")
def faq() -> dict[str, Entry]:
    return load_faq(DATA)


def test_all_entries_are_there(faq: dict[str, Entry]) -> None:
    assert set(faq) == set(" ".join(ENTRIES).split())


def test_each_entry_is_whole(faq: dict[str, Entry]) -> None:
    for entry in faq.values():
        for language, least in (("it", 30), ("en", 20)):
            sentences = re.findall(r"[.!?:](?:\s|$)", entry.answer[language])
            assert 2 <= len(sentences) <= 6, (entry.id, language)
            assert len(entry.questions[language]) >= least, (entry.id, language)
            assert _words(entry.title[language]) in map(_words, entry.questions[language])
            assert len(entry.title[language]) <= 75, "Slack cuts longer titles of buttons"
        assert entry.id not in entry.related
        assert 2 <= len(entry.related) <= 3


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def test_every_entry_can_be_reached(faq: dict[str, Entry]) -> None:
    linked = {other for entry in faq.values() for other in entry.related}
    assert len(linked) >= 18


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    shutil.copytree(DATA, tmp_path / "data")
    return tmp_path / "data"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"answer": {"it": "Solo italiano. Davvero."}}, "answer → en is missing or empty"),
        ({"related": ["nobody", "client_forms"]}, "related: there is no entry 'nobody'"),
        ({"related": ["client_forms"]}, "related: name two or three other entries"),
        ({"source": [{"document": "bible", "section": "1"}]}, "must be one of role, difference"),
        ({"colour": "blue"}, "an entry has exactly these parts"),
        ({"source": "role"}, "source: write a list"),
        ({"related": "relationship"}, "related: write the entries in brackets"),
        ({"title": {"it": 5, "en": "x"}}, "title → it is missing or empty"),
    ],
)
def test_a_mistake_names_the_file(change: dict[str, object], message: str, copy: Path) -> None:
    path = copy / "faq" / "third_party.yml"
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    path.write_text(yaml.safe_dump({**content, **change}, allow_unicode=True), encoding="utf-8")
    with pytest.raises(FaqError) as mistake:
        load_faq(copy)
    assert message in str(mistake.value)
    assert "third_party.yml" in str(mistake.value)
    assert len(str(mistake.value).splitlines()) == 1


def test_broken_yaml_is_told(copy: Path) -> None:
    (copy / "faq" / "third_party.yml").write_text("title: [", encoding="utf-8")
    with pytest.raises(FaqError, match=r"third_party\.yml"):
        load_faq(copy)


def test_a_new_entry_is_one_copied_file(copy: Path) -> None:
    shutil.copy(copy / "faq" / "third_party.yml", copy / "faq" / "fourth_party.yml")
    assert "fourth_party" in load_faq(copy)
