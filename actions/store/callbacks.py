"""Requests to be called or written to by a person."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from actions.store.encryption import search_key, search_keys
from actions.store.lookups import take_turn
from actions.store.models import Callback
from actions.store.notifications import enqueue


def request_callback(
    contact: str,
    *,
    name: str | None,
    known: Mapping[str, Any] | None,
    language: str,
    channel: str,
    conversation_id: str,
    sessions: sessionmaker[Session],
    now: dt.datetime,
) -> int:
    """Store that somebody wants to talk to a person, with the note to staff; return its id.

    Who asks again in the same conversation before anybody has answered changes what was stored, and
    staff is not told again.

    Args:
        contact: A validated e-mail address or telephone number.
        name: What to call them, where they said so.
        known: As JSON knows it: their answers so far, only where they consented; and what they said
            together with the contact.
        language: In which to answer.
        channel: Where they asked.
        conversation_id: Where they asked.
        sessions: The database.
        now: The current moment.

    Raises:
        sqlalchemy.exc.SQLAlchemyError: nothing was stored.
    """
    column = "email_key" if "@" in contact else "phone_key"
    with sessions() as session:
        take_turn(session, f"callback {conversation_id}")
        callback = (
            session.execute(
                sa.select(Callback).where(
                    Callback.conversation_id == conversation_id,
                    Callback.status == "new",
                    getattr(Callback, column).in_(search_keys(contact)),
                )
            )
            .scalars()
            .first()
        )
        first = callback is None
        if first:
            callback = Callback(conversation_id=conversation_id, status="new", created_at=now)
            session.add(callback)
        callback.contact = contact
        setattr(callback, column, search_key(contact))
        callback.name = name
        callback.known = json.dumps(dict(known)) if known else None
        callback.language = language
        callback.channel = channel
        session.flush()
        number: int = callback.id
        if first:
            payload = {"callback": number, "channel": channel, "language": language}
            enqueue(session, topic="callback", payload=payload, now=now, callback_id=number)
        session.commit()
        return number
