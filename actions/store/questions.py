"""Questions that nobody could answer, kept so that the firm can add an answer."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence

from sqlalchemy.orm import Session, sessionmaker

from actions.store.models import UnansweredQuestion


def keep_question(
    text: str,
    *,
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
                language=language,
                channel=channel,
                nearest=json.dumps(list(nearest)),
                asked_at=now,
            )
        )
        session.commit()
