"""The commands of data protection: show somebody's data, erase it, let old data expire."""

from __future__ import annotations

import datetime as dt
import json
import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from actions.firm import load_firm
from actions.settings import Settings
from actions.store import privacy, retention
from bot.commands.database import open_database

console = Console(highlight=False)
errors = Console(stderr=True, highlight=False)

Subject = Annotated[
    str,
    typer.Argument(
        metavar="REFERENCE|EMAIL|learner:ID",
        help="A reference code, an e-mail address, or a number of 'sportello training learners'.",
        show_default=False,
    ),
]


class PrivacyError(Exception):
    """A command of data protection can't do what it is asked; the message says why."""


def export(
    subject: Subject,
    output: Annotated[
        Path | None,
        typer.Option(
            help="A new file, or a folder for one; without it, standard output.", show_default=False
        ),
    ] = None,
) -> None:
    """Write everything about a person as one JSON, described in docs/privacy.md.

    Example: sportello export K7PM-3XQD --output copy.json
    """
    now = _now()
    with open_database(Settings.read()) as (_, session):
        text = _as_json(privacy.export(session, _found(session, subject), now))
    if output is None:
        sys.stdout.write(text)
        return
    if output.is_dir():
        # File names end up in logs and backups: nobody's name or address in them.
        output = output / f"sportello-export-{now:%Y%m%dT%H%M%SZ}.json"
    _write_privately(output, text)
    console.print(f"Written to {output}.", soft_wrap=True, markup=False)


def erase(
    subject: Subject,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask for confirmation.")] = False,
) -> None:
    """Erase everything about a person, for good, after showing how much it is.

    Example: sportello erase anna@example.com
    """
    with open_database(Settings.read()) as (engine, session):
        _show(privacy.count(session, _found(session, subject)), "Rows to erase")
        # No transaction may stay open while somebody makes up their mind.
        session.rollback()
        if not yes:
            _confirm()
        # Looked up again: the conversation may have gone on.
        privacy.settle(session)
        gone = privacy.erase(session, _found(session, subject), "command", _now())
        session.commit()
        console.print(f"Erased: {sum(gone.values())} rows.")
        _scrub(engine)


def purge(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only show what would be deleted.")
    ] = False,
) -> None:
    """Delete what is older than firm.yml allows (retention_days).

    Example: sportello purge --dry-run
    """
    settings = Settings.read()
    limits = load_firm(settings.firm_file).retention_days
    with open_database(settings) as (engine, session):
        gone = retention.purge(session, limits, _now(), dry_run)
        session.commit()
        if gone:
            _show(gone, "Rows that would go" if dry_run else "Rows deleted")
        else:
            console.print("Nothing is older than firm.yml allows.")
        if not dry_run:
            # Even where nothing went: an erasure may have found the file in use.
            _scrub(engine)


def _found(session: Session, subject: str) -> privacy.Person:
    person = privacy.find_person(session, subject)
    if person is None and subject.startswith("learner:"):
        raise PrivacyError(f"There is no {subject}: 'sportello training learners' lists them.")
    if person is None:
        raise PrivacyError("Nothing is stored under that reference or e-mail address.")
    return person


def _confirm() -> None:
    try:
        sure = typer.confirm("Erase all of it? This can't be undone")
    except typer.Abort:
        sure = False
    if not sure:
        raise PrivacyError("Nothing was erased: answer y, or use --yes.")


def _scrub(engine: Engine) -> None:
    if not privacy.scrub(engine):
        errors.print(
            "The rows are deleted, but the database's file is in use and may keep traces of them "
            "until 'sportello purge' runs again.",
            soft_wrap=True,
        )


def _show(rows: dict[str, int], title: str) -> None:
    table = Table(title=title, title_justify="left", box=None, show_header=False)
    for name, number in rows.items():
        table.add_row(name, str(number))
    console.print(table)


def _as_json(value: dict[str, Any]) -> str:
    text = json.dumps(value, ensure_ascii=False, indent=2) + "\n"
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(value, indent=2) + "\n"  # half a character: only as an escape
    return text


def _write_privately(path: Path, text: str) -> None:
    """Write a new file that only its owner reads; what is there already is never overwritten."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise PrivacyError(f"{path} can't be written: {error.strerror}.") from None


def _now() -> dt.datetime:
    return dt.datetime.now(dt.timezone.utc)
