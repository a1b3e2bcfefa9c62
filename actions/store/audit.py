"""Who read or changed what: rows that are only ever added, in the transaction of what they tell of.

Nothing of a client's data is in them, so that they can stay when the client is erased: what was
read or changed is named by its number, a changed field by its name, never by its value.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from actions.store.models import AuditEntry


@dataclass(frozen=True)
class Staff:
    """A member of staff, as a channel vouches for them.

    ``id`` is ``staff:<number>`` in the office, ``<team>:<member>`` in Slack, ``command`` in the
    terminal.
    """

    id: str
    name: str


# Whoever is not signed in.
NOBODY = Staff("nobody", "")


def note(
    session: Session,
    staff: Staff,
    action: str,
    now: dt.datetime,
    *,
    about: tuple[str, int | None] | None = None,
    **detail: Any,
) -> None:
    """Add an entry to the caller's transaction.

    Args:
        session: What is told of happens if and only if it commits.
        staff: Who.
        action: A word such as ``read`` or ``take``, with a text in ``data/office.yml``.
        now: The current moment.
        about: What kind of thing, and which: ``("engagement", 12)``.
        detail: What else is to be known: JSON can hold it, and nothing in it is a client's.
    """
    subject, subject_id = about or (None, None)
    session.add(
        AuditEntry(
            at=now,
            actor=staff.id,
            name=staff.name,
            action=action,
            subject=subject,
            subject_id=subject_id,
            detail=json.dumps(detail, ensure_ascii=False) if detail else None,
        )
    )


def entries_about(session: Session, subject: str, subject_id: int) -> Sequence[Any]:
    """Return the entries about one thing, the newest first."""
    found = session.execute(
        sa.select(AuditEntry)
        .where(AuditEntry.subject == subject, AuditEntry.subject_id == subject_id)
        .order_by(AuditEntry.id.desc())
    )
    return list(found.scalars())
