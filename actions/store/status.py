"""Where a request stands, told to whoever knows both its reference and its e-mail address."""

from __future__ import annotations

import datetime as dt
import hmac
from itertools import product

import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from actions.store.encryption import search_keys
from actions.store.lookups import check_tries, note_failure
from actions.store.models import Client, Engagement, OtherContact

LOOKUP = "status"
# Fits no address: compared with where there is no row, so that the answer takes as long.
_NOBODY = "0" * 64


def status_of(
    reference: str,
    email: str,
    *,
    conversation_id: str,
    sessions: sessionmaker[Session],
    now: dt.datetime,
) -> str | None:
    """Return an engagement's status (one of `models.STATUSES`), or None where the pair is wrong.

    Which half is wrong is not told, neither by the answer nor by the time that it takes.

    Args:
        reference: As `references.find_reference` returns it.
        email: The validated address.
        conversation_id: Who asks.
        sessions: The database.
        now: The current moment.

    Raises:
        TooManyTries: too many pairs did not fit.
        sqlalchemy.exc.SQLAlchemyError: the database can't be asked.
    """
    with sessions() as session:
        check_tries(session, LOOKUP, conversation_id, now)
        found = session.execute(
            sa.select(Engagement.status, Client.id, Client.email_key)
            .join(Engagement.client)
            .where(Engagement.reference == reference)
        ).one_or_none()
        others = sa.select(OtherContact.contact_key).where(
            OtherContact.client_id == (found.id if found else 0)
        )
        stored = [(found and found.email_key) or _NOBODY, *session.scalars(others)]
        # A sum, because it compares every digest, whichever fits.
        pairs = product(stored, search_keys(email))
        fits = sum(hmac.compare_digest(one, key) for one, key in pairs) > 0
        if not fits:
            note_failure(session, LOOKUP, conversation_id, now)
        session.commit()
        return found.status if found and fits else None
