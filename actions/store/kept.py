"""Intakes that were put aside: whoever has the code takes them up again, once."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, sessionmaker

from actions.logic.references import new_resume_code
from actions.store.encryption import search_key
from actions.store.lookups import check_tries, note_failure
from actions.store.models import KeptIntake

LOOKUP = "resume"
TRIES = 5


def keep_intake(
    state: Mapping[str, Any],
    *,
    email: str | None,
    conversation_id: str,
    sessions: sessionmaker[Session],
    now: dt.datetime,
    days: int,
    run: str | None = None,
    new_code: Callable[[], str] = new_resume_code,
) -> str:
    """Store an intake and return the code that opens it, after the commit.

    Args:
        state: What is needed to go on, as JSON knows it.
        email: The person's e-mail address where it is known already, so that erasure finds it.
        conversation_id: Where it was put aside.
        sessions: The database.
        now: The current moment.
        days: For how long the code opens it.
        run: Names the intake; kept again, it takes the place of what was kept before.
        new_code: Draws a code; one that is taken is drawn again.

    Raises:
        sqlalchemy.exc.SQLAlchemyError: nothing was stored.
    """
    for attempt in range(1, TRIES + 1):
        code = new_code()
        with sessions() as session:
            if run is not None:
                # Kept once more: nobody was given the code of the first time.
                session.execute(sa.delete(KeptIntake).where(KeptIntake.run == run))
            session.add(
                KeptIntake(
                    code_hash=_digest(code),
                    state=json.dumps(dict(state)),
                    email_key=search_key(email) if email else None,
                    conversation_id=conversation_id,
                    run=run,
                    created_at=now,
                    expires_at=now + dt.timedelta(days=days),
                )
            )
            try:
                session.commit()
            except IntegrityError:
                if attempt == TRIES:
                    raise
                continue
            return code
    raise AssertionError("the last attempt returns or raises")


def resume_intake(
    code: str, *, conversation_id: str, sessions: sessionmaker[Session], now: dt.datetime
) -> dict[str, Any] | None:
    """Return the intake that a code opens, or None where there is none any more.

    From then on it opens in this conversation alone: a turn that failed can be repeated. It is
    deleted once it is sent or discarded there (`forget_resumed`), or has expired.

    Args:
        code: As `references.find_resume_code` returns it.
        conversation_id: Who asks; it need not be the conversation in which it was put aside.
        sessions: The database.
        now: The current moment.

    Raises:
        TooManyTries: too many codes did not fit.
        EncryptionError: it can't be read with the keys at hand; it is kept.
        sqlalchemy.exc.SQLAlchemyError: it is kept.
    """
    with sessions() as session:
        check_tries(session, LOOKUP, conversation_id, now)
        kept = session.execute(
            sa.select(KeptIntake).where(
                KeptIntake.code_hash == _digest(code),
                KeptIntake.expires_at > now,
                sa.or_(KeptIntake.resumed_by.is_(None), KeptIntake.resumed_by == conversation_id),
            )
        ).scalar_one_or_none()
        state: dict[str, Any] | None = None
        if kept is None:
            note_failure(session, LOOKUP, conversation_id, now)
        else:
            state = json.loads(kept.state)
            kept.resumed_by = conversation_id
        session.commit()
        return state


def forget_resumed(session: Session, run: str) -> None:
    """Delete what was kept of a run that is sent or discarded now; the caller commits."""
    session.execute(sa.delete(KeptIntake).where(KeptIntake.run == run))


def _digest(code: str) -> str:
    # No salt and no slow digest: the code is drawn, and has more bits than anybody can try.
    return hashlib.sha256(code.encode()).hexdigest()
