"""What staff does to requests, call-backs and clients, wherever they do it. Nothing here commits.

Each function locks what it changes until the caller's commit, so that of two who act at once the
second sees what the first did: that is what `ConflictError` tells. What was done is noted in the
audit, and shown on the card in Slack where there is one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from actions.logic.fields import (
    NAME_LENGTH,
    TEXT_LENGTH,
    FieldError,
    check_expectations,
    read_email,
    read_phone,
)
from actions.logic.wording import clean
from actions.logic.workdays import warning_day
from actions.store.audit import Staff, note
from actions.store.encryption import search_key, search_keys
from actions.store.lookups import PEOPLE, take_turn
from actions.store.models import (
    CALLBACK_STATUSES,
    FORMS,
    RELATIONS,
    STATUSES,
    AnswerChange,
    Callback,
    Client,
    Consent,
    Deadline,
    Engagement,
    Expectation,
    Note,
    OtherContact,
    PossibleDuplicate,
    SlackCard,
    SlackStep,
)
from actions.store.search import index_client

CLOSED = ("declined", "closed")
NOTE_LENGTH = 4000
TWICE = dt.timedelta(minutes=1)
MERGED_FIELDS = ("name", "form", "relation", "contact_name", "email", "phone", "language")
# The detail of a step on a card by which nobody is in charge any more.
GIVEN_BACK = "given_back"
# How staff in Slack is named outside Slack's own tables.
SLACK = "slack:"

# The fields of a correction as the intake calls them: a request's history knows these names.
_CLIENT_FIELDS = {
    "name": "client_name",
    "form": "client_form",
    "relation": "relation",
    "contact_name": "contact",
    "email": "email",
    "phone": "phone",
}


# What was and what is, by field as the history names it.
_Changes = dict[str, tuple[str | None, str | None]]


class ConflictError(Exception):
    """Somebody has changed it since it was shown, or it is gone; the caller rolls back."""


class RefusedError(Exception):
    """Something can't be done as it was asked for; ``code`` says why."""

    def __init__(
        self, field: str | None, code: str, also: Mapping[str | None, str] | None = None
    ) -> None:
        """Take the field that it is about, if any, the reason, and other fields with theirs.

        The reasons: ``missing``, ``long``, ``invalid``, ``unknown`` (no such choice or row),
        ``time_without_day``, ``unreachable`` (neither address nor number is left), ``same`` (a
        client can't be merged with itself).
        """
        super().__init__(f"{field}: {code}")
        self.field = field
        self.code = code
        self.all = {field: code, **(also or {})}


@dataclass(frozen=True)
class CorrectedDeadline:
    """A deadline as it should be; ``id`` is None for a new one, ``said`` counts for that alone."""

    id: int | None
    said: str
    purpose: str | None
    due_date: dt.date | None
    due_time: dt.time | None


@dataclass(frozen=True)
class Correction:
    """A request and its client as they should be, whole: what is the same is no change."""

    name: str
    form: str
    relation: str
    contact_name: str | None
    email: str | None
    phone: str | None
    service: str
    expectations: tuple[str, ...]
    deadlines: tuple[CorrectedDeadline, ...]


@dataclass(frozen=True)
class Candidate:
    """A client who may be the same as another one."""

    id: int
    version: int
    name: str
    form: str
    relation: str
    contact_name: str | None
    email: str | None
    phone: str | None
    language: str
    created_at: dt.datetime
    references: tuple[str, ...]


@dataclass(frozen=True)
class Pair:
    """Two clients who may be one, and why."""

    one: Candidate
    other: Candidate
    reasons: tuple[str, ...]


# Whose request it is, and where it stands ---------------------------------------------------------


