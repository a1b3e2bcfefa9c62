"""What Rasa is given: the FAQ as a retrieval intent, buttons, and the firm's own words."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from rasa.shared.core.domain import Domain
from rasa.shared.core.training_data.story_reader.yaml_story_reader import YAMLStoryReader
from rasa.shared.nlu.training_data.formats.rasa_yaml import RasaYAMLReader

from actions.settings import Settings
from bot.importer import SportelloImporter
from tests.conftest import HOME


@pytest.fixture(scope="module")
def importer() -> SportelloImporter:
    return SportelloImporter(
        str(HOME / "config.yml"),
        str(HOME / "domain.yml"),
        [str(HOME / "data" / name) for name in ("nlu.yml", "out_of_scope.yml")],
    )


@pytest.fixture(scope="module")
def responses(importer: SportelloImporter) -> dict[str, list[dict[str, Any]]]:
    return dict(importer.get_domain().as_dict()["responses"])


def test_the_faq_is_a_retrieval_intent(importer: SportelloImporter) -> None:
    data = importer.get_nlu_data()
    assert data.retrieval_intents == {"faq"}
    assert len(data.responses) == 21
    italian, english = data.responses["utter_faq/third_party"]
    assert italian["custom"]["faq"] == "third_party"
    assert italian["text"].endswith("Fonte: " + italian["custom"]["source"])
    assert english["text"].endswith("Source: " + english["custom"]["source"])


def test_choices_become_buttons(responses: dict[str, list[dict[str, Any]]]) -> None:
    italian, english = responses["utter_ask_client_form"]
    assert [b["title"] for b in italian["buttons"]] == [
        "Privato",
        "Azienda",
        "Organizzazione",
        "Ente pubblico",
    ]
    assert english["buttons"][1]["title"] == "Company"
    assert english["buttons"][1]["payload"] == '/choose{{"client_form": "company"}}'
    assert len(responses["utter_ask_service"][0]["buttons"]) == 5


def test_the_firm_speaks(responses: dict[str, list[dict[str, Any]]]) -> None:
    text = responses["utter_greet"][0]["text"]
    assert "Studio Aurora" in text
    italian, english = responses["utter_request_callback"]
    assert "dal lunedì al venerdì" in italian["text"]
    assert "Monday to Friday" in english["text"]
    assert not [v for vs in responses.values() for v in vs if "{firm." in v.get("text", "")]


def test_conversations_last_as_long_as_unfinished_intakes_are_kept(
    importer: SportelloImporter,
) -> None:
    config = importer.get_domain().as_dict()["session_config"]
    assert config["session_expiration_time"] == 30 * 24 * 60


def test_everything_the_model_depends_on_is_in_its_fingerprint(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    from bot.training import fingerprint

    settings = Settings.read()
    before = fingerprint(settings)
    assert fingerprint(settings) == before
    firm = tmp_path / "firm.yml"
    firm.write_text((HOME / "firm.yml").read_text(encoding="utf-8") + "\n", encoding="utf-8")
    monkeypatch.setenv("SPORTELLO_FIRM", str(firm))
    assert fingerprint(Settings.read()) != before


def test_what_only_staff_reads_leaves_the_model_as_it_is(tmp_path: Path) -> None:
    from bot.training import fingerprint

    for name in ("config.yml", "domain.yml", "firm.yml"):
        shutil.copy(HOME / name, tmp_path)
    shutil.copytree(HOME / "data", tmp_path / "data")
    settings = Settings.read({"SPORTELLO_HOME": str(tmp_path)})
    before = fingerprint(settings)
    _append(tmp_path / "data" / "quiz" / "confidentiality.yml")
    shutil.copy(
        tmp_path / "data" / "quiz" / "service.yml", tmp_path / "data" / "quiz" / "another.yml"
    )
    _append(tmp_path / "data" / "office.yml")
    assert fingerprint(settings) == before
    for name in ("faq/third_party.yml", "nlu.yml"):
        _append(tmp_path / "data" / name)
        assert fingerprint(settings) != before, name
        before = fingerprint(settings)


def test_rasa_leaves_the_training_questions_of_the_staff_alone() -> None:
    files = list((HOME / "data" / "quiz").glob("*.yml"))
    assert files
    assert not [path for path in files if RasaYAMLReader.is_yaml_nlu_file(path)]
    assert not [path for path in files if YAMLStoryReader.is_stories_file(path)]
    assert not [path for path in files if Domain.is_domain_file(path)]


def _append(path: Path) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write("# another line\n")
