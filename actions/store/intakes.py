"""Writing a completed intake: all of it in one transaction, and the same run only once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, sessionmaker

from actions.logic.deadlines import Deadline as ReadDeadline
from actions.logic.workdays import warning_day
from actions.store.duplicates import find_duplicates
from actions.store.encryption import search_key
from actions.store.kept import forget_resumed
from actions.store.models import (
    AnswerChange,
    Client,
    Consent,
    Deadline,
    Engagement,
    Expectation,
    PossibleDuplicate,
)
from actions.store.notifications import enqueue
from actions.store.search import index_client

TRIES = 5
_CLIENT_COLUMNS = (
    "name",
    "form",
    "relation",
    "contact_name",
    "email",
    "phone",
    "email_key",
    "phone_key",
    "language",
)


@dataclass(frozen=True)
class Change:
    """An answer that the client changed before sending the intake, in words."""

    field: str
    old: str | None
    new: str | None
    at: dt.datetime


@dataclass(frozen=True)
class CompletedIntake:
    """What the client said and agreed to, ready to be stored."""

    conversation_id: str
    run: str
    channel: str
    language: str
    name: str
    form: str
    relation: str
    contact_name: str | None
    email: str | None
    phone: str | None
    service: str
    expectations: tuple[str, ...]
    deadlines: tuple[tuple[ReadDeadline, str | None], ...]
    lead_days: int
    today: dt.date
    policy_version: str
    notice_hash: str
    consent_given_at: dt.datetime
    consent_given_by: str = "words"
    changes: tuple[Change, ...] = ()

    @property
    def submission_key(self) -> str:
        """Names this run of the intake, wherever it is sent from: it is stored once."""
        return self.run


def submit_intake(
    intake: CompletedIntake,
    *,
    sessions: sessionmaker[Session],
    now: dt.datetime,
    new_reference: Callable[[], str],
) -> str:
    """Store a completed intake and return its reference, after the commit.

    The same run stored again, even by two processes at once, gives the same reference and no
    second row; where an answer was corrected since (the first time nobody heard that it was
    stored), the new ones count. A reference that is taken already is drawn again.

    Raises:
        sqlalchemy.exc.SQLAlchemyError: nothing was stored.
    """
    for attempt in range(1, TRIES + 1):
        with sessions() as session:
            stored = session.execute(
                sa.select(Engagement).where(Engagement.submission_key == intake.submission_key)
            ).scalar_one_or_none()
            if stored is not None:
                reference = str(stored.reference)
                _bring_up_to_date(session, stored, intake, now)
                forget_resumed(session, intake.run)
                session.commit()
                return reference
            reference = new_reference()
            engagement = _engagement(intake, reference, now)
            session.add(engagement)
            try:
                session.flush()
                forget_resumed(session, intake.run)
                index_client(session, engagement.client)
                _flag_duplicates(session, engagement)
                _notify(session, engagement, now)
                session.commit()
            except IntegrityError:
                # Another process stored this run, or the reference is taken: look again.
                if attempt == TRIES:
                    raise
                continue
            return reference
    raise AssertionError("the last attempt returns or raises")


def _bring_up_to_date(
    session: Session, stored: Engagement, intake: CompletedIntake, now: dt.datetime
) -> None:
    """Put in what was corrected after an answer to the first submission got lost.

    Not over what staff have corrected or merged meanwhile.
    """
    if len(stored.client.engagements) > 1 or any(change.changed_by for change in stored.changes):
        return
    new = _engagement(intake, stored.reference, now)
    if _content(new) == _content(stored):
        return
    for column in _CLIENT_COLUMNS:
        setattr(stored.client, column, getattr(new.client, column))
    stored.service = new.service
    stored.due_date = new.due_date
    for name in ("expectations", "deadlines", "changes"):
        for row in getattr(stored, name):
            session.delete(row)
        session.flush()
        rows = list(getattr(new, name))
        setattr(new, name, [])
        setattr(stored, name, rows)
    session.flush()
    index_client(session, stored.client)


def _content(engagement: Engagement) -> tuple[object, ...]:
    client = engagement.client
    return (
        *(getattr(client, column) for column in _CLIENT_COLUMNS),
        engagement.service,
        *(item.text for item in engagement.expectations),
        *((item.said, item.purpose, item.due_date, item.due_time) for item in engagement.deadlines),
    )


def _flag_duplicates(session: Session, engagement: Engagement) -> None:
    """Note for staff which clients may be the same; the client is told nothing of it."""
    session.add_all(
        PossibleDuplicate(engagement_id=engagement.id, other_client_id=other, reason=reason)
        for other, reason in find_duplicates(session, engagement.client)
    )


def _notify(session: Session, engagement: Engagement, now: dt.datetime) -> None:
    """Put a message for the outside into the same transaction; nothing personal leaves."""
    due = [deadline.due_date for deadline in engagement.deadlines if deadline.due_date]
    warned = [deadline.warn_on for deadline in engagement.deadlines if deadline.warn_on]
    payload = {
        "reference": engagement.reference,
        "service": engagement.service,
        "channel": engagement.channel,
        "language": engagement.client.language,
        "due_date": min(due).isoformat() if due else None,
        "warn_on": min(warned).isoformat() if warned else None,
    }
    enqueue(session, "intake", payload, now=now, engagement_id=engagement.id)


def find_reference(session: Session, submission_key: str) -> str | None:
    """Return the reference under which a run was stored, if it was."""
    reference: str | None = session.execute(
        sa.select(Engagement.reference).where(Engagement.submission_key == submission_key)
    ).scalar_one_or_none()
    return reference


def _engagement(intake: CompletedIntake, reference: str, now: dt.datetime) -> Engagement:
    client = Client(
        name=intake.name,
        form=intake.form,
        relation=intake.relation,
        contact_name=intake.contact_name,
        email=intake.email,
        phone=intake.phone,
        email_key=search_key(intake.email) if intake.email else None,
        phone_key=search_key(intake.phone) if intake.phone else None,
        language=intake.language,
        created_at=now,
        consents=[
            Consent(
                policy_version=intake.policy_version,
                notice_hash=intake.notice_hash,
                language=intake.language,
                channel=intake.channel,
                given_by=intake.consent_given_by,
                given_at=intake.consent_given_at,
            )
        ],
    )
    return Engagement(
        reference=reference,
        client=client,
        service=intake.service,
        status="new",
        channel=intake.channel,
        conversation_id=intake.conversation_id,
        submission_key=intake.submission_key,
        created_at=now,
        due_date=min((read.date for read, _ in intake.deadlines if read.date), default=None),
        expectations=[
            Expectation(position=position, text=text)
            for position, text in enumerate(intake.expectations, start=1)
        ],
        deadlines=[
            Deadline(
                position=position,
                said=deadline.said,
                purpose=purpose,
                kind=deadline.kind,
                due_date=deadline.date,
                due_time=deadline.time,
                warn_on=(
                    warning_day(deadline.date, intake.lead_days, intake.today)
                    if deadline.date
                    else None
                ),
            )
            for position, (deadline, purpose) in enumerate(intake.deadlines, start=1)
        ],
        changes=[
            AnswerChange(field=change.field, old=change.old, new=change.new, changed_at=change.at)
            for change in intake.changes
        ],
    )