def take(
    session: Session, engagement_id: int, staff: Staff, now: dt.datetime, *, in_slack: bool = False
) -> bool:
    """Put a member of staff in charge if nobody is; tell whether they are in charge now.

    Args:
        session: The caller commits.
        engagement_id: Which request.
        staff: Who; in Slack with ``slack:`` before team and member.
        now: The current moment.
        in_slack: Whether it is done on the card itself, which its caller then brings up to date.

    Raises:
        ConflictError: it is gone.
    """
    engagement = _locked(session, Engagement, engagement_id)
    if engagement.taken_by is not None:
        return bool(engagement.taken_by == staff.id)
    _put_in_charge(engagement, staff, now)
    note(session, staff, "take", now, about=("engagement", engagement_id))
    _mirror_engagement(session, engagement, "take", None, staff, now, in_slack)
    return True


def take_over(
    session: Session, engagement_id: int, staff: Staff, now: dt.datetime, *, version: int
) -> None:
    """Put a member of staff in charge in somebody else's place.

    Raises:
        ConflictError: it is not as it was shown any more.
    """
    engagement = _locked(session, Engagement, engagement_id, version)
    if engagement.taken_by == staff.id:
        return
    before = engagement.taken_name
    _put_in_charge(engagement, staff, now)
    note(session, staff, "take_over", now, about=("engagement", engagement_id), before=before)
    _mirror_engagement(session, engagement, "take", None, staff, now)


def give_back(
    session: Session, engagement_id: int, staff: Staff, now: dt.datetime, *, version: int
) -> None:
    """Put nobody in charge; a request that was only in charge is a new one again.

    Raises:
        ConflictError: it is not as it was shown any more.
    """
    engagement = _locked(session, Engagement, engagement_id, version)
    if engagement.taken_by is None:
        return
    before = engagement.taken_name
    engagement.taken_by = engagement.taken_name = engagement.taken_at = None
    if engagement.status == "in_charge":
        engagement.status = "new"
    note(session, staff, "give_back", now, about=("engagement", engagement_id), before=before)
    _mirror_engagement(session, engagement, "take", GIVEN_BACK, staff, now)


def set_status(
    session: Session,
    engagement_id: int,
    status: str,
    staff: Staff,
    now: dt.datetime,
    *,
    version: int | None = None,
    in_slack: bool = False,
) -> bool:
    """Give a request another status; who sets it in charge while nobody is takes it.

    A new one is nobody's.

    Args:
        session: The caller commits.
        engagement_id: Which request.
        status: One of `models.STATUSES`.
        staff: Who.
        now: The current moment.
        version: As it was shown; None where whoever comes last is right.
        in_slack: Whether it is done on the card itself.

    Raises:
        ConflictError: it is not as it was shown any more.
        RefusedError: there is no such status.
    """
    if status not in STATUSES:
        raise RefusedError("status", "unknown")
    engagement = _locked(session, Engagement, engagement_id, version)
    old, takes = engagement.status, status == "in_charge" and engagement.taken_by is None
    if status == old and not takes:
        return False
    if takes:
        _put_in_charge(engagement, staff, now)
    if status == "new":
        engagement.taken_by = engagement.taken_name = engagement.taken_at = None
    engagement.status = status
    engagement.closed_at = now if status in CLOSED else None
    about = ("engagement", engagement_id)
    note(session, staff, "set_status", now, about=about, old=old, new=status)
    if takes:
        note(session, staff, "take", now, about=about)
    _mirror_engagement(session, engagement, "status", status, staff, now, in_slack)
    return True


def set_callback(
    session: Session,
    callback_id: int,
    status: str,
    staff: Staff,
    now: dt.datetime,
    *,
    version: int | None,
    in_slack: bool = False,
) -> None:
    """Note that somebody was called back, or is to be called again.

    Args:
        session: The caller commits.
        callback_id: Which call-back.
        status: One of `models.CALLBACK_STATUSES`.
        staff: Who.
        now: The current moment.
        version: As it was shown; None where whoever comes last is right.
        in_slack: Whether it is done on the card itself.

    Raises:
        ConflictError: it is not as it was shown any more.
        RefusedError: there is no such status.
    """
    if status not in CALLBACK_STATUSES:
        raise RefusedError("status", "unknown")
    callback = _locked(session, Callback, callback_id, version)
    if callback.status == status:
        return
    done = status == "done"
    callback.status = status
    callback.handled_name = staff.name if done else None
    callback.handled_at = now if done else None
    action = "callback_done" if done else "callback_open"
    note(session, staff, action, now, about=("callback", callback_id))
    session.flush()
    card = _card_of(session, SlackCard.callback_id, callback_id)
    if card is None:
        return
    _set_card(session, card, outdated=not in_slack, status=status)
    if not in_slack:
        _add_step(session, card, callback.version, "status", status, staff, now)


