"""The settings that come from the environment, read in this one place.

What belongs to the firm (its name, services, privacy) stands in ``firm.yml``: see ``actions.firm``.
"""

from __future__ import annotations

import base64
import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

ENVIRONMENTS = ("development", "production")
SHORTEST_SECRET = 32
SLACK_API_URL = "https://slack.com/api/"
PROJECT_FILES = ("config.yml", "domain.yml", "data")


class SettingsError(Exception):
    """A setting is missing or wrong; the message names it and says what would do."""


@dataclass(frozen=True)
class Settings:
    """Addresses, secrets and places, all resolved; see the README's table of settings."""

    home: Path
    var: Path
    firm_file: Path
    environment: str
    database_url: str
    redis_url: str | None
    duckling_url: str | None
    webhook_url: str | None
    webhook_secret: str | None = field(repr=False)
    bot_port: int
    action_port: int
    secret: str | None = field(repr=False, default=None)
    proxies: int = 0
    slack_bot_token: str | None = field(repr=False, default=None)
    slack_signing_secret: str | None = field(repr=False, default=None)
    slack_app_token: str | None = field(repr=False, default=None)
    slack_api_url: str = SLACK_API_URL
    office_port: int = 8000

    @property
    def models(self) -> Path:
        """Folder of the trained models."""
        return self.var / "models"

    @property
    def logs(self) -> Path:
        """Folder of the servers' and the training's logs."""
        return self.var / "log"

    @property
    def widget(self) -> Path:
        """Folder of the chat widget's files, which ``make widget`` builds from ``widget/``."""
        return self.home / "var" / "widget"

    @property
    def bot_url(self) -> str:
        """Address of the bot on this machine."""
        return f"http://127.0.0.1:{self.bot_port}"

    @property
    def action_url(self) -> str:
        """Address of the action server on this machine."""
        return f"http://127.0.0.1:{self.action_port}"

    @property
    def office_url(self) -> str:
        """Address of the back office on this machine."""
        return f"http://127.0.0.1:{self.office_port}"

    def has_slack(self, configured: bool, socket: bool) -> bool:
        """Tell whether there is a Slack to talk to.

        Args:
            configured: Whether ``firm.yml`` speaks of Slack.
            socket: Whether the firm has no public address.

        Raises:
            SettingsError: a secret is missing.
        """
        if self.slack_bot_token is None:
            if configured and self.environment == "production":
                raise SettingsError(
                    "firm.yml has a section slack, but SLACK_BOT_TOKEN is not set: set it, "
                    "or take the section out."
                )
            return False
        name = "SLACK_APP_TOKEN" if socket else "SLACK_SIGNING_SECRET"
        if (self.slack_app_token if socket else self.slack_signing_secret) is None:
            raise SettingsError(
                f"SLACK_BOT_TOKEN is set, but {name} is not: 'sportello slack manifest --help' "
                "tells where Slack shows it."
            )
        return True

    def signing_secret(self) -> bytes:
        """Return what sessions are signed with; in development drawn once and kept in ``var``.

        Raises:
            SettingsError: it is too short, or missing in production.
        """
        if self.secret is None and self.environment == "development":
            return _kept_secret(self.var / "secret")
        if self.secret is None or len(self.secret) < SHORTEST_SECRET:
            raise SettingsError(
                "SPORTELLO_SECRET is missing or too short: sessions are signed with it. "
                f"It needs at least {SHORTEST_SECRET} characters; 'openssl rand -hex 32' makes one."
            )
        return self.secret.encode()

    @classmethod
    def read(cls, environ: Mapping[str, str] | None = None) -> Settings:
        """Read the settings, from the process's environment unless told otherwise.

        Raises:
            SettingsError: a value is wrong, or the project's files are not where they should be.
        """
        env = os.environ if environ is None else environ
        home = _home(env)
        var = Path(env.get("SPORTELLO_VAR") or home / "var").absolute()
        environment = env.get("SPORTELLO_ENV") or "development"
        if environment not in ENVIRONMENTS:
            raise SettingsError(
                f"SPORTELLO_ENV is {environment!r}: use one of {', '.join(ENVIRONMENTS)}."
            )
        return cls(
            home=home,
            var=var,
            firm_file=Path(env.get("SPORTELLO_FIRM") or home / "firm.yml").absolute(),
            environment=environment,
            database_url=_database_url(env, var),
            redis_url=env.get("REDIS_URL") or None,
            duckling_url=env.get("DUCKLING_URL") or None,
            webhook_url=_webhook_url(env),
            webhook_secret=env.get("SPORTELLO_WEBHOOK_SECRET") or None,
            bot_port=_port(env, "SPORTELLO_BOT_PORT", 5005),
            action_port=_port(env, "SPORTELLO_ACTION_PORT", 5055),
            secret=env.get("SPORTELLO_SECRET") or None,
            proxies=_proxies(env, environment),
            slack_bot_token=env.get("SLACK_BOT_TOKEN") or None,
            slack_signing_secret=env.get("SLACK_SIGNING_SECRET") or None,
            slack_app_token=env.get("SLACK_APP_TOKEN") or None,
            slack_api_url=_slack_api_url(env),
            office_port=_port(env, "SPORTELLO_OFFICE_PORT", 8000),
        )


