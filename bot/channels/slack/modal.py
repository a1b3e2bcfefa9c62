"""The form «Nuova pratica»: a whole intake at once, by the rules of the dialogue."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from typing import Any

from actions.desk import Desk
from actions.logic.deadlines import in_words
from actions.logic.intake import deadlines_from_json
from actions.logic.references import new_reference
from actions.logic.workdays import add_workdays
from actions.store.intakes import CompletedIntake, submit_intake
from bot.channels.slack import blocks
from bot.channels.slack.incoming import NAMESPACE, conversation_of
from bot.channels.slack.people import Member
from bot.channels.slack.speaker import Speaker

CALLBACK = "new_intake"
CONSENT = "consent"
LANGUAGE = "client_language"
DAY = "deadline_day"
OTHER_SERVICE = "service_other"
ENTRY = "entry"
# What the intake takes down, and a little more: what is too long is said at its field.
LONGEST_INPUT = 3000
_CHOICES = ("client_form", "relation", "service")


def new_view(desk: Desk, speaker: Speaker) -> dict[str, Any]:
    """Return the empty form."""
    language = speaker.language
    shown: list[dict[str, Any]] = [
        blocks.section(desk.firm.privacy.notice.in_language(language)),
        _input(
            CONSENT,
            speaker("field_consent"),
            {
                "type": "checkboxes",
                "options": [blocks.option(speaker("consent_given"), "yes")],
            },
        ),
    ]
    for item in desk.firm.intake:
        if item.field != "relation" or desk.firm.serves_internal_clients:
            shown += _fields(desk, speaker, item.field, required=item.required)
    if len(desk.firm.languages) > 1:
        options = [blocks.option(speaker(f"language_{code}"), code) for code in desk.firm.languages]
        element = {"type": "static_select", "options": options, "initial_option": options[0]}
        shown.append(_input(LANGUAGE, speaker("field_language"), element))
    return {
        "type": "modal",
        "callback_id": CALLBACK,
        "title": blocks.plain(speaker("new_intake"), 24),
        "submit": blocks.plain(speaker("save"), 24),
        "close": blocks.plain(speaker("close"), 24),
        "blocks": shown,
    }


def stored_view(desk: Desk, speaker: Speaker, reference: str) -> dict[str, Any]:
    """Return what takes the form's place once the intake is stored."""
    day = add_workdays(desk.now().date(), desk.firm.reply_within_workdays)
    text = speaker("stored", reference=reference, day=in_words(day, None, speaker.language))
    return {
        "type": "modal",
        "title": blocks.plain(speaker("new_intake"), 24),
        "close": blocks.plain(speaker("close"), 24),
        "blocks": [blocks.section(text)],
    }


def read_form(
    desk: Desk, speaker: Speaker, view: Mapping[str, Any], now: dt.datetime
) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the answers of a form that was sent, and what is wrong by the field's block."""
    said = _said(view)
    language = said.get(LANGUAGE, desk.firm.languages[0])
    language = language if language in desk.firm.languages else desk.firm.languages[0]
    said["service"] = said.get(OTHER_SERVICE) or said.get("service", "")
    said["deadline"] = said.get("deadline") or said.get(DAY, "")
    answers, refused = desk.interview.fill_in(said, language, now)
    errors = {}
    for name, reply in refused.items():
        required = reply.response == "utter_error_required"
        errors[name] = speaker("required") if required else speaker.say(reply.response)
    if "service" in errors and said.get(OTHER_SERVICE):
        errors[OTHER_SERVICE] = errors.pop("service")
    if "deadline" in errors and said["deadline"] == said.get(DAY):
        errors[DAY] = errors.pop("deadline")
    if said.get(CONSENT) != "yes":
        errors[CONSENT] = speaker("required")
    return {**answers, LANGUAGE: language}, errors


