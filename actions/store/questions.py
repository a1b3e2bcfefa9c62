"""Questions without a good answer, kept so that the firm can add one.

They stand in two tables: what nobody could answer or what two answers fitted, and the answers that
got a thumb down. Each is known by a name such as ``q12`` or ``f3``, which says in which.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from actions.store.database import chunks
from actions.store.models import Feedback, UnansweredQuestion

THUMBS_DOWN = "thumbs_down"
_TABLES: dict[str, Any] = {"q": UnansweredQuestion, "f": Feedback}


@dataclass(frozen=True)
class Question:
    """What somebody asked, masked; the kind is unanswered, unclear or thumbs_down."""

    id: str
    kind: str
    text: str
    language: str
    asked_at: dt.datetime
    draft: str | None = None
    dealt_with_at: dt.datetime | None = None


def keep_question(
    text: str,
    *,
    reason: str,
    language: str,
    channel: str,
    nearest: Sequence[str],
    sessions: sessionmaker[Session],
    now: dt.datetime,
) -> None:
    """Store a question with the labels nearest to it, the nearest first.

    Raises:
        sqlalchemy.exc.SQLAlchemyError: nothing was stored.
    """
    with sessions() as session:
        session.add(
            UnansweredQuestion(
                text=text,
                reason=reason,
                language=language,
                channel=channel,
                nearest=json.dumps(list(nearest)),
                asked_at=now,
            )
        )
        session.commit()


def list_questions(session: Session, *, only_open: bool = False) -> list[Question]:
    """Return the questions of all kinds, also those dealt with if wanted, the oldest first."""
    asked, judged = UnansweredQuestion, Feedback
    queries = {
        "q": sa.select(
            asked.id,
            asked.reason.label("kind"),
            asked.text,
            asked.language,
            asked.asked_at,
            asked.draft,
            asked.dealt_with_at,
        ).order_by(asked.id),
        "f": sa.select(
            judged.id,
            sa.literal(THUMBS_DOWN).label("kind"),
            judged.question.label("text"),
            judged.language,
            judged.given_at.label("asked_at"),
            judged.draft,
            judged.dealt_with_at,
        )
        .where(judged.helpful.is_(False))
        .order_by(judged.id),
    }
    if only_open:
        queries = {
            letter: query.where(_TABLES[letter].dealt_with_at.is_(None))
            for letter, query in queries.items()
        }
    found = [
        Question(**{**row, "id": f"{letter}{row['id']}"})
        for letter, query in queries.items()
        for row in session.execute(query).mappings()
    ]
    return sorted(found, key=lambda question: question.asked_at)


def deal_with(
    session: Session, questions: Collection[Question], draft: str | None, now: dt.datetime
) -> int:
    """Note that these questions went into a draft, or without one that they need none.

    The caller commits. What has been dealt with meanwhile stays so; returns how many there were.
    """
    number = 0
    for letter, table in _TABLES.items():
        ids = [int(question.id[1:]) for question in questions if question.id[0] == letter]
        for chosen in chunks(ids):
            number += session.execute(
                sa.update(table)
                .where(table.id.in_(chosen), table.dealt_with_at.is_(None))
                .values(draft=draft, dealt_with_at=now)
                .execution_options(synchronize_session=False)
            ).rowcount
    return number


def reopen(session: Session, draft: str) -> None:
    """Put the questions that went into a draft back on the list; the caller commits."""
    for table in _TABLES.values():
        session.execute(
            sa.update(table)
            .where(table.draft == draft)
            .values(draft=None, dealt_with_at=None)
            .execution_options(synchronize_session=False)
        )
