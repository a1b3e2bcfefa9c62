"""One request: everything that is known of it, and what staff can do with it."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from actions.store import audit, casework
from actions.store.casework import (
    ConflictError,
    CorrectedDeadline,
    Correction,
    RefusedError,
)
from actions.store.models import FORMS, RELATIONS, STATUSES, AuditEntry, Engagement
from actions.store.privacy import messages_of
from bot.office.guard import BACKGROUND, fingerprint
from bot.office.pages import (
    Page,
    View,
    account_of,
    as_number,
    can_be_meant,
    go_to,
    number_of,
    page,
    posted,
    words_of,
)
from bot.office.words import Words

MOST_OF_A_LIST = 50
LOOKS = ("read", "refresh", "print")


class Intakes(View):
    """The pages of one request; the inbox leads there."""

    name = "intakes"

    @page("/intakes/{id}")
    def intake(self, request: Request) -> Page | Response:
        """Show a request with its conversation; that it was read is noted first."""
        with self.office.sessions() as session:
            engagement = self._engagement(session, request)
            print_now = _fingerprint(session, engagement)
            if request.headers.get("x-seen") == print_now:
                return Response(status_code=204)
            # A page that stands open renews itself, whether or not anybody looks at it.
            alone = BACKGROUND in request.headers
            action = "refresh" if alone else "read"
            values = self._file(session, engagement, request, action)
        return Page("intake.html", {**values, "fingerprint": print_now})

    @page("/intakes/{id}/print")
    def print_view(self, request: Request) -> Page:
        """Show a request as it is printed."""
        with self.office.sessions() as session:
            values = self._file(session, self._engagement(session, request), request, "print")
        return Page("print.html", {**values, "printed_at": self.office.now()})

    @page("/intakes/{id}/edit", needs="staff")
    def edit(self, request: Request) -> Page | Response:
        """Show the form that corrects a request."""
        with self.office.sessions() as session:
            engagement = self._engagement(session, request)
            print_now = fingerprint(f"{engagement.version} {engagement.client.version}")
            if request.headers.get("x-seen") == print_now:
                return Response(status_code=204)
            alone = BACKGROUND in request.headers
            action = "refresh" if alone else "read"
            self.note(session, request, action, ("engagement", engagement.id))
            session.commit()
            values = self._form(engagement, _as_typed(engagement))
        return Page("edit.html", {**values, "fingerprint": print_now})

    @page("/intakes/{id}/edit", needs="staff", method="POST")
    def save(self, request: Request) -> Page | Response:
        """Correct a request; what somebody else has changed meanwhile is shown, not overwritten."""
        number, form = number_of(request, "id"), request.state.form
        version, client_version = (as_number(form.get(n)) for n in ("version", "client_version"))
        words = words_of(request)
        typed = _typed(form)
        try:
            correction = _correction(typed, form.get("deadline_remove[]", ()))
            with self.office.sessions() as session:
                self._engagement(session, request)
                changed = casework.correct(
                    session,
                    number,
                    correction,
                    account_of(request).staff,
                    self.office.now(),
                    version=version,
                    client_version=client_version,
                    lead_days=self.office.firm.lead_days,
                    country=self.office.firm.country,
                    today=self.office.today(),
                )
                session.commit()
        except ConflictError:
            return self._conflict(request, typed)
        except RefusedError as refused:
            with self.office.sessions() as session:
                engagement = self._engagement(session, request)
                values = self._form(engagement, typed, form)
            problems = {
                field or "": _sentence(field, code, words) for field, code in refused.all.items()
            }
            return Page("edit.html", {**values, "problems": problems, "fingerprint": ""}, 422)
        return go_to(f"/intakes/{number}", "corrected" if changed else "unchanged")

    @page("/intakes/{id}/take", needs="staff", method="POST")
    def take(self, request: Request) -> Response:
        """Take a request in charge, unless somebody has."""
        number = number_of(request, "id")
        with self.office.sessions() as session:
            self._engagement(session, request)
            taken = casework.take(session, number, account_of(request).staff, self.office.now())
            session.commit()
        return go_to(f"/intakes/{number}", "taken" if taken else "taken_by_other")

    @page("/intakes/{id}/take-over", needs="staff", method="POST")
    def take_over(self, request: Request) -> Response:
        """Take a request in charge that is somebody else's."""
        return self._change(request, casework.take_over, "taken")

    @page("/intakes/{id}/give-back", needs="staff", method="POST")
    def give_back(self, request: Request) -> Response:
        """Leave a request to whoever takes it next."""
        return self._change(request, casework.give_back, "given_back")

    @page("/intakes/{id}/status", needs="staff", method="POST")
    def set_status(self, request: Request) -> Response:
        """Give a request another status."""
        status = posted(request, "status")
        if status not in STATUSES:
            raise HTTPException(400)

        def change(session: Session, number: int, *args: Any, version: int) -> bool:
            return casework.set_status(session, number, status, *args, version=version)

        return self._change(request, change, "status")

    @page("/intakes/{id}/notes", needs="staff", method="POST")
    def add_note(self, request: Request) -> Page | Response:
        """Add a note for colleagues."""
        number = number_of(request, "id")
        try:
            with self.office.sessions() as session:
                self._engagement(session, request)
                casework.add_note(
                    session,
                    number,
                    posted(request, "text").replace("\r\n", "\n"),
                    account_of(request).staff,
                    self.office.now(),
                )
                session.commit()
        except RefusedError as refused:
            with self.office.sessions() as session:
                engagement = self._engagement(session, request)
                values = self._file(session, engagement, request, "read")
            problem = _sentence(refused.field, refused.code, words_of(request))
            values |= {"note_problem": problem, "note_typed": posted(request, "text")}
            # Under this address there is no page that could be asked for again.
            return Page("intake.html", {**values, "fingerprint": ""}, 422)
        return go_to(f"/intakes/{number}#notes")

    def _change(self, request: Request, change: Any, done: str) -> Response:
        number = number_of(request, "id")
        try:
            with self.office.sessions() as session:
                self._engagement(session, request)
                changed = change(
                    session,
                    number,
                    account_of(request).staff,
                    self.office.now(),
                    version=as_number(request.state.form.get("version")),
                )
                session.commit()
        except ConflictError:
            return go_to(f"/intakes/{number}", "conflict")
        return go_to(f"/intakes/{number}", "unchanged" if changed is False else done)

    def _conflict(self, request: Request, typed: Mapping[str, Any]) -> Page:
        """Show what was typed beside what is stored by now; saving again is a new decision."""
        with self.office.sessions() as session:
            engagement = self._engagement(session, request)
            self.note(session, request, "read", ("engagement", engagement.id))
            session.commit()
            stored = _as_typed(engagement)
            typed = _joined(_base(request.state.form), typed, stored)
            removed = request.state.form.get("deadline_remove[]", ())
            values = {**self._form(engagement, typed), "removed": removed}
            last = session.execute(
                sa.select(AuditEntry)
                .where(
                    AuditEntry.subject == "engagement",
                    AuditEntry.subject_id == engagement.id,
                    AuditEntry.action.not_in(LOOKS),
                )
                .order_by(AuditEntry.id.desc())
                .limit(1)
            ).scalar_one_or_none()
            conflict = {
                "name": last.name if last else None,
                "at": last.at if last else None,
                "fields": _differences(typed, stored),
            }
        return Page("edit.html", {**values, "conflict": conflict, "fingerprint": ""}, 409)

    def _engagement(self, session: Session, request: Request) -> Any:
        engagement = session.get(Engagement, number_of(request, "id"))
        if engagement is None:
            raise HTTPException(404)
        return engagement

    def _file(
        self, session: Session, engagement: Any, request: Request, action: str
    ) -> dict[str, Any]:
        """Return everything about a request for a page, once it is noted that it is read."""
        self.note(session, request, action, ("engagement", engagement.id))
        session.commit()
        client = engagement.client
        conversation = engagement.conversation_id
        entries = audit.entries_about(session, "engagement", engagement.id)
        return {
            "title": engagement.reference,
            "engagement": engagement,
            "client": client,
            "contacts": list(client.other_contacts),
            "expectations": [item.text for item in engagement.expectations],
            "deadlines": list(engagement.deadlines),
            "consents": list(client.consents),
            "changes": list(engagement.changes),
            "notes": list(engagement.notes),
            "duplicates": casework.duplicates_of(session, client.id),
            "history": [entry for entry in entries if entry.action not in LOOKS],
            "looks": [entry for entry in entries if entry.action in LOOKS],
            "others": [other for other in client.engagements if other.id != engagement.id],
            "messages": list(messages_of(session, conversation)),
            "today": self.office.today(),
            "statuses": STATUSES,
            "closed": casework.CLOSED,
            "note_problem": None,
            "note_typed": "",
        }

    def _form(
        self, engagement: Any, typed: Mapping[str, Any], sent: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """Return what the form shows; a refused one keeps the versions that it came with."""
        return {
            "title": engagement.reference,
            "engagement": engagement,
            "version": sent["version"] if sent else engagement.version,
            "client_version": sent["client_version"] if sent else engagement.client.version,
            "typed": typed,
            "removed": sent.get("deadline_remove[]", ()) if sent else (),
            # What the form began with: what differs from it was changed here, the rest elsewhere.
            "base": sent.get("base", "") if sent else json.dumps(_as_typed(engagement)),
            "forms": FORMS,
            "relations": RELATIONS,
            "services": [
                s.name.in_language(engagement.client.language) for s in self.office.firm.services
            ],
            "problems": {},
            "conflict": None,
        }


def _fingerprint(session: Session, engagement: Any) -> str:
    last = session.execute(
        sa.select(sa.func.max(AuditEntry.id)).where(
            AuditEntry.subject == "engagement",
            AuditEntry.subject_id == engagement.id,
            # That somebody looks at it changes nothing.
            AuditEntry.action.not_in(LOOKS),
        )
    ).scalar()
    client = engagement.client
    others = sorted((other.id, other.status) for other in client.engagements)
    alike = casework.hints_about(session, client.id)
    return fingerprint(f"{engagement.version} {client.version} {last} {others} {alike}")


def _as_typed(engagement: Any) -> dict[str, Any]:
    """Return a request as its form shows it."""
    client = engagement.client
    return {
        "name": client.name,
        "form": client.form,
        "relation": client.relation,
        "contact_name": client.contact_name or "",
        "email": client.email or "",
        "phone": client.phone or "",
        "service": engagement.service,
        "expectations": "\n".join(item.text for item in engagement.expectations),
        "deadlines": [
            {
                "id": str(item.id),
                "said": item.said,
                "purpose": item.purpose or "",
                "due_date": item.due_date.isoformat() if item.due_date else "",
                "due_time": item.due_time.isoformat("minutes") if item.due_time else "",
            }
            for item in engagement.deadlines
        ],
    }


def _typed(form: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was typed into the form."""
    simple = ("name", "form", "relation", "contact_name", "email", "phone", "service")
    parts = ("id", "said", "purpose", "due_date", "due_time")
    columns = [[text.strip() for text in form.get(f"deadline_{part}[]", [])] for part in parts]
    return {
        **{name: str(form.get(name, "")).strip() for name in simple},
        "expectations": str(form.get("expectations", "")).replace("\r\n", "\n").strip(),
        "deadlines": [dict(zip(parts, values)) for values in zip(*columns) if any(values[1:])],
    }


def _correction(typed: Mapping[str, Any], removed: Collection[str]) -> Correction:
    """Return what was typed as values, without the deadlines that are to go.

    Raises:
        RefusedError: a day or time is none, or there are too many of something.
    """
    expectations = tuple(_filled(typed["expectations"].split("\n")))
    for name, items in (("expectations", expectations), ("deadlines", typed["deadlines"])):
        if len(items) > MOST_OF_A_LIST:
            raise RefusedError(name, "many")
    return Correction(
        name=typed["name"],
        form=typed["form"],
        relation=typed["relation"],
        contact_name=typed["contact_name"] or None,
        email=typed["email"] or None,
        phone=typed["phone"] or None,
        service=typed["service"],
        expectations=expectations,
        deadlines=tuple(
            CorrectedDeadline(
                id=as_number(deadline["id"]) if deadline["id"] else None,
                said=deadline["said"],
                purpose=deadline["purpose"] or None,
                due_date=_read(_day, deadline["due_date"]),
                due_time=_read(dt.time.fromisoformat, deadline["due_time"]),
            )
            for deadline in typed["deadlines"]
            if not deadline["id"] or deadline["id"] not in removed
        ),
    )


def _read(read: Any, text: str) -> Any:
    try:
        return read(text) if text else None
    except ValueError:
        raise RefusedError("deadlines", "date") from None


def _day(text: str) -> dt.date:
    day = dt.date.fromisoformat(text)
    if not can_be_meant(day):
        raise ValueError
    return day


def _sentence(field: str | None, code: str, words: Words) -> str:
    """Return why something was refused; of some fields there is more to say."""
    name = f"refused_{field}_{code}"
    return words(name if name in words else f"refused_{code}")


def _filled(texts: Sequence[str]) -> list[str]:
    return [text.strip() for text in texts if text.strip()]


def _base(form: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what the form began with; nothing where that is not told, or not as we send it."""
    try:
        base = json.loads(form.get("base", ""))
        known = all(isinstance(each["id"], str) for each in base["deadlines"])
    except (ValueError, TypeError, KeyError):
        return {}
    return base if known else {}


def _joined(
    base: Mapping[str, Any], typed: Mapping[str, Any], stored: Mapping[str, Any]
) -> dict[str, Any]:
    """Return what was typed with what a colleague changed where nothing was typed."""
    joined = {
        name: stored[name] if name in base and value == base[name] else value
        for name, value in typed.items()
    }
    if base:
        joined["deadlines"] = _joined_deadlines(
            *(fields["deadlines"] for fields in (base, typed, stored))
        )
    return joined


def _joined_deadlines(
    base: Sequence[Mapping[str, str]],
    typed: Sequence[Mapping[str, str]],
    stored: Sequence[Mapping[str, str]],
) -> list[Mapping[str, str]]:
    """Return the deadlines that were typed, with those that a colleague added or took away."""
    before, now = ({each["id"]: each for each in some} for some in (base, stored))
    joined: list[Mapping[str, str]] = []
    for each in typed:
        untouched = each == before.get(each["id"])
        if each["id"] in now:
            joined.append(now[each["id"]] if untouched else each)
        elif not untouched:
            # Changed here and gone there: it can only be a new one.
            joined.append({**each, "id": ""})
    mine = {each["id"] for each in typed}
    return [*joined, *(each for number, each in now.items() if number not in mine | before.keys())]


def _differences(typed: Mapping[str, Any], stored: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return the fields in which two forms differ, as texts."""

    def text(value: Any) -> str:
        if isinstance(value, list):
            return "\n".join(
                " ".join(filter(None, (d["due_date"], d["due_time"], d["said"], d["purpose"])))
                for d in value
            )
        return str(value)

    return [
        {"field": name, "typed": text(typed[name]), "stored": text(stored[name])}
        for name in stored
        if text(typed[name]) != text(stored[name])
    ]
