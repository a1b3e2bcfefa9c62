"""The firm's cards in Slack: one for each intake, call-back and unanswered question.

A card is made for what is in the database, whoever stored it: nothing waits for Slack. What staff
does on a card is done to the request itself by `casework`, and noted with who and when.
Nothing here commits.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from actions.store import casework, mailbox
from actions.store.audit import Staff, note
from actions.store.casework import CLOSED
from actions.store.models import (
    OPEN,
    Answer,
    Callback,
    Deadline,
    Engagement,
    PossibleDuplicate,
    SlackCard,
    SlackStep,
    UnansweredQuestion,
    WebSession,
)

# What is older was there before Slack was, or Slack was away for so long that nobody waits.
NEWS_DAYS = 7
CALLBACK_CHOICES = ("new", "done")
QUESTION_CHOICES = ("new", "done")
_SOURCES: dict[str, tuple[Any, Any, Any]] = {
    "intake": (Engagement, Engagement.created_at, SlackCard.engagement_id),
    "callback": (Callback, Callback.created_at, SlackCard.callback_id),
    "question": (UnansweredQuestion, UnansweredQuestion.asked_at, SlackCard.question_id),
}
# Whoever was offered two answers waits for none: such a question needs no card.
_WAITING = {"question": UnansweredQuestion.reason == "unanswered"}


@dataclass(frozen=True)
class Step:
    """What somebody did, and when."""

    step: str
    name: str
    detail: str | None
    at: dt.datetime


@dataclass(frozen=True)
class Card:
    """Everything that a card may show; ``person`` is for its thread alone."""

    id: int
    topic: str
    status: str
    created_at: dt.datetime
    channel: str
    language: str
    taken_name: str | None = None
    taken_at: dt.datetime | None = None
    reference: str | None = None
    service: str | None = None
    deadlines: tuple[tuple[dt.date, dt.time | None, dt.date | None], ...] = ()
    duplicates: tuple[str, ...] = ()
    question: str | None = None
    person: dict[str, Any] = field(default_factory=dict)
    steps: tuple[Step, ...] = ()
    reachable: bool = False


@dataclass(frozen=True)
class DueRequest:
    """An open request of which something is due."""

    reference: str
    service: str
    status: str
    due: dt.date
    taken_name: str | None


def make_cards(session: Session, now: dt.datetime) -> list[int]:
    """Make a card for whatever has none yet, the oldest first; return their numbers.

    Raises:
        sqlalchemy.exc.IntegrityError: another process made one of them in this very moment.
    """
    since = now - dt.timedelta(days=NEWS_DAYS)
    made = []
    for topic, (model, moment, column) in _SOURCES.items():
        rows = session.execute(
            sa.select(model.id)
            .where(
                moment >= since,
                ~sa.exists().where(column == model.id),
                _WAITING.get(topic, sa.true()),
            )
            .order_by(model.id)
            # Whoever is changing one just now either is waited for, or finds the card.
            .with_for_update(read=True)
        ).scalars()
        for number in rows.all():
            card = SlackCard(topic=topic, created_at=now, **{column.key: number})
            session.add(card)
            session.flush()
            made.append(card.id)
            _catch_up(session, card)
    return made


def outdated_cards(session: Session) -> list[int]:
    """Return the cards whose posts do not show yet what was done elsewhere, the oldest first."""
    query = sa.select(SlackCard.id).where(SlackCard.outdated).order_by(SlackCard.id)
    return list(session.execute(query).scalars())


def take_outdated(session: Session, card_id: int) -> bool:
    """Note that a card's post is being brought up to date; False if another process does so.

    What is read of the card afterwards holds everything that was done before; whatever is done
    later waits for the caller's commit, and makes the card outdated again.
    """
    taken = session.execute(
        sa.update(SlackCard)
        .where(SlackCard.id == card_id, SlackCard.outdated)
        .values(outdated=False)
        .execution_options(synchronize_session=False)
    ).rowcount
    session.expire_all()
    return bool(taken)


def read_card(session: Session, card_id: int) -> Card | None:
    """Return a card with what it is about, unless that was erased."""
    card = session.get(SlackCard, card_id)
    if card is None:
        return None
    shared = {
        "id": card.id,
        "topic": card.topic,
        "taken_name": card.taken_name,
        "taken_at": card.taken_at,
        "steps": tuple(
            Step(step.step, step.name, step.detail, step.done_at)
            for step in session.execute(
                sa.select(SlackStep).where(SlackStep.card_id == card.id).order_by(SlackStep.id)
            ).scalars()
        ),
    }
    if card.topic == "intake":
        return _intake(session, session.get(Engagement, card.engagement_id), shared)
    if card.topic == "callback":
        callback = session.get(Callback, card.callback_id)
        return Card(
            **shared,
            status=callback.status,
            created_at=callback.created_at,
            channel=callback.channel,
            language=callback.language,
            person={
                "name": callback.name,
                "contact": callback.contact,
                "known": json.loads(callback.known) if callback.known else None,
            },
            reachable=_is_reachable(session, callback.conversation_id),
        )
    question = session.get(UnansweredQuestion, card.question_id)
    return Card(
        **shared,
        status=card.status,
        created_at=question.asked_at,
        channel=question.channel,
        language=question.language,
        question=question.text,
    )


def take(session: Session, card_id: int, staff: Staff, key: str, now: dt.datetime) -> bool:
    """Put a member of staff in charge; False if somebody is already."""
    if _was_done(session, key):
        return True
    card = session.get(SlackCard, card_id)
    if card is None:
        return False
    if card.topic == "intake":
        engagement = session.get(Engagement, card.engagement_id, populate_existing=True)
        if engagement.taken_by == _outside(staff).id:
            return True
        if not casework.take(session, engagement.id, _outside(staff), now, in_slack=True):
            return False
    elif not _take_card(session, card, staff, now):
        return False
    _add_step(session, key, card_id, "take", staff, None, now)
    return True


def set_status(
    session: Session, card_id: int, status: str, staff: Staff, key: str, now: dt.datetime
) -> bool:
    """Give what a card is about another status; False if it can have no such status."""
    card = session.get(SlackCard, card_id)
    if card is None or status not in choices_of(card.topic):
        return False
    if _was_done(session, key):
        return True
    if card.topic == "intake":
        casework.set_status(
            session, card.engagement_id, status, _outside(staff), now, in_slack=True
        )
    elif card.topic == "callback":
        _set_callback(session, card, status, staff, now)
    elif card.status != status:
        about = ("question", card.question_id)
        note(session, _outside(staff), "set_status", now, about=about, old=card.status, new=status)
    card.status = status
    _add_step(session, key, card_id, "status", staff, status, now)
    return True


def reply(
    session: Session, card_id: int, text: str, staff: Staff, key: str, now: dt.datetime
) -> str | None:
    """Answer whoever asked; return the conversation in which it can be read, if there is one.

    A call-back or question is done with it; an intake is taken in charge.
    """
    card = session.get(SlackCard, card_id)
    if card is None:
        return None
    about: Any = None
    if card.topic == "intake":
        about = session.get(Engagement, card.engagement_id)
    elif card.topic == "callback":
        about = session.get(Callback, card.callback_id)
    conversation: str | None = about and about.conversation_id
    reachable = bool(conversation and _is_reachable(session, conversation))
    if _was_done(session, key):
        return conversation if reachable else None
    if reachable:
        language = mailbox.language_of(session, conversation or "")
        payload = {
            "replies": [{"text": text}],
            "progress": None,
            "language": language,
            "stale": False,
            "erased": False,
        }
        session.add(
            Answer(
                conversation_id=conversation,
                payload=json.dumps(payload, ensure_ascii=False),
                created_at=now,
            )
        )
    if card.topic == "intake":
        who = _outside(staff)
        casework.take(session, about.id, who, now, in_slack=True)
        if about.status == "new":
            casework.set_status(session, about.id, "in_charge", who, now, in_slack=True)
        note(session, who, "reply", now, about=("engagement", about.id))
    elif card.topic == "callback":
        _set_callback(session, card, "done", staff, now)
        note(session, _outside(staff), "reply", now, about=("callback", about.id))
    else:
        card.status = "done"
        note(session, _outside(staff), "reply", now, about=("question", card.question_id))
    if card.topic != "intake":
        _take_card(session, card, staff, now)
    _add_step(session, key, card_id, "reply", staff, text, now)
    return conversation if reachable else None


def choices_of(topic: str) -> tuple[str, ...]:
    """Return the statuses that staff can give."""
    if topic == "intake":
        return (*OPEN, *CLOSED)
    return CALLBACK_CHOICES if topic == "callback" else QUESTION_CHOICES


def open_requests(session: Session, limit: int) -> list[Any]:
    """Return the newest open requests: reference, service, status, first deadline."""
    return list(
        session.execute(
            sa.select(
                Engagement.reference,
                Engagement.service,
                Engagement.status,
                sa.func.min(Deadline.due_date).label("due"),
            )
            .outerjoin(Deadline, Deadline.engagement_id == Engagement.id)
            .where(Engagement.status.in_(OPEN))
            .group_by(Engagement.id, Engagement.reference, Engagement.service, Engagement.status)
            .order_by(Engagement.id.desc())
            .limit(limit)
        )
    )


def due_requests(session: Session, today: dt.date) -> list[DueRequest]:
    """Return the open requests of which something is past or near, the first due first."""
    rows = session.execute(
        sa.select(Engagement, Deadline.due_date)
        .join(Deadline, Deadline.engagement_id == Engagement.id)
        .where(
            Engagement.status.in_(OPEN),
            sa.or_(Deadline.due_date <= today, Deadline.warn_on <= today),
        )
        .order_by(Deadline.due_date, Deadline.id)
    )
    return [DueRequest(e.reference, e.service, e.status, due, e.taken_name) for e, due in rows]


def _intake(session: Session, engagement: Any, shared: dict[str, Any]) -> Card:
    client = engagement.client
    return Card(
        **{**shared, "taken_name": engagement.taken_name, "taken_at": engagement.taken_at},
        status=engagement.status,
        created_at=engagement.created_at,
        channel=engagement.channel,
        language=client.language,
        reference=engagement.reference,
        service=engagement.service,
        deadlines=tuple(
            (item.due_date, item.due_time, item.warn_on)
            for item in engagement.deadlines
            if item.due_date
        ),
        duplicates=tuple(
            sorted(
                set(
                    session.execute(
                        sa.select(PossibleDuplicate.reason).where(
                            PossibleDuplicate.engagement_id == engagement.id,
                            PossibleDuplicate.dismissed_at.is_(None),
                        )
                    ).scalars()
                )
            )
        ),
        person={
            "name": client.name,
            "form": client.form,
            "contact": client.contact_name,
            "email": client.email,
            "phone": client.phone,
            "expectations": [item.text for item in engagement.expectations],
            "deadlines": [item.said for item in engagement.deadlines if item.said],
        },
        reachable=_is_reachable(session, engagement.conversation_id),
    )


def _catch_up(session: Session, card: Any) -> None:
    """Let a new card hold what was done before there was a card."""
    if card.topic == "callback":
        card.status = session.get(Callback, card.callback_id, populate_existing=True).status
    if card.topic != "intake":
        return
    engagement = session.get(Engagement, card.engagement_id, populate_existing=True)
    for name, value in casework.card_values(engagement).items():
        setattr(card, name, value)
    if card.taken_by:
        staff = Staff(card.taken_by, card.taken_name)
        _add_step(session, f"made:{card.id}", card.id, "take", staff, None, card.taken_at)


def _outside(staff: Staff) -> Staff:
    """Return how somebody is named outside Slack's own tables."""
    return Staff(casework.SLACK + staff.id, staff.name)


