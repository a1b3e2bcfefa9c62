"""`sportello staff`: what whoever looks after the accounts types and sees."""

from __future__ import annotations

import datetime as dt
import os
import pty
import re
import select
import shlex
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher
from sqlalchemy.engine import Engine
from typer.exceptions import TyperException
from typer.testing import CliRunner, Result

from actions.store import staff as accounts
from actions.store.database import create_engine, session_factory
from actions.store.models import AuditEntry
from actions.store.staff import SignInRefused, StaffError
from bot.commands.staff import staff
from tests.bot.test_cli import one_line
from tests.bot.test_cli import run as run_process
from tests.conftest import HOME

Run = Callable[..., Result]
ANNA, BRUNO = "anna@example.com", "bruno@example.com"
PASSWORD = "il mare in novembre"
OTHER = "la neve in montagna"
DRAWN = r"(?:[0-9A-Z]{4}-){4}[0-9A-Z]{4}"


@pytest.fixture
def run(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command on a database, empty at first; its errors are raised."""
    monkeypatch.setenv("SPORTELLO_HOME", str(HOME))
    monkeypatch.setenv("SPORTELLO_VAR", str(tmp_path / "var"))
    monkeypatch.setenv("DATABASE_URL", database)
    monkeypatch.setenv("LOGNAME", "carla")
    monkeypatch.setattr(
        accounts, "_HASHER", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    )

    def run(line: str, text: str | bytes | None = None) -> Result:
        return CliRunner().invoke(
            staff, shlex.split(line), input=text, catch_exceptions=False, standalone_mode=False
        )

    return run


@pytest.fixture
def engine(database: str) -> Engine:
    """An engine on the database that the command makes."""
    return create_engine(database)


def signs_in(engine: Engine, email: str, password: str) -> bool:
    try:
        accounts.sign_in(
            session_factory(engine), email=email, password=password, address=None, now=now()
        )
    except SignInRefused:
        return False
    return True


def now() -> dt.datetime:
    return dt.datetime.now(dt.timezone.utc)


def roles(engine: Engine) -> dict[str, tuple[str, str]]:
    with session_factory(engine)() as session:
        found = accounts.list_accounts(session, now())
        return {each.email: (each.role, each.language) for each in found}


def test_the_first_account_needs_nothing_but_the_command(run: Run, engine: Engine) -> None:
    said = run('add Anna@Example.com --name "Anna Bianchi"', f"{PASSWORD}\n").output
    assert said == (
        f"{ANNA} may sign in at http://127.0.0.1:8000 as admin, because it is the first account.\n"
    )
    assert signs_in(engine, ANNA, PASSWORD)
    said = run(f"add {BRUNO} --name Bruno --language en", f"{OTHER}\r\nwhatever\n").output
    assert said == f"{BRUNO} may sign in at http://127.0.0.1:8000 as staff.\n"
    assert signs_in(engine, BRUNO, OTHER)
    run("add carla@example.com --name Carla --role reader", PASSWORD)
    assert roles(engine) == {
        ANNA: ("admin", "it"),
        BRUNO: ("staff", "en"),
        "carla@example.com": ("reader", "it"),
    }


def test_the_first_account_may_be_no_admin(run: Run, engine: Engine) -> None:
    said = run(f"add {ANNA} --name Anna --role staff", PASSWORD).output
    assert " as staff.\n" in said
    assert said.endswith(
        "Nobody administers yet: 'sportello staff role EMAIL admin' gives somebody the role.\n"
    )
    assert roles(engine) == {ANNA: ("staff", "it")}


def test_the_office_has_its_own_address(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (HOME / "firm.yml").read_text(encoding="utf-8")
    firm = tmp_path / "firm.yml"
    firm.write_text(
        text.replace("back_office:", "back_office:\n  address: https://office.example"),
        encoding="utf-8",
    )
    monkeypatch.setenv("SPORTELLO_FIRM", str(firm))
    said = run(f"add {ANNA} --name Anna", PASSWORD).output
    assert said.startswith(f"{ANNA} may sign in at https://office.example as admin")


def test_a_password_is_drawn_and_shown_once(run: Run, engine: Engine) -> None:
    added = run(f"add {ANNA} --name Anna --generate")
    first = added.stdout.splitlines()[0]
    assert re.fullmatch(DRAWN, first)
    assert "not shown again" in added.stderr
    assert signs_in(engine, ANNA, first)
    second = run(f"password {ANNA} --generate").stdout.splitlines()[0]
    assert re.fullmatch(DRAWN, second)
    assert not signs_in(engine, ANNA, first)
    assert signs_in(engine, ANNA, second)


def test_another_password_signs_out(run: Run, engine: Engine) -> None:
    run(f"add {ANNA} --name Anna", PASSWORD)
    sessions = session_factory(engine)
    token, _ = accounts.sign_in(sessions, email=ANNA, password=PASSWORD, address=None, now=now())
    said = run(f"password {ANNA}", f"{OTHER}\n").output
    assert said == f"{ANNA} has another password, and is signed out everywhere.\n"
    with sessions() as session:
        limits = accounts.LONGEST_SESSIONS
        assert accounts.session_of(session, token, now(), limits, touch=True) is None
    assert signs_in(engine, ANNA, OTHER)


def test_accounts_are_listed(run: Run, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.commands.staff.console.width", 120, raising=False)
    run(f"add {ANNA} --name 'Anna [b]Bianchi'", PASSWORD)
    run(f"add {BRUNO} --name Bruno", PASSWORD)
    run("add carla@example.com --name Carla --role reader --language en", PASSWORD)
    signs_in(engine, ANNA, PASSWORD)
    run("disable carla@example.com")
    for _ in range(5):
        signs_in(engine, BRUNO, OTHER)
    head, *rows = (re.split(r"\s{2,}", line.strip()) for line in run("list").output.splitlines())
    assert head == ["E-mail", "Name", "Role", "Language", "Last seen", "State"]
    anna, bruno, carla = rows
    assert anna[:4] == [ANNA, "Anna [b]Bianchi", "admin", "it"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d", anna[4])
    assert anna[5] == "active"
    assert bruno == [BRUNO, "Bruno", "staff", "it", "–", "locked"]
    assert carla == ["carla@example.com", "Carla", "reader", "en", "–", "disabled"]


def test_an_account_is_changed(run: Run, engine: Engine) -> None:
    run(f"add {ANNA} --name Anna", PASSWORD)
    run(f"add {BRUNO} --name Bruno", PASSWORD)
    assert run(f"role {BRUNO} admin").output == f"{BRUNO} is admin from now on.\n"
    assert roles(engine)[BRUNO] == ("admin", "it")
    assert "can't sign in any more" in run(f"disable {ANNA}").output
    assert not signs_in(engine, ANNA, PASSWORD)
    assert "can sign in again" in run(f"enable {ANNA}").output
    assert signs_in(engine, ANNA, PASSWORD)
    for _ in range(5):
        signs_in(engine, ANNA, OTHER)
    assert not signs_in(engine, ANNA, PASSWORD)
    assert run(f"unlock {ANNA}").output == f"{ANNA} may try again at once.\n"
    assert signs_in(engine, ANNA, PASSWORD)


def test_the_audit_names_who_typed(run: Run, engine: Engine) -> None:
    run(f"add {ANNA} --name Anna", PASSWORD)
    run(f"add {BRUNO} --name Bruno", PASSWORD)
    for line in (
        "password {} --generate",
        "role {} reader",
        "disable {}",
        "enable {}",
        "unlock {}",
    ):
        run(line.format(BRUNO))
    with session_factory(engine)() as session:
        told = session.execute(
            sa.select(AuditEntry.actor, AuditEntry.name, AuditEntry.action, AuditEntry.subject_id)
        ).all()
    assert {(row.actor, row.name) for row in told} == {("command", "carla")}
    assert [(row.action.removeprefix("account_"), row.subject_id) for row in told] == [
        ("add", 1),
        *((action, 2) for action in "add password role disable enable unlock".split()),
    ]


def test_a_wrong_line_changes_nothing(run: Run, engine: Engine) -> None:
    run(f"add {ANNA} --name Anna", PASSWORD)
    for line, text, told in (
        (f"add {ANNA} --name Anna", PASSWORD, "There is an account of anna@example.com already"),
        ("add anna --name Anna", PASSWORD, "'anna' is not an e-mail address"),
        (f"add {BRUNO} --name ''", PASSWORD, "A name has between 1 and 200 characters"),
        (f"add {BRUNO} --name Bruno", "", "at least 12 characters"),
        (f"add {BRUNO} --name Bruno", "breve\n", "at least 12 characters"),
        (f"password {ANNA}", "Password1234\n", "choose another"),
        (f"password {BRUNO}", PASSWORD, "There is no account of bruno@example.com"),
        (f"role {ANNA} staff", None, "is the only admin"),
        (f"disable {ANNA}", None, "is the only admin"),
        (f"enable {BRUNO}", None, "There is no account of bruno@example.com"),
        (f"unlock {BRUNO}", None, "There is no account of bruno@example.com"),
    ):
        with pytest.raises(StaffError, match=told) as error:
            run(line, text)
        assert "\n" not in str(error.value)
    with pytest.raises(TyperException, match="is not UTF-8"):
        run(f"password {ANNA}", PASSWORD.encode() + b"\xe8\n")
    assert roles(engine) == {ANNA: ("admin", "it")}
    assert signs_in(engine, ANNA, PASSWORD)


def test_bad_input_is_one_line(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'var' / 'sportello.db'}"
    for arguments, told in (
        (("add", ANNA), "Missing option '--name'"),
        (("role", ANNA, "boss"), "'boss' is not one of 'reader', 'staff', 'admin'"),
        (("list",), "There is no database at"),
        (("password", ANNA), "There is no database at"),
        ((), "See 'sportello staff --help'"),
    ):
        assert told in one_line(run_process("staff", *arguments, DATABASE_URL=url))
    assert not list(tmp_path.iterdir())
    line = one_line(run_process("staff", "add", ANNA, "--name", "A", text="x", DATABASE_URL=url))
    assert line == "Error: A password needs at least 12 characters."
    nobody = run_process("staff", "list", DATABASE_URL=url)
    assert nobody.stdout.startswith("There is no account yet: 'sportello staff add")


@pytest.mark.parametrize(
    "command", ["add", "list", "password", "role", "disable", "enable", "unlock"]
)
def test_every_command_has_an_example(command: str, run: Run) -> None:
    assert f"Example: sportello staff {command}" in run(f"{command} --help").output


def test_a_terminal_asks_twice_and_shows_nothing(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'sportello.db'}"
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(HOME)
        line = ["-m", "bot", "staff", "add", ANNA, "--name", "Anna"]
        os.execve(sys.executable, [sys.executable, *line], {**os.environ, "DATABASE_URL": url})
    shown = ""
    for prompt, typed in (
        ("or more): ", PASSWORD),
        ("Once more: ", OTHER),
        ("or more): ", PASSWORD),
        ("Once more: ", PASSWORD),
        ("first account.", None),
    ):
        shown += read_until(terminal, prompt)
        if typed is not None:
            os.write(terminal, f"{typed}\n".encode())
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert "do not match" in shown
    assert PASSWORD not in shown
    assert OTHER not in shown
    assert signs_in(create_engine(url), ANNA, PASSWORD)


def read_until(terminal: int, end: str) -> str:
    """Return what a terminal shows up to and with a text, which must come within a minute."""
    shown = ""
    while end not in shown:
        ready, _, _ = select.select([terminal], [], [], 60)
        assert ready, shown
        shown += os.read(terminal, 4096).decode()
    return shown
