"""The back office's own process on a free port, and somebody who has signed in to it."""

from __future__ import annotations

import datetime as dt
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import requests
from sqlalchemy.engine import Engine

from actions.settings import Settings
from actions.store.audit import Staff
from actions.store.database import create_engine, session_factory
from actions.store.migrations import upgrade
from actions.store.models import ROLES
from actions.store.staff import add_account
from bot.supervisor import answers
from tests.conftest import HOME, free_port

PASSWORD = "una frase lunga e sicura"
PEOPLE = {"reader": "Carla Verdi", "staff": "Bruno Neri", "admin": "Anna Bianchi"}
_TOKEN = re.compile(r'name="csrf" value="([0-9a-f]+)"')


def email_of(role: str) -> str:
    """Return the address of the account with a role."""
    return f"{role}@example.com"


def add_accounts(engine: Engine) -> None:
    """Make an account of each role."""
    now = dt.datetime.now(dt.timezone.utc)
    with session_factory(engine)() as session:
        for role in ROLES:
            add_account(
                session,
                email=email_of(role),
                name=PEOPLE[role],
                role=role,
                language="it",
                password=PASSWORD,
                now=now,
                by=Staff("command", "test"),
            )
        session.commit()


@dataclass
class Browser:
    """What a browser does with forms and cookies, without one."""

    url: str
    http: requests.Session

    @classmethod
    def new(cls, url: str) -> Browser:
        """Return one that has not signed in."""
        return cls(url, requests.Session())

    def get(self, path: str, **options: Any) -> requests.Response:
        """Ask for a page; redirections are not followed."""
        return self.http.get(self.url + path, allow_redirects=False, timeout=30, **options)

    def token(self, path: str) -> str:
        """Return the token of the forms on a page."""
        found = _TOKEN.search(self.get(path).text)
        assert found, f"there is no form on {path}"
        return found.group(1)

    def post(
        self,
        path: str,
        form: dict[str, Any] | None = None,
        *,
        page: str = "/account",
        **options: Any,
    ) -> requests.Response:
        """Send a form with the token that a page carries."""
        data = {"csrf": self.token(page), **(form or {})}
        return self.http.post(
            self.url + path, data=data, allow_redirects=False, timeout=30, **options
        )

    def sign_in(self, role: str, password: str = PASSWORD) -> requests.Response:
        """Sign in as the account of a role."""
        form = {"email": email_of(role), "password": password}
        return self.post("/login", form, page="/login")


@contextmanager
def serve_office(settings: Settings, log: Path | None = None, **environment: str) -> Iterator[str]:
    """Start the back office on a free port, yield its address, and stop it."""
    port = free_port()
    own = {
        "SPORTELLO_HOME": str(settings.home),
        "SPORTELLO_VAR": str(settings.var),
        "SPORTELLO_FIRM": str(settings.firm_file),
        "DATABASE_URL": settings.database_url,
        "SPORTELLO_OFFICE_PORT": str(port),
    }
    with (log or Path(os.devnull)).open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "bot.office.server"],
            cwd=HOME,
            env={**os.environ, **own, **environment},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    url = f"http://127.0.0.1:{port}"
    try:
        patience = time.monotonic() + 60
        while not answers(f"{url}/health"):
            assert process.poll() is None, "the back office could not start"
            assert time.monotonic() < patience, "the back office does not answer"
            time.sleep(0.1)
        yield url
    finally:
        process.terminate()
        process.wait(15)


def prepared(settings: Settings, database_url: str, var: Path) -> tuple[Settings, Engine]:
    """Return settings for a database with all tables and an account of each role."""
    own = replace(settings, database_url=database_url, var=var)
    engine = create_engine(database_url)
    upgrade(engine, HOME)
    add_accounts(engine)
    return own, engine