def add_note(
    session: Session, engagement_id: int, text: str, staff: Staff, now: dt.datetime
) -> None:
    """Write something down about a request for colleagues; it never leaves the back office.

    What its author has just written word for word is the same form, sent twice.

    Raises:
        ConflictError: the request is gone.
        RefusedError: there is no text, or one of more than `NOTE_LENGTH` characters.
    """
    text = text.strip()
    if not text or len(text) > NOTE_LENGTH:
        raise RefusedError("text", "long" if text else "missing")
    _locked(session, Engagement, engagement_id)
    last = session.execute(
        sa.select(Note).where(Note.engagement_id == engagement_id).order_by(Note.id.desc()).limit(1)
    ).scalar_one_or_none()
    if last and (last.text, last.written_by) == (text, staff.id) and now - last.written_at < TWICE:
        return
    session.add(
        Note(
            engagement_id=engagement_id,
            text=text,
            written_by=staff.id,
            written_name=staff.name,
            written_at=now,
        )
    )
    note(session, staff, "add_note", now, about=("engagement", engagement_id))


# Corrections --------------------------------------------------------------------------------------


def correct(
    session: Session,
    engagement_id: int,
    correction: Correction,
    staff: Staff,
    now: dt.datetime,
    *,
    version: int,
    client_version: int,
    country: str,
    lead_days: int,
    today: dt.date,
) -> tuple[str, ...]:
    """Correct what was taken down; return the names of the fields that changed, as they stand here.

    What is not changed is not examined again, so that an old value keeps nobody from correcting
    another one. The history of the request tells of each change.

    Args:
        session: The caller commits.
        engagement_id: Which request.
        correction: How it should be.
        staff: Who.
        now: The current moment.
        version: The request's, as it was shown.
        client_version: Its client's, as it was shown.
        country: Two capitals; telephone numbers without a prefix belong to it.
        lead_days: How many days before something is due to warn.
        today: The day in the firm's time zone.

    Raises:
        ConflictError: the request or its client is not as it was shown any more.
        RefusedError: a field can't be so; nothing of the correction may be committed.
    """
    engagement = _locked(session, Engagement, engagement_id, version)
    client = _locked(session, Client, engagement.client_id, client_version)
    # Written at once, so that the versions count one change.
    with session.no_autoflush:
        changes = {
            **_correct_client(client, correction, country),
            **_correct_service(engagement, correction.service),
            **_correct_expectations(session, engagement, correction.expectations),
            **_correct_deadlines(session, engagement, correction.deadlines, lead_days, today),
        }
    of_client = bool(changes.keys() & set(_CLIENT_FIELDS.values()))
    if not changes:
        return ()
    session.add_all(
        _change(engagement_id, history, old, new, staff, now)
        for history, (old, new) in changes.items()
    )
    # What it shows has changed, also where no column of its own has.
    flag_modified(engagement, "service")
    names = {
        **{history: field for field, history in _CLIENT_FIELDS.items()},
        "deadline": "deadlines",
    }
    changed = tuple(names.get(history, history) for history in changes)
    note(session, staff, "correct", now, about=("engagement", engagement_id), fields=changed)
    session.flush()
    session.expire(engagement, ["expectations", "deadlines", "changes"])
    if of_client:
        # What is the client's by now is no other contact any more.
        keys = [
            k for contact in (client.email, client.phone) if contact for k in search_keys(contact)
        ]
        same = (OtherContact.client_id == client.id, OtherContact.contact_key.in_(keys))
        _bulk(session, sa.delete(OtherContact).where(*same))
        index_client(session, client)
    engagements = _engagements(session, Engagement.client_id == client.id)
    _outdate(session, engagements if of_client else {engagement_id})
    return changed


