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
    assert settings.redis_url is None


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
        ("SPORTELLO_HOME", "/nowhere"),
    ],
)
def test_a_wrong_setting_is_named(name: str, value: str) -> None:
    with pytest.raises(SettingsError) as mistake:
        Settings.read({"SPORTELLO_HOME": HOME, name: value})
    assert name in str(mistake.value)
    assert "\n" not in str(mistake.value)
