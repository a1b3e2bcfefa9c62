"""Two people at once, the same form twice, and what is typed wrong: nothing is overwritten."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from typing import Any

import pytest

from actions.settings import Settings
from actions.store import models
from tests.conftest import empty_postgresql
from tests.office.site import (
    NOW,
    Site,
    add_callback,
    add_client,
    add_draft,
    add_intake,
    add_question,
    add_twins,
    form_of,
    open_site,
    seen_of,
)
from tests.office_server import Browser


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def site(
    request: pytest.FixtureRequest,
    settings: Settings,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Site]:
    """A back office on each of the two databases, which lock in their own ways."""
    if request.param == "sqlite":
        yield request.getfixturevalue("shared_site")
        return
    folder = tmp_path_factory.mktemp("casework")
    with empty_postgresql() as url, open_site(settings, url, folder) as site:
        yield site


@pytest.fixture
def intake(site: Site) -> int:
    """A request that no other test uses."""
    with site.database() as session:
        return int(add_intake(session).id)


def form(site: Site, number: int, **changed: Any) -> dict[str, Any]:
    with site.database() as session:
        return form_of(session.get(models.Engagement, number), **changed)


def stored(site: Site, number: int) -> dict[str, Any]:
    """Return the request as its form would send it."""
    without = ("version", "client_version")
    return {name: value for name, value in form(site, number).items() if name not in without}


def versions(text: str) -> dict[str, Any]:
    return dict(re.findall(r'name="(version|client_version)" value="(\d+)"', text))


def test_the_form_sends_what_it_shows(site: Site, intake: int) -> None:
    """A form that nobody touched changes nothing."""
    page = site.person("staff").get(f"/intakes/{intake}/edit").text
    sent: dict[str, Any] = form(site, intake)
    for name, value in sent.items():
        for each in value if isinstance(value, list) else [value]:
            assert str(each) in unescape(page), name
    before = site.content("staff_sessions")
    answer = site.person("staff").post(f"/intakes/{intake}/edit", sent)
    assert answer.headers["Location"] == f"/intakes/{intake}?done=unchanged"
    after = site.content("staff_sessions")
    assert after == before


def test_the_second_of_two_is_shown_both_versions(site: Site, intake: int) -> None:
    one, other = site.person("staff"), site.person("admin")
    mine = form(site, intake, name="Elena De Santis", expectations="un parere\nuna bozza")
    theirs = form(site, intake, name="Elena Del Bene", phone="+390669820002")
    assert one.post(f"/intakes/{intake}/edit", mine).headers["Location"].endswith("=corrected")
    kept = stored(site, intake)
    answer = other.post(f"/intakes/{intake}/edit", theirs)
    assert answer.status_code == 409
    text = unescape(answer.text)
    assert "Bruno Neri ha modificato questa richiesta mentre Lei scriveva" in text
    rows = re.findall(
        r'<tr><th scope="row">(.*?)</th><td.*?>(.*?)</td><td.*?>(.*?)</td>', text, re.S
    )
    differs = {name: (typed, there) for name, typed, there in rows}
    assert differs[rows[0][0]] == (*("Elena Del Bene", "Elena De Santis"),)
    assert ("una dichiarazione", "un parere\nuna bozza") in differs.values()
    assert stored(site, intake) == kept
    # The form holds what was typed, and saving it again is a decision.
    assert 'value="Elena Del Bene"' in text
    assert "Salva la mia versione" in text
    again = {**theirs, **versions(answer.text)}
    assert other.post(f"/intakes/{intake}/edit", again).headers["Location"].endswith("=corrected")
    now = stored(site, intake)
    assert (now["name"], now["phone"]) == ("Elena Del Bene", "+390669820002")
    assert now["expectations"] == "una dichiarazione"


def test_what_only_the_other_has_changed_is_taken_over(site: Site, intake: int) -> None:
    """Saving one's own version does not undo a colleague's work on other fields."""
    one, other = site.person("staff"), site.person("admin")
    page = unescape(other.get(f"/intakes/{intake}/edit").text)
    base = re.search(r'name="base" value="(.*?)">', page)
    assert base
    mine = form(site, intake, name="Elena De Santis")
    theirs = {**form(site, intake, phone="+390669820002"), "base": base[1]}
    assert one.post(f"/intakes/{intake}/edit", mine).headers["Location"].endswith("=corrected")
    answer = other.post(f"/intakes/{intake}/edit", theirs)
    assert answer.status_code == 409
    text = unescape(answer.text)
    assert 'value="Elena De Santis"' in text
    assert 'value="+390669820002"' in text
    assert len(re.findall(r'<tr><th scope="row">', text)) == 1
    again = {**theirs, "name": "Elena De Santis", **versions(answer.text)}
    assert other.post(f"/intakes/{intake}/edit", again).headers["Location"].endswith("=corrected")
    now = stored(site, intake)
    assert (now["name"], now["phone"]) == ("Elena De Santis", "+390669820002")


def deadlines_in(text: str) -> dict[str, list[str]]:
    """Return the deadlines that the form of a page would send, without the empty row at its end."""
    found = {
        name: re.findall(rf'name="deadline_{name}" value="([^"]*)"', text)[:-1]
        for name in ("id", "said", "purpose", "due_date", "due_time")
    }
    gone = re.findall(r'name="deadline_remove" value="(\d+)" checked', text)
    return {
        **{f"deadline_{name}": column for name, column in found.items()},
        "deadline_remove": gone,
    }


def test_the_deadlines_of_two_editors_are_joined(site: Site) -> None:
    with site.database() as session:
        request = add_intake(session)
        request.deadlines += [
            models.Deadline(position=n, said=word, purpose=word, kind="vague")
            for n, word in ((2, "due"), (3, "tre"))
        ]
        session.flush()
        number = request.id
    one, other = site.person("staff"), site.person("admin")
    page = unescape(other.get(f"/intakes/{number}/edit").text)
    base = re.search(r'name="base" value="(.*?)">', page)
    assert base
    first, second, third = form(site, number)["deadline_id"]
    mine = form(site, number)
    for name, value in (("id", ""), ("said", ""), ("purpose", "quattro"), ("due_time", "")):
        mine[f"deadline_{name}"] = [*mine[f"deadline_{name}"], value]
    mine["deadline_due_date"] = [*mine["deadline_due_date"], "2031-03-03"]
    mine["deadline_remove"] = [third]
    theirs = {**form(site, number), "base": base[1], "deadline_remove": [first]}
    theirs["deadline_purpose"] = ["la bozza", "due, ma dopo", "tre"]
    assert one.post(f"/intakes/{number}/edit", mine).headers["Location"].endswith("=corrected")
    answer = other.post(f"/intakes/{number}/edit", theirs)
    assert answer.status_code == 409
    text = unescape(answer.text)
    found = deadlines_in(text)
    assert found["deadline_purpose"] == ["la bozza", "due, ma dopo", "quattro"]
    assert found["deadline_remove"] == [str(first)]
    again = {**theirs, **found, **versions(text)}
    assert other.post(f"/intakes/{number}/edit", again).headers["Location"].endswith("=corrected")
    with site.database() as session:
        left = session.get(models.Engagement, number).deadlines
        assert [(row.id == second, row.purpose) for row in left] == [
            *((True, "due, ma dopo"), (False, "quattro")),
        ]


@pytest.mark.parametrize(
    "base", ["{}", "[]", "x", '{"deadlines": 1}', '{"deadlines": [{"id": []}]}']
)
def test_a_form_that_does_not_tell_what_it_began_with(site: Site, intake: int, base: str) -> None:
    sent = {**form(site, intake, name="Elena Zeta"), "base": base, "version": 99}
    answer = site.person("staff").post(f"/intakes/{intake}/edit", sent)
    assert answer.status_code == 409
    assert 'value="Elena Zeta"' in answer.text


def test_what_was_changed_here_and_removed_there_is_a_new_one(site: Site, intake: int) -> None:
    one, other = site.person("staff"), site.person("admin")
    page = unescape(other.get(f"/intakes/{intake}/edit").text)
    base = re.search(r'name="base" value="(.*?)">', page)
    assert base
    sent = form(site, intake)
    theirs = {**sent, "base": base[1]}
    theirs["deadline_purpose"] = ["cambiata qui", *sent["deadline_purpose"][1:]]
    mine = {**sent, "deadline_remove": sent["deadline_id"][:1]}
    assert one.post(f"/intakes/{intake}/edit", mine).headers["Location"].endswith("=corrected")
    answer = other.post(f"/intakes/{intake}/edit", theirs)
    found = deadlines_in(unescape(answer.text))
    assert (found["deadline_id"][0], found["deadline_purpose"][0]) == ("", "cambiata qui")
    again = {**theirs, **found, **versions(answer.text)}
    assert other.post(f"/intakes/{intake}/edit", again).headers["Location"].endswith("=corrected")


def test_a_draft_that_a_colleague_has_saved_is_not_overwritten(site: Site) -> None:
    name = add_draft(site)
    one, other = site.person("staff"), site.person("admin")
    seen = seen_of(site, name)
    assert one.post(f"/drafts/{name}", {"title_it": "Di Anna?", "seen": seen}).status_code == 303
    kept = site.drafts()
    sent = {"title_it": "Di Bruno?", "seen": seen}
    for _ in range(2):
        answer = other.post(f"/drafts/{name}", sent)
        assert answer.status_code == 409
        assert "Nel frattempo un collega ha salvato questa bozza" in unescape(answer.text)
        assert 'value="Di Bruno?"' in unescape(answer.text)
        assert "La bozza è completa" not in answer.text
        assert f'href="/drafts/{name}"' in answer.text
        # Also the page that told of it sends what it had seen.
        sent = {**sent, **dict(re.findall(r'name="(seen)" value="(\w+)"', answer.text))}
    assert site.drafts() == kept


@pytest.mark.parametrize("day", ["0202-01-31", "1999-12-31", "2100-01-01"])
def test_a_slip_of_the_year_is_no_day(site: Site, intake: int, day: str) -> None:
    sent = form(site, intake)
    sent["deadline_due_date"] = [day, *sent["deadline_due_date"][1:]]
    answer = site.person("staff").post(f"/intakes/{intake}/edit", sent)
    assert answer.status_code == 422
    assert "Una data o un'ora non è valida." in unescape(answer.text)


def test_a_deadline_without_a_day_needs_only_what_is_due(site: Site, intake: int) -> None:
    sent = form(site, intake)
    for name in ("id", "said", "due_date", "due_time"):
        sent[f"deadline_{name}"] = [*sent[f"deadline_{name}"], ""]
    sent["deadline_purpose"] = [*sent["deadline_purpose"], "il parere"]
    answer = site.person("staff").post(f"/intakes/{intake}/edit", sent)
    assert answer.headers["Location"].endswith("=corrected")
    with site.database() as session:
        last = session.get(models.Engagement, intake).deadlines[-1]
        assert (last.kind, last.purpose, last.due_date) == ("vague", "il parere", None)


def test_a_deadline_goes_and_one_of_the_staff_s_has_no_words(site: Site, intake: int) -> None:
    staff = site.person("staff")
    sent = form(site, intake)
    gone = sent["deadline_id"][0]
    for name, value in (
        ("id", ""),
        ("said", ""),
        ("purpose", "la firma"),
        ("due_date", "2031-03-03"),
        ("due_time", ""),
    ):
        sent[f"deadline_{name}"] = [*sent[f"deadline_{name}"], value]
    sent["deadline_remove"] = gone
    assert staff.post(f"/intakes/{intake}/edit", sent).headers["Location"].endswith("=corrected")
    with site.database() as session:
        rows = session.get(models.Engagement, intake).deadlines
        assert gone not in {row.id for row in rows}
        assert (rows[-1].said, rows[-1].purpose) == ("", "la firma")
    assert "Parole del cliente: «»" not in unescape(staff.get(f"/intakes/{intake}").text)


def test_all_that_is_wrong_is_told_at_once(site: Site, intake: int) -> None:
    sent = form(site, intake, email="elena@", phone="12")
    answer = site.person("staff").post(f"/intakes/{intake}/edit", sent)
    assert answer.status_code == 422
    text = unescape(answer.text)
    assert "Questo indirizzo e-mail non è valido" in text
    assert "Questo numero di telefono non è valido" in text


def test_the_client_alone_has_changed(site: Site) -> None:
    """Two requests of one client: a change through the one is seen at the other."""
    with site.database() as session:
        client = add_client(session)
        first, second = add_intake(session, client).id, add_intake(session, client).id
    staff = site.person("staff")
    old = form(site, second, name="Elena Bis")
    assert staff.post(f"/intakes/{first}/edit", form(site, first, name="Elena Prima")).ok
    assert staff.post(f"/intakes/{second}/edit", old).status_code == 409
    assert stored(site, second)["name"] == "Elena Prima"


@pytest.mark.parametrize("path", ["status", "give-back", "take-over"])
def test_an_old_page_says_so(site: Site, path: str) -> None:
    with site.database() as session:
        taken = {"taken_by": "staff:99", "taken_name": "Rita Sala", "taken_at": NOW}
        number = add_intake(session, **taken).id
    old = {"version": 1, "status": "declined"}
    assert site.person("admin").post(f"/intakes/{number}/status", {**old, "status": "accepted"}).ok
    kept = vars(site.get(models.Engagement, number))
    answer = site.person("staff").post(f"/intakes/{number}/{path}", old)
    assert answer.headers["Location"] == f"/intakes/{number}?done=conflict"
    page = unescape(site.person("staff").get(answer.headers["Location"]).text)
    assert "Nel frattempo un collega ha cambiato qualcosa: non è stato salvato nulla." in page
    now = vars(site.get(models.Engagement, number))
    assert {k: v for k, v in now.items() if k[0] != "_"} == {
        k: v for k, v in kept.items() if k[0] != "_"
    }


def test_an_old_call_back_says_so(site: Site) -> None:
    with site.database() as session:
        number = add_callback(session)
    staff = site.person("staff")
    for status in ("done", "new"):
        version = site.get(models.Callback, number).version
        assert staff.post(f"/callbacks/{number}/status", {"version": version, "status": status})
    answer = staff.post(f"/callbacks/{number}/status", {"version": 1, "status": "done"})
    assert answer.headers["Location"] == "/callbacks?done=conflict"
    assert site.get(models.Callback, number).status == "new"


def test_merging_what_has_changed_says_so(site: Site) -> None:
    with site.database() as session:
        one, other = add_twins(session)
        number = session.query(models.Engagement).filter_by(client_id=other).one().id
    staff = site.person("staff")
    page = staff.get(f"/duplicates/{one}/{other}").text
    sent = dict(re.findall(r'name="(version_\d+)" value="(\d+)"', page))
    assert staff.post(f"/intakes/{number}/edit", form(site, number, name="Elena Altra")).ok
    answer = staff.post(f"/duplicates/{one}/{other}/merge", {**sent, "name": other})
    assert answer.status_code == 409
    assert "Nel frattempo un collega ha cambiato qualcosa" in answer.text
    assert "Elena Altra" in answer.text
    assert site.get(models.Client, other) is not None
    sent = dict(re.findall(r'name="(version_\d+)" value="(\d+)"', answer.text))
    answer = staff.post(f"/duplicates/{one}/{other}/merge", {**sent, "name": other})
    assert answer.headers["Location"] == f"/clients/{one}?done=merged"
    assert site.get(models.Client, other) is None
    assert site.get(models.Client, one).name == "Elena Altra"
    # Whoever still has them side by side is told that a colleague was quicker.
    answer = staff.post(f"/duplicates/{one}/{other}/merge", sent)
    assert answer.headers["Location"] == f"/clients/{one}?done=conflict"
    assert staff.post(f"/duplicates/{other}/{one}/merge", sent).status_code == 404


def test_what_a_merge_did_not_choose_stays_until_it_is_removed(site: Site) -> None:
    with site.database() as session:
        one, other = add_twins(session)
        dropped = session.get(models.Client, other)
        email, phone = dropped.email, dropped.phone
    staff = site.person("staff")
    page = staff.get(f"/duplicates/{one}/{other}").text
    sent = dict(re.findall(r'name="(version_\d+)" value="(\d+)"', page))
    staff.post(f"/duplicates/{one}/{other}/merge", sent)
    page = unescape(site.person("reader").get(f"/clients/{one}").text)
    assert f'<a href="mailto:{email}">' in page
    assert f'<a href="tel:{phone}">' in page
    assert "/contacts/" not in page
    assert f'href="/clients/{one}"' in staff.get(f"/clients?q={email}").text
    (path,) = re.findall(
        rf'<span>{email}</span>\s*<form method="post" action="([^"]+)"',
        staff.get(f"/clients/{one}").text,
    )
    answer = staff.post(path, {})
    assert answer.headers["Location"] == f"/clients/{one}?done=contact_removed"
    page = unescape(staff.get(answer.headers["Location"]).text)
    assert "Il recapito è stato tolto." in page
    assert staff.post(path, {}).headers["Location"] == f"/clients/{one}?done=conflict"
    assert f"mailto:{email}" not in page
    assert f'<a href="tel:{phone}">' in page


def twice(browser: Browser, path: str, sent: dict[str, Any]) -> list[int]:
    """Send the same form twice, at the same moment, as two clicks do."""
    data = {"csrf": browser.token("/account"), **sent}

    def send(_: int) -> int:
        own = Browser.new(browser.url)
        own.http.cookies.update(browser.http.cookies)
        answer = own.http.post(browser.url + path, data, allow_redirects=False, timeout=30)
        return answer.status_code

    with ThreadPoolExecutor(2) as pool:
        return sorted(pool.map(send, range(2)))


def actions(site: Site, last: int) -> list[str]:
    return [e.action for e in site.entries_after(last) if e.action != "read"]


def test_the_same_form_twice(site: Site, intake: int) -> None:
    staff = site.person("staff")
    with site.database() as session:
        callback, question = add_callback(session), add_question(session, "aprite il sabato?")
        one, other = add_twins(session)
    pair = {f"version_{one}": 1, f"version_{other}": 1}
    for path, sent, told, statuses in (
        (f"/intakes/{intake}/take", {}, ["take"], {303}),
        (f"/intakes/{intake}/notes", {"text": "una nota"}, ["add_note"], {303}),
        (f"/intakes/{intake}/edit", form(site, intake, name="Elena Due"), None, {303, 409}),
        (f"/intakes/{intake}/status", {"version": 3, "status": "closed"}, ["set_status"], {303}),
        (f"/callbacks/{callback}/status", {"version": 1, "status": "done"}, None, {303}),
        (f"/questions/{question}/dismiss", {}, ["dismiss_questions"], {303, 404}),
        (f"/duplicates/{one}/{other}/merge", pair, ["merge", "merge"], {303, 404, 409}),
    ):
        last = site.last_entry()
        if path.endswith("/edit"):
            sent = form(site, intake, name="Elena Due")
        if path.endswith(f"{intake}/status"):
            sent = {**sent, "version": site.get(models.Engagement, intake).version}
        found = twice(staff, path, sent)
        assert found[0] == 303, path
        assert set(found) <= statuses, path
        done = actions(site, last)
        if told is None:
            assert len(done) == 1, path
        else:
            assert done == told, path
    with site.database() as session:
        row = session.get(models.Engagement, intake)
        assert [note.text for note in row.notes] == ["ha chiamato", "una nota"]
        assert len(row.changes) == 2


def test_the_same_words_later_are_another_note(site: Site, intake: int) -> None:
    staff = site.person("staff")
    for _ in range(2):
        staff.post(f"/intakes/{intake}/notes", {"text": "non risponde"})
        site.run("UPDATE notes SET written_at = '2026-01-01 10:00:00.000000'")
    with site.database() as session:
        notes = session.get(models.Engagement, intake).notes
        assert [note.text for note in notes].count("non risponde") == 2


BAD = {
    "name": ("", "Questo campo non può restare vuoto."),
    "email": ("elena@", "Questo indirizzo e-mail non è valido"),
    "phone": ("12", "Questo numero di telefono non è valido"),
    "service": ("", "Questo campo non può restare vuoto."),
    "contact_name": ("x" * 201, "Il testo è troppo lungo."),
    "expectations": ("", "Questo campo non può restare vuoto."),
    "deadline_due_date": (["31.12.2027"], "Una data o un'ora non è valida."),
    "deadline_due_time": (["25:00"], "Una data o un'ora non è valida."),
    "deadline_purpose": (["x" * 201], "Il testo è troppo lungo."),
}


@pytest.mark.parametrize("name", BAD)
def test_what_was_typed_stays(site: Site, intake: int, name: str) -> None:
    value, sentence = BAD[name]
    last_words = "Le scriva <subito> & bene"
    sent = form(site, intake, **{"relation": "internal", "expectations": last_words, name: value})
    sent["deadline_said"] = ["entro Natale"]
    staff = site.person("staff")
    before = site.content("staff_sessions")
    answer = staff.post(f"/intakes/{intake}/edit", sent)
    assert answer.status_code == 422
    text = unescape(answer.text)
    assert "Non è stato salvato nulla" in text
    assert sentence in text
    for typed in ("entro Natale", *([last_words] if name != "expectations" else [])):
        assert typed in text
    for each in value if isinstance(value, list) else [value]:
        assert each in text
    assert re.search('value="internal" selected', text)
    # With the versions that it came with: who mends the mistake overwrites nobody.
    assert {k: int(v) for k, v in versions(answer.text).items()} == {
        "version": sent["version"],
        "client_version": sent["client_version"],
    }
    assert site.content("staff_sessions") == before


def test_a_client_stays_within_reach(site: Site, intake: int) -> None:
    sent = form(site, intake, email="", phone="")
    answer = site.person("staff").post(f"/intakes/{intake}/edit", sent)
    assert answer.status_code == 422
    assert "Serve almeno un modo per raggiungere il cliente" in unescape(answer.text)


@pytest.mark.parametrize("text", ["", "  ", "x" * 4001])
def test_a_note_that_can_t_be(site: Site, intake: int, text: str) -> None:
    answer = site.person("staff").post(f"/intakes/{intake}/notes", {"text": text})
    assert answer.status_code == 422
    assert text.strip() in answer.text
    assert 'aria-invalid="true"' in answer.text
    with site.database() as session:
        assert len(session.get(models.Engagement, intake).notes) == 1


def test_whoever_is_first_is_in_charge(site: Site, intake: int) -> None:
    staff, admin = site.person("staff"), site.person("admin")
    assert staff.post(f"/intakes/{intake}/take").headers["Location"].endswith("done=taken")
    answer = admin.post(f"/intakes/{intake}/take")
    assert answer.headers["Location"].endswith("done=taken_by_other")
    assert site.get(models.Engagement, intake).taken_name == "Bruno Neri"
    page = admin.get(f"/intakes/{intake}").text
    assert "La richiesta è in carico a Bruno Neri. Vuole prenderla Lei?" in page


def test_the_last_administrator_stays(site: Site) -> None:
    admin = site.person("admin")
    with site.database() as session:
        number = session.query(models.StaffAccount).filter_by(role="admin").one().id
    for path, sent in (("role", {"role": "reader"}), ("disable", {})):
        answer = admin.post(f"/accounts/{number}/{path}", sent)
        assert answer.status_code == 422
        assert "non resterebbe nessuno ad amministrare Sportello" in answer.text
    assert admin.get("/accounts").status_code == 200
