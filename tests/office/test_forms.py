"""Forms that no page of ours has sent, and what is too much or no text: nothing is stored."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
import requests

from actions.store import models
from tests.office.site import Site, add_intake, form_of
from tests.office_server import Browser

Kept = tuple[Browser, str, int]
FORM = "application/x-www-form-urlencoded"


@pytest.fixture(scope="module")
def staff(site: Site) -> Kept:
    """A browser of staff, the token of its forms and the number of a request."""
    with site.database() as session:
        number = add_intake(session).id
    browser = site.somebody("staff")
    return browser, browser.token("/account"), number


@pytest.fixture(autouse=True)
def nothing_stored(site: Site, staff: Kept) -> Iterator[None]:
    """What is refused stores nothing, and who only reads leaves nothing but that they did."""
    for role in ("staff", "admin"):
        site.person(role)
    before = site.content("staff_sessions", "audit_entries", "failed_lookups")
    last = site.last_entry()
    yield
    assert site.content("staff_sessions", "audit_entries", "failed_lookups") == before
    reading = {"read", "read_callbacks", "read_clients", "export"}
    assert {entry.action for entry in site.entries_after(last)} <= reading


def send(
    browser: Browser, path: str, body: Any, headers: dict[str, str] | None = None
) -> requests.Response:
    return browser.http.post(
        browser.url + path,
        data=body,
        headers={"Content-Type": FORM, **(headers or {})},
        allow_redirects=False,
        timeout=30,
    )


def refused(answer: requests.Response, status: int, sentence: str) -> None:
    assert answer.status_code == status, answer.text[:200]
    assert sentence in answer.text
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_without_the_token(site: Site, staff: Kept) -> None:
    browser, token, number = staff
    tokens = {
        "none": None,
        "empty": "",
        "another session's": site.person("staff").token("/account"),
        "the sign-in page's": site.nobody().token("/login"),
        "too long": token + "0",
        "capitals": token.upper(),
        "no ASCII": "è" * 64,
    }
    for kind, wrong in tokens.items():
        form = {"text": "ciao", **({} if wrong is None else {"csrf": wrong})}
        answer = send(browser, f"/intakes/{number}/notes", urlencode(form))
        assert answer.status_code == 403, kind
        refused(answer, 403, "Non è stato salvato nulla.")
    for form in (f"csrf={token}&csrf=x&text=x", f"csrf[]={token}&text=x"):
        refused(send(browser, f"/intakes/{number}/notes", form), 403, "Non è stato salvato nulla.")


def test_the_address_can_t_carry_the_token(staff: Kept) -> None:
    browser, token, number = staff
    answer = send(browser, f"/intakes/{number}/notes?csrf={token}", "text=ciao")
    assert answer.status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": ""},
        {"Origin": "http://["},
        {"Origin": "http://127.0.0.1"},
        {"Origin": "http://127.0.0.1:1"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
    ids=str,
)
def test_from_another_site(staff: Kept, headers: dict[str, str]) -> None:
    browser, token, number = staff
    body = urlencode({"csrf": token, "text": "ciao"})
    refused(send(browser, f"/intakes/{number}/notes", body, headers), 403, "da un altro sito")


@pytest.mark.parametrize(
    "kind", ["multipart/form-data; boundary=x", "application/json", "text/plain", "", "x" * 300]
)
def test_what_is_no_form(staff: Kept, kind: str) -> None:
    browser, token, number = staff
    body = f'{{"csrf": "{token}", "text": "ciao"}}'
    answer = send(browser, f"/intakes/{number}/notes", body, {"Content-Type": kind})
    refused(answer, 415, "Il modulo non è leggibile.")


def test_without_a_kind(staff: Kept) -> None:
    browser, _, number = staff
    answer = browser.http.post(
        f"{browser.url}/intakes/{number}/notes", data=b"csrf=x", allow_redirects=False, timeout=30
    )
    refused(answer, 415, "Il modulo non è leggibile.")


@pytest.mark.parametrize("size", [100_001, 200_000, 3_000_000])
def test_what_is_too_large(staff: Kept, size: int) -> None:
    browser, token, number = staff
    body = f"csrf={token}&text=".ljust(size, "a")
    refused(send(browser, f"/intakes/{number}/notes", body), 413, "Il testo è troppo lungo")


def test_in_pieces_it_is_too_large_all_the_same(staff: Kept) -> None:
    browser, token, number = staff

    def pieces() -> Iterator[bytes]:
        yield f"csrf={token}&text=".encode()
        for _ in range(200):
            yield b"a" * 1000

    answer = send(browser, f"/intakes/{number}/notes", pieces())
    refused(answer, 413, "Il testo è troppo lungo")


@pytest.mark.parametrize(
    "body",
    [
        "&".join(f"f{n}=1" for n in range(1000)),
        "a=è".encode("latin-1"),
        "a=è".encode(),
        b"\xff\xfe",
    ],
    ids=["a thousand fields", "latin-1", "utf-8", "bytes"],
)
def test_what_can_t_be_read(staff: Kept, body: Any) -> None:
    browser, _, number = staff
    refused(send(browser, f"/intakes/{number}/notes", body), 400, "Il modulo non è leggibile.")


@pytest.mark.parametrize(
    "text",
    ["%zz%", "%", "%u0041", "%ff%fe", "a" * 5000, "%F0%9F%98%80" * 5000, "%00" * 10, "+" * 50],
    ids=["zz", "percent", "u", "bytes", "long", "emoji", "NUL", "spaces"],
)
def test_odd_texts_in_every_form(site: Site, staff: Kept, text: str) -> None:
    """None of them is more than a mistake in the form, and changes nothing."""
    browser, token, number = staff
    names = (
        *("name", "form", "relation", "email", "phone", "service", "expectations", "status"),
        # As our own lists are called inside: before and after the fields that they are made of.
        *("deadline_id[]", "deadline_id", "deadline_due_date", "deadline_due_time"),
        *(
            "deadline_said",
            "deadline_said[]",
            "deadline_id[][]",
            "role",
            "language",
            "next",
            "back",
        ),
    )
    body = f"csrf={token}&new=x&" + "&".join(f"{name}={text}" for name in names)
    for path in (f"/intakes/{number}/edit", f"/intakes/{number}/status", "/account/password"):
        assert 400 <= send(browser, path, body[:99_000]).status_code < 500, path
    versions = "&version=1&client_version=1"
    assert send(browser, f"/intakes/{number}/edit", body[:99_000] + versions).status_code in (
        *(404, 413, 422),
    )


@pytest.mark.parametrize("version", ["", "x", "-1", "1.5", "99999999999999999999", "é"])
def test_odd_versions(staff: Kept, version: str) -> None:
    browser, token, number = staff
    for name in ("version", "client_version"):
        form = {"csrf": token, "version": 1, "client_version": 1, name: version}
        form |= {"deadline_due_date": "no", "deadline_said": "x", "deadline_id": ""}
        for path in (f"/intakes/{number}/edit", f"/intakes/{number}/edit?x=1"):
            assert send(browser, path, urlencode(form)).status_code == 404
    form = {"csrf": token, "version": version, "status": "closed"}
    assert send(browser, f"/intakes/{number}/status", urlencode(form)).status_code == 404


def test_a_bad_day_without_a_version_is_no_fault_of_ours(staff: Kept) -> None:
    browser, token, number = staff
    form = {"csrf": token, "deadline_id": "", "deadline_said": "x", "deadline_purpose": ""}
    form |= {"deadline_due_date": "31.2.2027", "deadline_due_time": ""}
    assert send(browser, f"/intakes/{number}/edit", urlencode(form)).status_code == 404


def test_too_many_lines_are_refused_and_not_cut_off(site: Site, staff: Kept) -> None:
    browser, token, number = staff
    with site.database() as session:
        intake = session.get(models.Engagement, number)
        form = form_of(intake, expectations="\n".join(f"cosa {n}" for n in range(51)))
        more = [f"tra {n} giorni" for n in range(51)]
        many = form_of(intake, deadline_id=[""] * 51, deadline_said=more)
    many |= {f"deadline_{part}": [""] * 51 for part in ("purpose", "due_date", "due_time")}
    for sent in (form, many):
        body = urlencode({"csrf": token, **sent}, doseq=True)
        answer = send(browser, f"/intakes/{number}/edit", body)
        refused(answer, 422, "Sono troppe voci.")


QUERIES = (
    *(
        "q",
        "service",
        "channel",
        "status",
        "due",
        "sort",
        "mine",
        "page",
        "month",
        "since",
        "until",
    ),
    *("days", "search", "next", "done", "lang", "action", "subject", "actor", "id", "pageSize"),
    *("sortBy", "x"),
)
VALUES = (
    *("%00", "a%00b", "%zz", "%", "%ff%fe", "%ED%A0%80", "%F0%9F%98%80" * 300, "-1", "0", "1e9"),
    *("9" * 30, "9" * 5000, "0001-01-01", "9999-12-31", "9999-12", "2000-01", "2099-12", "0000-00"),
    *("%27%3B--", "{{7*7}}", "%25", "_%25_", "//[", "/%5B", "a" * 3000, "../../etc/passwd"),
)
PAGES = (
    *("/inbox", "/inbox.csv", "/clients", "/callbacks", "/calendar", "/dashboard", "/training"),
    *("/audit-entry/list", "/login", "/account"),
)


@pytest.mark.parametrize("page", PAGES)
def test_odd_addresses(site: Site, page: str) -> None:
    admin = site.person("admin")
    nobody = site.nobody()
    for value in VALUES if page != "/dashboard" else VALUES[10:18]:
        query = "&".join(f"{name}={value}" for name in QUERIES)
        if page == "/dashboard":  # figures of a year take their time
            query = f"since={value}&until={value}&channel={value}"
        answer = admin.get(f"{page}?{query[:60_000]}")
        assert answer.status_code < 500, value
        assert nobody.get(f"{page}?{query[:60_000]}").status_code < 500, value


def test_odd_paths(site: Site) -> None:
    admin, nobody = site.person("admin"), site.nobody()
    for name in ("%00", "a%00.css", "a" * 3000, "%F0%9F%98%80", "..%2f..%2fguard.py", "%zz", "%ff"):
        for path in ("/static/", "/static/charts/", "/calendar/feed/", "/drafts/", "/questions/"):
            for ending in ("", ".ics"):
                for browser in (admin, nobody):
                    status = browser.get(f"{path}{name}{ending}").status_code
                    assert status in (303, 400, 404), (path, name, status)


def test_an_answer_names_no_insides(site: Site, staff: Kept) -> None:
    browser, _, number = staff
    answer = send(browser, f"/intakes/{number}/notes", "x=1")
    assert not re.search(r"Traceback|File \"|sqlalchemy|\.py", answer.text)
