"""domain.yml: whatever the code can say has its sentences, in both languages."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from actions.logic.requests import NEEDED
from actions.requests import FACTS
from actions.store.models import CARD_STEPS, CARD_TOPICS, DUPLICATE_REASONS, STATUSES

HOME = Path(__file__).parents[2]
ASKED = (
    "consent client_name client_form contact relation email phone service expectations deadline"
    " confirm cancel change"
).split()


@pytest.fixture(scope="module")
def responses() -> dict[str, list[dict[str, Any]]]:
    content = yaml.safe_load((HOME / "domain.yml").read_text(encoding="utf-8"))
    return dict(content["responses"])


def test_every_response_speaks_both_languages(responses: dict[str, list[dict[str, Any]]]) -> None:
    for name, variations in responses.items():
        spoken = [condition["value"] for v in variations for condition in v["condition"]]
        assert spoken == ["it", "en"], name
        italian, english = variations
        assert italian["text"] != english["text"], name
        assert italian.get("custom") == english.get("custom"), name
        placeholders = [set(re.findall(r"\{[\w.]+\}", v["text"])) for v in variations]
        assert placeholders[0] == placeholders[1], name


def test_every_question_can_be_asked_and_explained(
    responses: dict[str, list[dict[str, Any]]],
) -> None:
    for field in ASKED:
        assert responses[f"utter_ask_{field}"][0]["custom"] == {"asks": field}
        assert responses[f"utter_again_{field}"][0]["custom"] == {"asks": field}
        assert responses[f"utter_hint_{field}"][0]["custom"] == {"error": field}
        assert f"utter_why_{field}" in responses
        assert responses[f"utter_error_{field}"][0]["custom"] == {"error": field}


def test_every_request_can_be_asked_refused_and_answered(
    responses: dict[str, list[dict[str, Any]]],
) -> None:
    for fact in FACTS:
        assert responses[f"utter_ask_{fact}"][0]["custom"] == {"asks": fact}
        assert responses[f"utter_error_{fact}"][0]["custom"] == {"error": fact}
        assert f"utter_why_{fact}" in responses
    for topic in NEEDED:
        assert {f"utter_request_{topic}", f"utter_beside_{topic}"} <= set(responses)
    assert {f"utter_status_{status}" for status in STATUSES} <= set(responses)


def test_every_response_that_the_code_names_exists(
    responses: dict[str, list[dict[str, Any]]],
) -> None:
    sources = [*(HOME / "actions").rglob("*.py"), HOME / "data" / "rules.yml", HOME / "config.yml"]
    named = {
        name
        for path in sources
        for name in re.findall(r"\butter_\w+[a-z](?!\w|\{)", path.read_text(encoding="utf-8"))
    }
    # Names that are put together in the code, and those that come from data/faq/.
    named -= {
        "utter_message",
        "utter_action",
        "utter_faq",
        "utter_error",
        "utter_why",
        "utter_deadline",
        "utter_ask",
    }
    assert named <= set(responses), named - set(responses)


def test_every_surface_of_slack_has_its_sentences(
    responses: dict[str, list[dict[str, Any]]],
) -> None:
    sources = (HOME / "bot" / "channels" / "slack").glob("*.py")
    code = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    named = set(re.findall(r'speaker\(\s*"(\w+)"', code))
    named |= set(re.findall(r'_notice\([^)]*, "(\w+)"\)', code))
    named |= set(re.findall(r"utter_slack_([a-z_]+[a-z])", code))
    for family, members in {
        "status": {*STATUSES, "done"},
        "card": CARD_TOPICS,
        "step": (*CARD_STEPS, "give_back"),
        "duplicate": DUPLICATE_REASONS,
        "reply_note": CARD_TOPICS,
        "language": ("it", "en"),
        "command": ("intake", "quiz", "reminder", "no_reminder", "help"),
        "digest": ("past", "today", "near"),
    }.items():
        named |= {f"{family}_{member}" for member in members}
    missing = {name for name in named if f"utter_slack_{name}" not in responses}
    assert not missing


def test_no_calque_or_familiar_tone_slipped_in(responses: dict[str, list[dict[str, Any]]]) -> None:
    familiar = re.compile(r"\b(tu|tuo|tua|tuoi|tue|ti|puoi|vuoi|devi|scegli|dimmi|scrivi)\b", re.I)
    for name, (italian, _) in responses.items():
        assert not familiar.search(italian["text"]), name
