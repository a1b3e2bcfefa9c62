"""Every route for every role: the table stands here, apart from the program's own."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
import requests

from actions.settings import Settings
from actions.store import models
from actions.store.staff import new_calendar
from bot.office.app import create_app, routes_of
from bot.office.desk import OfficeDesk
from tests.office.site import (
    NOW,
    Site,
    add_callback,
    add_client,
    add_contact,
    add_draft,
    add_intake,
    add_notification,
    add_post,
    add_question,
    add_twins,
    form_of,
    seen_of,
)
from tests.office_server import Browser

ROLES = ("reader", "staff", "admin")
# What is answered without an account.
OPEN = {
    "GET /login",
    "POST /login",
    "GET /health",
    "GET /static/{file}",
    "GET /static/charts/{file}",
    "GET /calendar/feed/{secret}.ics",
}
# Everything else: the least role, and what whoever has it is answered.
TABLE = {
    "GET /": ("reader", 303),
    "GET /inbox": ("reader", 200),
    "GET /inbox.csv": ("staff", 200),
    "GET /intakes/{id}": ("reader", 200),
    "GET /intakes/{id}/print": ("reader", 200),
    "GET /intakes/{id}/edit": ("staff", 200),
    "POST /intakes/{id}/edit": ("staff", 303),
    "POST /intakes/{id}/take": ("staff", 303),
    "POST /intakes/{id}/take-over": ("staff", 303),
    "POST /intakes/{id}/give-back": ("staff", 303),
    "POST /intakes/{id}/status": ("staff", 303),
    "POST /intakes/{id}/notes": ("staff", 303),
    "GET /calendar": ("reader", 200),
    "POST /calendar/address": ("reader", 200),
    "POST /calendar/address/remove": ("reader", 303),
    "GET /clients": ("reader", 200),
    "GET /clients/{id}": ("reader", 200),
    "POST /clients/{id}/contacts/{contact}/remove": ("staff", 303),
    "GET /duplicates": ("reader", 200),
    "GET /duplicates/{one}/{other}": ("staff", 200),
    "POST /duplicates/{one}/{other}/merge": ("staff", 303),
    "POST /duplicates/{one}/{other}/dismiss": ("staff", 303),
    "GET /callbacks": ("reader", 200),
    "POST /callbacks/{id}/status": ("staff", 303),
    "GET /questions": ("reader", 200),
    "GET /questions/{name}": ("reader", 200),
    "POST /questions/{name}/draft": ("staff", 303),
    "POST /questions/{name}/dismiss": ("staff", 303),
    "GET /drafts/{name}": ("reader", 200),
    "POST /drafts/{name}": ("staff", 303),
    "POST /drafts/{name}/delete": ("staff", 303),
    "POST /drafts/{name}/publish": ("admin", 422),  # one that is complete: test_audit.py
    "GET /dashboard": ("reader", 200),
    "GET /training": ("reader", 200),
    "GET /notifications": ("reader", 200),
    "POST /notifications/{id}/again": ("staff", 303),
    "POST /notifications/slack/{id}/again": ("staff", 303),
    "GET /accounts": ("admin", 200),
    "POST /accounts/{id}/role": ("admin", 303),
    "POST /accounts/{id}/disable": ("admin", 303),
    "POST /accounts/{id}/enable": ("admin", 303),
    "POST /accounts/{id}/unlock": ("admin", 303),
    "GET /audit-entry/list": ("admin", 200),
    "GET /account": ("reader", 200),
    "POST /account/password": ("reader", 422),
    "POST /account/language": ("reader", 303),
    "POST /logout": ("reader", 303),
}
PATHS = sorted({route.partition(" ")[2] for route in (*TABLE, *OPEN)})
LEAST: dict[str, str | None] = {
    **dict.fromkeys(OPEN),
    **{route: role for route, (role, _) in TABLE.items()},
}


@pytest.fixture(scope="module")
def routes(site: Site) -> set[tuple[str, str, str | None]]:
    """The routes that the application has."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DATABASE_URL", site.settings.database_url)
        patch.setenv("SPORTELLO_VAR", str(site.settings.var))
        patch.setenv("SPORTELLO_HOME", str(site.settings.home))
        from actions.desk import open_desk

        desk = OfficeDesk.open(open_desk(), Settings.read())
    return set(routes_of(create_app(desk)))


