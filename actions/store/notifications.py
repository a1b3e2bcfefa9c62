"""The outbox: what the outside is to be told, stored together with what it tells of and sent later.

Nothing here talks to the outside: how a notification is sent is an argument. No transaction stays
open while it is sent; whoever sends one claims it first, by putting its next try a lease ahead.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import random
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from actions.store.encryption import EncryptionError
from actions.store.models import Engagement, Notification

# Longer than one attempt can take; a worker that dies holds a notification back for no longer.
LEASE = dt.timedelta(seconds=60)
SHORTEST_PAUSE = dt.timedelta(seconds=5)
LONGEST_PAUSE = dt.timedelta(hours=6)
LONGEST_WISH = dt.timedelta(days=1)
# Given up after both: a week, and as many attempts as the pauses of a week allow. One that waited
# for weeks because no worker ran, or that is sent again, gets its week of attempts all the same.
PATIENCE = dt.timedelta(days=7)
PATIENT_ATTEMPTS = 48

logger = logging.getLogger(__name__)


class NotificationsError(Exception):
    """What was asked of the outbox can't be done; the message says why."""


@dataclass(frozen=True)
class Message:
    """A notification as its sender sees it; all attempts have the same key."""

    key: str
    topic: str
    created_at: dt.datetime
    data: Mapping[str, Any]


@dataclass(frozen=True)
class Outcome:
    """What became of one attempt: a failure is tried again, a refusal is parked.

    The reason is shown and logged: a few words, nothing personal. ``wait`` is what the receiver
    asked for.
    """

    kind: Literal["delivered", "failed", "refused"]
    reason: str | None = None
    wait: dt.timedelta | None = None


@dataclass(frozen=True)
class OpenNotification:
    """A notification that was not delivered: waiting for its next try, or parked."""

    id: int
    topic: str
    reference: str | None
    created_at: dt.datetime
    attempts: int
    due_at: dt.datetime | None
    last_error: str | None


def enqueue(
    session: Session,
    topic: str,
    payload: Mapping[str, Any],
    *,
    now: dt.datetime,
    engagement_id: int | None = None,
    callback_id: int | None = None,
) -> None:
    """Add a notification to the caller's transaction: it is sent if and only if that commits.

    Args:
        session: The transaction.
        topic: One of ``models.TOPICS``.
        payload: What to tell; JSON can hold it.
        now: This moment.
        engagement_id: The engagement that it tells of: it is erased with it.
        callback_id: The call-back that it tells of: it is erased with it.
    """
    session.add(
        Notification(
            key=uuid.uuid4().hex,
            topic=topic,
            # Escaped, because half a character can't be stored in any other way.
            payload=json.dumps(payload),
            engagement_id=engagement_id,
            callback_id=callback_id,
            created_at=now,
            due_at=now,
        )
    )


def deliver_due(
    sessions: sessionmaker[Session],
    send: Callable[[Message], Outcome],
    clock: Callable[[], dt.datetime],
    limit: int = 20,
    uniform: Callable[[float, float], float] = random.uniform,
) -> int:
    """Try what is due, one after the other, the longest due first; return how many were tried.

    Each is sent at least once: a worker that dies, or a database that fails between sending and
    noting it, makes it go out again under the same key. Workers may run at the same time.

    Args:
        sessions: The database.
        send: Sends one; its exceptions end the run.
        clock: Tells this moment; asked anew for each, because sending takes its time.
        limit: How many at most.
        uniform: Draws a number between two others.

    Raises:
        sqlalchemy.exc.SQLAlchemyError: the database failed; nothing is lost.
    """
    for tried in range(limit):
        claim = _claim(sessions, clock())
        if claim is None:
            return tried
        try:
            message = _read(sessions, claim)
        except EncryptionError:
            # One that can't be read must not keep back those that can.
            outcome = Outcome("failed", "no key in SPORTELLO_KEYS can read it")
        else:
            if message is None:
                continue
            outcome = send(message)
        _note(sessions, claim, outcome, clock(), uniform)
        logger.info("Notification %d: %s", claim.id, outcome.reason or outcome.kind)
    return limit