def _change(
    engagement_id: int,
    field: str,
    old: str | None,
    new: str | None,
    staff: Staff,
    now: dt.datetime,
) -> AnswerChange:
    """Return an entry of a request's history."""
    return AnswerChange(
        engagement_id=engagement_id,
        field=field,
        old=old,
        new=new,
        changed_at=now,
        changed_by=staff.name,
    )


def _correct_client(client: Any, correction: Correction, country: str) -> _Changes:
    changes = {}
    refused: dict[str | None, str] = {}
    for field, history in _CLIENT_FIELDS.items():
        old, new = getattr(client, field), _typed(getattr(correction, field))
        try:
            if new != old and (new := _read_field(field, new, country)) != old:
                setattr(client, field, new)
                changes[history] = (old, new)
        except RefusedError as error:
            refused[field] = error.code
    if refused:
        # All of them at once: nobody wants to be told of the second after mending the first.
        first, code = next(iter(refused.items()))
        raise RefusedError(first, code, refused)
    if not client.email and not client.phone and changes.keys() & {"email", "phone"}:
        raise RefusedError("email", "unreachable")
    if "email" in changes:
        client.email_key = search_key(client.email) if client.email else None
    if "phone" in changes:
        client.phone_key = search_key(client.phone) if client.phone else None
    return changes


def _correct_service(engagement: Any, wanted: str) -> _Changes:
    old, new = engagement.service, _typed(wanted)
    if new == old:
        return {}
    engagement.service = _read_name("service", new)
    return {"service": (old, engagement.service)}


def _typed(text: str | None) -> str | None:
    """Return what was typed into a field; nothing where there is nothing."""
    return clean(text or "") or None


def _read_field(field: str, value: str | None, country: str) -> str | None:
    if field in ("form", "relation"):
        if value not in (FORMS if field == "form" else RELATIONS):
            raise RefusedError(field, "unknown")
        return value
    if field == "name":
        return _read_name(field, value)
    if value is None:
        return None
    try:
        if field == "email":
            return read_email(value)
        if field == "phone":
            return read_phone(value, country)
    except FieldError:
        raise RefusedError(field, "invalid") from None
    return _read_name(field, value)


def _read_name(field: str, value: str | None) -> str:
    """Return a name as staff typed it: unlike a client they say nothing around it."""
    if value is None:
        raise RefusedError(field, "missing")
    if len(value) > NAME_LENGTH:
        raise RefusedError(field, "long")
    if sum(char.isalpha() for char in value) < 2:
        raise RefusedError(field, "invalid")
    return value


def _correct_expectations(session: Session, engagement: Any, wanted: Collection[str]) -> _Changes:
    rows = list(engagement.expectations)
    old, new = [row.text for row in rows], [text for item in wanted if (text := clean(item))]
    if new == [clean(text) for text in old]:
        return {}
    try:
        check_expectations(new)
    except FieldError as error:
        raise RefusedError("expectations", error.reason or "missing") from None
    for row, text in zip(rows, new):
        row.text = text
    for row in rows[len(new) :]:
        session.delete(row)
    last = rows[-1].position if rows else 0
    session.add_all(
        Expectation(engagement_id=engagement.id, position=position, text=text)
        for position, text in enumerate(new[len(rows) :], start=last + 1)
    )
    return {"expectations": ("; ".join(old) or None, "; ".join(new))}


