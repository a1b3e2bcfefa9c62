"""Sessions of the website: a secret that leads to one conversation, and how much it is used.

The database knows a digest of the secret alone. Nothing here commits.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from actions.store.learning import sign_out
from actions.store.models import Received, WebSession

MINUTE = dt.timedelta(minutes=1)
HOUR = dt.timedelta(hours=1)


class TooManyError(Exception):
    """Somebody opens or says too much."""

    def __init__(self, wait: dt.timedelta) -> None:
        """Take how long to wait."""
        super().__init__(f"wait {wait.total_seconds():.0f} s")
        self.wait = wait


@dataclass(frozen=True)
class Visitor:
    """Whose conversation it is, as far as the website knows: nobody's name."""

    conversation_id: str
    language: str
    address_key: str | None


def start_session(
    session: Session,
    token: str,
    *,
    conversation_id: str,
    language: str,
    address_key: str | None,
    now: dt.datetime,
    per_hour: int,
) -> None:
    """Store a new session.

    Args:
        session: The caller commits.
        token: The secret, of which a digest is stored.
        conversation_id: Where it leads.
        language: Of the first sentences.
        address_key: Digest of the network address, or None where it does not count.
        now: The current moment.
        per_hour: How many sessions one address may start within an hour.

    Raises:
        TooManyError: that address has started as many.
    """
    if address_key:
        mine = WebSession.address_key == address_key
        _check(session, WebSession.created_at, mine, span=HOUR, most=per_hour, now=now)
    session.add(
        WebSession(
            token_hash=_digest(token),
            conversation_id=conversation_id,
            language=language,
            address_key=address_key,
            created_at=now,
            seen_at=now,
        )
    )


def find_session(
    session: Session, token: str, *, now: dt.datetime, idle: dt.timedelta
) -> Visitor | None:
    """Return whose conversation a secret opens, if any, and note that it was used.

    Args:
        session: The caller commits.
        token: The secret.
        now: The current moment.
        idle: After how long without use it opens nothing any more.
    """
    found = session.execute(
        sa.select(WebSession).where(
            WebSession.token_hash == _digest(token),
            WebSession.ended_at.is_(None),
            WebSession.seen_at > now - idle,
        )
    ).scalar_one_or_none()
    if found is None:
        return None
    # Not at every request: nobody needs to know it to the second.
    if now - found.seen_at > HOUR:
        found.seen_at = now
    return Visitor(found.conversation_id, found.language, found.address_key)


def end_session(session: Session, conversation_id: str, now: dt.datetime) -> None:
    """Close a session for good; the conversation stays for as long as others do.

    Whoever had signed in to practise is signed out.
    """
    sign_out(session, conversation_id)
    session.execute(
        sa.update(WebSession)
        .where(WebSession.conversation_id == conversation_id, WebSession.ended_at.is_(None))
        .values(ended_at=now)
    )


def has_ended(session: Session, conversation_id: str) -> bool:
    """Tell whether a conversation's session was closed."""
    query = sa.select(WebSession.ended_at).where(WebSession.conversation_id == conversation_id)
    return session.execute(query).scalar_one_or_none() is not None


def check_pace(
    session: Session,
    visitor: Visitor,
    *,
    now: dt.datetime,
    per_minute: int,
    per_minute_of_address: int,
) -> None:
    """Refuse a message of a conversation, or of an address, that has sent enough for a minute.

    What was sent is counted in the inbox: the limits outlive a restart.

    Raises:
        TooManyError: with how long to wait.
    """
    mine = Received.conversation_id == visitor.conversation_id
    _check(session, Received.received_at, mine, span=MINUTE, most=per_minute, now=now)
    if visitor.address_key:
        same = sa.select(WebSession.conversation_id).where(
            WebSession.address_key == visitor.address_key
        )
        theirs = Received.conversation_id.in_(same)
        most = per_minute_of_address
        _check(session, Received.received_at, theirs, span=MINUTE, most=most, now=now)


def _check(
    session: Session,
    moment: Any,
    whose: Any,
    *,
    span: dt.timedelta,
    most: int,
    now: dt.datetime,
) -> None:
    recent = sa.select(moment).where(whose, moment > now - span).order_by(moment.desc()).limit(most)
    moments = list(session.execute(recent).scalars())
    if len(moments) >= most:
        raise TooManyError(moments[-1] + span - now)


def _digest(token: str) -> str:
    # No salt and no slow digest: the secret is drawn, and has more bits than anybody can try.
    return hashlib.sha256(token.encode()).hexdigest()