def test_the_table_is_the_program_s(routes: set[tuple[str, str, str | None]]) -> None:
    with_heads = {f"{method} {path}": needs for method, path, needs in routes if method != "HEAD"}
    assert with_heads == LEAST
    # Whatever can be read can be asked for its headers, by the same people.
    heads = {f"GET {path}": needs for method, path, needs in routes if method == "HEAD"}
    assert heads == {route: role for route, role in LEAST.items() if route.startswith("GET")}


@dataclasses.dataclass
class Place:
    """Real rows for one request, and the form that goes with it."""

    path: str
    form: dict[str, Any]


def place(site: Site, route: str) -> Place:
    """Make the rows that a route is about; those of one request are nobody else's."""
    path = route.partition(" ")[2]
    form: dict[str, Any] = {}
    with site.database() as session:
        if path.startswith("/intakes"):
            row = add_intake(session, taken_by="staff:99", taken_name="Rita Sala", taken_at=NOW)
            form = {**form_of(row, name="Elena Marchetti Riva"), "status": "closed", "text": "ok"}
            path = path.format(id=row.id)
        elif path.startswith("/duplicates/"):
            one, other = add_twins(session)
            form = {f"version_{one}": 1, f"version_{other}": 1, "name": other}
            path = path.format(one=one, other=other)
        elif path.startswith("/clients/"):
            client = add_client(session).id
            contact = add_contact(session, client) if "{contact}" in path else None
            path = path.format(id=client, contact=contact)
        elif path.startswith("/callbacks/"):
            path = path.format(id=add_callback(session))
            form = {"version": 1, "status": "done"}
        elif path.startswith("/questions/"):
            name = add_question(session)
            path, form = path.format(name=name), {"entry": f"voce_{name}"}
        elif path.startswith("/drafts/"):
            name = add_draft(site)
            form = {"title_it": "Avete un parcheggio?", "seen": seen_of(site, name)}
            path = path.format(name=name)
        elif path.startswith("/notifications/slack"):
            path = path.format(id=add_post(session))
        elif path.startswith("/notifications/"):
            path = path.format(id=add_notification(session))
        elif path.startswith("/accounts/"):
            row = models.StaffAccount(
                email=f"altro{site.last_entry()}-{session.query(models.StaffAccount).count()}@x.it",
                name="Ugo Blu",
                role="reader",
                language="it",
                password_hash="x",
                created_at=NOW,
            )
            session.add(row)
            session.flush()
            path, form = path.format(id=row.id), {"role": "staff"}
        elif path.startswith("/calendar/feed"):
            reader = session.query(models.StaffAccount).filter_by(role="reader").first()
            path = path.format(secret=new_calendar(session, reader.id, NOW))
    return Place(path.format(file="office.css"), form)


@pytest.fixture(scope="module")
def browsers(site: Site) -> dict[str, tuple[Browser, str]]:
    """For each role a browser and the token of its forms."""
    found = {}
    for role in ROLES:
        browser = site.somebody(role)
        found[role] = browser, browser.token("/account")
    nobody = site.nobody()
    found["nobody"] = nobody, nobody.token("/login")
    return found


def ask(browser: Browser, token: str, method: str, where: Place) -> requests.Response:
    options: dict[str, Any] = (
        {} if method in ("GET", "HEAD") else {"data": {"csrf": token, **where.form}}
    )
    return browser.http.request(
        method, browser.url + where.path, allow_redirects=False, timeout=30, **options
    )


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("route", TABLE)
def test_who_may_what(
    site: Site, browsers: dict[str, tuple[Browser, str]], route: str, role: str
) -> None:
    method = route.partition(" ")[0]
    least, status = TABLE[route]
    browser, token = browsers[role]
    if route == "POST /logout":
        browser = site.somebody(role)
        token = browser.token("/account")
    where = place(site, route)
    before = site.content("audit_entries", "staff_sessions", "failed_lookups")
    files = site.drafts()
    answer = ask(browser, token, method, where)
    if ROLES.index(role) >= ROLES.index(least):
        assert answer.status_code == status, answer.text
        if method == "GET" and role == least:
            head = ask(browser, token, "HEAD", where)
            assert head.status_code == status
            assert not head.content
        return
    assert answer.status_code == 403
    assert "Il Suo ruolo non lo consente." in answer.text
    assert site.content("audit_entries", "staff_sessions", "failed_lookups") == before
    assert site.drafts() == files


