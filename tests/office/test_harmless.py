"""Whatever somebody has typed stays text: no element of a page is made of it."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import sqlalchemy as sa

from actions.settings import Settings
from actions.store import models
from tests.conftest import HOME
from tests.office.site import (
    NOW,
    TODAY,
    Site,
    add_callback,
    add_draft,
    add_intake,
    add_notification,
    add_post,
    add_question,
    add_twins,
    open_site,
    say,
)

_LINES = (HOME / "widget" / "test" / "attacks.ts").read_text(encoding="utf-8").splitlines()
ATTACKS = [
    ast.literal_eval(line.strip().rstrip(",")) for line in _LINES if line.startswith(("  '", '  "'))
] + [
    *("{{ 7*7 }}", "{% include 'office/login.html' %}", "${7*7}", "<%= 7*7 %>", "]]>", "</title>"),
    *("</textarea><script>alert(1)</script>", "</option></select><img src=x>", "\u2028<b>", "'\"`"),
    *("javascript:alert(1)", "java\nscript:alert(1)", "data:text/html,<script>alert(1)</script>"),
]
GROUPS = 4  # the attacks stand in as many texts
LINKS = ("/", "?", "#", "mailto:", "tel:")


class _Skeleton(HTMLParser):
    """The elements of a page with the names of their attributes; and where it leads."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[tuple[str, tuple[str, ...]]] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, tuple(name for name, _ in attrs)))
        self.links += [value or "" for name, value in attrs if name in ("href", "src", "action")]


def skeleton(text: str) -> _Skeleton:
    found = _Skeleton()
    found.feed(text)
    found.close()
    return found


def check(text: str, elements: list[Any], where: str) -> None:
    page = skeleton(text)
    assert page.elements == elements, where
    for link in page.links:
        assert link == "" or (link.startswith(LINKS) and not link.startswith("//")), link
    for tag, names in page.elements:
        assert not any(name.startswith("on") or name == "style" for name in names), (where, tag)
    assert [tag for tag, _ in page.elements].count("script") <= 2


