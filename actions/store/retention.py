"""Deleting what is older than ``firm.yml`` allows. The clock comes in; the caller commits."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from actions.firm import RetentionDays
from actions.store.database import chunks
from actions.store.models import (
    Callback,
    Engagement,
    Erasure,
    FailedLookup,
    KeptIntake,
    Learner,
    LearnerCode,
    LearnerSignIn,
    LearningReview,
    Notification,
    Received,
    SlackPost,
    StaffSession,
    WebSession,
    events,
)
from actions.store.privacy import (
    Rows,
    attached,
    delete,
    held,
    joined,
    of_learners,
    select,
    settle,
    sizes,
    spoken,
)

FAILED_LOOKUP_DAYS = 1
# No session of the back office outlives a day, whatever firm.yml allows.
STAFF_SESSION_DAYS = 1
ADDRESS_DAYS = 1
# What the receiver has got already need not stay here.
BLANK = "{}"
BLANKED = "payloads"
WORDS = "answers"


def purge(
    session: Session, retention: RetentionDays, now: dt.datetime, dry_run: bool = False
) -> dict[str, int]:
    """Delete what has expired, or only count it.

    Returns:
        How many rows of which table; under ``payloads`` of how many delivered notifications the
        content was blanked, and under ``answers`` of how many answers in the training the words.
    """

    def find() -> Rows:
        return _expired(session, retention, now)

    if not dry_run:
        settle(session)
    rows = find() if dry_run else held(session, find)
    payloads = _delivered(session, _before(now, retention.unfinished_intakes)) - set(
        rows["notifications"]
    )
    words = _old_words(session, _before(now, retention.training)) - set(rows["learning_reviews"])
    gone = sizes(rows) if dry_run else delete(session, rows)
    if not dry_run:
        _blank(session, Notification.payload, payloads, sa.literal(BLANK, sa.Text))
        _blank(session, LearningReview.answer, words, sa.null())
        _forget_addresses(session, _before(now, ADDRESS_DAYS))
        if gone.get("engagements") or gone.get("learners"):
            session.add(Erasure(via="retention", erased_at=now, rows=json.dumps(gone)))
    blanked = {BLANKED: len(payloads), WORDS: len(words)}
    return {**gone, **{what: number for what, number in blanked.items() if number}}


def _before(now: dt.datetime, days: int) -> dt.datetime:
    return now - dt.timedelta(days=days)


def _expired(session: Session, retention: RetentionDays, now: dt.datetime) -> Rows:
    """Return the rows that are too old, and those that hang on them.

    Everything is found before anything is deleted, so that a second run finds nothing and a dry
    run tells what a real one does.
    """
    engagements = _ids(
        session, Engagement, Engagement.closed_at < _before(now, retention.closed_engagements)
    )
    clients = select(session, Engagement.client_id, Engagement.id, engagements)
    all_of_them = select(session, Engagement.id, Engagement.client_id, clients)
    clients -= select(session, Engagement.client_id, Engagement.id, all_of_them - engagements)
    callbacks = _ids(
        session,
        Callback,
        Callback.status == "done",
        Callback.created_at < _before(now, retention.conversations),
    )
    conversations = _conversations(session, retention, now, engagements)
    conversations |= _unspoken(session, _before(now, retention.unfinished_intakes))
    rested = _before(now, retention.unfinished_intakes)
    return joined(
        attached(session, clients=clients, engagements=engagements, callbacks=callbacks),
        {
            "kept_intakes": _ids(session, KeptIntake, KeptIntake.expires_at <= now),
            "failed_lookups": _ids(
                session, FailedLookup, FailedLookup.failed_at < _before(now, FAILED_LOOKUP_DAYS)
            ),
            "staff_sessions": _ids(
                session, StaffSession, StaffSession.seen_at < _before(now, STAFF_SESSION_DAYS)
            ),
            "web_sessions": _ids(session, WebSession, WebSession.seen_at < rested),
            # Those of a conversation or a card go with it.
            "slack_posts": _ids(
                session,
                SlackPost,
                SlackPost.done_at < rested,
                SlackPost.conversation_id.is_(None),
                SlackPost.card_id.is_(None),
            ),
            "learner_codes": _ids(session, LearnerCode, LearnerCode.expires_at <= now),
        },
        spoken(session, conversations),
        of_learners(session, _resting(session, _before(now, retention.training), now)),
    )


def _resting(session: Session, before: dt.datetime, now: dt.datetime) -> set[int]:
    """Return the learners who have not practised for too long, nor are just about to."""
    return _ids(
        session,
        Learner,
        Learner.created_at < before,
        *(
            ~sa.exists().where(model.learner_id == Learner.id, lately)
            for model, lately in (
                (LearningReview, LearningReview.reviewed_at >= before),
                (LearnerSignIn, LearnerSignIn.signed_in_at >= before),
                (LearnerCode, LearnerCode.expires_at > now),
            )
        ),
    )


def _old_words(session: Session, before: dt.datetime) -> set[int]:
    return _ids(
        session,
        LearningReview,
        LearningReview.reviewed_at < before,
        LearningReview.answer.is_not(None),
    )


def _conversations(
    session: Session, retention: RetentionDays, now: dt.datetime, leaving: Collection[int]
) -> set[str]:
    """Return the conversations that rested for too long; those that led to something rest longer.

    Args:
        session: The database.
        retention: The limits.
        now: The moment of the purge.
        leaving: Engagements that go in the same run: they keep no conversation.
    """
    finished = _before(now, retention.conversations).timestamp()
    unfinished = _before(now, retention.unfinished_intakes).timestamp()
    last = sa.func.max(events.c.timestamp)
    rested = {
        row.sender_id: row.last
        for row in session.execute(
            sa.select(events.c.sender_id, last.label("last"))
            .group_by(events.c.sender_id)
            .having(last < max(finished, unfinished))
        )
    }
    staying = select(session, Engagement.id, Engagement.conversation_id, rested).difference(leaving)
    led_to_something = select(session, Engagement.conversation_id, Engagement.id, staying)
    return {
        conversation
        for conversation, moment in rested.items()
        if moment < (finished if conversation in led_to_something else unfinished)
    }


def _unspoken(session: Session, before: dt.datetime) -> set[str]:
    """Return the conversations that hold mail but never a turn, and rested for too long."""
    last = sa.func.max(Received.received_at)
    spoken_in = sa.select(events.c.sender_id)
    rested = (
        sa.select(Received.conversation_id)
        .where(Received.conversation_id.not_in(spoken_in))
        .group_by(Received.conversation_id)
        .having(last < before)
    )
    return set(session.execute(rested).scalars())


def _forget_addresses(session: Session, before: dt.datetime) -> None:
    session.execute(
        sa.update(WebSession)
        .where(WebSession.created_at < before, WebSession.address_key.is_not(None))
        .values(address_key=None)
        .execution_options(synchronize_session=False)
    )


def _delivered(session: Session, before: dt.datetime) -> set[int]:
    # As stored, not decrypted: a blank one is never encrypted.
    stored = sa.type_coerce(Notification.payload, sa.Text)
    return _ids(session, Notification, Notification.delivered_at < before, stored != BLANK)


def _blank(session: Session, attribute: Any, ids: Collection[int], blank: Any) -> None:
    """Write what is no text of anybody's into a column, as it is: never encrypted."""
    table = attribute.class_.__table__
    for chosen in chunks(ids):
        session.execute(
            sa.update(table).where(table.c.id.in_(chosen)).values({attribute.key: blank})
        )


def _ids(session: Session, model: Any, *conditions: Any) -> set[int]:
    return set(session.execute(sa.select(model.id).where(*conditions)).scalars())
