"""What is to be posted in Slack: rows that are written with what they tell of and sent later, once.

Nothing here talks to Slack. Whoever sends a post claims it first, by putting its next try a lease
ahead and noting that it is being tried: if nothing is noted afterwards, the post may have arrived.
Posts of one lane (a channel, or a person) go out in the order in which they were written.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from actions.store.models import SlackPost

# Longer than one attempt can take; a process that dies holds a post back for no longer.
LEASE = dt.timedelta(seconds=30)
SHORTEST_PAUSE = dt.timedelta(seconds=1)
LONGEST_PAUSE = dt.timedelta(minutes=2)
PATIENCE = dt.timedelta(days=2)
# For so long Slack takes answers to a command.
COMMAND_PATIENCE = dt.timedelta(minutes=30)
# Later, a reminder would come with the next day's.
REMINDER_PATIENCE = dt.timedelta(hours=6)
REMINDER = "reminder:"
BLANK = "{}"


@dataclass(frozen=True)
class Post:
    """A call of Slack's Web API."""

    id: int
    key: str
    lane: str
    method: str
    arguments: dict[str, Any]
    parent_key: str | None
    created_at: dt.datetime
    claimed_until: dt.datetime
    attempts: int
    # When the first attempt was made of which it is not known whether it arrived.
    unsure_since: dt.datetime | None


@dataclass(frozen=True)
class Place:
    """Where a post stands in Slack."""

    channel: str
    ts: str


def put(
    session: Session,
    key: str,
    *,
    lane: str,
    method: str,
    arguments: Mapping[str, Any],
    now: dt.datetime,
    parent_key: str | None = None,
    conversation_id: str | None = None,
    card_id: int | None = None,
) -> bool:
    """Add a post to the caller's transaction, unless one has this key; tell whether it is new.

    Raises:
        sqlalchemy.exc.IntegrityError: another process added it in this very moment.
    """
    if has(session, key):
        return False
    session.add(
        SlackPost(
            key=key,
            lane=lane,
            method=method,
            arguments=json.dumps(arguments),
            parent_key=parent_key,
            conversation_id=conversation_id,
            card_id=card_id,
            created_at=now,
            due_at=now,
        )
    )
    session.flush()
    return True


def remember(session: Session, key: str, now: dt.datetime) -> bool:
    """Note that there is nothing to post under a key; tell whether it is new."""
    if has(session, key):
        return False
    session.add(
        SlackPost(
            key=key, lane="", method="", arguments=BLANK, created_at=now, due_at=now, done_at=now
        )
    )
    session.flush()
    return True


def has(session: Session, key: str) -> bool:
    """Tell whether there is a post of this key, delivered or not."""
    query = sa.select(SlackPost.id).where(SlackPost.key == key)
    return session.execute(query).first() is not None


def last_of_card(session: Session, card_id: int) -> int | None:
    """Return the number of the newest post about a card, delivered or not."""
    newest = sa.select(sa.func.max(SlackPost.id)).where(SlackPost.card_id == card_id)
    number: int | None = session.execute(newest).scalar_one()
    return number


def find(session: Session, key: str) -> Any:
    """Return the row of a post, or None."""
    return session.execute(sa.select(SlackPost).where(SlackPost.key == key)).scalar_one_or_none()


def place_of(session: Session, key: str) -> Place | None:
    """Return where a post stands, once it was delivered."""
    row = session.execute(
        sa.select(SlackPost.channel, SlackPost.ts).where(SlackPost.key == key)
    ).one_or_none()
    return Place(row.channel, row.ts) if row and row.ts and row.channel else None


