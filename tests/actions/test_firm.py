"""firm.yml: what is accepted, and one clear line per mistake."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from actions.firm import Firm, FirmError, load_firm

HOME = Path(__file__).parents[2]


@pytest.fixture
def content() -> dict[str, Any]:
    return dict(yaml.safe_load((HOME / "firm.yml").read_text(encoding="utf-8")))


def _load(tmp_path: Path, content: Any) -> Firm:
    path = tmp_path / "firm.yml"
    path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    return load_firm(path)


def test_the_shipped_firm(firm: Firm) -> None:
    assert firm.serves_internal_clients
    assert firm.zone.key == "Europe/Rome"
    assert firm.service("tax") is not None
    assert firm.service("nothing") is None


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": ""}, "firm.yml: name: "),
        ({"colour": "blue"}, "firm.yml: colour: extra fields not permitted"),
        ({"time_zone": "Roma"}, "'Roma' is not a time zone; write one like Europe/Rome"),
        ({"country": "Italia"}, "'Italia' is not a country; write two capitals, like IT"),
        ({"services": []}, "firm.yml: services: write at least one"),
        ({"languages": ["fr"]}, "firm.yml: languages → no. 1: "),
        (
            {"intake": [{"field": "email", "required": True}]},
            "every client needs client_form and client_name",
        ),
        (
            {
                "intake": [
                    {"field": "client_name", "required": True},
                    {"field": "client_form", "required": True},
                ]
            },
            "ask for email or phone",
        ),
        ({"contact": {"email": "segreteria.studio", "phone": "06"}}, "is not an e-mail address"),
        ({"privacy": "ours"}, "firm.yml: privacy: "),
    ],
)
def test_each_mistake_is_one_line(
    change: dict[str, Any], message: str, content: dict[str, Any], tmp_path: Path
) -> None:
    with pytest.raises(FirmError) as mistake:
        _load(tmp_path, {**content, **change})
    assert message in str(mistake.value)
    assert len(str(mistake.value).splitlines()) == 1


def test_every_mistake_is_told(content: dict[str, Any], tmp_path: Path) -> None:
    del content["name"], content["contact"]
    with pytest.raises(FirmError) as mistake:
        _load(tmp_path, content)
    assert len(str(mistake.value).splitlines()) == 2


def test_a_service_can_not_stand_there_twice(content: dict[str, Any], tmp_path: Path) -> None:
    content["services"].append(content["services"][0])
    with pytest.raises(FirmError, match="'tax' stands there twice"):
        _load(tmp_path, content)


def test_files_that_can_not_be_used(tmp_path: Path) -> None:
    with pytest.raises(FirmError, match="is missing"):
        load_firm(tmp_path / "firm.yml")
    path = tmp_path / "firm.yml"
    path.write_text("name: [", encoding="utf-8")
    with pytest.raises(FirmError, match="not valid YAML"):
        load_firm(path)
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(FirmError, match="can't be read"):
        load_firm(path)
    path.write_text("just a sentence", encoding="utf-8")
    with pytest.raises(FirmError, match="must hold settings"):
        load_firm(path)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("notify: general", "'general' is not the id of a channel in Slack; it looks like C0"),
        ("users: ['@anna']", "no. 1: '@anna' is not the id of a user in Slack"),
        ("workspaces: [aurora]", "is not the id of a workspace in Slack; it looks like T0"),
        ("mode: sockets", "mode"),
        ("digest_hour: 24", "digest_hour"),
        ("address: http://x.example", "address"),
        ("chanels: []", "chanels"),
    ],
)
def test_a_mistake_about_slack_is_told(line: str, told: str, tmp_path: Path) -> None:
    path = tmp_path / "firm.yml"
    text = (HOME / "firm.yml").read_text(encoding="utf-8")
    path.write_text(f"{text}\nslack:\n  {line}\n", encoding="utf-8")
    with pytest.raises(FirmError, match=re.escape(told)) as error:
        load_firm(path)
    assert len(str(error.value).splitlines()) == 1


def test_the_back_office_has_limits_without_being_spoken_of(
    content: dict[str, Any], tmp_path: Path
) -> None:
    del content["back_office"]
    office = _load(tmp_path, content).back_office
    assert (office.idle_minutes, office.session_hours, office.address) == (30, 12, None)


@pytest.mark.parametrize(
    ("section", "wrong"),
    [
        ({"idle_minutes": 4}, "idle_minutes"),
        ({"idle_minutes": 481}, "idle_minutes"),
        ({"session_hours": 0}, "session_hours"),
        # Sessions that nobody has used for a day are deleted: see actions/store/retention.py.
        ({"session_hours": 25}, "session_hours"),
        ({"address": "http://office.example"}, "address"),
        ({"address": "https://office.example/path"}, "address"),
        ({"port": 8000}, "port"),
    ],
)
def test_a_mistake_about_the_back_office_is_told(
    section: dict[str, Any], wrong: str, content: dict[str, Any], tmp_path: Path
) -> None:
    with pytest.raises(FirmError, match=f"firm.yml: back_office → {wrong}: ") as error:
        _load(tmp_path, {**content, "back_office": section})
    assert len(str(error.value).splitlines()) == 1


def test_the_address_of_the_back_office_is_kept(content: dict[str, Any], tmp_path: Path) -> None:
    section = {"address": "https://office.example:8443", "session_hours": 24}
    office = _load(tmp_path, {**content, "back_office": section}).back_office
    assert (office.address, office.session_hours) == ("https://office.example:8443", 24)


def test_a_firm_that_does_not_speak_of_slack_is_none_the_worse() -> None:
    assert load_firm(HOME / "firm.yml").slack is None
