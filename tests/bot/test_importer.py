"""What Rasa is given: the FAQ as a retrieval intent, buttons, and the firm's own words."""

from __future__ import annotations

from typing import Any

import pytest

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
