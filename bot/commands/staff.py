"""The commands that say who may work in the back office: its accounts and their passwords.

No password is ever an argument: the shell's history and the list of processes show those.
"""

from __future__ import annotations

import datetime as dt
import getpass
import sys
from enum import Enum
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from sqlalchemy.orm import Session

from actions.firm import Firm, load_firm
from actions.logic.passwords import SHORTEST, new_password
from actions.settings import Settings
from actions.store import staff as accounts
from actions.store.audit import Staff
from bot.commands.database import migrate, open_database

staff = typer.Typer(help="Who may sign in to the back office.")
console = Console(highlight=False)
errors = Console(stderr=True, highlight=False)


class Role(str, Enum):
    """What somebody may do: read; work with requests; administer."""

    reader = "reader"
    staff = "staff"
    admin = "admin"


class Language(str, Enum):
    """In which language somebody sees the pages."""

    it = "it"
    en = "en"


Email = Annotated[
    str, typer.Argument(metavar="EMAIL", help="The address of the account.", show_default=False)
]
Generate = Annotated[
    bool, typer.Option("--generate", help="Draw a password, and print it this once.")
]


@staff.command()
def add(
    email: Email,
    name: Annotated[str, typer.Option("--name", help="As colleagues see it.", show_default=False)],
    role: Annotated[
        Role | None,
        typer.Option(
            help="What they may do: without it staff, but admin for the first account.",
            show_default=False,
        ),
    ] = None,
    language: Annotated[
        Language | None,
        typer.Option(help="Of their pages: without it the firm's first.", show_default=False),
    ] = None,
    generate: Generate = False,
) -> None:
    """Let somebody work in the back office: asks for a password, or reads one line.

    Example: sportello staff add anna@example.com --name "Anna Bianchi" --role staff
    """
    settings = Settings.read()
    firm = load_firm(settings.firm_file)
    # So that it can be typed before `sportello up` has ever run.
    migrate(settings)
    address = accounts.read_address(email)
    with open_database(settings) as (_, session):
        first = not _listed(session)
        # No transaction may stay open while somebody thinks of a password.
        session.rollback()
        password = _password(generate)
        account = accounts.add_account(
            session,
            email=address,
            name=name,
            role=(role or (Role.admin if first else Role.staff)).value,
            language=language.value if language else firm.languages[0],
            password=password,
            now=_now(),
            by=_operator(),
        )
        session.commit()
        admin = any(a.role == "admin" and not a.disabled_at for a in _listed(session))
    if generate:
        _show_password(password)
    why = ", because it is the first account" if first and role is None else ""
    _say(f"{account.email} may sign in at {_address(settings, firm)} as {account.role}{why}.")
    if not admin:
        _say("Nobody administers yet: 'sportello staff role EMAIL admin' gives somebody the role.")


@staff.command("list")
def list_accounts() -> None:
    """List the accounts: who they are, what they may do, when they were last there.

    Example: sportello staff list
    """
    settings = Settings.read()
    zone = load_firm(settings.firm_file).zone
    with open_database(settings) as (_, session):
        found = accounts.list_accounts(session, _now())
    if not found:
        _say("There is no account yet: 'sportello staff add EMAIL --name NAME' makes the first.")
        return
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for title in ("E-mail", "Name", "Role", "Language", "Last seen", "State"):
        table.add_column(title)
    for each in found:
        last = f"{each.last_seen.astimezone(zone):%Y-%m-%d %H:%M}" if each.last_seen else "–"
        row = (each.email, each.name, each.role, each.language, last, _state(each))
        table.add_row(*map(escape, row))
    console.print(table)


@staff.command()
def password(email: Email, generate: Generate = False) -> None:
    """Give an account another password, and end its sessions: asks for it, or reads one line.

    Example: sportello staff password anna@example.com --generate
    """
    with open_database(Settings.read()) as (_, session):
        account = accounts.account_of_email(session, email)
        session.rollback()
        chosen = _password(generate)
        accounts.set_password(session, account.id, chosen, _now(), by=_operator())
        session.commit()
    if generate:
        _show_password(chosen)
    _say(f"{account.email} has another password, and is signed out everywhere.")


@staff.command()
def role(
    email: Email,
    role: Annotated[Role, typer.Argument(help="What they may do from now on.", show_default=False)],
) -> None:
    """Give an account another role.

    Example: sportello staff role anna@example.com admin
    """
    with open_database(Settings.read()) as (_, session):
        account = accounts.account_of_email(session, email)
        accounts.set_role(session, account.id, role.value, _now(), by=_operator())
        session.commit()
    _say(f"{account.email} is {role.value} from now on.")


@staff.command()
def disable(email: Email) -> None:
    """Let an account sign in no more, and end its sessions and its calendar.

    Example: sportello staff disable anna@example.com
    """
    with open_database(Settings.read()) as (_, session):
        account = accounts.account_of_email(session, email)
        accounts.disable(session, account.id, _now(), by=_operator())
        session.commit()
    _say(f"{account.email} can't sign in any more, and is signed out everywhere.")


@staff.command()
def enable(email: Email) -> None:
    """Let a disabled account sign in again.

    Example: sportello staff enable anna@example.com
    """
    with open_database(Settings.read()) as (_, session):
        account = accounts.account_of_email(session, email)
        accounts.enable(session, account.id, _now(), by=_operator())
        session.commit()
    _say(f"{account.email} can sign in again, with the old password.")


@staff.command()
def unlock(email: Email) -> None:
    """Let an account try again at once after too many wrong passwords.

    Example: sportello staff unlock anna@example.com
    """
    with open_database(Settings.read()) as (_, session):
        account = accounts.account_of_email(session, email)
        accounts.unlock(session, email, _now(), by=_operator())
        session.commit()
    _say(f"{account.email} may try again at once.")


def _listed(session: Session) -> list[accounts.Listed]:
    return accounts.list_accounts(session, _now())


def _password(generate: bool) -> str:
    """Return a password: drawn, asked for twice on a terminal, or else the first line of input."""
    if generate:
        return new_password()
    if sys.stdin.isatty():
        question = f"Password ({SHORTEST} characters or more)"
        return str(typer.prompt(question, hide_input=True, confirmation_prompt="Once more"))
    try:
        return sys.stdin.readline().rstrip("\r\n")
    except UnicodeDecodeError:
        raise typer.BadParameter("The password on standard input is not UTF-8") from None


def _show_password(drawn: str) -> None:
    """Print it where it can be piped, and around it what is for people."""
    typer.echo(drawn)
    errors.print("Hand it to that person alone: it is not shown again.", soft_wrap=True)


def _state(account: accounts.Listed) -> str:
    if account.disabled_at is not None:
        return "disabled"
    return "locked" if account.locked else "active"


def _address(settings: Settings, firm: Firm) -> str:
    return firm.back_office.address or settings.office_url


def _operator() -> Staff:
    """Return whoever types, as the audit is to name them."""
    try:
        return Staff("command", getpass.getuser())
    except (KeyError, OSError):  # an account without a name, as in some containers
        return Staff("command", "")


def _say(sentence: str) -> None:
    console.print(sentence, soft_wrap=True, markup=False)


def _now() -> dt.datetime:
    return dt.datetime.now(dt.timezone.utc)