@pytest.fixture(scope="module")
def site(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A back office whose every text is to be replaced."""
    folder = tmp_path_factory.mktemp("harmless")
    with open_site(settings, f"sqlite:///{folder / 'sportello.db'}", folder) as site:
        with site.database() as session:
            for _ in range(GROUPS):
                row = add_intake(session, taken_by="staff:9", taken_name="x", taken_at=NOW)
                session.add(
                    models.AnswerChange(
                        engagement_id=row.id,
                        field="x",
                        old="x",
                        new="x",
                        changed_by="x",
                        changed_at=NOW,
                    )
                )
                say(session, row.conversation_id, "user", "x")
                add_twins(session)
                add_callback(session, contact="x@example.com")
                add_callback(session, status="done", handled_name="x", handled_at=NOW)
                add_question(session)
                session.add(
                    models.Feedback(
                        outbox_id=row.id,
                        conversation_id="x",
                        helpful=False,
                        question="x",
                        language="it",
                        given_at=NOW,
                    )
                )
                add_notification(session, engagement_id=row.id)
                add_post(session)
                session.add(
                    models.UsageCount(
                        day=TODAY,
                        channel=f"c{row.id}",
                        kind="faq",
                        name=f"x{row.id}",
                        number=row.id,
                    )
                )
                session.add(
                    models.IntakeRun(
                        run=f"r{row.id}",
                        channel="web",
                        language="it",
                        started_at=NOW,
                        last_field="email",
                        last_at=NOW,
                    )
                )
        add_draft(site)
        yield site


# What is replaced; an attack follows what the text must begin with.
COLUMNS: dict[Any, dict[str, str]] = {
    models.Client: {"name": "", "contact_name": "", "email": "x@"},
    models.Engagement: {"service": "", "taken_name": "", "channel": "", "reference": "#"},
    models.Expectation: {"text": ""},
    models.Deadline: {"said": "", "purpose": ""},
    models.AnswerChange: {"field": "", "old": "", "new": "", "changed_by": ""},
    models.Note: {"text": "", "written_name": ""},
    models.Consent: {"policy_version": "", "notice_hash": "", "channel": ""},
    models.Callback: {"name": "", "contact": "x@", "handled_name": "", "channel": ""},
    models.UnansweredQuestion: {"text": "", "channel": ""},
    models.Feedback: {"question": ""},
    models.Notification: {"last_error": ""},
    models.SlackPost: {"method": "chat.", "last_error": ""},
    models.StaffAccount: {"name": ""},
    models.UsageCount: {"name": "#"},
}


def put(site: Site, texts: list[str]) -> None:
    """Replace every text by one of these, in turn; what must differ does so by a number."""
    with site.database() as session:
        for model, columns in COLUMNS.items():
            for number, row in enumerate(session.scalars(sa.select(model).order_by(model.id))):
                text = texts[number % len(texts)]
                for column, begin in columns.items():
                    if getattr(row, column) is not None:
                        own = f"{row.id} " if begin == "#" else ""
                        setattr(row, column, f"{begin.rstrip('#')}{own}{text}")
        for number, row in enumerate(session.scalars(sa.select(models.Callback))):
            text = texts[number % len(texts)]
            row.known = json.dumps({"client_name": text, f"z{text}": [text], "b": {"said": text}})
        for number, (row_id, kind) in enumerate(
            session.execute(sa.select(models.events.c.id, models.events.c.type_name)).all()
        ):
            data = json.dumps({"event": kind, "text": texts[number % len(texts)]})
            session.execute(
                models.events.update().where(models.events.c.id == row_id).values(data=data)
            )
    data = site.settings.home / "data"
    draft = next((data / "drafts").iterdir())
    text = json.dumps(texts[0].replace("\x00", ""))
    draft.write_text(
        f"title: {{it: {text}, en: {text}}}\nsource: [{{document: role, section: {text}}}]\n"
        f"answer: {{it: {text}, en: {text}}}\nquestions: {{it: {text}, en: {text}}}\n",
        encoding="utf-8",
    )


def pages(site: Site) -> list[str]:
    """Return the addresses of all pages, those of rows once for each group of attacks."""
    with site.database() as session:
        intakes = list(session.scalars(sa.select(models.Engagement.id).limit(GROUPS)))
        clients = list(session.scalars(sa.select(models.Client.id).limit(GROUPS)))
        pairs = session.execute(
            sa.select(models.Engagement.client_id, models.PossibleDuplicate.other_client_id).join(
                models.Engagement,
                models.Engagement.id == models.PossibleDuplicate.engagement_id,
            )
        ).all()
        questions = list(session.scalars(sa.select(models.UnansweredQuestion.id)))
        verdicts = list(session.scalars(sa.select(models.Feedback.id)))
    draft = next((site.settings.home / "data" / "drafts").iterdir()).stem
    return [
        *("/inbox", "/inbox?status=all", "/calendar", "/clients", "/callbacks", "/duplicates"),
        *("/callbacks?status=done", "/questions", "/dashboard", "/training", "/notifications"),
        *("/accounts", "/account", "/audit-entry/list", f"/drafts/{draft}"),
        *(f"/intakes/{n}{ending}" for n in intakes for ending in ("", "/print", "/edit")),
        *(f"/clients/{n}" for n in clients),
        *(f"/duplicates/{one}/{other}" for one, other in pairs),
        *(f"/questions/q{n}" for n in questions),
        *(f"/questions/f{n}" for n in verdicts),
    ]


def audit_of(session: Any, text: str) -> None:
    """Tell the audit of something odd; what it holds can't be replaced."""
    session.add(
        models.AuditEntry(
            at=NOW,
            actor=text,
            name=text,
            action=text[:40],
            subject=text[:20],
            subject_id=1,
            detail=json.dumps({text: [text], "x": {text: text}, "y": text}),
        )
    )


def test_nothing_that_is_stored_becomes_an_element(site: Site) -> None:
    admin = site.person("admin")
    paths = pages(site)
    put(site, [f"parole innocue {n}" for n in range(GROUPS)])
    with site.database() as session:
        for _ in range(60):  # more than a page shows: reading the pages adds some of its own
            audit_of(session, "parole innocue")
    before = {path: skeleton(admin.get(path).text).elements for path in paths}
    texts = [" ".join(ATTACKS[start::GROUPS]) for start in range(GROUPS)]
    put(site, texts)
    with site.database() as session:
        for number in range(60):
            audit_of(session, texts[number % GROUPS])
    alike = [path for path in paths if path != "/audit-entry/list"]
    for path in alike:
        answer = admin.get(path)
        assert answer.status_code == 200, path
        if path.startswith(("/intakes/", "/clients/", "/drafts/")):
            # The history grows with each reading; a draft lacks other things.
            check_inside(answer.text, before[path], path)
        else:
            check(answer.text, before[path], path)
    check_inside(admin.get("/audit-entry/list").text, before["/audit-entry/list"], "audit")
    # It is all there, as text.
    text = admin.get(next(path for path in alike if path.startswith("/intakes/"))).text
    assert "&lt;img src=x onerror=alert(1)&gt;" in text
    assert "49" not in skeleton_text(text, "h1")


def check_inside(text: str, elements: list[Any], where: str) -> None:
    """Check a page of which parts may be repeated more often than before."""
    page = skeleton(text)
    assert set(page.elements) <= set(elements), where
    for tag in ("script", "img", "iframe", "form", "input", "style", "svg", "base", "meta", "link"):
        assert [t for t, _ in page.elements].count(tag) == [t for t, _ in elements].count(tag), tag
    for link in page.links:
        assert link == "" or (link.startswith(LINKS) and not link.startswith("//")), link


def skeleton_text(text: str, tag: str) -> str:
    return text.partition(f"<{tag}>")[2].partition(f"</{tag}>")[0]


QUERIES = {
    "/inbox": ("q", "service", "channel", "status", "due", "sort", "page", "mine", "done"),
    "/clients": ("q", "page", "done"),
    "/calendar": ("month", "done"),
    "/callbacks": ("status", "done"),
    "/dashboard": ("since", "until", "channel", "days", "done"),
    "/training": ("days", "done"),
    "/audit-entry/list": ("search", "page_", "action_", "done"),
    "/login": ("next", "lang", "done"),
}


@pytest.mark.parametrize("path", QUERIES)
def test_nothing_of_an_address_becomes_an_element(site: Site, path: str) -> None:
    browser = site.nobody() if path == "/login" else site.person("reader")
    if path.startswith("/audit"):
        browser = site.person("admin")

    def ask(text: str) -> str:
        query = "&".join(f"{name}={quote(text)}" for name in QUERIES[path])
        answer = browser.get(f"{path}?{query}")
        assert answer.status_code == 200
        return answer.text

    elements = skeleton(ask("nulla del genere")).elements
    for start in range(GROUPS):
        # In another order than they are stored in, so that none of them is found.
        text = " ".join(reversed(ATTACKS[start::GROUPS])).replace("\x00", "")
        check(ask(text), elements, path)


@pytest.mark.parametrize("attack", ["<b>x</b>", '"><script>alert(1)</script>', "{{ 7*7 }}"])
def test_what_is_typed_and_refused_comes_back_as_text(site: Site, attack: str) -> None:
    staff = site.person("staff")
    with site.database() as session:
        number = add_intake(session).id
    form = dict.fromkeys(("name", "email", "phone", "service", "contact_name", "form"), attack)
    form |= {"expectations": attack, "version": 1, "client_version": 1, "relation": attack}
    form |= {"deadline_id": "", "deadline_said": attack, "deadline_purpose": attack}
    form |= {"deadline_due_date": attack, "deadline_due_time": attack}
    bad = staff.post(f"/intakes/{number}/edit", form)
    assert bad.status_code == 422
    plain = staff.post(
        f"/intakes/{number}/edit",
        {name: "parole" if value == attack else value for name, value in form.items()},
    )
    check(bad.text, skeleton(plain.text).elements, "edit")
    refused = site.nobody().post("/login", {"email": attack, "password": "x"}, page="/login")
    plain = site.nobody().post("/login", {"email": "parole", "password": "x"}, page="/login")
    check(refused.text, skeleton(plain.text).elements, "login")


def test_a_file_may_be_called_anything(site: Site) -> None:
    admin = site.person("admin")
    before = set(skeleton(admin.get("/questions").text).elements)
    name = "\"><img src=x onerror=alert(1)>'#?%"
    file = site.settings.home / "data" / "drafts" / f"{name}.yml"
    file.write_text(f"title: [{ATTACKS[0]}", encoding="utf-8")
    try:
        text = admin.get("/questions").text
        assert set(skeleton(text).elements) == before
        assert "&lt;img src=x onerror=alert(1)&gt;" in text
        link = next(link for link in skeleton(text).links if "img" in link)
        page = admin.get(link)
        assert page.status_code == 200
        assert "img" not in {tag for tag, _ in skeleton(page.text).elements}
        assert admin.get("/drafts/..%2F..%2Foffice").status_code == 404
    finally:
        file.unlink()


def test_the_attacks_are_known_ones() -> None:
    assert len(ATTACKS) > 50
    assert Path(HOME / "widget" / "test" / "attacks.ts").exists()