def _take_card(session: Session, card: Any, staff: Staff, now: dt.datetime) -> bool:
    """Put somebody in charge of a call-back or question, whose cards alone know of it."""
    session.flush()
    taken = session.execute(
        sa.update(SlackCard)
        .where(SlackCard.id == card.id, SlackCard.taken_by.is_(None))
        .values(taken_by=staff.id, taken_name=staff.name, taken_at=now)
        .execution_options(synchronize_session=False)
    ).rowcount
    session.refresh(card)
    if taken:
        about = (card.topic, card.callback_id or card.question_id)
        note(session, _outside(staff), "take", now, about=about)
    return bool(taken)


def _set_callback(session: Session, card: Any, status: str, staff: Staff, now: dt.datetime) -> None:
    casework.set_callback(
        session,
        card.callback_id,
        status,
        _outside(staff),
        now,
        version=None,
        in_slack=True,
    )


def _is_reachable(session: Session, conversation_id: str) -> bool:
    """Tell whether what is said now in a conversation is read there: on the website, later too."""
    query = sa.select(WebSession.id).where(
        WebSession.conversation_id == conversation_id, WebSession.ended_at.is_(None)
    )
    return session.execute(query).first() is not None


def _was_done(session: Session, key: str) -> bool:
    query = sa.select(SlackStep.id).where(SlackStep.key == key)
    return session.execute(query).first() is not None


def _add_step(
    session: Session,
    key: str,
    card_id: int,
    step: str,
    staff: Staff,
    detail: str | None,
    now: dt.datetime,
) -> None:
    session.add(
        SlackStep(
            key=key,
            card_id=card_id,
            step=step,
            member=staff.id,
            name=staff.name,
            detail=detail,
            done_at=now,
        )
    )
    session.flush()


def steps_of(session: Session, column: Any, owner: int) -> Iterator[Any]:
    """Yield what staff did on the card of an engagement or call-back."""
    yield from session.execute(
        sa.select(SlackStep)
        .join(SlackCard, SlackCard.id == SlackStep.card_id)
        .where(column == owner)
        .order_by(SlackStep.id)
    ).scalars()