def _correct_deadlines(
    session: Session,
    engagement: Any,
    wanted: Collection[CorrectedDeadline],
    lead_days: int,
    today: dt.date,
) -> _Changes:
    rows = {row.id: row for row in engagement.deadlines}
    kept = [item.id for item in wanted if item.id is not None]
    if len(set(kept)) < len(kept) or not rows.keys() >= set(kept):
        raise RefusedError("deadlines", "unknown")
    before = [_in_words(row) for row in rows.values()]
    after = []
    for position, item in enumerate(wanted, start=1):
        row = rows[item.id] if item.id is not None else _new_deadline(engagement, item)
        purpose = _typed(item.purpose)
        if len(purpose or "") > NAME_LENGTH:
            raise RefusedError("deadlines", "long")
        if item.due_time and not item.due_date:
            raise RefusedError("deadlines", "time_without_day")
        row.position, row.purpose, row.due_time = position, purpose, item.due_time
        if row.due_date != item.due_date:
            row.due_date = item.due_date
            # Words that no day belongs to any more are as good as vague.
            row.kind = "date" if item.due_date else "vague"
            # Of a day that is past nobody is warned.
            ahead = item.due_date if item.due_date and item.due_date >= today else None
            row.warn_on = ahead and warning_day(ahead, lead_days, today)
        session.add(row)
        after.append(row)
    for row in rows.values():
        if row not in after:
            session.delete(row)
    words = [_in_words(row) for row in after]
    if words == before:
        return {}
    engagement.due_date = min((row.due_date for row in after if row.due_date), default=None)
    return {"deadline": ("; ".join(before) or None, "; ".join(words) or None)}


def _new_deadline(engagement: Any, item: CorrectedDeadline) -> Any:
    # What staff add, nobody has said: there are no words of the client.
    said = _typed(item.said) or ""
    if not said and not item.due_date and not _typed(item.purpose):
        raise RefusedError("deadlines", "missing")
    if len(said) > TEXT_LENGTH:
        raise RefusedError("deadlines", "long")
    return Deadline(engagement_id=engagement.id, said=said, kind="vague")


def _in_words(deadline: Any) -> str:
    """Return a deadline as its change stands in the history, in no language."""
    parts = (
        deadline.purpose and f"{deadline.purpose}:",
        deadline.said and f"«{deadline.said}»",
        deadline.due_date and f"{deadline.due_date:%d.%m.%Y}",
        deadline.due_time and f"{deadline.due_time:%H:%M}",
    )
    return " ".join(part for part in parts if part)


# Clients who may be one ---------------------------------------------------------------------------


def merge_clients(
    session: Session,
    keep_id: int,
    drop_id: int,
    chosen: Mapping[str, int],
    staff: Staff,
    now: dt.datetime,
    *,
    versions: Mapping[int, int],
) -> None:
    """Make one client of two: the first has the requests and consents of both, the second goes.

    An e-mail address or telephone that is not chosen stays as another contact: who gave it finds
    their request with it, and somebody who gives it again is noticed. What else is not chosen stays
    in the history of the requests that had it.

    Args:
        session: The caller commits.
        keep_id: The client who stays.
        drop_id: The client who goes.
        chosen: For fields of `MERGED_FIELDS` the id of the client whose value stays; without one
            it is that of the client who stays.
        staff: Who.
        now: The current moment.
        versions: Of both clients, as they were shown.

    Raises:
        ConflictError: one of them is not as it was shown any more.
        RefusedError: there are no two, or the choice is none between them.
    """
    if keep_id == drop_id:
        raise RefusedError(None, "same")
    both = {keep_id, drop_id}
    for field, owner in chosen.items():
        if field not in MERGED_FIELDS or owner not in both:
            raise RefusedError(field, "unknown")
    take_turn(session, PEOPLE)
    # Requests before their clients, and in order, as everywhere here: nobody waits in a circle.
    _lock_engagements(session, Engagement.client_id.in_(both))
    clients = {
        number: _locked(session, Client, number, versions.get(number, 0)) for number in sorted(both)
    }
    keep, drop = clients[keep_id], clients[drop_id]
    taken = sorted(field for field, owner in chosen.items() if owner == drop_id)
    left = [getattr(keep if name in taken else drop, name) for name in ("email", "phone")]
    moved = _engagements(session, Engagement.client_id == drop_id)
    own = _engagements(session, Engagement.client_id == keep_id)
    for field, history in _CLIENT_FIELDS.items():
        old, new = (keep, drop) if field in taken else (drop, keep)
        values = getattr(old, field), getattr(new, field)
        if field not in ("email", "phone") and values[0] != values[1]:
            session.add_all(
                _change(engagement, history, *values, staff, now)
                for engagement in sorted(own if old is keep else moved)
            )
    for field in taken:
        setattr(keep, field, getattr(drop, field))
    keep.email_key = search_key(keep.email) if keep.email else None
    keep.phone_key = search_key(keep.phone) if keep.phone else None
    keep.created_at = min(keep.created_at, drop.created_at)
    flag_modified(keep, "name")
    session.flush()
    _bulk(
        session,
        sa.update(Engagement)
        .where(Engagement.client_id == drop_id)
        .values(client_id=keep_id, version=Engagement.version + 1),
    )
    _bulk(session, sa.update(Consent).where(Consent.client_id == drop_id).values(client_id=keep_id))
    pointing = _point_to(session, keep_id, drop_id)
    session.expire_all()
    _keep_contacts(session, keep, drop, left)
    session.delete(drop)
    session.flush()
    index_client(session, keep)
    about = ("client", keep_id)
    note(
        session,
        staff,
        "merge",
        now,
        about=about,
        dropped=drop_id,
        engagements=sorted(moved),
        fields=taken,
    )
    note(session, staff, "merge", now, about=("client", drop_id), into=keep_id)
    _outdate(session, _engagements(session, Engagement.client_id == keep_id) | pointing)


