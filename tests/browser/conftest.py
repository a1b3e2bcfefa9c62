"""A real browser with the real bot; where either is missing, the reason is said."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright
from sqlalchemy.engine import Engine

from actions.settings import Settings
from tests import office_server
from tests.browser.chat import AXE, Chat
from tests.browser.office import Office
from tests.conftest import HOME

# Chromium asks its makers for this and that at every start unless told otherwise.
QUIETLY = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
Open = Callable[..., Chat]
OpenOffice = Callable[..., Office]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, without a screen.

    Not for longer than a file: as long as Playwright is there, an event loop runs in this process,
    and no test that needs one of its own can have it.
    """
    path = shutil.which("chromium")
    if path is None:
        pytest.skip("there is no Chromium (Debian's package chromium)")
    if not (HOME / "var" / "widget" / "sportello.js").exists() or not AXE.exists():
        pytest.skip("the chat window is not built (make widget)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(QUIETLY))
        yield browser
        browser.close()


@pytest.fixture
def open_chat(chromium: Browser, running: tuple[Settings, Engine]) -> Iterator[Open]:
    """Opens a chat in a browser of its own; what went wrong on its page fails the test."""
    settings, _ = running
    opened: list[tuple[Any, Chat]] = []

    def open_one(url: str | None = None, **options: Any) -> Chat:
        options = {"locale": "it-IT", "viewport": {"width": 1280, "height": 800}, **options}
        context = chromium.new_context(**options)
        chat = Chat(context.new_page(), url or settings.bot_url)
        opened.append((context, chat))
        return chat

    yield open_one
    for context, chat in opened:
        context.close()
        assert chat.foreign == [], "something was asked of somebody else"
        assert [p for p in chat.problems if "Failed to load resource" not in p] == []


@pytest.fixture
def chat(open_chat: Open) -> Chat:
    """The chat, opened on the firm's page."""
    return open_chat().visit()


@pytest.fixture(scope="session")
def office_home(trained: Settings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project's files, for what the back office writes."""
    home = tmp_path_factory.mktemp("office")
    shutil.copytree(HOME / "data", home / "data")
    for name in ("config.yml", "domain.yml", "firm.yml"):
        shutil.copy(HOME / name, home)
    (home / "var").symlink_to(trained.var)
    return home


@pytest.fixture(scope="session")
def office_url(running: tuple[Settings, Engine], office_home: Path) -> Iterator[str]:
    """The address of the back office beside the running bot."""
    settings, engine = running
    office_server.add_accounts(engine)
    with office_server.serve_office(replace(settings, home=office_home)) as url:
        yield url


@pytest.fixture(scope="session")
def cookies(office_url: str) -> dict[str, str]:
    """A session of each role, by its cookie."""
    found = {}
    for role in office_server.PEOPLE:
        browser = office_server.Browser.new(office_url)
        browser.sign_in(role)
        found[role] = browser.http.cookies["sportello_office"]
    return found


@pytest.fixture
def open_office(
    chromium: Browser, office_url: str, cookies: dict[str, str]
) -> Iterator[OpenOffice]:
    """Opens the back office in a browser of its own; what went wrong on a page fails the test."""
    opened: list[tuple[Any, Office]] = []

    def open_one(role: str | None = None, **options: Any) -> Office:
        options = {"locale": "it-IT", "viewport": {"width": 1280, "height": 800}, **options}
        context = chromium.new_context(**options)
        if role:
            cookie = {"name": "sportello_office", "value": cookies[role], "url": office_url}
            context.add_cookies([cookie])
        office = Office(context.new_page(), office_url)
        opened.append((context, office))
        return office

    yield open_one
    for context, office in opened:
        context.close()
        assert office.foreign == [], "something was asked of somebody else"
        assert office.faults == []
