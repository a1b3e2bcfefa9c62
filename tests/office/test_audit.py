"""What the audit tells of what staff reads and does; where it can't be told, nothing happens."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import unescape
from typing import Any

import pytest
import yaml

from actions.store import models
from actions.store.audit import Staff, note
from tests.bot.test_drafts import complete
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
from tests.office_server import PEOPLE

TAKEN = {"taken_by": "staff:99", "taken_name": "Rita Sala", "taken_at": NOW}


class Deed:
    """One thing that somebody does, and what the audit tells of it."""

    def __init__(
        self,
        role: str,
        ask: Callable[[Site, Any], tuple[str, dict[str, Any] | None]],
        *actions: str,
        about: str | None = None,
    ) -> None:
        self.role, self.ask, self.actions, self.about = role, ask, actions, about


def intake(path: str = "", **more: Any) -> Callable[[Site, Any], tuple[str, None]]:
    return lambda _, session: (f"/intakes/{add_intake(session, **more).id}{path}", None)


def change(path: str, form: dict[str, Any], **more: Any) -> Any:
    def ask(_: Site, session: Any) -> tuple[str, dict[str, Any]]:
        return f"/intakes/{add_intake(session, **more).id}{path}", {"version": 1, **form}

    return ask


def edit(**changed: Any) -> Any:
    def ask(_: Site, session: Any) -> tuple[str, dict[str, Any]]:
        row = add_intake(session)
        return f"/intakes/{row.id}/edit", form_of(row, **changed)

    return ask


def twins(path: str) -> Any:
    def ask(_: Site, session: Any) -> tuple[str, dict[str, Any] | None]:
        one, other = add_twins(session)
        form = {f"version_{one}": 1, f"version_{other}": 1}
        return f"/duplicates/{one}/{other}{path}", form if path else None

    return ask


def account(path: str, form: dict[str, Any], **more: Any) -> Any:
    def ask(_: Site, session: Any) -> tuple[str, dict[str, Any]]:
        row = models.StaffAccount(
            **{
                "email": f"x{session.query(models.StaffAccount).count()}@example.com",
                "name": "Ugo Blu",
                "role": "reader",
                "language": "it",
                "password_hash": "x",
                "created_at": NOW,
                **more,
            }
        )
        session.add(row)
        session.flush()
        return f"/accounts/{row.id}/{path}", form

    return ask


def publishable(site: Site) -> str:
    """Make a draft in which nothing is missing, and return the address that publishes it."""
    content = yaml.safe_dump(complete(), allow_unicode=True, sort_keys=False)
    return f"/drafts/{add_draft(site, content)}/publish"


def changed_draft(site: Site) -> tuple[str, dict[str, Any]]:
    name = add_draft(site)
    return f"/drafts/{name}", {"title_it": "Ciao?", "seen": seen_of(site, name)}


def contact(_: Site, session: Any) -> tuple[str, dict[str, Any]]:
    owner = add_client(session).id
    return f"/clients/{owner}/contacts/{add_contact(session, owner)}/remove", {}


READ = {
    "intake": Deed("reader", intake(), "read", about="engagement"),
    "print": Deed("reader", intake("/print"), "print", about="engagement"),
    "edit": Deed("staff", intake("/edit"), "read", about="engagement"),
    "client": Deed(
        "reader", lambda _, s: (f"/clients/{add_client(s).id}", None), "read", about="client"
    ),
    "compare": Deed("staff", twins(""), "read", "read", about="client"),
    "clients": Deed("reader", lambda _, s: (add_client(s) and "/clients", None), "read_clients"),
    "callbacks": Deed(
        "reader", lambda _, s: (add_callback(s) and "/callbacks", None), "read_callbacks"
    ),
    "export": Deed("staff", lambda *_: ("/inbox.csv?status=all&q=Elena", None), "export"),
}
WRITE = {
    "take": Deed("staff", change("/take", {}), "take", about="engagement"),
    "take_over": Deed("staff", change("/take-over", {}, **TAKEN), "take_over", about="engagement"),
    "give_back": Deed("staff", change("/give-back", {}, **TAKEN), "give_back", about="engagement"),
    "status": Deed(
        "staff", change("/status", {"status": "closed"}), "set_status", about="engagement"
    ),
    "note": Deed("staff", change("/notes", {"text": "richiamare"}), "add_note", about="engagement"),
    "correct": Deed("staff", edit(name="Elena Sarti"), "correct", about="engagement"),
    "nothing to correct": Deed("staff", edit()),
    "conflict": Deed("staff", edit(version=7), "read", about="engagement"),
    "merge": Deed("staff", twins("/merge"), "merge", "merge", about="client"),
    "remove contact": Deed("staff", contact, "remove_contact", about="client"),
    "dismiss": Deed("staff", twins("/dismiss"), "not_duplicate", about="client"),
    "callback": Deed(
        "staff",
        lambda _, s: (f"/callbacks/{add_callback(s)}/status", {"version": 1, "status": "done"}),
        "callback_done",
        about="callback",
    ),
    "callback again": Deed(
        "staff",
        lambda _, s: (
            f"/callbacks/{add_callback(s, status='done')}/status",
            {"version": 1, "status": "new"},
        ),
        "callback_open",
        about="callback",
    ),
    "draft": Deed(
        "staff",
        lambda _, s: (f"/questions/{(n := add_question(s))}/draft", {"entry": f"voce_a{n}"}),
        "draft",
    ),
    "dismiss questions": Deed(
        "staff", lambda _, s: (f"/questions/{add_question(s)}/dismiss", {}), "dismiss_questions"
    ),
    "save draft": Deed("staff", lambda site, _: changed_draft(site), "draft"),
    "delete draft": Deed(
        "staff", lambda site, _: (f"/drafts/{add_draft(site)}/delete", {}), "draft_deleted"
    ),
    "send again": Deed(
        "staff",
        lambda _, s: (f"/notifications/{add_notification(s)}/again", {}),
        "send_again",
        about="notification",
    ),
    "post again": Deed(
        "staff",
        lambda _, s: (f"/notifications/slack/{add_post(s)}/again", {}),
        "send_again",
        about="slack_post",
    ),
    "calendar": Deed(
        "reader", lambda *_: ("/calendar/address", {}), "calendar_add", about="account"
    ),
    "no calendar": Deed(
        "reader", lambda *_: ("/calendar/address/remove", {}), "calendar_remove", about="account"
    ),
    "language": Deed(
        "reader",
        lambda *_: ("/account/language", {"language": "it"}),
        "account_language",
        about="account",
    ),
    "role": Deed("admin", account("role", {"role": "staff"}), "account_role", about="account"),
    "disable": Deed("admin", account("disable", {}), "account_disable", about="account"),
    "enable": Deed(
        "admin", account("enable", {}, disabled_at=NOW), "account_enable", about="account"
    ),
    "unlock": Deed("admin", account("unlock", {}), "account_unlock", about="account"),
}
DEEDS = {**READ, **WRITE}


def do(site: Site, deed: Deed) -> tuple[Any, list[Any]]:
    """Do it; return the answer and what the audit tells of it."""
    browser = site.person(deed.role)
    with site.database() as session:
        path, form = deed.ask(site, session)
    token = browser.token("/account")
    last = site.last_entry()
    if form is None:
        answer = browser.get(path)
    else:
        answer = browser.http.post(
            site.url + path, {"csrf": token, **form}, allow_redirects=False, timeout=30
        )
    return answer, site.entries_after(last)


@pytest.mark.parametrize("name", DEEDS)
def test_each_is_told_once(site: Site, name: str) -> None:
    deed = DEEDS[name]
    answer, entries = do(site, deed)
    assert answer.status_code in (200, 303, 409)
    assert [entry.action for entry in entries] == list(deed.actions)
    for entry in entries:
        assert (entry.name, entry.subject) == (PEOPLE[deed.role], deed.about)
        assert entry.actor.startswith("staff:")
        for words in ("Elena", "Sarti", "richiamare", "@cliente", "+3906"):
            assert words not in str(entry.detail)


def test_the_way_in_and_out_is_told(site: Site) -> None:
    last = site.last_entry()
    browser = site.somebody("reader")
    browser.post("/logout")
    told = [(entry.action, entry.name) for entry in site.entries_after(last)]
    assert told == [("sign_in", "Carla Verdi"), ("sign_out", "Carla Verdi")]


def test_the_export_tells_the_filter_without_the_words(site: Site) -> None:
    staff = site.person("staff")
    last = site.last_entry()
    staff.get("/inbox.csv?status=closed&q=Elena+Marchetti")
    (entry,) = site.entries_after(last)
    assert json.loads(entry.detail) == {"filter": {"status": "closed"}, "searched": True}
    page = site.person("admin").get("/audit-entry/list").text
    assert "Elena" not in page
    assert "Stato: Chiusa; con una ricerca" in page
    assert "False" not in page
    assert "True" not in page


@contextmanager
def mute(site: Site) -> Iterator[None]:
    """Nothing can be added to the audit for as long as the block lasts."""
    site.run("ALTER TABLE audit_entries RENAME TO audit_away")
    try:
        yield
    finally:
        site.run("ALTER TABLE audit_away RENAME TO audit_entries")


@pytest.mark.parametrize("name", [name for name in DEEDS if DEEDS[name].actions])
def test_what_can_t_be_told_does_not_happen(site: Site, name: str) -> None:
    deed = DEEDS[name]
    browser = site.person(deed.role)
    with site.database() as session:
        if name == "no calendar":
            session.query(models.StaffAccount).filter_by(role="reader").first().calendar_hash = "x"
        path, form = deed.ask(site, session)
    token = browser.token("/account")
    before, files = site.content("staff_sessions"), site.drafts()
    with mute(site):
        if form is None:
            answer = browser.get(path)
        else:
            answer = browser.http.post(
                site.url + path, {"csrf": token, **form}, allow_redirects=False, timeout=30
            )
    assert answer.status_code == 503
    assert "non è stato salvato nulla" in answer.text
    for words in ("Elena", "una dichiarazione", "Marta", "audit_entries", "INSERT"):
        assert words not in answer.text
    assert site.content("staff_sessions") == before
    assert site.drafts() == files


def test_nobody_signs_in_untold(site: Site) -> None:
    before = site.content("failed_lookups")
    with mute(site):
        answer = site.nobody().sign_in("reader")
    assert answer.status_code == 503
    assert "sportello_office" not in answer.headers.get("Set-Cookie", "")
    assert site.content("failed_lookups") == before


def test_publishing(site: Site) -> None:
    """What is complete is published, told once, and stays a draft where it can't be told."""
    path = publishable(site)
    admin = site.person("admin")
    page = admin.get(path.removesuffix("/publish"))
    assert "La bozza è completa" in page.text, page.text
    token, files = admin.token("/account"), site.drafts()
    with mute(site):
        data = {"csrf": token, "seen": seen_of(site, path.split("/")[2])}
        answer = admin.http.post(site.url + path, data, allow_redirects=False, timeout=30)
    assert answer.status_code == 503
    assert site.drafts() == files
    # What somebody saved meanwhile is not published unseen.
    refused = admin.post(path, {"seen": "x"})
    assert refused.status_code == 409
    assert "Nel frattempo un collega ha salvato questa bozza" in refused.text
    assert site.drafts() == files
    sent = dict(re.findall(r'name="(seen)" value="(\w+)"', page.text))
    last = site.last_entry()
    assert admin.post(path, sent).headers["Location"] == "/questions?done=published"
    assert [entry.action for entry in site.entries_after(last)] == ["publish"]
    name = path.split("/")[2]
    assert f"faq/{name}.yml" in site.drafts()
    assert admin.post(path).status_code == 404
    # The pages know the new entry at once: no other can get its name.
    with site.database() as session:
        question = add_question(session, "avete un posto per le biciclette?")
    answer = admin.post(f"/questions/{question}/draft", {"entry": name})
    assert answer.status_code == 422
    assert f"Il nome «{name}» è già usato" in answer.text