def store(desk: Desk, member: Member, view_id: str, answers: Mapping[str, Any]) -> str:
    """Store the intake of a form and return its reference; the same form is stored once.

    Raises:
        sqlalchemy.exc.SQLAlchemyError: nothing was stored.
    """
    now = desk.now()
    language = answers[LANGUAGE]
    notice = desk.firm.privacy.notice.in_language(language)
    service = answers.get("service") or ""
    named = desk.choices["service"].get(service)
    return submit_intake(
        CompletedIntake(
            # A form is a conversation of its own: what is erased with it is that client's alone.
            conversation_id=conversation_of(member.team, member.id, view_id),
            run=f"{NAMESPACE}:{member.team}:{view_id}",
            channel=NAMESPACE,
            language=language,
            name=answers["client_name"],
            form=answers["client_form"],
            relation=answers.get("relation") or "external",
            contact_name=answers.get("contact"),
            email=answers.get("email"),
            phone=answers.get("phone"),
            service=named.name.in_language(desk.firm.languages[0]) if named else service or "–",
            expectations=tuple(answers.get("expectations") or ()),
            deadlines=tuple(deadlines_from_json(answers.get("deadline"))),
            lead_days=desk.firm.lead_days,
            today=now.date(),
            policy_version=desk.firm.privacy.policy_version,
            notice_hash=hashlib.sha256(notice.encode()).hexdigest(),
            consent_given_at=now,
            consent_given_by="button",
        ),
        sessions=desk.sessions,
        now=now,
        new_reference=new_reference,
    )


def text_view(callback: str, about: str, title: str, note: str, speaker: Speaker) -> dict[str, Any]:
    """Return a form with one text, about something."""
    return {
        "type": "modal",
        "callback_id": callback,
        "private_metadata": json.dumps({"about": about}),
        "title": blocks.plain(title, 24),
        "submit": blocks.plain(speaker("send"), 24),
        "close": blocks.plain(speaker("close"), 24),
        "blocks": [
            blocks.section(note),
            _input(ENTRY, speaker("your_answer"), _text_input(multiline=True)),
        ],
    }


def entry_of(view: Mapping[str, Any]) -> tuple[str, str]:
    """Return what a form with one text is about, and the text."""
    try:
        about = json.loads(view.get("private_metadata") or "{}").get("about")
    except (ValueError, AttributeError, TypeError):
        about = None
    return about if isinstance(about, str) else "", _said(view).get(ENTRY, "").strip()


def _fields(desk: Desk, speaker: Speaker, name: str, *, required: bool) -> list[dict[str, Any]]:
    label = desk.choices["change"][name].name.in_language(speaker.language)
    if name in _CHOICES:
        options = [
            blocks.option(choice.name.in_language(speaker.language), key)
            for key, choice in desk.choices[name].items()
        ]
        element: dict[str, Any] = {"type": "static_select", "options": options[: blocks.OPTIONS]}
        if name != "service":
            return [_input(name, label, element, optional=not required)]
        return [
            _input(name, label, element, optional=True),
            _input(OTHER_SERVICE, speaker("field_other_service"), _text_input(), optional=True),
        ]
    if name == "deadline":
        return [
            _input(DAY, label, {"type": "datepicker"}, optional=True),
            _input(
                name,
                speaker("field_deadline_words"),
                _text_input(),
                optional=True,
                hint=speaker("hint_deadline"),
            ),
        ]
    # Whether a contact is needed depends on the form of client.
    optional = not required or name == "contact"
    hint = speaker("hint_contact") if name == "contact" else None
    multiline = name == "expectations"
    return [_input(name, label, _text_input(multiline=multiline), optional=optional, hint=hint)]


def _text_input(*, multiline: bool = False) -> dict[str, Any]:
    return {"type": "plain_text_input", "multiline": multiline, "max_length": LONGEST_INPUT}


def _input(
    name: str,
    label: str,
    element: dict[str, Any],
    *,
    optional: bool = False,
    hint: str | None = None,
) -> dict[str, Any]:
    block = {
        "type": "input",
        "block_id": name,
        "label": blocks.plain(label, 200),
        "element": {**element, "action_id": name},
        "optional": optional,
    }
    return {**block, "hint": blocks.plain(hint, 200)} if hint else block


def _said(view: Mapping[str, Any]) -> dict[str, str]:
    """Return what stands in the fields of a form, whatever their kind."""
    state = view.get("state")
    values = state.get("values") if isinstance(state, Mapping) else None
    said: dict[str, str] = {}
    for block in values.values() if isinstance(values, Mapping) else ():
        for name, field in block.items() if isinstance(block, Mapping) else ():
            found = _value(field) if isinstance(field, Mapping) else None
            if isinstance(found, str):
                said[str(name)] = found.encode("utf-8", "replace").decode().replace("\0", "")
    return said


def _value(field: Mapping[str, Any]) -> Any:
    chosen = field.get("selected_option")
    if isinstance(chosen, Mapping):
        return chosen.get("value")
    several = field.get("selected_options")
    if isinstance(several, list):
        return several[0].get("value") if several and isinstance(several[0], Mapping) else None
    return field.get("selected_date") or field.get("value")
