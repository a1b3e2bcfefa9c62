"""The firm's own settings: ``firm.yml``, read and checked with one message per mistake."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo, available_timezones

import phonenumbers
import yaml
from email_validator import EmailNotValidError, validate_email
from pydantic import BaseModel, Extra, Field, ValidationError, validator

LANGUAGES = ("it", "en")
Language = Literal["it", "en"]
IntakeField = Literal[
    "client_name",
    "client_form",
    "contact",
    "relation",
    "email",
    "phone",
    "service",
    "expectations",
    "deadline",
]


class FirmError(Exception):
    """``firm.yml`` can't be used; the message has one line per mistake."""


class _Part(BaseModel):
    class Config:
        extra = Extra.forbid
        allow_mutation = False
        anystr_strip_whitespace = True
        min_anystr_length = 1


class Texts(_Part):
    """One sentence or name in each language."""

    it: str
    en: str

    def in_language(self, language: str) -> str:
        """Return the English text for ``en`` and the Italian one otherwise."""
        return self.en if language == "en" else self.it


class Contact(_Part):
    """How people reach the firm."""

    email: str
    phone: str

    @validator("email")
    def _real_email(cls, value: str) -> str:
        return _email(value)


class Service(_Part):
    """Something that the firm offers, with the words that people use for it."""

    id: str = Field(regex=r"^[a-z][a-z0-9_]*$")
    name: Texts
    words: tuple[str, ...] = ()


class AskedField(_Part):
    """A question of the intake."""

    field: IntakeField
    required: bool


class Privacy(_Part):
    """What the visitor consents to, and whom to ask about it."""

    contact: str
    policy_url: str = Field(regex=r"^https?://")
    policy_version: str
    notice: Texts

    @validator("contact")
    def _real_contact(cls, value: str) -> str:
        return _email(value)


class Website(_Part):
    """Which pages carry the chat, and how much one visitor may say."""

    origins: tuple[str, ...] = ()
    messages_per_minute: int = Field(30, ge=1, le=10000)
    messages_per_minute_of_an_address: int = Field(120, ge=1, le=100000)
    sessions_per_hour_of_an_address: int = Field(30, ge=1, le=100000)

    @validator("origins", each_item=True)
    def _plain_origin(cls, value: str) -> str:
        if not re.fullmatch(r"https?://[a-z0-9.-]+(:\d{1,5})?", value):
            raise ValueError(
                f"{value!r} is not an origin; write it like https://www.example.it, "
                "in small letters and without a path"
            )
        return value


class Slack(_Part):
    """Who may use the assistant in Slack, and what it tells the firm there."""

    # Where Slack finds the assistant; not needed with mode: socket.
    address: str | None = Field(None, regex=r"^https://[^\s/]+$")
    mode: Literal["events", "socket"] = "events"
    workspaces: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    users: tuple[str, ...] = ()
    notify: str | None = None
    personal_data: bool = False
    digest_hour: int | None = Field(9, ge=0, le=23)

    @validator("workspaces", each_item=True)
    def _real_workspace(cls, value: str) -> str:
        return _slack_id(value, "TE", "workspace", "T0123ABCD")

    @validator("channels", each_item=True)
    def _real_channel(cls, value: str) -> str:
        return _slack_id(value, "CGD", "channel", "C0123ABCD")

    @validator("users", each_item=True)
    def _real_user(cls, value: str) -> str:
        return _slack_id(value, "UW", "user", "U0123ABCD")

    @validator("notify")
    def _real_notify(cls, value: str | None) -> str | None:
        return value and _slack_id(value, "CG", "channel", "C0123ABCD")


class Training(_Part):
    """How the staff practise."""

    questions: int = Field(5, ge=1, le=20)  # in a session, and the daily goal to begin with
    reminder_hour: int | None = Field(9, ge=0, le=23)  # in Slack, to begin with


class BackOffice(_Part):
    """Where staff reach the back office, and for how long they stay signed in."""

    # For links that leave it, such as those in calendars.
    address: str | None = Field(None, regex=r"^https://[^\s/]+$")
    idle_minutes: int = Field(30, ge=5, le=480)
    session_hours: int = Field(12, ge=1, le=24)


class RetentionDays(_Part):
    """After how many days data are deleted."""

    unfinished_intakes: int = Field(ge=1, le=3650)
    conversations: int = Field(ge=1, le=3650)
    closed_engagements: int = Field(ge=1, le=36500)
    training: int = Field(730, ge=1, le=36500)


