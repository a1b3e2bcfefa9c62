"""The command that shows what the outside was not told yet, and tells it again."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

import typer
from rich.console import Console
from rich.table import Table

from actions.firm import load_firm
from actions.settings import Settings
from actions.store.database import create_engine, session_factory
from actions.store.notifications import (
    NotificationsError,
    OpenNotification,
    list_open,
    send_again,
)


def notifications(
    again: Annotated[
        str | None,
        typer.Option(
            "--send-again",
            metavar="ID|all",
            help="Try one again now, or all that are parked.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """List the notifications that wait for the webhook, or that it refused (parked).

    Example: sportello notifications --send-again all
    """
    settings = Settings.read()
    zone = load_firm(settings.firm_file).zone
    console = Console(highlight=False)
    with session_factory(create_engine(settings.database_url))() as session:
        if again is not None:
            count = send_again(session, _which(again), dt.datetime.now(dt.timezone.utc))
            session.commit()
            console.print(f"{count} due now." if count else "No notification is parked.")
        rows = list_open(session)
    if rows:
        console.print(_table(rows, zone))
    elif again is None:
        console.print("No notification is waiting or parked.")
    if rows and settings.webhook_url is None:
        console.print("They stay queued until there is a webhook: set SPORTELLO_WEBHOOK_URL.")


def _which(said: str) -> int | Literal["all"]:
    if said == "all":
        return "all"
    # More digits than an id can have would be the database's error.
    if not (said.isascii() and said.isdecimal()) or len(said) > 9:
        raise NotificationsError(f"--send-again takes an id of the list, or all: not {said!r}.")
    return int(said)


def _table(rows: list[OpenNotification], zone: dt.tzinfo) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("Id", justify="right")
    table.add_column("Topic")
    table.add_column("Reference", no_wrap=True)
    table.add_column("Created", no_wrap=True)
    table.add_column("Tries", justify="right")
    table.add_column("Next try", no_wrap=True)
    table.add_column("Last error")
    for row in rows:
        table.add_row(
            str(row.id),
            row.topic,
            row.reference or "–",
            _moment(row.created_at, zone),
            str(row.attempts),
            _moment(row.due_at, zone) if row.due_at else "[red]parked[/]",
            row.last_error or "–",
        )
    return table


def _moment(moment: dt.datetime, zone: dt.tzinfo) -> str:
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M}"
