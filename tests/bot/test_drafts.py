"""Drafts of FAQ entries: from written to published, and each mistake in its own line."""

from __future__ import annotations

import datetime as dt
import shutil
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from actions.settings import Settings
from actions.store.questions import Question
from bot.drafts import (
    DraftError,
    drafts_in,
    find_draft_mistakes,
    find_owners,
    publish_draft,
    write_draft,
)
from bot.faq import load_faq
from bot.questions import Group
from bot.training import current_model
from bot.understanding.model import Understanding
from tests.conftest import HOME

NOW = dt.datetime(2026, 11, 28, 9, 30, tzinfo=dt.timezone.utc)
NEAREST = ("termination", "confidentiality", "client_forms")
ITALIAN = [
    f"c'è un parcheggio per {what} vicino allo studio?"
    for what in (
        "auto,moto,bici,furgoni,camper,disabili,visitatori,clienti,roulotte,scooter,camion,pullman,"
        "taxi,residenti,fornitori,corrieri,monopattini,famiglie,autobus,biciclette,macchine grandi,"
        "macchine elettriche,chi ha fretta,un'ora sola,tutto il giorno,la sera,il sabato,"
        "la domenica,la mattina,due macchine"
    ).split(",")
]
ENGLISH = [
    f"is there parking for {what} near the office?"
    for what in (
        "cars,motorbikes,bicycles,vans,campers,visitors,scooters,trucks,coaches,taxis,residents,"
        "deliveries,families,buses,big cars,electric cars,an hour,the whole day,the evening,"
        "two cars"
    ).split(",")
]


@pytest.fixture(scope="module")
def understanding(trained: Settings) -> Understanding:
    return Understanding.load(current_model(trained), trained)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    shutil.copytree(HOME / "data", tmp_path / "data")
    return tmp_path / "data"


def group(*questions: tuple[str, str]) -> Group:
    """Return a group of questions, each with its language."""
    asked = tuple(
        Question(f"q{n}", "unanswered", text, language, NOW)
        for n, (text, language) in enumerate(questions, start=1)
    )
    return Group(asked, asked[0], NEAREST)


PARKING = group(
    ("C'è un parcheggio vicino?", "it"),
    ("c'è un parcheggio vicino", "it"),
    ("where can I park?", "en"),
    ("sono [nome]: dove parcheggio?", "it"),
)

Write = Callable[..., Path]


@pytest.fixture
def write(data: Path) -> Write:
    """Write a draft; with parts, these in place of what it says."""

    def write(**parts: object) -> Path:
        path = write_draft(PARKING, load_faq(data), data, "parking")
        if parts:
            content = yaml.safe_load(path.read_text(encoding="utf-8"))
            text = yaml.safe_dump({**content, **parts}, allow_unicode=True)
            path.write_text(text, encoding="utf-8")
        return path

    return write


def complete(italian: str = "", english: str = "", **parts: object) -> dict[str, object]:
    """Return the parts of a draft that lacks nothing, with further examples."""
    return {
        "title": {"it": ITALIAN[0], "en": ENGLISH[0]},
        "source": [{"document": "role", "section": "Parcheggio"}],
        "related": list(NEAREST),
        "answer": {"it": "Sì. È gratuito.", "en": "Yes. It is free."},
        "questions": {
            "it": "\n".join([*ITALIAN, italian]),
            "en": "\n".join([*ENGLISH, english]),
        },
        **parts,
    }


def mistakes(path: Path, data: Path, understanding: Understanding | None = None) -> list[str]:
    found = find_draft_mistakes([path], data, understanding)
    place = f"data/drafts/{path.name}: "
    assert all(line.startswith(place) and "\n" not in line for line in found), found
    return [line.removeprefix(place) for line in found]


def test_a_draft_has_the_format_of_an_entry(data: Path) -> None:
    path = write_draft(PARKING, load_faq(data), data, None)
    assert path == data / "drafts" / "c_e_un_parcheggio_vicino.yml"
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    published = yaml.safe_load((data / "faq" / "termination.yml").read_text(encoding="utf-8"))
    assert list(content) == list(published)
    assert content["questions"] == {
        # Once, whatever the case and the punctuation.
        "it": "C'è un parcheggio vicino?\nsono [nome]: dove parcheggio?\n",
        "en": "where can I park?\n",
    }
    assert content["related"] == list(NEAREST)
    assert "What is an external client?" not in path.read_text(encoding="utf-8")
    assert "How does the relationship end?" in path.read_text(encoding="utf-8")


def test_a_draft_is_no_entry_yet(data: Path, write: Write) -> None:
    before = load_faq(data)
    assert drafts_in(data) == []
    path = write()
    assert drafts_in(data) == [path]
    assert load_faq(data) == before