class Firm(_Part):
    """The firm, as ``firm.yml`` describes it."""

    name: str
    languages: tuple[Language, ...]
    time_zone: str
    country: str
    office_hours: Texts
    contact: Contact
    services: tuple[Service, ...]
    serves_internal_clients: bool
    intake: tuple[AskedField, ...]
    reply_within_workdays: int = Field(ge=0, le=60)
    lead_days: int = Field(ge=0, le=365)
    privacy: Privacy
    website: Website = Website()
    slack: Slack | None = None
    training: Training = Training()
    back_office: BackOffice = BackOffice()
    retention_days: RetentionDays

    @validator("languages", "services")
    def _not_empty(cls, value: tuple[Any, ...]) -> tuple[Any, ...]:
        if not value:
            raise ValueError("write at least one")
        return value

    @validator("time_zone")
    def _known_zone(cls, value: str) -> str:
        if value not in available_timezones():
            raise ValueError(f"{value!r} is not a time zone; write one like Europe/Rome")
        return value

    @validator("country")
    def _known_country(cls, value: str) -> str:
        if value not in phonenumbers.SUPPORTED_REGIONS:
            raise ValueError(f"{value!r} is not a country; write two capitals, like IT")
        return value

    @validator("services")
    def _different_services(cls, value: tuple[Service, ...]) -> tuple[Service, ...]:
        return _without_repeats(value, "id", "service")

    @validator("intake")
    def _different_fields(cls, value: tuple[AskedField, ...]) -> tuple[AskedField, ...]:
        asked = {item.field for item in _without_repeats(value, "field", "field")}
        missing = {"client_name", "client_form"} - asked
        if missing:
            raise ValueError(f"every client needs {' and '.join(sorted(missing))}: add the line")
        optional = {item.field for item in value if not item.required}
        if optional & {"client_name", "client_form"}:
            raise ValueError("client_name and client_form can't be optional: write required: true")
        if not asked & {"email", "phone"}:
            raise ValueError("ask for email or phone, or nobody can answer the client")
        return value

    @property
    def zone(self) -> ZoneInfo:
        """The firm's time zone."""
        return ZoneInfo(self.time_zone)

    def offers(self, name: str) -> bool:
        """Tell whether a service of this name is the firm's; others are in a client's words."""
        return self.service_named(name) is not None

    def service_named(self, name: str) -> Service | None:
        """Return the service with this name in either language, if the firm offers it."""
        return next((s for s in self.services if name in (s.name.it, s.name.en)), None)

    def service(self, service_id: str) -> Service | None:
        """Return the service with this id, if the firm offers it."""
        return next((s for s in self.services if s.id == service_id), None)


def load_firm(path: Path) -> Firm:
    """Read and check ``firm.yml``.

    Raises:
        FirmError: the file is missing, is not YAML, or has mistakes (one line for each).
    """
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise FirmError(f"{path} is missing: copy the firm.yml of the project there.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise FirmError(f"{path} can't be read: {error}.") from error
    except yaml.YAMLError as error:
        raise FirmError(f"{path.name} is not valid YAML: {_one_line(error)}.") from error
    if not isinstance(content, dict):
        raise FirmError(f"{path.name} must hold settings, one `name: value` per line.")
    try:
        firm: Firm = Firm.parse_obj(content)
        return firm
    except ValidationError as error:
        lines = [
            f"{path.name}: {' → '.join(_place(part) for part in mistake['loc'])}: {mistake['msg']}"
            for mistake in error.errors()
        ]
        raise FirmError("\n".join(lines)) from None


def _slack_id(value: str, letters: str, noun: str, example: str) -> str:
    if not re.fullmatch(f"[{letters}][A-Z0-9]{{1,30}}", value):
        raise ValueError(f"{value!r} is not the id of a {noun} in Slack; it looks like {example}")
    return value


def _email(value: str) -> str:
    try:
        return str(validate_email(value, check_deliverability=False).normalized)
    except EmailNotValidError:
        raise ValueError(f"{value!r} is not an e-mail address") from None


def _without_repeats(items: tuple[Any, ...], attribute: str, noun: str) -> tuple[Any, ...]:
    names = [getattr(item, attribute) for item in items]
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"the {noun} {name!r} stands there twice")
    return items


def _place(part: int | str) -> str:
    # People count lines of a list from one.
    return f"no. {part + 1}" if isinstance(part, int) else str(part)


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
