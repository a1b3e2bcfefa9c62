"""Inbox and outbox: what arrived, and what answers it, each exactly once.

A message is in the inbox before anybody is told that it arrived, and is answered in the transaction
that saves the conversation's turn. Whatever dies in between, the message is either still waiting or
answered. Nothing here commits.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from actions.store.encryption import search_key, search_keys
from actions.store.models import Answer, OfferedButton, Received, SlackPost, SlackRoute

# What remains of a message once its conversation was erased: that it was dealt with.
BLANK = ""


class KeyReusedError(Exception):
    """A key that names one message was sent with another."""


@dataclass(frozen=True)
class Incoming:
    """A message that waits for its answer."""

    id: int
    conversation_id: str
    channel: str
    key: str
    text: str
    button: str | None
    attempts: int = 0


@dataclass(frozen=True)
class Offer:
    """A button that can be pressed: its title, and what it says to the bot."""

    title: str
    payload: str


@dataclass(frozen=True)
class Exchange:
    """A message and its answer; without a message the bot spoke by itself."""

    id: int
    message: int | None
    key: str | None
    said: str | None
    payload: dict[str, Any]
    at: dt.datetime


def find_received(
    session: Session, conversation_id: str, key: str, text: str, button: str | None
) -> int | None:
    """Return the number of a message that came before, if it did.

    Raises:
        KeyReusedError: another message has this key.
    """
    known = session.execute(
        sa.select(Received.id, Received.digest).where(
            Received.conversation_id == conversation_id, Received.key == key
        )
    ).one_or_none()
    if known is None:
        return None
    # Of an erased message nobody knows any more what it said.
    if known.digest is not None and known.digest not in search_keys(_body(text, button)):
        raise KeyReusedError(key)
    return int(known.id)


def receive(
    session: Session,
    *,
    conversation_id: str,
    channel: str,
    key: str,
    text: str,
    button: str | None,
    now: dt.datetime,
) -> int:
    """Put a message into the inbox; return its number.

    Args:
        session: The caller commits; only then may the sender be told.
        conversation_id: Where it was said.
        channel: How it came.
        key: The sender's name for this message, new in this conversation.
        text: What was typed, empty for a button.
        button: The button that was pressed, if one was.
        now: The current moment.

    Raises:
        sqlalchemy.exc.IntegrityError: the key is not new.
    """
    offer = find_offer(session, conversation_id, button) if button else None
    message = Received(
        conversation_id=conversation_id,
        channel=channel,
        key=key,
        button=button,
        # What a person sees of it: the title of the button.
        text=offer.title if offer else text,
        digest=search_key(_body(text, button)),
        received_at=now,
    )
    session.add(message)
    session.flush()
    return int(message.id)


def next_waiting(session: Session, conversation_id: str) -> Incoming | None:
    """Return the oldest message of a conversation that has no answer."""
    message = (
        session.execute(
            sa.select(Received)
            .where(Received.conversation_id == conversation_id, Received.answered_at.is_(None))
            .order_by(Received.id)
            .limit(1)
        )
        .scalars()
        .first()
    )
    if message is None:
        return None
    return Incoming(
        message.id,
        conversation_id,
        message.channel,
        message.key,
        message.text,
        message.button,
        message.attempts,
    )


def conversations_waiting(session: Session) -> list[str]:
    """Return the conversations in which somebody waits for an answer."""
    waiting = sa.select(Received.conversation_id).where(Received.answered_at.is_(None)).distinct()
    return list(session.execute(waiting).scalars())


def count_attempts(session: Session, message: int | None = None) -> None:
    """Note that a message, or whatever waits, was tried in vain: it is given up some day."""
    waiting = Received.answered_at.is_(None)
    chosen = waiting if message is None else waiting & (Received.id == message)
    session.execute(
        sa.update(Received)
        .where(chosen)
        .values(attempts=Received.attempts + 1)
        .execution_options(synchronize_session=False)
    )


def answer(
    session: Session,
    message: Incoming,
    payload: Mapping[str, Any],
    now: dt.datetime,
    *,
    offers: Mapping[str, Offer] | None = None,
    erased: bool = False,
) -> int | None:
    """Write the answer of a message; return its number, or None if it has one already.

    Args:
        session: The caller's, which saves the turn in the same transaction.
        message: What is answered. If it was erased meanwhile, a row without its words takes its
            place, so that a repetition is still known.
        payload: What the channel shows, as JSON.
        now: The current moment.
        offers: The buttons that can be pressed from now on, by their names; None leaves those of
            the turn before as they are.
        erased: Whether the conversation is erased with this turn: what was typed goes, too.
    """
    values: dict[str, Any] = {"answered_at": now}
    if erased:
        values |= {"text": BLANK, "digest": None}
    done = session.execute(
        sa.update(Received)
        .where(Received.id == message.id, Received.answered_at.is_(None))
        .values(**values)
    )
    if done.rowcount == 0:
        if session.get(Received, message.id) is not None:
            return None
        session.add(
            Received(
                id=message.id,
                conversation_id=message.conversation_id,
                channel=message.channel,
                key=message.key,
                text=BLANK,
                received_at=now,
                answered_at=now,
            )
        )
    if offers is not None:
        _offer(session, message.conversation_id, offers)
    row = Answer(
        conversation_id=message.conversation_id,
        inbox_id=message.id,
        payload=json.dumps(payload, ensure_ascii=False),
        created_at=now,
    )
    session.add(row)
    session.flush()
    return int(row.id)


def find_offer(session: Session, conversation_id: str, token: str) -> Offer | None:
    """Return the button of this name if it can be pressed in this conversation now."""
    button = session.execute(
        sa.select(OfferedButton).where(
            OfferedButton.token == token, OfferedButton.conversation_id == conversation_id
        )
    ).scalar_one_or_none()
    return button and Offer(button.title, button.payload)


def offered(session: Session, conversation_id: str) -> set[str]:
    """Return the names of all buttons that can be pressed now."""
    query = sa.select(OfferedButton.token).where(OfferedButton.conversation_id == conversation_id)
    return set(session.execute(query).scalars())


def exchanges(
    session: Session, conversation_id: str, after: int = 0, limit: int | None = None
) -> Iterator[Exchange]:
    """Yield a conversation's answers with what they answer, oldest first.

    Args:
        session: The database.
        conversation_id: Which conversation.
        after: The number of the last answer that is known already.
        limit: How many at most.
    """
    rows = session.execute(
        sa.select(Answer, Received)
        .outerjoin(Received, Received.id == Answer.inbox_id)
        .where(Answer.conversation_id == conversation_id, Answer.id > after)
        .order_by(Answer.id)
        .limit(limit)
    )
    for found, message in rows:
        yield Exchange(
            found.id,
            message and message.id,
            message and message.key,
            (message and message.text) or None,
            json.loads(found.payload),
            found.created_at,
        )


def last_answer(session: Session, conversation_id: str) -> int | None:
    """Return the number of a conversation's last answer, if there is one."""
    query = sa.select(sa.func.max(Answer.id)).where(Answer.conversation_id == conversation_id)
    number: int | None = session.execute(query).scalar_one()
    return number


