"""How an open page notices that something has changed: by what it has seen, without an entry."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from actions.store import casework, models
from actions.store.audit import Staff
from tests.office.site import NOW, Site, add_callback, add_intake, form_of
from tests.office_server import Browser

SLACK = Staff("slack:T1:U1", "Rita Sala")


def seen(browser: Browser, path: str) -> str:
    """Open a page and return its fingerprint."""
    found = re.search(r'data-fingerprint="(\w+)"', browser.get(path).text)
    assert found
    return found[1]


def look(browser: Browser, path: str, mark: str) -> int:
    """Return how a script is answered that has seen a page."""
    answer = browser.get(path, headers={"X-Background": "1", "X-Seen": mark})
    assert answer.status_code != 204 or not answer.content
    return answer.status_code


def correct(site: Site, number: int) -> None:
    with site.database() as session:
        sent = form_of(session.get(models.Engagement, number), name="Elena Nuova")
    assert site.person("staff").post(f"/intakes/{number}/edit", sent).status_code == 303


def by_slack(site: Site, number: int) -> None:
    with site.database() as session:
        casework.set_status(session, number, "accepted", SLACK, NOW, in_slack=True)


CHANGES: dict[str, Callable[[Site, int], Any]] = {
    "status": lambda site, n: site.person("staff").post(
        f"/intakes/{n}/status", {"version": 1, "status": "closed"}
    ),
    "take": lambda site, n: site.person("staff").post(f"/intakes/{n}/take"),
    "note": lambda site, n: site.person("staff").post(f"/intakes/{n}/notes", {"text": "ecco"}),
    "correction": correct,
    "Slack": by_slack,
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_request(site: Site, name: str) -> None:
    with site.database() as session:
        number, other = add_intake(session).id, add_intake(session).id
    reader, path = site.person("reader"), f"/intakes/{number}"
    mark = seen(reader, path)
    last = site.last_entry()
    assert look(reader, path, mark) == 204
    assert not site.entries_after(last)
    # That somebody reads it, or changes another one, is no news.
    site.person("admin").get(path)
    site.person("admin").get(f"{path}/print")
    CHANGES["note"](site, other)
    last = site.last_entry()
    assert look(reader, path, mark) == 204
    assert not site.entries_after(last)
    CHANGES[name](site, number)
    last = site.last_entry()
    assert look(reader, path, mark) == 200
    assert [entry.action for entry in site.entries_after(last)] == ["refresh"]
    assert look(reader, path, seen(reader, path)) == 204


@pytest.mark.parametrize("name", [name for name in CHANGES if name != "note"])
def test_the_inbox(site: Site, name: str) -> None:
    with site.database() as session:
        number = add_intake(session).id
    reader, path = site.person("reader"), "/inbox?status=all"
    mark = seen(reader, path)
    site.person("admin").get(f"/intakes/{number}")
    assert look(reader, path, mark) == 204
    CHANGES[name](site, number)
    assert look(reader, path, mark) == 200
    assert look(reader, path, seen(reader, path)) == 204


def test_what_comes_in(site: Site) -> None:
    reader = site.person("reader")
    marks = {path: seen(reader, path) for path in ("/inbox", "/inbox?status=closed", "/callbacks")}
    with site.database() as session:
        add_intake(session)
    assert look(reader, "/inbox", marks["/inbox"]) == 200
    assert look(reader, "/callbacks", marks["/callbacks"]) == 204
    mark = seen(reader, "/inbox")
    with site.database() as session:
        add_callback(session)
    # The inbox counts those who want to be called.
    assert look(reader, "/inbox", mark) == 200
    last = site.last_entry()
    assert look(reader, "/callbacks", marks["/callbacks"]) == 200
    assert [entry.action for entry in site.entries_after(last)] == ["refresh_callbacks"]


def test_call_backs(site: Site) -> None:
    with site.database() as session:
        number = add_callback(session)
    reader = site.person("reader")
    mark = seen(reader, "/callbacks")
    last = site.last_entry()
    assert look(reader, "/callbacks", mark) == 204
    assert not site.entries_after(last)
    site.person("staff").post(f"/callbacks/{number}/status", {"version": 1, "status": "done"})
    assert look(reader, "/callbacks", mark) == 200
    site.run(sa.delete(models.Callback))
    assert look(reader, "/callbacks", seen(reader, "/callbacks")) == 204


def test_a_form_hears_of_what_would_be_a_conflict(site: Site) -> None:
    with site.database() as session:
        number = add_intake(session).id
    staff, path = site.person("staff"), f"/intakes/{number}/edit"
    mark = seen(staff, path)
    last = site.last_entry()
    assert look(staff, path, mark) == 204
    assert not site.entries_after(last)
    site.person("admin").post(f"/intakes/{number}/notes", {"text": "una nota"})
    assert look(staff, path, mark) == 204
    correct(site, number)
    assert look(staff, path, mark) == 200


def test_whoever_is_signed_out_is_told_so(site: Site) -> None:
    answer = site.nobody().get("/inbox", headers={"X-Background": "1", "X-Seen": "x"})
    assert answer.status_code == 401
    assert "Location" not in answer.headers
