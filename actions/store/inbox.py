"""What the back office lists: requests, deadlines, clients, what needs attention.

Every query answers quickly with a hundred thousand requests: rows are chosen and ordered by number,
through indexes, and only those of the page at hand are read whole. Nothing here writes.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from actions.store.models import (
    OPEN,
    STATUSES,
    Callback,
    Client,
    Deadline,
    Engagement,
    Expectation,
    Feedback,
    Notification,
    PossibleDuplicate,
    UnansweredQuestion,
)
from actions.store.search import matching_clients

SORTS = ("newest", "oldest", "due")
DUES = ("overdue", "week", "warned")
SOON_DAYS = 7
BATCH = 500
# Of a reference, the shortest beginning that finds it, and the whole without its hyphen.
SHORTEST_REFERENCE, REFERENCE = 4, 8


@dataclass(frozen=True)
class Filter:
    """Which requests are meant.

    ``status`` is one of `models.STATUSES`, ``open`` (not decided or at work) or ``all``; ``due``
    one of `DUES`, which are about open requests alone: its first day is past, comes within a week,
    or a day of warning has come for one that is not past.
    """

    status: str = "open"
    service: str | None = None
    channel: str | None = None
    due: str | None = None
    taken_by: str | None = None
    words: str = ""


@dataclass(frozen=True)
class Row:
    """A request as a list shows it.

    ``due_date`` and ``due_time`` are those of its first day, ``more_days`` how many others it has.
    """

    id: int
    reference: str
    created_at: dt.datetime
    status: str
    service: str
    channel: str
    client_id: int
    client_name: str
    form: str
    due_date: dt.date | None
    due_time: dt.time | None
    more_days: int
    warned: bool
    overdue: bool
    taken_name: str | None
    taken_by: str | None
    duplicates: bool
    version: int


@dataclass(frozen=True)
class Page:
    """Part of a list, and how many there are by status under all other filters."""

    rows: tuple[Row, ...]
    total: int
    number: int
    pages: int
    counts: Mapping[str, int]


@dataclass(frozen=True)
class Record:
    """A request with everything that goes into a table of all of them."""

    row: Row
    relation: str
    contact_name: str | None
    email: str | None
    phone: str | None
    language: str
    expectations: tuple[str, ...]
    # said, purpose, due_date, due_time
    deadlines: tuple[tuple[str, str | None, dt.date | None, dt.time | None], ...]


@dataclass(frozen=True)
class Attention:
    """How much waits for somebody."""

    new: int
    overdue: int
    due_soon: int
    callbacks: int
    questions: int
    failures: int


@dataclass(frozen=True)
class Due:
    """A deadline of an open request, for the calendar."""

    deadline_id: int
    engagement_id: int
    reference: str
    service: str
    status: str
    client_name: str
    said: str
    purpose: str | None
    due_date: dt.date
    due_time: dt.time | None
    warn_on: dt.date | None
    taken_name: str | None


@dataclass(frozen=True)
class ClientRow:
    """A client as a list shows them."""

    id: int
    name: str
    form: str
    relation: str
    email: str | None
    phone: str | None
    created_at: dt.datetime
    engagements: int
    duplicates: bool


@dataclass(frozen=True)
class ClientPage:
    """Part of the list of clients."""

    rows: tuple[ClientRow, ...]
    total: int
    number: int
    pages: int


def read_page(
    session: Session,
    filter: Filter,
    *,
    sort: str = "newest",
    number: int = 1,
    size: int = 25,
    today: dt.date,
) -> Page:
    """Return a page of requests; a number beyond the end gives the last one.

    Args:
        session: The database.
        filter: Which requests.
        sort: One of `SORTS`; by first day, those without one come last.
        number: Which page, from 1.
        size: How many rows make a page.
        today: The firm's day.
    """
    counts = _counts(session, filter, today)
    total = counts.get(filter.status, 0)
    number, pages = _place(total, number, size)
    ids = session.scalars(
        _ids(session, filter, sort, today).limit(size).offset((number - 1) * size)
    ).all()
    return Page(tuple(_rows(session, ids, today)), total, number, pages, counts)


def fingerprint(page: Page) -> str:
    """Return a digest that is another one whenever `read_page` returns something else."""
    return hashlib.sha256(repr(page).encode()).hexdigest()[:16]


def read_all(
    session: Session,
    filter: Filter,
    *,
    sort: str = "newest",
    today: dt.date,
) -> Iterator[Record]:
    """Yield all requests, read in batches; what is erased meanwhile is not among them."""
    ids = session.scalars(_ids(session, filter, sort, today)).all()
    for start in range(0, len(ids), BATCH):
        yield from _records(session, ids[start : start + BATCH], today)


def attention(session: Session, today: dt.date) -> Attention:
    """Return how much waits for somebody on a day."""

    def number(column: Any, *conditions: Any) -> Any:
        return sa.select(sa.func.count(column)).where(*conditions).scalar_subquery()

    new, overdue, soon, callbacks, questions, verdicts, failures = session.execute(
        sa.select(
            number(Engagement.id, Engagement.status == "new"),
            number(Engagement.id, *_due("overdue", today)),
            number(Engagement.id, *_due("week", today)),
            number(Callback.id, Callback.status == "new"),
            number(UnansweredQuestion.id, UnansweredQuestion.dealt_with_at.is_(None)),
            number(Feedback.id, Feedback.dealt_with_at.is_(None), Feedback.helpful.is_(False)),
            number(Notification.id, Notification.parked_at.is_not(None)),
        )
    ).one()
    return Attention(new, overdue, soon, callbacks, questions + verdicts, failures)


def read_services(session: Session) -> list[str]:
    """Return the services that any request is about, in alphabetical order."""
    return sorted(_distinct(session, Engagement.service))


def read_channels(session: Session) -> list[str]:
    """Return the channels over which any request came, in alphabetical order."""
    return sorted(_distinct(session, Engagement.channel))


def due_between(session: Session, first: dt.date, last: dt.date) -> list[Due]:
    """Return the deadlines of open requests from one day to another, both included, in order."""
    rows = session.execute(
        sa.select(
            Deadline.id,
            Deadline.engagement_id,
            Engagement.reference,
            Engagement.service,
            Engagement.status,
            Client.name,
            Deadline.said,
            Deadline.purpose,
            Deadline.due_date,
            Deadline.due_time,
            Deadline.warn_on,
            Engagement.taken_name,
        )
        .join(Engagement, Engagement.id == Deadline.engagement_id)
        .join(Client, Client.id == Engagement.client_id)
        .where(Deadline.due_date.between(first, last), Engagement.status.in_(OPEN))
        .order_by(Deadline.due_date, sa.nulls_first(Deadline.due_time), Deadline.id)
    )
    return [Due(*row) for row in rows]


def read_clients(
    session: Session, words: str = "", *, number: int = 1, size: int = 25
) -> ClientPage:
    """Return a page of clients, the newest first; a number beyond the end gives the last one."""
    ids = sa.select(Client.id)
    if words.strip():
        ids = ids.where(Client.id.in_(matching_clients(words)))
    total = session.execute(sa.select(sa.func.count()).select_from(ids.subquery())).scalar_one()
    number, pages = _place(total, number, size)
    chosen = ids.order_by(Client.id.desc()).limit(size).offset((number - 1) * size)
    mine = sa.select(sa.func.count(Engagement.id)).where(Engagement.client_id == Client.id)
    rows = session.execute(
        sa.select(
            Client.id,
            Client.name,
            Client.form,
            Client.relation,
            Client.email,
            Client.phone,
            Client.created_at,
            mine.scalar_subquery(),
            sa.or_(
                _doubtful(PossibleDuplicate.other_client_id == Client.id),
                _doubtful(
                    PossibleDuplicate.engagement_id == Engagement.id,
                    Engagement.client_id == Client.id,
                ),
            ),
        )
        .where(Client.id.in_(session.scalars(chosen).all()))
        .order_by(Client.id.desc())
    )
    return ClientPage(tuple(ClientRow(*row) for row in rows), total, number, pages)


def _place(total: int, number: int, size: int) -> tuple[int, int]:
    """Return which page there is in place of the one wanted, and how many there are."""
    pages = max(1, math.ceil(total / size))
    return min(max(1, number), pages), pages


def _counts(session: Session, filter: Filter, today: dt.date) -> dict[str, int]:
    by_status = dict.fromkeys(STATUSES, 0)
    found = session.execute(
        sa.select(Engagement.status, sa.func.count())
        .where(*_conditions(session, filter, today))
        .group_by(Engagement.status)
    )
    by_status.update(tuple(row) for row in found)
    return {
        **by_status,
        "open": sum(by_status[status] for status in OPEN),
        "all": sum(by_status.values()),
    }


def _ids(session: Session, filter: Filter, sort: str, today: dt.date) -> sa.sql.Select:
    """Return the query for the numbers alone: an index holds them, in their order."""
    query = sa.select(Engagement.id).where(*_conditions(session, filter, today))
    if filter.status != "all":
        among = OPEN if filter.status == "open" else (filter.status,)
        query = query.where(Engagement.status.in_(among))
    order = {
        "newest": (Engagement.id.desc(),),
        "oldest": (Engagement.id,),
        "due": (sa.nulls_last(Engagement.due_date), Engagement.id),
    }
    return query.order_by(*order[sort])


def _conditions(session: Session, filter: Filter, today: dt.date) -> list[Any]:
    """Return what must be true of a request, but for its status."""
    conditions = [
        column == value
        for column, value in (
            (Engagement.service, filter.service),
            (Engagement.channel, filter.channel),
            (Engagement.taken_by, filter.taken_by),
        )
        if value is not None
    ]
    if filter.due:
        conditions += _due(filter.due, today)
    if filter.words.strip():
        conditions.append(_matches(session, filter.words))
    return conditions


def _due(due: str, today: dt.date) -> list[Any]:
    is_open = Engagement.status.in_(OPEN)
    if due == "overdue":
        return [is_open, Engagement.due_date < today]
    if due == "week":
        # Also where an earlier one has been forgotten: the first day alone does not tell.
        soon = sa.select(Deadline.engagement_id).where(
            Deadline.due_date.between(today, today + dt.timedelta(days=SOON_DAYS))
        )
        return [is_open, Engagement.id.in_(soon)]
    if due == "warned":
        warned = sa.select(Deadline.engagement_id).where(
            Deadline.warn_on <= today, Deadline.due_date >= today
        )
        return [is_open, Engagement.id.in_(warned)]
    raise ValueError(f"no such time: {due}")


def _matches(session: Session, words: str) -> Any:
    """Return the condition that typed words are a request's reference or its client's."""
    theirs = Engagement.client_id.in_(matching_clients(words))
    by_code = _by_code(session, words)
    if not by_code:
        return theirs
    # Not with OR, for which no index serves.
    both = sa.union(
        sa.select(Engagement.id).where(theirs),
        sa.select(Engagement.id).where(Engagement.id.in_(by_code)),
    )
    return Engagement.id.in_(both)


def _by_code(session: Session, words: str) -> list[int]:
    """Return the requests whose reference is what was typed, or begins like it."""
    letters = "".join(filter(str.isalnum, words)).upper()
    if not letters.isascii() or not SHORTEST_REFERENCE <= len(letters) <= REFERENCE:
        return []
    # Between codes of full length, because then every collation orders them alike.
    first, last = (_code(letters.ljust(REFERENCE, fill)) for fill in "0Z")
    query = sa.select(Engagement.id).where(Engagement.reference.between(first, last))
    return list(session.scalars(query))


def _code(letters: str) -> str:
    return f"{letters[:4]}-{letters[4:]}"


def _doubtful(*conditions: Any) -> Any:
    return sa.exists().where(*conditions, PossibleDuplicate.dismissed_at.is_(None))


def _distinct(session: Session, column: Any) -> list[str]:
    """Return a column's values, each from the one before: an index gives each at once."""
    found = sa.select(sa.func.min(column).label("value")).cte(recursive=True)
    following = sa.select(sa.func.min(column)).where(column > found.c.value).scalar_subquery()
    found = found.union_all(sa.select(following).where(found.c.value.is_not(None)))
    return list(session.scalars(sa.select(found.c.value).where(found.c.value.is_not(None))))


