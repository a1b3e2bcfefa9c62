"""Every page in both languages, full and empty, on both databases; and a database that is away."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from cryptography.fernet import Fernet
from sqlalchemy.engine import make_url

from actions.settings import Settings
from actions.store import models
from actions.store.staff import set_language
from tests.office.site import (
    NOW,
    Site,
    add_callback,
    add_client,
    add_draft,
    add_intake,
    add_notification,
    add_post,
    add_question,
    add_twins,
    open_site,
)
from tests.office_server import Browser
from tests.tcp_proxy import Proxy

STATIC = (
    *("/inbox", "/inbox?status=all&sort=due", "/inbox?due=overdue", "/inbox?due=week&mine=1"),
    *("/inbox?due=warned", "/inbox?q=elena", "/inbox?q=T001-AAAA", "/inbox?page=99&sort=oldest"),
    *("/calendar", "/calendar?month=2027-02", "/clients", "/clients?q=elena&page=2", "/duplicates"),
    *("/callbacks", "/callbacks?status=done", "/questions", "/dashboard", "/dashboard?days=365"),
    *("/dashboard?since=2026-01-01&until=2026-12-31&channel=web", "/training"),
    *("/training?days=30", "/notifications", "/accounts", "/account", "/audit-entry/list"),
    *("/audit-entry/list?search=anna&page=1", "/inbox.csv?status=all", "/none"),
)


def fill(site: Site) -> list[str]:
    """Store something of everything, and return the addresses of its pages."""
    with site.database() as session:
        first = add_intake(session)
        add_intake(
            session,
            due=-3,
            status="accepted",
            channel="slack",
            taken_name="Rita Sala",
            taken_by="slack:T1:U1",
            taken_at=NOW,
        )
        add_intake(session, due=None, status="closed", channel="teams")
        for _ in range(30):
            add_intake(session, due=2)
        one, other = add_twins(session)
        client = add_client(session, contact_name=None, email=None)
        add_callback(session)
        add_callback(session, contact="x@example.com", name=None, known=None)
        add_callback(session, status="done", handled_name="Bruno Neri", handled_at=NOW)
        question = add_question(session)
        add_question(session, "where can I park?", language="en", reason="unclear")
        add_notification(session)
        add_notification(session, topic="callback", parked_at=None, due_at=NOW)
        add_post(session)
        numbers = first.id, client.id
    draft = add_draft(site)
    request, single = numbers
    return [
        *(f"/intakes/{request}{ending}" for ending in ("", "/print", "/edit")),
        *(f"/clients/{single}", f"/duplicates/{one}/{other}", f"/duplicates/{other}/{one}"),
        *(f"/questions/{question}", f"/drafts/{draft}", f"/intakes/{request}?done=conflict"),
    ]


def check_pages(site: Site, browser: Browser, language: str, paths: list[str]) -> None:
    for path in paths:
        answer = browser.get(path)
        assert answer.status_code == (404 if path == "/none" else 200), path
        if "csv" in path:
            continue
        text = answer.text
        assert f'<html lang="{language}">' in text
        assert text.rstrip().endswith("</html>")
        (title,) = re.findall("<title>(.*?)</title>", text)
        assert not title.startswith(("Area riservata", "Back office")), path
        for wrong in ("Undefined", "{{", "}}", "Traceback", "None" if language == "it" else "{%"):
            assert wrong not in re.sub(r"<textarea.*?</textarea>", "", text, flags=re.S), path
        ids = re.findall(r'\sid="([^"]+)"', text)
        assert len(ids) == len(set(ids)), (path, sorted(i for i in ids if ids.count(i) > 1))
        for name in re.findall(r'\s(?:for|aria-labelledby|aria-describedby)="([^"]+)"', text):
            assert name in ids, (path, name)


def speak(site: Site, language: str) -> None:
    with site.database() as session:
        for number in session.scalars(sa.select(models.StaffAccount.id)):
            set_language(session, number, language, NOW)


def check_site(site: Site, *states: str) -> None:
    browser = site.person("admin")
    for state in states:
        paths = [*STATIC, *(fill(site) if state == "full" else [])]
        for language in ("en", "it"):
            speak(site, language)
            check_pages(site, browser, language, paths)
    text = browser.get("/inbox").text
    assert "Elena Marchetti" in text


def test_every_page_on_sqlite_with_a_key(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPORTELLO_KEYS", Fernet.generate_key().decode())
    with open_site(settings, f"sqlite:///{tmp_path / 'sportello.db'}", tmp_path) as site:
        check_site(site, "empty", "full")


@pytest.fixture
def behind_proxy(
    settings: Settings, tmp_path: Path, postgresql: str
) -> Iterator[tuple[Site, Proxy]]:
    """A back office on PostgreSQL, and the line between them."""
    url = make_url(postgresql)
    with Proxy(url.port or 5432) as proxy:
        own = url.set(port=proxy.port).render_as_string(hide_password=False)
        with open_site(settings, own, tmp_path) as site:
            yield site, proxy


ODD = ("%F0%9F%98%80", "a" * 3000, "%27%3B--", "%25", "-1", "9" * 30, "%00", "9999-12-31")
NAMES = (
    *("q", "service", "channel", "status", "due", "sort", "mine", "page", "month", "search"),
    *("since", "until", "action", "subject", "actor", "id", "pageSize", "sortBy"),
)


def test_on_postgresql_and_without_it(behind_proxy: tuple[Site, Proxy]) -> None:
    site, proxy = behind_proxy
    check_site(site, "full")
    admin = site.person("admin")
    for value in ODD:
        query = "&".join(f"{name}={value}" for name in NAMES)
        for page in ("/inbox", "/clients", "/audit-entry/list", "/dashboard", "/inbox.csv"):
            # A number that is none is told so; what is no choice is left out.
            expected = (400,) if value == "%00" else (200, 302, 400)
            assert admin.get(f"{page}?{query}").status_code in expected, (page, value)
    token = admin.token("/account")
    number = admin.get("/inbox").text.partition('href="/intakes/')[2].partition('"')[0]
    nobody = site.nobody()
    door = nobody.token("/login")
    before = site.content("audit_entries", "staff_sessions", "failed_lookups")
    with proxy.away():
        for path in ("/inbox", f"/intakes/{number}", "/calendar/feed/x.ics", "/none"):
            begun = time.monotonic()
            answer = admin.get(path)
            assert time.monotonic() - begun < 8
            assert answer.status_code == 503, path
            check_outage(answer.text)
        for browser, path, form in (
            (admin, f"/intakes/{number}/notes", {"csrf": token, "text": "una nota"}),
            (nobody, "/login", {"csrf": door, "email": "admin@example.com", "password": "x"}),
        ):
            answer = browser.http.post(site.url + path, form, allow_redirects=False, timeout=30)
            assert answer.status_code == 503
            check_outage(answer.text)
        # What needs no database goes on.
        for path, status in (("/health", 200), ("/static/office.css", 200), ("/login", 200)):
            assert nobody.get(path).status_code == status
        assert nobody.get("/inbox").status_code == 303
    assert admin.get("/inbox").status_code == 200
    assert admin.get(f"/intakes/{number}").status_code == 200
    site.engine.dispose()
    assert site.content("audit_entries", "staff_sessions", "failed_lookups") == before
    log = site.log.read_text()
    assert "OperationalError" in log
    for secret in ("SELECT", "una nota", "Traceback", "Elena"):
        assert secret not in log


def check_outage(text: str) -> None:
    assert "In questo momento il database non risponde e non è stato salvato nulla." in text
    for insides in ("Traceback", "SELECT", "INSERT", "psycopg", "sqlalchemy", "127.0.0.1", "Error"):
        assert insides not in text
