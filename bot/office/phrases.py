"""What the templates may call: words, moments, names of fields, the menu, the form's token."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

import jinja2
from jinja2.environment import Environment
from markupsafe import Markup
from phonenumbers import NumberParseException
from sqladmin import Admin
from starlette.requests import Request

from actions.logic.fields import spoken_phone
from bot.data_check import LEAST
from bot.office.desk import OfficeDesk
from bot.office.pages import may, words_of
from bot.office.words import Words

# How the form of the intake calls what the tables call otherwise.
FIELDS = {"name": "client_name", "form": "client_form", "contact_name": "contact"}

# Pages of one thing, and the place in the menu to which they belong.
PLACES = {"/intakes/": "/inbox", "/duplicates": "/clients", "/drafts/": "/questions"}


def add_phrases(environment: Environment, office: OfficeDesk, admin: Admin) -> None:
    """Put everything that templates may call into their environment."""
    for function in (
        *(t, w, csrf, moment, moment_of_text, channel, field, phone, reach, details, spoken),
        *(menu, may_here, day_of, audit_actions, same_list, service),
    ):
        environment.globals[getattr(function, "called", function.__name__)] = function
    environment.globals.update(office=office, firm=office.firm, admin=admin, least=LEAST)


def _request(context: Any) -> Request:
    request: Request = context["request"]
    return request


@jinja2.pass_context
def t(context: Any, name: str, /, **values: object) -> str:
    """Return a text of ``data/office.yml``."""
    return words_of(_request(context))(name, **values)


@jinja2.pass_context
def w(context: Any) -> Words:
    """Return the words, for days and numbers."""
    return words_of(_request(context))


@jinja2.pass_context
def csrf(context: Any) -> Markup:
    """Return the hidden field without which no form is taken."""
    return Markup('<input type="hidden" name="csrf" value="{}">').format(
        _request(context).state.csrf
    )


@jinja2.pass_context
def moment(context: Any, value: dt.datetime) -> str:
    """Return a moment in the firm's time zone: «3 nov 2026, 14:30»."""
    local = value.astimezone(context["firm"].zone)
    words = words_of(_request(context))
    return f"{words.day(local.date())}, {words.time(local)}"


@jinja2.pass_context
def day_of(context: Any, value: dt.datetime) -> str:
    """Return the day of a moment in the firm's time zone."""
    return words_of(_request(context)).day(value.astimezone(context["firm"].zone).date())


@jinja2.pass_context
def moment_of_text(context: Any, value: str) -> str:
    """Return a moment that is written as ISO 8601."""
    return str(moment(context, dt.datetime.fromisoformat(value)))


@jinja2.pass_context
def channel(context: Any, name: str) -> str:
    """Return what people call a channel; one that we do not know goes by its own name."""
    return words_of(_request(context)).channel(name)


@jinja2.pass_context
def field(context: Any, name: str) -> str:
    """Return what people call a field of the intake or of a table."""
    words = words_of(_request(context))
    if f"field_{name}" in words:
        return words(f"field_{name}")
    options = context["office"].desk.choices["change"]
    option = options.get(FIELDS.get(name, name))
    return str(option.name.in_language(words.language)) if option else name


@jinja2.pass_context
def spoken(context: Any, name: str, value: Any) -> str:
    """Return an answer of the intake, as its slot holds it, as people read it."""
    words = words_of(_request(context))
    if isinstance(value, str):
        option = context["office"].desk.choices.get(name, {}).get(value)
        return str(option.name.in_language(words.language)) if option else value
    if isinstance(value, Mapping):
        return str(value.get("said") or value.get("date") or "")
    if isinstance(value, list):
        return "; ".join(spoken(context, name, each) for each in value)
    return str(value)


@jinja2.pass_context
def service(context: Any, stored: str) -> str:
    """Return a service in the reader's language; what the firm does not offer, as it is stored."""
    found = context["firm"].service_named(stored)
    return found.name.in_language(words_of(_request(context)).language) if found else stored


def phone(number: str) -> str:
    """Return a telephone number as people write it; what is none stays as it is."""
    try:
        return spoken_phone(number)
    except NumberParseException:
        return number


def reach(contact: str) -> str:
    """Return the link that writes to an e-mail address or calls a number."""
    kind, mark = ("mailto", "@") if "@" in contact else ("tel", "+")
    return f"{kind}:{quote(contact, safe=mark)}"


@jinja2.pass_context
def details(context: Any, entry: Any) -> str:
    """Return what else an entry of the audit tells, on one line."""
    found = json.loads(entry.detail) if entry.detail else {}
    words = words_of(_request(context))

    def told(value: Any) -> str:
        if isinstance(value, list):
            return ", ".join(field(context, str(each)) for each in value)
        if isinstance(value, Mapping):
            return ", ".join(f"{column(name)}: {told(each)}" for name, each in value.items())
        known = (
            f"{family}_{value}" for family in ("status", "role", "tab", "due", "channel", "limit")
        )
        return next((words(name) for name in known if name in words), str(value))

    def column(name: str) -> str:
        return words(f"column_{name}") if f"column_{name}" in words else field(context, name)

    if isinstance(number := found.pop("number", None), int):
        found["number"] = words.counted("entries", number)
    if {"old", "new"} == set(found):
        return " → ".join(map(told, found.values()))
    # What was not so need not be told; of what was, its name is all there is to tell.
    parts = {name: value for name, value in found.items() if value not in (False, None, [])}

    def part(name: str, value: Any) -> str:
        if value is True:
            return words(name)
        if f"detail_{name}" in words:
            numbers = value if isinstance(value, list) else [value]
            return words(f"detail_{name}", value=", ".join(map(str, numbers)))
        return told(value)

    return "; ".join(part(name, value) for name, value in parts.items())


@jinja2.pass_context
def audit_actions(context: Any) -> list[str]:
    """Return what the audit may tell of, by the alphabet of the reader's language."""
    words = words_of(_request(context))
    names = {name.removeprefix("audit_") for name in words if name.startswith("audit_")}
    return sorted(names - {"text", "who"}, key=lambda name: words(f"audit_{name}"))


@jinja2.pass_context
def same_list(context: Any, **changes: object) -> str:
    """Return the address of the list at hand with some things asked otherwise."""
    asked = {**_request(context).query_params, **changes}
    return f"?{urlencode({name: value for name, value in asked.items() if value})}"


@jinja2.pass_context
def menu(context: Any) -> list[dict[str, Any]]:
    """Return the places in the menu that whoever asks may see, and which of them is open."""
    request = _request(context)
    path = request.url.path
    place = next((PLACES[part] for part in PLACES if path.startswith(part)), path)

    def current(there: str) -> str:
        if path == there:
            return "page"
        return "true" if place == there or place.startswith(f"{there}/") else ""

    return [
        {
            "name": view.name,
            "path": view.path,
            "current": current(view.path),
        }
        for view in context["admin"].views
        if view.path and view.is_accessible(request)
    ]


@jinja2.pass_context
def may_here(context: Any, role: str) -> bool:
    """Tell whether whoever asks has a role, or a higher one."""
    return may(_request(context), role)


may_here.called = "may"  # type: ignore[attr-defined]