def _rows(
    session: Session,
    ids: Sequence[int],
    today: dt.date,
    deadlines: Mapping[int, Sequence[Any]] | None = None,
) -> Iterator[Row]:
    """Yield the rows of some numbers, in their order."""
    if deadlines is None:
        deadlines = _of_each(session, Deadline, ids)
    found = {
        row.id: row
        for row in session.execute(
            sa.select(
                Engagement.id,
                Engagement.reference,
                Engagement.created_at,
                Engagement.status,
                Engagement.service,
                Engagement.channel,
                Engagement.client_id,
                Client.name.label("client_name"),
                Client.form,
                Engagement.due_date,
                Engagement.taken_name,
                Engagement.taken_by,
                sa.or_(
                    _doubtful(PossibleDuplicate.engagement_id == Engagement.id),
                    _doubtful(PossibleDuplicate.other_client_id == Engagement.client_id),
                ).label("duplicates"),
                Engagement.version,
            )
            .join(Client, Client.id == Engagement.client_id)
            .where(Engagement.id.in_(ids))
        )
    }
    for row in (found[number] for number in ids if number in found):
        is_open = row.status in OPEN
        days = [item for item in deadlines.get(row.id, ()) if item.due_date]
        warnings = [item.warn_on for item in days if item.warn_on and item.due_date >= today]
        times = [i.due_time for i in days if i.due_date == row.due_date and i.due_time]
        yield Row(
            **row._mapping,
            due_time=min(times, default=None),
            more_days=max(0, len(days) - 1),
            warned=is_open and any(day <= today for day in warnings),
            overdue=bool(is_open and row.due_date and row.due_date < today),
        )