def list_open(session: Session) -> list[OpenNotification]:
    """Return what waits or is parked, the oldest first."""
    rows = session.execute(
        sa.select(
            Notification.id,
            Notification.topic,
            Engagement.reference,
            Notification.created_at,
            Notification.attempts,
            Notification.due_at,
            Notification.last_error,
        )
        .outerjoin(Engagement, Notification.engagement_id == Engagement.id)
        .where(Notification.delivered_at.is_(None))
        .order_by(Notification.id)
    )
    return [OpenNotification(*row) for row in rows]


def send_again(session: Session, which: int | Literal["all"], now: dt.datetime) -> int:
    """Make one, waiting or parked, or all that are parked due now; return how many.

    The caller commits. One that is being sent at this very moment may arrive twice.

    Raises:
        NotificationsError: none that is open has that id.
    """
    chosen = Notification.parked_at.is_not(None) if which == "all" else Notification.id == which
    found: int = session.execute(
        sa.update(Notification)
        .where(chosen, Notification.delivered_at.is_(None))
        .values(due_at=now, parked_at=None, attempts=0)
        .execution_options(synchronize_session=False)
    ).rowcount
    if not found and which != "all":
        raise NotificationsError(
            f"No notification {which} is waiting or parked: 'sportello notifications' lists them."
        )
    return found


@dataclass(frozen=True)
class _Claim:
    id: int
    until: dt.datetime
    attempts: int
    created_at: dt.datetime


def _claim(sessions: sessionmaker[Session], now: dt.datetime) -> _Claim | None:
    while True:
        with sessions() as session:
            row = session.execute(
                sa.select(
                    Notification.id,
                    Notification.due_at,
                    Notification.attempts,
                    Notification.created_at,
                )
                .where(Notification.due_at <= now)
                .order_by(Notification.due_at, Notification.id)
                .limit(1)
            ).first()
            if row is None:
                return None
            # Of two workers that saw the same row only one finds it as it was.
            claimed = session.execute(
                sa.update(Notification)
                .where(Notification.id == row.id, Notification.due_at == row.due_at)
                .values(due_at=now + LEASE)
                .execution_options(synchronize_session=False)
            ).rowcount
            session.commit()
        if claimed:
            return _Claim(row.id, now + LEASE, row.attempts, row.created_at)


def _read(sessions: sessionmaker[Session], claim: _Claim) -> Message | None:
    """Return the notification, unless it was erased meanwhile."""
    with sessions() as session:
        row = session.execute(
            sa.select(
                Notification.key, Notification.topic, Notification.created_at, Notification.payload
            ).where(Notification.id == claim.id)
        ).one_or_none()
    return row and Message(row.key, row.topic, row.created_at, json.loads(row.payload))


def _note(
    sessions: sessionmaker[Session],
    claim: _Claim,
    outcome: Outcome,
    now: dt.datetime,
    uniform: Callable[[float, float], float],
) -> None:
    attempts = claim.attempts + 1
    given_up = attempts >= PATIENT_ATTEMPTS and now - claim.created_at >= PATIENCE
    values: dict[str, Any] = {"attempts": attempts, "last_error": outcome.reason, "due_at": None}
    this = [Notification.id == claim.id]
    if outcome.kind == "delivered":
        values.update(delivered_at=now, parked_at=None)
    else:
        # If the lease ran out, another worker has it, who may have delivered it.
        this.append(Notification.due_at == claim.until)
        if outcome.kind == "refused" or given_up:
            values["parked_at"] = now
        else:
            values["due_at"] = now + _pause(attempts, outcome.wait, uniform)
    with sessions() as session:
        session.execute(
            sa.update(Notification)
            .where(*this)
            .values(values)
            .execution_options(synchronize_session=False)
        )
        session.commit()


def _pause(
    attempts: int, wished: dt.timedelta | None, uniform: Callable[[float, float], float]
) -> dt.timedelta:
    """Return how long to wait: what was asked for, or twice as long from time to time."""
    if wished is not None:
        return min(max(wished, SHORTEST_PAUSE), LONGEST_WISH)
    # The power is bounded, lest a patient row exceed what a timedelta can hold.
    longest: dt.timedelta = min(SHORTEST_PAUSE * 2 ** min(attempts, 20), LONGEST_PAUSE)
    return longest * uniform(0.5, 1.0)