def test_what_people_type_is_no_yaml(data: Path) -> None:
    texts = ["- a: b?", "# c?", "{d}", "\"e' f", "g\uffff h?", "--- i?", "{it_least} l?", "%m %s"]
    written = group(*((text, "it") for text in texts))
    path = write_draft(written, load_faq(data), data, "signs")
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert content["questions"]["it"].splitlines() == [text.replace("\uffff", "") for text in texts]
    assert content["questions"]["en"].strip() == "TO COMPLETE"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Quanto costa una consulenza di un'ora?", "quanto_costa_una_consulenza_di"),
        ("[nome] però?!", "pero"),
        ("730?", "question_q1"),
        ("😀 😀", "question_q1"),
    ],
)
def test_the_name_comes_from_the_question(text: str, name: str, data: Path) -> None:
    assert write_draft(group((text, "it")), load_faq(data), data, None).stem == name


@pytest.mark.parametrize("name", ["Fees", "../fees", "", "1st", "a" * 61, "fees.yml", "tariffé"])
def test_a_name_that_can_be_none(name: str, data: Path) -> None:
    with pytest.raises(DraftError, match="can't be the name of an entry"):
        write_draft(PARKING, load_faq(data), data, name)
    assert not (data / "drafts").exists()


def test_no_file_is_ever_overwritten(data: Path, write: Write) -> None:
    path = write()
    path.write_text("work of an afternoon", encoding="utf-8")
    with pytest.raises(DraftError, match=r"data/drafts/parking\.yml is there already"):
        write()
    assert path.read_text(encoding="utf-8") == "work of an afternoon"
    with pytest.raises(DraftError, match=r"data/faq/termination\.yml is there already"):
        write_draft(PARKING, load_faq(data), data, "termination")


def test_what_another_entry_has_word_by_word_is_left_out(data: Path) -> None:
    known = "Le mie informazioni restano riservate?"
    path = write_draft(
        group((known.lower(), "it"), ("chi parcheggia qui?", "it")), load_faq(data), data, "a"
    )
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert content["questions"]["it"] == "chi parcheggia qui?\n"
    with pytest.raises(DraftError, match=r"data/faq/confidentiality\.yml"):
        write_draft(group((known, "it")), load_faq(data), data, "b")
    assert not (data / "drafts" / "b.yml").exists()


def test_a_folder_that_nobody_may_write_in_is_one_sentence(data: Path) -> None:
    (data / "drafts").write_text("a file", encoding="utf-8")
    with pytest.raises(DraftError, match="can't be written"):
        write_draft(PARKING, load_faq(data), data, "parking")


def test_every_blank_is_told(data: Path, write: Write) -> None:
    assert mistakes(write(), data) == [
        "title → it is still to be completed",
        "title → en is still to be completed",
        "source → section is still to be completed",
        "answer → it is still to be completed",
        "answer → en is still to be completed",
        "source: the document must be one of role, difference, firm",
        "«sono [nome]: dove parcheggio?» holds [nome], where personal data stood: write something "
        "else, or take the line out",
        "faq/parking has 2 messages in Italian: at least 30 are needed.",
        "faq/parking has 1 messages in English: at least 20 are needed.",
    ]


def test_a_complete_draft_has_no_mistakes(
    data: Path, write: Write, understanding: Understanding
) -> None:
    assert mistakes(write(**complete()), data, understanding) == []


@pytest.mark.parametrize(
    ("english", "said"),
    [
        ("Do my secrets stay with you or will you tell others?", "data/faq/confidentiality.yml"),
        (
            "I'd like to become your client right now",
            "start_intake already: write it into data/nlu",
        ),
    ],
)
def test_a_stolen_example_is_one_line(
    english: str, said: str, data: Path, write: Write, understanding: Understanding
) -> None:
    path = write(**complete(english=english))
    # Nobody else has it word by word.
    assert mistakes(path, data) == []
    (line,) = mistakes(path, data, understanding)
    assert line.startswith(f"«{english}» means ")
    assert said in line