def language_of(session: Session, conversation_id: str) -> str | None:
    """Return the language of a conversation's last answer, if there is one."""
    last = session.execute(
        sa.select(Answer.payload)
        .where(Answer.conversation_id == conversation_id)
        .order_by(Answer.id.desc())
        .limit(1)
    ).scalar_one_or_none()
    return json.loads(last).get("language") if last else None


def waiting(session: Session, conversation_id: str) -> list[Any]:
    """Return a conversation's messages that have no answer yet, oldest first."""
    return list(
        session.execute(
            sa.select(Received)
            .where(Received.conversation_id == conversation_id, Received.answered_at.is_(None))
            .order_by(Received.id)
        ).scalars()
    )


def forget(session: Session, conversation_id: str) -> None:
    """Take the words out of a conversation's mail; what arrived stays known by its key alone.

    What has no answer yet stays: it came after what is erased, or is about to be answered.
    """
    for model in (Answer, OfferedButton, SlackPost):
        session.execute(sa.delete(model).where(model.conversation_id == conversation_id))
    answered = sa.select(Received.id).where(
        Received.conversation_id == conversation_id, Received.answered_at.is_not(None)
    )
    session.execute(
        sa.delete(SlackRoute)
        .where(SlackRoute.inbox_id.in_(answered))
        .execution_options(synchronize_session=False)
    )
    session.execute(
        sa.update(Received)
        .where(Received.conversation_id == conversation_id, Received.answered_at.is_not(None))
        .values(text=BLANK, digest=None)
    )


def _body(text: str, button: str | None) -> str:
    return json.dumps([text, button])


def _offer(session: Session, conversation_id: str, offers: Mapping[str, Offer]) -> None:
    session.execute(
        sa.delete(OfferedButton).where(OfferedButton.conversation_id == conversation_id)
    )
    session.add_all(
        OfferedButton(
            token=token,
            conversation_id=conversation_id,
            title=offer.title,
            payload=offer.payload,
        )
        for token, offer in offers.items()
    )
