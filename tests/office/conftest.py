"""One back office for the tests of a run, so that its process is rarely started."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from actions.settings import Settings
from tests.conftest import HOME
from tests.office.site import (
    NOW,
    Site,
    add_callback,
    add_draft,
    add_intake,
    add_notification,
    add_post,
    add_question,
    add_twins,
    open_site,
)


@pytest.fixture(scope="session")
def settings() -> Settings:
    """Settings without what the machine's environment says."""
    return Settings.read({"SPORTELLO_HOME": str(HOME)})


@pytest.fixture(scope="session")
def site(shared_site: Site) -> Site:
    """The back office that a file's tests use, unless the file has one of its own."""
    return shared_site


@pytest.fixture(scope="session")
def shared_site(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A back office on SQLite in which something of everything is stored."""
    folder = tmp_path_factory.mktemp("office")
    # One proxy, so that a test can come from an address of its own.
    with open_site(
        settings, f"sqlite:///{folder / 'sportello.db'}", folder, SPORTELLO_PROXIES="1"
    ) as site:
        with site.database() as session:
            add_intake(session)
            add_intake(session, due=-3, status="accepted", channel="slack")
            add_intake(session, due=None, status="closed")
            add_twins(session)
            add_callback(session)
            add_callback(session, status="done", handled_name="Bruno Neri", handled_at=NOW)
            add_question(session)
            add_notification(session)
            add_notification(session, parked_at=None, due_at=NOW)
            add_post(session)
        add_draft(site)
        yield site
