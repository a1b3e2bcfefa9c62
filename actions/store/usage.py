"""How often what happens, and how far each intake came: counts in which nobody is to be found.

No word that somebody wrote, no name and no id of a conversation may get in here, because nothing of
it is ever erased. Nothing here commits.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, get_args

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from actions.firm import IntakeField
from actions.logic.meanings import CONFIRM, CONSENT
from actions.store.models import IntakeRun, UsageCount

# Kinds of counts: an answer of the FAQ, by its entry; a message, by what became of it; a verdict.
FAQ, TURN, THUMB = "faq", "turn", "thumb"
UP, DOWN = "up", "down"
ANSWERED, HANDED_OFF, UNANSWERED, UNCLEAR = "answered", "handed_off", "unanswered", "unclear"
OTHER = "other"  # no question: an answer of an intake, a greeting, training
# Where an intake can be left, in its order.
FIELDS = (CONSENT, *get_args(IntakeField), CONFIRM)


def count(
    session: Session, day: dt.date, channel: str, kind: str, name: str, number: int = 1
) -> None:
    """Add to what has happened on a day.

    Args:
        session: The caller's; another one that counts the same waits for its end.
        day: In the firm's time zone.
        channel: Such as ``web``.
        kind: `FAQ`, `TURN` or `THUMB`.
        name: Of the entry; `ANSWERED` and its like; `UP` or `DOWN`.
        number: How often; negative to take back what was counted.
    """
    row = _insert(session, UsageCount).values(
        day=day, channel=channel, kind=kind, name=name, number=number
    )
    session.execute(
        row.on_conflict_do_update(
            index_elements=("day", "channel", "kind", "name"),
            set_={"number": UsageCount.number + row.excluded.number},
        )
    )


def note_run(
    session: Session,
    run: str,
    *,
    channel: str,
    language: str,
    field: str,
    now: dt.datetime,
    outcome: str | None = None,
) -> None:
    """Note how far a run of the intake has come; what was sent stays so, whatever is noted later.

    Args:
        session: The caller's.
        run: The slot ``intake_run``.
        channel: Where it began, as `language`: later ones are not noted.
        language: ``it`` or ``en``.
        field: One of `FIELDS`, the question that is open, or was when the run ended.
        now: The moment of the message.
        outcome: One of `models.RUN_OUTCOMES`; None while it is open, or open again.
    """
    row = _insert(session, IntakeRun).values(
        run=run,
        channel=channel,
        language=language,
        started_at=now,
        last_field=field,
        last_at=now,
        outcome=outcome,
    )
    session.execute(
        row.on_conflict_do_update(
            index_elements=("run",),
            set_={name: row.excluded[name] for name in ("last_field", "last_at", "outcome")},
            where=IntakeRun.outcome.is_distinct_from("submitted"),
        )
    )


def _insert(session: Session, table: Any) -> Any:
    """Return an insertion that can say what happens where the row is there already."""
    kind = session.get_bind().dialect.name
    return (postgresql if kind == "postgresql" else sqlite).insert(table)