def test_what_is_no_text_of_ours_belongs_to_nobody(understanding: Understanding) -> None:
    assert find_owners([], understanding) == []
    assert find_owners([*ENGLISH, "what's the weather tomorrow?"], understanding) == [None] * 21


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"answer": {"it": "Sì. È gratuito."}}, "answer → en is missing or empty"),
        ({"title": {"it": ITALIAN[0], "en": ""}}, "title → en is missing or empty"),
        ({"related": ["parking", "termination"]}, "there is no entry 'parking'"),
        ({"related": [["a"], "termination"]}, "there is no entry ['a']"),
        ({"source": [{"document": ["role"], "section": "1"}]}, "must be one of role, difference"),
        ({"colour": "blue"}, "an entry has exactly these parts"),
        ({"title": {"it": ITALIAN[0], "en": "Parking?"}}, "title → en is no line of questions"),
        (complete(italian="/restart"), "starts with a slash"),
        (complete(italian=ITALIAN[3].upper()), "repeats"),
        (
            complete(english="Is my information kept confidential"),
            "contradicts «Is my information kept confidential?» under faq/confidentiality.",
        ),
        (complete(italian="Annulla tutto!"), "under cancel"),
        (complete(italian="prodotto interno lordo 2023!"), "under out_of_scope."),
        (complete(english="where does [nome] park?"), "holds [nome]"),
    ],
)
def test_a_mistake_is_one_line(
    parts: dict[str, object], said: str, data: Path, write: Write
) -> None:
    (line,) = mistakes(write(**{**complete(), **parts}), data)
    assert said in line


def test_a_title_fits_on_a_button(data: Path, write: Write) -> None:
    long = "p" * 76
    parts = complete(italian=long, title={"it": long, "en": ENGLISH[0]})
    assert mistakes(write(**parts), data) == ["title → it has 76 characters: at most 75 fit"]


@pytest.mark.parametrize("content", ["", "- a\n", "title: 5\n", "questions: {it: 5}\n", "5"])
def test_something_else_is_one_line(content: str, data: Path, write: Write) -> None:
    path = write()
    path.write_text(content, encoding="utf-8")
    (line,) = mistakes(path, data)
    assert "an entry has exactly these parts" in line


@pytest.mark.parametrize("content", [b"title: [", b"\xff\xfe", b"a: \x07"])
def test_a_file_that_is_no_yaml_is_one_sentence(content: bytes, data: Path, write: Write) -> None:
    path = write()
    path.write_bytes(content)
    with pytest.raises(DraftError, match=r"parking\.yml") as mistake:
        mistakes(path, data)
    assert "\n" not in str(mistake.value)


def test_a_missing_file_is_one_sentence(data: Path) -> None:
    with pytest.raises(DraftError, match="can't be read: No such file"):
        find_draft_mistakes([data / "drafts" / "none.yml"], data, None)


@pytest.mark.parametrize("name", ["termination", "Parking lot"])
def test_a_file_with_a_wrong_name(name: str, data: Path, write: Write) -> None:
    path = write(**complete())
    path = path.rename(path.with_stem(name))
    (line,) = mistakes(path, data)
    assert "another name" in line or "name the file with small letters" in line


def test_a_published_draft_is_an_entry_without_advice(
    data: Path, write: Write, understanding: Understanding
) -> None:
    path = write()
    path = path.rename(path.with_suffix(".yaml"))
    advised = path.read_text(encoding="utf-8")
    # As a person completes it: in place, comments and all.
    text = advised.replace("[nome]: ", "").replace("- document: DA COMPLETARE", "- document: role")
    text = text.replace("  it: |\n", "  it: |\n" + "".join(f"    {line}\n" for line in ITALIAN))
    text = text.replace("  en: |\n", "  en: |\n" + "".join(f"    {line}\n" for line in ENGLISH))
    text = text.replace('it: "DA COMPLETARE"', f'it: "{ITALIAN[0]}"')
    text = text.replace('en: "TO COMPLETE"', f'en: "{ENGLISH[0]}"')
    text = text.replace('section: "DA COMPLETARE"', 'section: "Dove siamo"')
    text = text.replace("    DA COMPLETARE", "    Sì. È gratuito.")
    text = text.replace("    TO COMPLETE", "    Yes. It is free.")
    path.write_text(text, encoding="utf-8")
    assert mistakes(path, data, understanding) == []
    before = load_faq(data)
    target = publish_draft(path, data)
    assert target == data / "faq" / "parking.yml"
    assert not path.exists()
    assert "#>" not in target.read_text(encoding="utf-8")
    assert target.read_text(encoding="utf-8").startswith("# A question that visitors")
    assert stat.S_IMODE(target.stat().st_mode) == 0o644
    faq = load_faq(data)
    entry = faq.pop("parking")
    assert faq == before
    assert entry.answer == {"it": "Sì. È gratuito.", "en": "Yes. It is free."}
    assert entry.questions["it"][-2:] == ("C'è un parcheggio vicino?", "sono dove parcheggio?")
    assert (len(entry.questions["it"]), len(entry.questions["en"])) == (32, 21)


def test_publishing_overwrites_nothing(data: Path, write: Write) -> None:
    path = write(**complete())
    taken = data / "faq" / "parking.yml"
    taken.write_text("another's", encoding="utf-8")
    with pytest.raises(DraftError, match="is there already"):
        publish_draft(path, data)
    assert taken.read_text(encoding="utf-8") == "another's"
    assert path.exists()