def claim_due(session: Session, now: dt.datetime, limit: int = 20) -> list[Post]:
    """Take the next post of each lane in which one is due; commits."""
    earlier = aliased(SlackPost)
    rows = session.execute(
        sa.select(SlackPost)
        .where(
            SlackPost.done_at.is_(None),
            SlackPost.due_at <= now,
            ~sa.exists().where(
                earlier.done_at.is_(None),
                earlier.lane == SlackPost.lane,
                earlier.id < SlackPost.id,
            ),
        )
        .order_by(SlackPost.id)
        .limit(limit)
    ).scalars()
    claimed = []
    for row in rows.all():
        # Of two processes that saw the same row only one finds it as it was.
        taken = session.execute(
            sa.update(SlackPost)
            .where(SlackPost.id == row.id, SlackPost.due_at == row.due_at)
            .values(
                due_at=now + LEASE,
                attempts=SlackPost.attempts + 1,
                tried_at=sa.func.coalesce(SlackPost.tried_at, now),
            )
            .execution_options(synchronize_session=False)
        ).rowcount
        if taken:
            claimed.append(
                Post(
                    row.id,
                    row.key,
                    row.lane,
                    row.method,
                    json.loads(row.arguments),
                    row.parent_key,
                    row.created_at,
                    now + LEASE,
                    row.attempts + 1,
                    row.tried_at,
                )
            )
    session.commit()
    return claimed


def delivered(
    session: Session, post: Post, now: dt.datetime, channel: str | None, ts: str | None
) -> None:
    """Note that a post arrived, and where it stands."""
    # What a home shows of its reader is theirs; nobody needs it again.
    shown = {"arguments": BLANK} if post.method == "views.publish" else {}
    _note(
        session, post, done_at=now, tried_at=None, last_error=None, channel=channel, ts=ts, **shown
    )


def given_up(session: Session, post: Post, now: dt.datetime, error: str) -> None:
    """Note that a post will never arrive: Slack does not want it, or has been away for too long."""
    _note(session, post, done_at=now, tried_at=None, last_error=error[:200])


def put_off(
    session: Session,
    post: Post,
    now: dt.datetime,
    error: str,
    *,
    wait: dt.timedelta | None = None,
    surely_not_there: bool = False,
) -> None:
    """Try a post again later.

    Args:
        session: The caller commits.
        post: As it was claimed.
        now: The current moment.
        error: Why, in a few words without anything personal.
        wait: What Slack asked for.
        surely_not_there: Whether Slack said that the post did not arrive.
    """
    if now - post.created_at > _patience(post):
        given_up(session, post, now, error)
        return
    pause = wait or min(SHORTEST_PAUSE * 2 ** min(post.attempts - 1, 10), LONGEST_PAUSE)
    values: dict[str, Any] = {"due_at": now + pause, "last_error": error[:200]}
    if surely_not_there:
        values["tried_at"] = None
    _note(session, post, **values)


@dataclass(frozen=True)
class GivenUp:
    """A post that Slack did not want, or was away for too long to get."""

    id: int
    method: str
    created_at: dt.datetime
    attempts: int
    last_error: str | None


def list_given_up(session: Session, limit: int = 100) -> list[GivenUp]:
    """Return the posts to channels and people that never arrived, the newest first."""
    rows = session.execute(
        sa.select(
            SlackPost.id,
            SlackPost.method,
            SlackPost.created_at,
            SlackPost.attempts,
            SlackPost.last_error,
        )
        .where(*_GIVEN_UP)
        .order_by(SlackPost.id.desc())
        .limit(limit)
    )
    return [GivenUp(*row) for row in rows]


def try_again(session: Session, post_id: int, now: dt.datetime) -> bool:
    """Make a post that was given up due now; tell whether there is such a one. The caller commits.

    Its patience begins anew.
    """
    found: int = session.execute(
        sa.update(SlackPost)
        .where(SlackPost.id == post_id, *_GIVEN_UP)
        .values(done_at=None, due_at=now, created_at=now, attempts=0, last_error=None)
        .execution_options(synchronize_session=False)
    ).rowcount
    return bool(found)


# What was put off for good. Slack takes answers to a command, and homes, for a short time only.
_GIVEN_UP = (
    SlackPost.done_at.is_not(None),
    SlackPost.ts.is_(None),
    SlackPost.last_error.is_not(None),
    SlackPost.method.like("chat.%"),
)


def _patience(post: Post) -> dt.timedelta:
    if post.method == "response_url":
        return COMMAND_PATIENCE
    return REMINDER_PATIENCE if post.key.startswith(REMINDER) else PATIENCE


def _note(session: Session, post: Post, **values: Any) -> None:
    # If the lease ran out, another process has it.
    session.execute(
        sa.update(SlackPost)
        .where(SlackPost.id == post.id, SlackPost.due_at == post.claimed_until)
        .values(values)
        .execution_options(synchronize_session=False)
    )
