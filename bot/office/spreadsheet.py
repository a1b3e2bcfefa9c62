"""Tables as files that a spreadsheet opens: a cell is never run as a formula."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from starlette.responses import StreamingResponse

from actions.store import inbox
from actions.store.inbox import Filter
from bot.office.desk import OfficeDesk
from bot.office.words import Words

# What spreadsheets take for a formula at the beginning of a cell, in whatever width it is written.
SIGNS = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "|", "%")
CONTROLS = ("\t", "\r", "\n")
BYTE_ORDER_MARK = "\ufeff"  # without it, Excel takes UTF-8 for something else
# Where the decimal sign is a comma, spreadsheets expect another one between cells.
DELIMITERS = {"it": ";", "en": ","}


def harmless(value: Any) -> str:
    """Return a cell that shows a value and never runs it.

    A text that begins like a formula, be it after spaces, gets an apostrophe in front; so do the
    numbers of telephones, which begin with a plus.
    """
    if value is None:
        return ""
    if isinstance(value, (dt.date, dt.time, int, float)):
        return str(value)
    text = str(value).replace("\x00", "")
    begin = next((place for place, sign in enumerate(text) if not _is_blank(sign)), len(text))
    return f"'{text}" if text.startswith(CONTROLS) or text[begin:].startswith(SIGNS) else text


def _is_blank(sign: str) -> bool:
    """Tell whether nothing is seen of a sign; a spreadsheet may skip it."""
    return sign.isspace() or not sign.isprintable()


def lines(rows: Iterable[Sequence[Any]], language: str) -> Iterator[str]:
    """Yield a table line by line, the mark that tells its encoding first."""
    yield BYTE_ORDER_MARK
    for row in rows:
        line = io.StringIO()
        writer = csv.writer(line, delimiter=DELIMITERS[language], quoting=csv.QUOTE_ALL)
        writer.writerow([harmless(cell) for cell in row])
        yield line.getvalue()


def download(rows: Iterable[Sequence[Any]], name: str, language: str) -> StreamingResponse:
    """Return a table as a file to save; rows are fetched while it is sent."""
    return StreamingResponse(
        lines(rows, language),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def inbox_table(
    office: OfficeDesk, words: Words, chosen: Filter, sort: str
) -> Iterator[Sequence[Any]]:
    """Yield the requests that a filter shows, the headings first."""
    columns = (
        *("reference", "created", "status", "service", "channel", "client", "form", "relation"),
        *("contact", "email", "phone", "language", "expectations", "deadlines", "due", "taken"),
    )
    yield [words(f"column_{name}") for name in columns]
    with office.sessions() as session:
        for record in inbox.read_all(session, chosen, sort=sort, today=office.today()):
            row = record.row
            yield [
                row.reference,
                f"{row.created_at.astimezone(office.firm.zone):%Y-%m-%d %H:%M}",
                words(f"status_{row.status}"),
                row.service,
                words.channel(row.channel),
                row.client_name,
                words(f"form_{row.form}"),
                words(f"relation_{record.relation}"),
                record.contact_name,
                record.email,
                record.phone,
                words(f"language_{record.language}"),
                "; ".join(record.expectations),
                "; ".join(_deadline(*deadline) for deadline in record.deadlines),
                row.due_date,
                row.taken_name,
            ]


def _deadline(said: str, purpose: str | None, day: dt.date | None, time: dt.time | None) -> str:
    """Return a deadline as a cell holds it: the day if any, what is due, the client's words."""
    when = [day and day.isoformat(), time and time.isoformat("minutes")]
    parts = [*when, purpose, said and f"«{said}»"]
    return " ".join(str(part) for part in parts if part)