def _records(session: Session, ids: Sequence[int], today: dt.date) -> Iterator[Record]:
    deadlines = _of_each(session, Deadline, ids)
    expectations = _of_each(session, Expectation, ids)
    rows = list(_rows(session, ids, today, deadlines))
    clients = {
        row.id: row
        for row in session.execute(
            sa.select(
                Engagement.id,
                Client.relation,
                Client.contact_name,
                Client.email,
                Client.phone,
                Client.language,
            )
            .join(Client, Client.id == Engagement.client_id)
            .where(Engagement.id.in_(ids))
        )
    }
    for row in rows:
        client = clients.get(row.id)
        if client is None:
            continue
        yield Record(
            row,
            client.relation,
            client.contact_name,
            client.email,
            client.phone,
            client.language,
            tuple(item.text for item in expectations.get(row.id, ())),
            tuple((i.said, i.purpose, i.due_date, i.due_time) for i in deadlines.get(row.id, ())),
        )


def _of_each(session: Session, model: Any, ids: Sequence[int]) -> dict[int, list[Any]]:
    """Return the rows that hang on requests, by their number, in the order of their positions."""
    found = defaultdict(list)
    columns = model.__table__.columns
    for row in session.execute(
        sa.select(*columns)
        .where(model.engagement_id.in_(ids))
        .order_by(model.engagement_id, model.position, model.id)
    ):
        found[row.engagement_id].append(row)
    return dict(found)
