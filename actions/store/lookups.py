"""Slowing down who guesses: failures are counted in the database, for every process and restart.

A look-up is one transaction: `check_tries` (or `may_look_up`) first, then the look, then
`note_failure` where nothing fitted, then the commit. Look-ups of a kind happen one after another,
so that many at once can't try more than one by one. Failures are forgotten with the hour.
"""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Session

from actions.store.models import FailedLookup

HOUR = dt.timedelta(hours=1)
FAILURES_OF_ONE = 5
FAILURES_OF_ALL = 100


class TooManyTries(Exception):
    """There were too many failures within an hour."""

    def __init__(self, retry_at: dt.datetime) -> None:
        super().__init__("Too many codes or pairs did not fit within an hour.")
        self.retry_at = retry_at


def may_look_up(session: Session, kind: str, conversation_id: str, now: dt.datetime) -> bool:
    """Tell whether a conversation may try once more; see `check_tries`."""
    try:
        check_tries(session, kind, conversation_id, now)
    except TooManyTries:
        return False
    return True


def check_tries(session: Session, kind: str, conversation_id: str, now: dt.datetime) -> None:
    """Let a conversation try once more, and nobody else until the transaction ends.

    Args:
        session: Its transaction must be the look-up's, begun with this call.
        kind: What is looked up: ``status``, ``resume`` or ``erase``.
        conversation_id: Who tries.
        now: The current moment.

    Raises:
        TooManyTries: with the moment from which it may try again.
    """
    take_turn(session, f"lookup {kind}")
    session.execute(sa.delete(FailedLookup).where(FailedLookup.failed_at <= now - HOUR))
    failures = (
        sa.select(FailedLookup.failed_at)
        .where(FailedLookup.kind == kind)
        .order_by(FailedLookup.failed_at.desc())
    )
    own = failures.where(FailedLookup.conversation_id == conversation_id)
    # The oldest of as many as are allowed: once it is forgotten, there is room for one more.
    full = [
        session.execute(query.offset(limit - 1).limit(1)).scalar()
        for query, limit in ((own, FAILURES_OF_ONE), (failures, FAILURES_OF_ALL))
    ]
    if any(full):
        raise TooManyTries(max(oldest for oldest in full if oldest) + HOUR)


def note_failure(session: Session, kind: str, conversation_id: str, now: dt.datetime) -> None:
    """Count that something did not fit; the caller commits."""
    session.add(FailedLookup(kind=kind, conversation_id=conversation_id, failed_at=now))


# The turn of those who make one person of two, or none of one.
PEOPLE = "people"


def take_turn(session: Session, what: str) -> None:
    """Wait until nobody else has the turn of that name; have it until the transaction ends."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtext(what))))
    else:
        # SQLite has one writer: whoever writes first, were it nothing, keeps the others waiting.
        session.execute(sa.delete(FailedLookup).where(sa.false()))
