"""How messages came from Slack: where their answers go. Nothing here commits."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from actions.store.models import SlackPost, SlackRoute


@dataclass(frozen=True)
class Route:
    """The way back to whoever wrote."""

    team: str
    member: str
    channel: str
    thread_ts: str | None = None
    response_url: str | None = None
    post_key: str | None = None
    kind: str = "text"

    @property
    def is_private(self) -> bool:
        """Whether only the member and the bot are there."""
        return self.channel.startswith(("D", "U", "W"))


def add_route(
    session: Session, inbox_id: int, conversation_id: str, route: Route, now: dt.datetime
) -> None:
    """Note where the answer to a message goes."""
    session.add(
        SlackRoute(
            conversation_id=conversation_id,
            inbox_id=inbox_id,
            kind=route.kind,
            team=route.team,
            member=route.member,
            channel=route.channel,
            thread_ts=route.thread_ts,
            response_url=route.response_url,
            post_key=route.post_key,
            created_at=now,
        )
    )


def route_of_message(session: Session, inbox_id: int) -> Route | None:
    """Return the way back of one message."""
    return _route(session, SlackRoute.inbox_id == inbox_id)


def route_of_conversation(session: Session, conversation_id: str) -> Route | None:
    """Return the way back of the last message of a conversation, for what is said later."""
    return _route(session, SlackRoute.conversation_id == conversation_id)


def is_post_of(session: Session, conversation_id: str, channel: str, ts: str) -> bool:
    """Tell whether the bot posted a message in a conversation."""
    query = sa.select(SlackPost.id).where(
        SlackPost.conversation_id == conversation_id,
        SlackPost.channel == channel,
        SlackPost.ts == ts,
    )
    return session.execute(query.limit(1)).first() is not None


def _route(session: Session, condition: object) -> Route | None:
    row = (
        session.execute(
            sa.select(SlackRoute).where(condition).order_by(SlackRoute.id.desc()).limit(1)
        )
        .scalars()
        .first()
    )
    return row and Route(
        row.team,
        row.member,
        row.channel,
        row.thread_ts,
        row.response_url,
        row.post_key,
        row.kind,
    )
