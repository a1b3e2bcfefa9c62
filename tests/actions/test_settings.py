"""Settings from the environment."""

from __future__ import annotations

from pathlib import Path

import pytest

from actions.settings import Settings, SettingsError

HOME = str(Path(__file__).parents[2])


def test_defaults() -> None:
    settings = Settings.read({"SPORTELLO_HOME": HOME})
    assert settings.environment == "development"
    assert settings.database_url == f"sqlite:///{HOME}/var/sportello.db"
    assert settings.bot_url == "http://127.0.0.1:5005"
    assert settings.action_url == "http://127.0.0.1:5055"
    assert settings.office_url == "http://127.0.0.1:8000"
    assert settings.redis_url is None


def test_the_back_office_has_a_port_of_its_own() -> None:
    settings = Settings.read({"SPORTELLO_HOME": HOME, "SPORTELLO_OFFICE_PORT": "8443"})
    assert settings.office_url == "http://127.0.0.1:8443"


def test_the_old_name_of_postgresql_works() -> None:
    settings = Settings.read({"SPORTELLO_HOME": HOME, "DATABASE_URL": "postgres://u@h/d"})
    assert settings.database_url == "postgresql://u@h/d"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SPORTELLO_ENV", "test"),
        ("DATABASE_URL", "mysql://localhost/x"),
        ("DATABASE_URL", "sportello.db"),
        ("SPORTELLO_BOT_PORT", "http"),
        ("SPORTELLO_ACTION_PORT", "70000"),
        ("SPORTELLO_OFFICE_PORT", "0"),
        ("SPORTELLO_HOME", "/nowhere"),
    ],
)
def test_a_wrong_setting_is_named(name: str, value: str) -> None:
    with pytest.raises(SettingsError) as mistake:
        Settings.read({"SPORTELLO_HOME": HOME, name: value})
    assert name in str(mistake.value)
    assert "\n" not in str(mistake.value)


@pytest.mark.parametrize(
    ("environ", "configured", "socket", "missing"),
    [
        ({}, False, False, None),
        ({}, True, False, None),
        ({"SPORTELLO_ENV": "production"}, True, False, "SLACK_BOT_TOKEN"),
        ({"SLACK_BOT_TOKEN": "xoxb-1"}, False, False, "SLACK_SIGNING_SECRET"),
        ({"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_SIGNING_SECRET": "x"}, True, True, "SLACK_APP_TOKEN"),
    ],
)
def test_a_secret_of_slack_that_is_missing_is_named(
    environ: dict[str, str], configured: bool, socket: bool, missing: str | None
) -> None:
    settings = Settings.read({"SPORTELLO_HOME": str(HOME), **environ})
    if missing is None:
        assert settings.has_slack(configured, socket) is False
        return
    with pytest.raises(SettingsError, match=missing):
        settings.has_slack(configured, socket)


def test_slack_is_there_with_its_secrets() -> None:
    environ = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_SIGNING_SECRET": "hidden"}
    settings = Settings.read({"SPORTELLO_HOME": str(HOME), **environ})
    assert settings.has_slack(True, False)
    assert "xoxb" not in repr(settings)
    assert "hidden" not in repr(settings)
    assert settings.slack_api_url == "https://slack.com/api/"
    with pytest.raises(SettingsError, match="SLACK_API_URL"):
        Settings.read({"SPORTELLO_HOME": str(HOME), "SLACK_API_URL": "slack"})