@pytest.mark.parametrize("route", TABLE)
def test_nobody_gets_no_further_than_the_door(
    site: Site, browsers: dict[str, tuple[Browser, str]], route: str
) -> None:
    method = route.partition(" ")[0]
    browser, token = browsers["nobody"]
    where = place(site, route)
    before, files = site.content(), site.drafts()
    answer = ask(browser, token, method, where)
    if method == "GET":
        for way in ("GET", "HEAD"):
            answer = ask(browser, token, way, where)
            assert answer.status_code == 303
            assert answer.headers["Location"].startswith("/login")
    else:
        assert answer.status_code == 401
        assert "La sessione è scaduta." in answer.text
    assert site.content() == before
    assert site.drafts() == files


def test_what_is_open_is_answered(site: Site, browsers: dict[str, tuple[Browser, str]]) -> None:
    browser, token = browsers["nobody"]
    for route in OPEN - {"POST /login", "GET /static/charts/{file}"}:
        assert ask(browser, token, "GET", place(site, route)).status_code == 200, route


@pytest.mark.parametrize("path", PATHS)
def test_no_other_method_is_answered(
    site: Site, browsers: dict[str, tuple[Browser, str]], path: str
) -> None:
    browser, token = browsers["admin"]
    known = {route.partition(" ")[0] for route in LEAST if route.endswith(f" {path}")}
    where = place(site, f"GET {path}")
    before = site.content()
    for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"} - known:
        answer = ask(browser, token, method, where)
        # Files and the sign of life stand outside the pages, and know no session.
        refused = (405,) if f"GET {path}" not in OPEN else (403, 404, 405)
        assert answer.status_code in refused, (method, path, answer.status_code)
    assert site.content() == before


UNKNOWN = (
    *("/admin", "/inbox/x", "/intakes", "/intakes/1/delete", "/audit-entry/create", "/docs"),
    *("/audit-entry/export/csv", "/audit-entry/details/1", "/staff-account/list", "/statics/x.js"),
    *("/client/list", "/logout/x", "/static", "/login/x", "/%2e%2e/etc/passwd", "/health/x"),
    *("/calendar/feed", "/Inbox", "//inbox", "/ajax/lookup", "/audit-entry/edit/1"),
)


@pytest.mark.parametrize("path", UNKNOWN)
def test_what_there_is_not(site: Site, browsers: dict[str, tuple[Browser, str]], path: str) -> None:
    """Who has not signed in can't tell it from what there is."""
    nobody, token = browsers["nobody"]
    answer = ask(nobody, token, "GET", Place(path, {}))
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/login?next=")
    assert ask(nobody, token, "POST", Place(path, {})).status_code == 401
    admin, token = browsers["admin"]
    assert ask(admin, token, "GET", Place(path, {})).status_code == 404
    assert ask(admin, token, "POST", Place(path, {})).status_code in (404, 405)


@pytest.mark.parametrize("number", ["999999999", "99999999999999999999", "-1", "١"])
@pytest.mark.parametrize("route", [route for route in TABLE if "{id}" in route or "{one}" in route])
def test_rows_that_there_are_not(
    browsers: dict[str, tuple[Browser, str]], route: str, number: str
) -> None:
    method, _, path = route.partition(" ")
    browser, token = browsers["admin"]
    form = {"version": 1, "client_version": 1, "role": "staff", "status": "done", "text": "x"}
    if route.startswith("POST /intakes/{id}/status"):
        form["status"] = "closed"
    where = Place(path.format(id=number, one=number, other="1", contact="1"), form)
    status = ask(browser, token, method, where).status_code
    if route.startswith(("POST /notifications", "POST /duplicates/{one}/{other}/dismiss")):
        assert status in (303, 404)  # it is gone meanwhile, which is no mistake
    elif route.endswith("/merge"):
        assert status in (400, 404)
    else:
        assert status == 404


@pytest.mark.parametrize("host", ["x/static/", "x/login?", "x/login#", "x/static/..;"])
def test_the_header_host_opens_no_door(site: Site, host: str) -> None:
    for path in ("/inbox", "/intakes/1", "/audit-entry/list", "/there/is/none"):
        answer = site.nobody().get(path, headers={"Host": host})
        assert answer.status_code in (303, 400), path
        if answer.status_code == 303:
            assert answer.headers["Location"].startswith("/login?next=/")