def _point_to(session: Session, keep_id: int, drop_id: int) -> set[int]:
    """Let hints at the client who goes point to the one who stays; return whose cards show them."""
    rows = session.execute(
        sa.select(PossibleDuplicate, Engagement.client_id)
        .join(Engagement, Engagement.id == PossibleDuplicate.engagement_id)
        .where(PossibleDuplicate.other_client_id.in_((keep_id, drop_id)))
        .order_by(PossibleDuplicate.id)
    ).all()
    there = {
        (row.engagement_id, row.reason): row for row, _ in rows if row.other_client_id == keep_id
    }
    for row, owner in rows:
        if owner == keep_id:
            session.delete(row)
        elif row.other_client_id == drop_id:
            same = there.get((row.engagement_id, row.reason))
            if same is None:
                row.other_client_id = keep_id
            else:
                # Whoever is not the one is not the other either, now that they are one.
                same.dismissed_at = same.dismissed_at or row.dismissed_at
                session.delete(row)
    session.flush()
    return {row.engagement_id for row, _ in rows}


def _keep_contacts(session: Session, keep: Any, drop: Any, left: Collection[str | None]) -> None:
    """Give the other contacts of both to the client who stays, each once."""
    known = {contact.casefold() for contact in (keep.email, keep.phone) if contact}
    for row in (*keep.other_contacts, *drop.other_contacts):
        if row.contact.casefold() in known:
            session.delete(row)
        row.client_id = keep.id
        known.add(row.contact.casefold())
    for contact in filter(None, left):
        if contact.casefold() not in known:
            known.add(contact.casefold())
            key = search_key(contact)
            session.add(OtherContact(client_id=keep.id, contact=contact, contact_key=key))
    session.flush()


def remove_contact(
    session: Session, client_id: int, contact_id: int, staff: Staff, now: dt.datetime
) -> bool:
    """Take away another contact that is not, or no more, a client's; tell whether it was there.

    Raises:
        ConflictError: there is no such client any more.
    """
    client = _locked(session, Client, client_id)
    gone = _bulk(
        session,
        sa.delete(OtherContact).where(
            OtherContact.id == contact_id, OtherContact.client_id == client_id
        ),
    )
    if gone:
        flag_modified(client, "name")
        session.flush()
        index_client(session, client)
        note(session, staff, "remove_contact", now, about=("client", client_id))
    return bool(gone)