def test_the_list(site: Site) -> None:
    admin = site.person("admin")
    with site.database() as session:
        number = add_intake(session).id
    site.person("reader").get(f"/intakes/{number}")
    page = admin.get(f"/audit-entry/list?subject=engagement&id={number}").text
    assert "ha letto il fascicolo" in page
    assert "1 voce" in page
    assert f'href="/intakes/{number}"' in page
    assert "Carla Verdi" in admin.get("/audit-entry/list?search=carla").text
    assert "Ancora nulla." in admin.get("/audit-entry/list?search=nessuno+cosi").text
    # What was asked stays chosen, on the next page too; what is told beside the deed is readable.
    with site.database() as session:
        for _ in range(60):
            note(session, Staff("staff:9", "Zoe"), "merge", NOW, about=("client", 5), into=7)
        session.commit()
    page = unescape(admin.get("/audit-entry/list?action=merge&search=zoe").text)
    assert '<option value="merge" selected>ha unito due clienti</option>' in page
    assert "unito al cliente n. 7" in page
    assert 'href="?action=merge&search=zoe&page=2"' in page
    # Looking at the audit is no entry of it, and it has no way to change or hand out what it holds.
    last = site.last_entry()
    text = admin.get("/audit-entry/list").text
    assert not site.entries_after(last)
    for way in ("/create", "/edit", "/delete", "/export", "checkbox"):
        assert way not in text