def encryption_keys(environ: Mapping[str, str] | None = None) -> tuple[bytes, ...]:
    """Return the keys of SPORTELLO_KEYS, the one that encrypts first; none where it is not set.

    Raises:
        SettingsError: a key is not one that `sportello keys new` prints.
    """
    listed = (os.environ if environ is None else environ).get("SPORTELLO_KEYS") or ""
    keys = tuple(key.strip().encode() for key in listed.split(",") if key.strip())
    for key in keys:
        try:
            fits = len(base64.urlsafe_b64decode(key)) == 32
        except ValueError:
            fits = False
        if not fits:
            raise SettingsError(
                "SPORTELLO_KEYS holds something that is no key: separate keys by commas, "
                "and make new ones with 'sportello keys new'."
            )
    return keys


def _home(env: Mapping[str, str]) -> Path:
    """Find the project's folder: the one named, the current one, or the one this file lies in."""
    named = env.get("SPORTELLO_HOME")
    candidates = [Path(named)] if named else [Path.cwd(), Path(__file__).parents[1]]
    for folder in candidates:
        if all((folder / name).exists() for name in PROJECT_FILES):
            return folder.absolute()
    raise SettingsError(
        f"No Sportello project in {candidates[0]}: run the command in the project's folder, "
        "or name that folder in SPORTELLO_HOME."
    )


def _database_url(env: Mapping[str, str], var: Path) -> str:
    url = env.get("DATABASE_URL")
    if not url:
        return f"sqlite:///{var / 'sportello.db'}"
    # Hosting services still hand out the scheme that SQLAlchemy dropped in 1.4.
    if url.startswith("postgres://"):
        url = "postgresql://" + url.removeprefix("postgres://")
    if not url.startswith(("postgresql", "sqlite")) or "://" not in url:
        raise SettingsError(
            "DATABASE_URL must start with postgresql:// or sqlite://, "
            "for example postgresql://sportello@127.0.0.1/sportello."
        )
    return url


def _webhook_url(env: Mapping[str, str]) -> str | None:
    url = env.get("SPORTELLO_WEBHOOK_URL")
    if not url:
        return None
    parts = urlsplit(url)
    near = parts.hostname in ("127.0.0.1", "localhost", "::1")
    if not parts.hostname or parts.scheme not in (("http", "https") if near else ("https",)):
        raise SettingsError("SPORTELLO_WEBHOOK_URL must be an https:// address.")
    if not env.get("SPORTELLO_WEBHOOK_SECRET"):
        raise SettingsError(
            "SPORTELLO_WEBHOOK_URL needs SPORTELLO_WEBHOOK_SECRET, with which messages are signed."
        )
    return url


def _slack_api_url(env: Mapping[str, str]) -> str:
    url = env.get("SLACK_API_URL") or SLACK_API_URL
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise SettingsError(f"SLACK_API_URL must be an address such as {SLACK_API_URL}.")
    return url.rstrip("/") + "/"


def _kept_secret(path: Path) -> bytes:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileExistsError):
            # The owner's alone from its first moment; who comes second reads what was first.
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w") as file:
                file.write(secrets.token_hex(32))
        return path.read_bytes()
    except OSError as error:
        raise SettingsError(f"{path} can't be written or read: {error}.") from None


def _proxies(env: Mapping[str, str], environment: str) -> int:
    text = env.get("SPORTELLO_PROXIES") or ("1" if environment == "production" else "0")
    if not text.isdecimal() or int(text) > 9:
        raise SettingsError(
            f"SPORTELLO_PROXIES is {text!r}: say how many proxies stand before the bot, 0 to 9."
        )
    return int(text)


def _port(env: Mapping[str, str], name: str, default: int) -> int:
    text = env.get(name) or str(default)
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise SettingsError(f"{name} is {text!r}: use a port number between 1 and 65535.")
    return int(text)