def dismiss_duplicate(
    session: Session, one: int, other: int, staff: Staff, now: dt.datetime
) -> None:
    """Note that two clients are two, so that nobody is asked again."""
    _lock_engagements(session, Engagement.client_id.in_((one, other)))
    found = session.execute(
        sa.select(PossibleDuplicate.id, PossibleDuplicate.engagement_id)
        .join(Engagement, Engagement.id == PossibleDuplicate.engagement_id)
        .where(PossibleDuplicate.dismissed_at.is_(None), _between(one, other))
    ).all()
    hints = [row.id for row in found]
    if not _bulk(
        session,
        sa.update(PossibleDuplicate)
        .where(PossibleDuplicate.id.in_(hints))
        .values(dismissed_at=now),
    ):
        return
    note(session, staff, "not_duplicate", now, about=("client", one), other=other)
    _outdate(session, {row.engagement_id for row in found})


def possible_duplicates(session: Session, limit: int = 100) -> list[Pair]:
    """Return the pairs of clients that staff has not looked at, the newest first."""
    return _pairs(session, sa.true(), limit)


def duplicates_of(session: Session, client_id: int, limit: int = 100) -> list[Pair]:
    """Return the pairs that a client belongs to, with that client as the first of each."""
    return _pairs(session, _about(client_id), limit, first=client_id)


def hints_about(session: Session, client_id: int) -> list[int]:
    """Return the numbers of the hints behind `duplicates_of`: they tell whether it has changed."""
    hints = (
        sa.select(PossibleDuplicate.id)
        .join(Engagement, Engagement.id == PossibleDuplicate.engagement_id)
        .where(PossibleDuplicate.dismissed_at.is_(None), _about(client_id))
    )
    return list(session.scalars(hints.order_by(PossibleDuplicate.id)))


def _about(client_id: int) -> Any:
    return sa.or_(Engagement.client_id == client_id, PossibleDuplicate.other_client_id == client_id)


def _pairs(session: Session, condition: Any, limit: int, first: int | None = None) -> list[Pair]:
    mine, theirs = Engagement.client_id, PossibleDuplicate.other_client_id
    low = sa.case((mine < theirs, mine), else_=theirs)
    high = sa.case((mine < theirs, theirs), else_=mine)
    newest = session.execute(
        sa.select(low, high)
        .select_from(PossibleDuplicate)
        .join(Engagement, Engagement.id == PossibleDuplicate.engagement_id)
        .where(PossibleDuplicate.dismissed_at.is_(None), mine != theirs, condition)
        .group_by(low, high)
        .order_by(sa.func.max(PossibleDuplicate.id).desc())
        .limit(limit)
    ).all()
    found = _candidates(session, {number for pair in newest for number in pair})
    reasons: dict[tuple[int, int], set[str]] = {}
    for owner, other, reason in session.execute(
        sa.select(mine, theirs, PossibleDuplicate.reason)
        .join(Engagement, Engagement.id == PossibleDuplicate.engagement_id)
        .where(PossibleDuplicate.dismissed_at.is_(None), mine.in_(found), theirs.in_(found))
    ):
        reasons.setdefault((min(owner, other), max(owner, other)), set()).add(reason)
    pairs = []
    for pair in newest:
        one, other = sorted(pair, key=lambda number: (number != first, number))
        pairs.append(Pair(found[one], found[other], tuple(sorted(reasons[tuple(pair)]))))
    return pairs


def _candidates(session: Session, numbers: Collection[int]) -> dict[int, Candidate]:
    references: dict[int, list[str]] = {}
    for owner, reference in session.execute(
        sa.select(Engagement.client_id, Engagement.reference)
        .where(Engagement.client_id.in_(numbers))
        .order_by(Engagement.id)
    ):
        references.setdefault(owner, []).append(reference)
    return {
        client.id: Candidate(
            id=client.id,
            version=client.version,
            **{field: getattr(client, field) for field in MERGED_FIELDS},
            created_at=client.created_at,
            references=tuple(references.get(client.id, ())),
        )
        for client in session.execute(sa.select(Client).where(Client.id.in_(numbers))).scalars()
    }


