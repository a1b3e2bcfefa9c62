"""Writing a completed intake: all of it in one transaction, and the same run only once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, sessionmaker

from actions.logic.deadlines import Deadline as ReadDeadline
from actions.store.models import Client, Consent, Deadline, Engagement, Expectation

TRIES = 5


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
    deadline: ReadDeadline
    policy_version: str
    notice_hash: str
    consent_given_at: dt.datetime

    @property
    def submission_key(self) -> str:
        """Names this run of the intake: what is stored under it is stored once."""
        return f"{self.conversation_id}#{self.run}"


def submit_intake(
    intake: CompletedIntake,
    *,
    sessions: sessionmaker[Session],
    now: dt.datetime,
    new_reference: Callable[[], str],
) -> str:
    """Store a completed intake and return its reference, after the commit.

    The same run stored again, even by two processes at once, gives the same reference and no
    second row. A reference that is taken already is drawn again.

    Raises:
        sqlalchemy.exc.SQLAlchemyError: nothing was stored.
    """
    for attempt in range(1, TRIES + 1):
        with sessions() as session:
            stored = find_reference(session, intake.submission_key)
            if stored is not None:
                return stored
            reference = new_reference()
            session.add(_engagement(intake, reference, now))
            try:
                session.commit()
            except IntegrityError:
                # Another process stored this run, or the reference is taken: look again.
                if attempt == TRIES:
                    raise
                continue
            return reference
    raise AssertionError("the last attempt returns or raises")


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
        language=intake.language,
        created_at=now,
        consents=[
            Consent(
                policy_version=intake.policy_version,
                notice_hash=intake.notice_hash,
                language=intake.language,
                channel=intake.channel,
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
        expectations=[
            Expectation(position=position, text=text)
            for position, text in enumerate(intake.expectations, start=1)
        ],
        deadlines=[
            Deadline(
                said=intake.deadline.said,
                kind=intake.deadline.kind,
                due_date=intake.deadline.date,
                due_time=intake.deadline.time,
            )
        ],
    )
