"""A real browser with the real bot; where either is missing, the reason is said."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright
from sqlalchemy.engine import Engine

from actions.settings import Settings
from tests.browser.chat import AXE, Chat
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