def _between(one: int, other: int) -> Any:
    mine, theirs = Engagement.client_id, PossibleDuplicate.other_client_id
    return sa.or_(sa.and_(mine == one, theirs == other), sa.and_(mine == other, theirs == one))


# Shared -------------------------------------------------------------------------------------------


def _locked(session: Session, model: Any, number: int, version: int | None = None) -> Any:
    """Return a row as it is now, which nobody else changes before the caller's commit."""
    # An update that changes nothing locks on both databases; SQLite knows no other way.
    there = _bulk(
        session,
        sa.update(model)
        .where(model.id == number, sa.true() if version is None else model.version == version)
        .values(version=model.version),
    )
    if not there:
        raise ConflictError(f"{model.__tablename__} {number}")
    return session.get(model, number, populate_existing=True)


def _lock_engagements(session: Session, condition: Any) -> None:
    locked = sa.select(Engagement.id).where(condition).order_by(Engagement.id)
    session.execute(locked.with_for_update()).all()


def _bulk(session: Session, statement: Any) -> int:
    done = session.execute(statement.execution_options(synchronize_session=False))
    return int(done.rowcount)


def _engagements(session: Session, condition: Any) -> set[int]:
    return set(session.execute(sa.select(Engagement.id).where(condition)).scalars())


def _put_in_charge(engagement: Any, staff: Staff, now: dt.datetime) -> None:
    engagement.taken_by, engagement.taken_name, engagement.taken_at = staff.id, staff.name, now
    if engagement.taken_after is None:
        engagement.taken_after = max(0, int((now - engagement.created_at).total_seconds()))
    if engagement.status == "new":
        engagement.status = "in_charge"


# The card in Slack --------------------------------------------------------------------------------


def card_values(engagement: Any) -> dict[str, Any]:
    """Return what the card of a request holds of it: who is in charge, and the status."""
    taken_by = engagement.taken_by
    return {
        "taken_by": taken_by and taken_by.removeprefix(SLACK),
        "taken_name": engagement.taken_name,
        "taken_at": engagement.taken_at,
        "status": engagement.status,
    }


def _mirror_engagement(
    session: Session,
    engagement: Any,
    step: str,
    detail: str | None,
    staff: Staff,
    now: dt.datetime,
    in_slack: bool = False,
) -> None:
    session.flush()
    card = _card_of(session, SlackCard.engagement_id, engagement.id)
    if card is None:
        return
    _set_card(session, card, outdated=not in_slack, **card_values(engagement))
    if not in_slack:
        _add_step(session, card, engagement.version, step, detail, staff, now)


def _card_of(session: Session, column: Any, owner: int) -> int | None:
    found: int | None = session.execute(
        sa.select(SlackCard.id).where(column == owner)
    ).scalar_one_or_none()
    return found


def _set_card(session: Session, card_id: int, *, outdated: bool, **values: Any) -> None:
    if outdated:
        # Written even where it seems to be so already: somebody may be clearing it just now.
        values["outdated"] = True
    _bulk(session, sa.update(SlackCard).where(SlackCard.id == card_id).values(**values))
    session.get(SlackCard, card_id, populate_existing=True)


def _outdate(session: Session, engagements: Collection[int]) -> None:
    cards = sa.select(SlackCard.id).where(SlackCard.engagement_id.in_(engagements))
    # In order, as the loop that brings them up to date goes through them.
    found = session.execute(cards.order_by(SlackCard.id).with_for_update()).scalars().all()
    _bulk(session, sa.update(SlackCard).where(SlackCard.id.in_(found)).values(outdated=True))


def _add_step(
    session: Session,
    card_id: int,
    version: int,
    step: str,
    detail: str | None,
    staff: Staff,
    now: dt.datetime,
) -> None:
    session.add(
        SlackStep(
            # Each change counts the version up by one.
            key=f"office:{card_id}:{version}",
            card_id=card_id,
            step=step,
            member=staff.id[:80],
            name=staff.name,
            detail=detail,
            done_at=now,
        )
    )
    session.flush()
