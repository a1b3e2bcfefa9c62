"""What every answer carries, and what no template holds: browsers run nothing that is not ours."""

from __future__ import annotations

import re
import time

import pytest
import requests

from bot.office.guard import POLICY
from tests.conftest import HOME
from tests.office.site import Site

TEMPLATES = sorted((HOME / "bot" / "office" / "templates").rglob("*.html"))
KINDS = {
    "a page": ("reader", "GET", "/inbox", 200),
    "a redirection": ("reader", "GET", "/", 303),
    "to the door": ("nobody", "GET", "/inbox", 303),
    "the door": ("nobody", "GET", "/login", 200),
    "what there is not": ("admin", "GET", "/none", 404),
    "a refusal": ("reader", "GET", "/accounts", 403),
    "no such method": ("reader", "GET", "/logout", 405),
    "a table": ("staff", "GET", "/inbox.csv", 200),
    "a file": ("nobody", "GET", "/static/office.js", 200),
    "no file": ("nobody", "GET", "/static/none.js", 404),
    "a sign of life": ("nobody", "GET", "/health", 200),
    "no calendar": ("nobody", "GET", "/calendar/feed/x.ics", 404),
    "a bad address": ("nobody", "GET", "/inbox?q=%00", 400),
    "no form": ("reader", "POST", "/account/language", 415),
    "for the headers alone": ("reader", "HEAD", "/inbox", 200),
}


def check(answer: requests.Response) -> None:
    headers = answer.headers
    assert headers["Content-Security-Policy"] == POLICY
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers["Cache-Control"] == "no-store"
    assert "camera=()" in headers["Permissions-Policy"]
    for name in ("Server", "X-Powered-By", "Access-Control-Allow-Origin"):
        assert name not in headers
    for name in answer.raw.headers:
        assert len(answer.raw.headers.getlist(name)) == 1 or name.lower() == "set-cookie", name


@pytest.mark.parametrize("kind", KINDS)
def test_every_answer(site: Site, kind: str) -> None:
    role, method, path, status = KINDS[kind]
    browser = site.nobody() if role == "nobody" else site.person(role)
    answer = browser.http.request(
        method, site.url + path, headers={"Origin": site.url}, allow_redirects=False, timeout=30
    )
    assert answer.status_code == status
    check(answer)


def test_an_error(site: Site) -> None:
    """Also where something of ours fails, and there nothing tells what."""
    documents = site.settings.home / "data" / "documents.yml"
    kept = documents.read_bytes()
    documents.unlink()
    try:
        answer = site.person("staff").get("/questions/q1")
    finally:
        documents.write_bytes(kept)
    assert answer.status_code == 500
    check(answer)
    name = re.search(r"\((\w{8})\)", answer.text)
    assert name
    assert "Qualcosa non ha funzionato" in answer.text
    for insides in ("FileNotFoundError", "Traceback", "documents.yml", str(site.settings.home)):
        assert insides not in answer.text
    # By that name the log tells of it, without what anybody typed; it is written after the answer.
    line = re.compile(rf"{name[1]}: FileNotFoundError \w+\.py:\d+$", re.M)
    patience = time.monotonic() + 5
    while not line.search(site.log.read_text()):
        assert time.monotonic() < patience
        time.sleep(0.05)


def test_the_policy_lets_nothing_in() -> None:
    parts = dict(part.split(" ", 1) for part in POLICY.split("; "))
    assert parts["default-src"] == "'none'"
    for name, sources in parts.items():
        assert sources in ("'self'", "'none'"), name
    assert {"script-src", "style-src", "form-action", "base-uri", "frame-ancestors"} <= set(parts)


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_templates_hold_nothing_that_the_policy_forbids(template: object) -> None:
    text = template.read_text(encoding="utf-8")  # type: ignore[attr-defined]
    without_code = re.sub(r"{#.*?#}|{%.*?%}|{{.*?}}", "", text, flags=re.S)
    for script in re.findall(r"<script[^>]*>(.*?)</script>", text, flags=re.S):
        assert not script.strip()
    for tag in re.findall(r"<[a-z][^>]*>", without_code):
        assert not re.search(r"\son\w+\s*=", tag), tag
        assert not re.search(r"\sstyle\s*=", tag), tag
        assert "javascript:" not in tag.lower(), tag
        assert not re.search(r"<(style|iframe|object|embed|base)\b", tag), tag
    assert not re.search(r"(src|href|action)=\"(https?:)?//", text)
    assert not re.search(r"\|\s*safe\b|autoescape\s+false|Markup\(", text)


def test_every_form_carries_the_token() -> None:
    forms = 0
    for template in TEMPLATES:
        for start in re.findall(r"<form[^>]*>.{0,12}", template.read_text(encoding="utf-8"), re.S):
            if 'method="post"' in start:
                forms += 1
                assert "{{ csrf() }}" in start, (template.name, start)
            else:
                assert 'method="get"' in start
    assert forms > 20


def test_files_of_ours_load_nothing_from_elsewhere() -> None:
    for path in (HOME / "bot" / "office" / "static").iterdir():
        text = path.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
        assert not re.search(
            r"(https?:)?//[a-z0-9.-]+\.[a-z]{2,}|@import|eval\(|innerHTML\s*=[^=]", text
        )
