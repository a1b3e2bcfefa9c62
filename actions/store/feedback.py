"""What people think of the answers they got. Nothing here commits."""

from __future__ import annotations

import datetime as dt
import json

import sqlalchemy as sa
from sqlalchemy.orm import Session

from actions.logic.masking import mask
from actions.store import usage
from actions.store.models import Answer, Feedback, Received


def give_feedback(
    session: Session, conversation_id: str, answer: int, helpful: bool, now: dt.datetime
) -> bool:
    """Store whether an answer helped; a later verdict takes the place of an earlier one.

    The question is kept with personal data masked, so that staff can see what was not answered.
    ``now`` is in the firm's time zone, whose day the figures count.

    Returns:
        Whether this conversation has such an answer, from the FAQ or the documents.
    """
    found = session.execute(
        sa.select(Answer.payload, Received.text)
        .join(Received, Received.id == Answer.inbox_id)
        .where(Answer.id == answer, Answer.conversation_id == conversation_id)
    ).one_or_none()
    payload = json.loads(found.payload) if found else {}
    custom = [reply.get("custom") or {} for reply in payload.get("replies", ())]
    sourced = next((c for c in custom if "source" in c), None)
    if found is None or sourced is None:
        return False
    _count(session, conversation_id, answer, helpful, now)
    session.execute(sa.delete(Feedback).where(Feedback.outbox_id == answer))
    session.add(
        Feedback(
            outbox_id=answer,
            conversation_id=conversation_id,
            helpful=helpful,
            faq=sourced.get("faq"),
            question=mask(found.text),
            language=payload.get("language") or "it",
            given_at=now,
        )
    )
    return True


def _count(
    session: Session, conversation_id: str, answer: int, helpful: bool, now: dt.datetime
) -> None:
    """Count the verdict for the figures, in place of an earlier one: they outlive the row."""
    channel = conversation_id.partition(":")[0]
    earlier = session.execute(
        sa.select(Feedback.helpful, Feedback.given_at).where(Feedback.outbox_id == answer)
    ).one_or_none()
    if earlier is not None:
        day = earlier.given_at.astimezone(now.tzinfo).date()
        name = usage.UP if earlier.helpful else usage.DOWN
        usage.count(session, day, channel, usage.THUMB, name, -1)
    usage.count(session, now.date(), channel, usage.THUMB, usage.UP if helpful else usage.DOWN)


def verdicts_of(session: Session, conversation_id: str) -> dict[int, bool]:
    """Return whether each answer of a conversation helped, where somebody said so."""
    query = sa.select(Feedback.outbox_id, Feedback.helpful)
    rows = session.execute(query.where(Feedback.conversation_id == conversation_id))
    return {row.outbox_id: row.helpful for row in rows}
