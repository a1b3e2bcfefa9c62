"""`sportello slack`: the manifest that makes the app, and what is wrong with its secrets."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from bot.channels.slack.manifest import EVENTS, SCOPES
from tests import slack_api
from tests.conftest import HOME
from tests.slack_api import Fault, Slack
from tests.slack_firm import firm_file

ADDRESS = "https://assistente.studio-aurora.example"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A project's folder of one's own."""
    for name in ("config.yml", "domain.yml"):
        shutil.copy(HOME / name, tmp_path / name)
    shutil.copytree(HOME / "data", tmp_path / "data")
    return tmp_path


def run(home: Path, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bot", "slack", *arguments],
        capture_output=True,
        text=True,
        cwd=HOME,
        env={**os.environ, "SPORTELLO_HOME": str(home), **environ},
        timeout=120,
        check=False,
    )


def test_the_manifest_is_all_that_slack_needs(home: Path) -> None:
    firm_file(home, address=ADDRESS)
    result = run(home, "manifest")
    assert result.returncode == 0, result.stderr
    made = yaml.safe_load((home / "slack" / "manifest.yml").read_text(encoding="utf-8"))
    request = f"{ADDRESS}/webhooks/slack/webhook"
    assert made["settings"]["event_subscriptions"] == {
        "request_url": request,
        "bot_events": list(EVENTS),
    }
    assert made["settings"]["interactivity"]["request_url"] == request
    assert made["features"]["slash_commands"][0]["command"] == "/sportello"
    assert made["features"]["slash_commands"][0]["url"] == request
    assert made["oauth_config"]["scopes"]["bot"] == sorted(SCOPES)
    assert made["settings"]["socket_mode_enabled"] is False


def test_without_a_public_address_a_socket_is_used(home: Path) -> None:
    firm_file(home, mode="socket")
    assert run(home, "manifest").returncode == 0
    text = (home / "slack" / "manifest.yml").read_text(encoding="utf-8")
    assert yaml.safe_load(text)["settings"]["socket_mode_enabled"] is True
    assert "http" not in text.partition("display_information")[2]


def test_a_missing_address_is_one_line(home: Path) -> None:
    firm_file(home)
    result = run(home, "manifest")
    assert result.returncode == 2
    assert len(result.stderr.strip().splitlines()) == 1
    assert "address" in result.stderr


@pytest.fixture
def slack() -> Iterator[Slack]:
    with Slack() as server:
        yield server


def check(home: Path, slack: Slack, **environ: str) -> subprocess.CompletedProcess[str]:
    return run(
        home,
        "check",
        **{
            "SLACK_BOT_TOKEN": slack_api.TOKEN,
            "SLACK_SIGNING_SECRET": slack_api.SECRET,
            "SLACK_API_URL": slack.url,
            **environ,
        },
    )


def test_all_is_well(home: Path, slack: Slack) -> None:
    firm_file(home, address=ADDRESS)
    result = check(home, slack)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "sportello in Studio Aurora" in result.stdout
    assert f"All {len(SCOPES)} scopes" in result.stdout
    assert "✗" not in result.stdout


def test_what_is_wrong_is_told_with_the_remedy(
    home: Path, slack: Slack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slack_api, "SCOPES", slack_api.SCOPES.replace(",users:read", ""))
    firm_file(home, notify=slack_api.OTHER, workspaces=["T0WRONG"])
    result = check(home, slack, SLACK_SIGNING_SECRET="whsec_x")
    assert result.returncode == 1
    for told in ("users:read", "reinstall", "/invite", "Signing Secret", "T0WRONG", "address"):
        assert told in result.stdout, told


def test_a_wrong_token_is_told(home: Path, slack: Slack) -> None:
    firm_file(home)
    slack.fail("auth.test", Fault(error="invalid_auth"))
    result = check(home, slack)
    assert result.returncode == 1
    assert "invalid_auth" in result.stdout
    assert run(home, "check", SLACK_BOT_TOKEN="").returncode == 2


def test_each_command_has_an_example(home: Path) -> None:
    for command in ("manifest", "check"):
        assert "Example:" in run(home, command, "--help").stdout
