"""Who is signed in, for how long, in which browser, and where the sign-in leads."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import sqlalchemy as sa

from actions.settings import Settings
from actions.store import models
from actions.store.audit import Staff
from actions.store.encryption import search_key
from actions.store.staff import ADDRESS, EMAIL, disable
from tests.office.site import Site, open_site
from tests.office_server import PASSWORD, Browser, email_of

COOKIE = "sportello_office"
NEW = "un'altra frase, ancora più lunga"
BY = Staff("command", "test")


def is_in(browser: Browser) -> bool:
    return browser.get("/account").status_code == 200


def set_cookies(answer: requests.Response) -> dict[str, str]:
    """Return the headers that set cookies, by the cookie's name."""
    lines = answer.raw.headers.getlist("Set-Cookie")
    return {line.partition("=")[0]: line for line in lines}


def change_session(site: Site, role: str, **values: Any) -> None:
    mine = sa.select(models.StaffAccount.id).where(models.StaffAccount.email == email_of(role))
    site.run(
        sa.update(models.StaffSession)
        .where(models.StaffSession.account_id.in_(mine))
        .values(**values)
    )


def ago(**span: int) -> dt.datetime:
    return dt.datetime.now(dt.timezone.utc) - dt.timedelta(**span)


@pytest.fixture
def someone(site: Site, request: pytest.FixtureRequest) -> str:
    """The role, and so the address, of an account that no other test uses."""
    role = f"somebody-{abs(hash(request.node.nodeid)) % 10**8}"
    with site.database() as session:
        reader = session.query(models.StaffAccount).filter_by(email=email_of("reader")).one()
        session.add(
            models.StaffAccount(
                email=email_of(role),
                name="Vera Sarti Longhi",
                role="staff",
                language="it",
                password_hash=reader.password_hash,
                created_at=ago(hours=1),
            )
        )
    return role


def test_the_cookies(site: Site) -> None:
    browser = site.nobody()
    form = set_cookies(browser.get("/login"))["sportello_form"]
    answer = browser.sign_in("reader")
    session = set_cookies(answer)[COOKIE]
    for line in (form, session):
        assert re.search("; HttpOnly(;|$)", line)
        assert "; SameSite=Lax" in line
        assert "; Path=/;" in line
        # Over HTTP, on this machine, it can't be Secure.
        assert not re.search("Domain|Max-Age|Expires|Secure", line)
    assert "Max-Age=0" in set_cookies(answer)["sportello_form"]


def test_only_a_digest_is_stored(site: Site, someone: str) -> None:
    browser = site.somebody(someone)
    token = browser.http.cookies[COOKIE]
    assert len(token) >= 43
    assert token not in str(site.content())


@pytest.fixture(scope="module")
def public(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A back office in production, behind a proxy that speaks HTTPS."""
    folder = tmp_path_factory.mktemp("production")
    with open_site(
        settings,
        f"sqlite:///{folder / 'sportello.db'}",
        folder,
        SPORTELLO_ENV="production",
        SPORTELLO_SECRET="f" * 32,
    ) as site:
        yield site


def test_the_cookies_in_production(public: Site) -> None:
    browser = public.nobody()
    answer = browser.get("/login")
    form = set_cookies(answer)["__Host-sportello_form"]
    token = re.search(r'name="csrf" value="(\w+)"', answer.text)
    assert token
    # This client, unlike a browser, would not send them over HTTP to this machine.
    kept = {"__Host-sportello_form": form.partition(";")[0].partition("=")[2]}
    data = {"csrf": token[1], "email": email_of("reader"), "password": PASSWORD}
    host = {"Host": "office.example", "Origin": "https://office.example"}
    answer = requests.post(
        f"{public.url}/login", data, headers=host, cookies=kept, allow_redirects=False, timeout=30
    )
    assert answer.status_code == 303
    session = set_cookies(answer)["__Host-sportello_office"]
    for line in (form, session):
        assert line.startswith("__Host-")
        for part in ("HttpOnly", "SameSite=Lax", "Secure", "Path=/"):
            assert part in line.split("; ")
        assert "Domain" not in line
    assert "max-age=" in answer.headers["Strict-Transport-Security"]
    value = session.partition(";")[0].partition("=")[2]
    for name, status in (("__Host-sportello_office", 200), (COOKIE, 303)):
        there = requests.get(
            f"{public.url}/account", cookies={name: value}, allow_redirects=False, timeout=30
        )
        assert there.status_code == status, name


def test_production_needs_a_secret(settings: Settings, tmp_path: Path) -> None:
    with (
        pytest.raises(AssertionError, match="could not start"),
        open_site(
            settings,
            f"sqlite:///{tmp_path / 'sportello.db'}",
            tmp_path,
            SPORTELLO_ENV="production",
            SPORTELLO_SECRET="short",
        ),
    ):
        pass
    assert "SPORTELLO_SECRET" in (tmp_path / "office.log").read_text()


def test_without_use_a_session_ends(site: Site, someone: str) -> None:
    browser = site.somebody(someone)
    change_session(site, someone, seen_at=ago(minutes=29))
    assert is_in(browser)
    change_session(site, someone, seen_at=ago(minutes=31))
    assert not is_in(browser)
    answer = browser.get("/intakes/1?x=1&y=2")
    assert answer.headers["Location"] == "/login?next=/intakes/1%3Fx%3D1%26y%3D2"


def test_with_use_a_session_ends_too(site: Site, someone: str) -> None:
    browser = site.somebody(someone)
    hours = 12
    change_session(site, someone, created_at=ago(hours=hours, minutes=-1))
    assert is_in(browser)
    change_session(site, someone, created_at=ago(hours=hours, minutes=1))
    assert not is_in(browser)


def test_what_a_page_asks_by_itself_prolongs_nothing(site: Site, someone: str) -> None:
    browser = site.somebody(someone)
    before = ago(minutes=20)
    change_session(site, someone, seen_at=before)

    def seen() -> dt.datetime:
        with site.database() as session:
            mine = models.StaffAccount.email == email_of(someone)
            query = sa.select(models.StaffSession.seen_at).join(models.StaffAccount).where(mine)
            moment: dt.datetime = session.execute(query).scalar_one()
            return moment

    background = {"X-Background": "1", "X-Seen": "x"}
    assert browser.get("/inbox", headers=background).status_code == 200
    assert seen() == before
    assert browser.get("/static/office.css").status_code == 200
    assert seen() == before
    assert browser.get("/inbox").status_code == 200
    assert seen() > ago(minutes=1)
    change_session(site, someone, seen_at=ago(minutes=31))
    answer = browser.get("/inbox", headers=background)
    assert answer.status_code == 401
    assert "La sessione è scaduta." in answer.text


def test_what_was_typed_too_late_comes_back_and_is_not_saved(site: Site, someone: str) -> None:
    browser = site.somebody(someone)
    token = browser.token("/account")
    change_session(site, someone, seen_at=ago(minutes=31))
    before = site.content("staff_sessions")
    sent = {"csrf": token, "text": "richiamare <b>domani</b> & dopo", "new_password": "non qui mai"}
    answer = browser.http.post(
        site.url + "/intakes/1/notes", sent, allow_redirects=False, timeout=30
    )
    assert answer.status_code == 401
    assert "richiamare &lt;b&gt;domani&lt;/b&gt; &amp; dopo</textarea>" in answer.text
    assert "non è stato salvato" in answer.text
    assert 'href="/login"' in answer.text
    assert "non qui mai" not in answer.text
    # Another site's form gets nothing back.
    answer = browser.http.post(
        site.url + "/intakes/1/notes", sent, headers={"Origin": "https://evil.example"}, timeout=30
    )
    assert answer.status_code == 403
    assert "richiamare" not in answer.text
    assert site.content("staff_sessions") == before


def test_signing_out_ends_it_on_the_server(site: Site, someone: str) -> None:
    browser, other = site.somebody(someone), site.somebody(someone)
    copy = browser.http.cookies[COOKIE]
    answer = browser.post("/logout")
    assert answer.headers["Location"] == "/login?done=signed_out"
    assert "Max-Age=0" in set_cookies(answer)[COOKIE]
    assert "storage" in answer.headers["Clear-Site-Data"]
    assert "La sessione è chiusa." in browser.get(answer.headers["Location"]).text
    thief = site.nobody()
    thief.http.cookies.set(COOKIE, copy)
    assert not is_in(thief)
    assert is_in(other)


def test_whoever_is_shut_out_is_out_at_once(site: Site, someone: str) -> None:
    browser = site.somebody(someone)
    with site.database() as session:
        row = session.query(models.StaffAccount).filter_by(email=email_of(someone)).one()
        number = row.id
    assert is_in(browser)
    assert site.person("admin").post(f"/accounts/{number}/disable").status_code == 303
    assert not is_in(browser)
    assert site.nobody().sign_in(someone).status_code == 400
    assert site.person("admin").post(f"/accounts/{number}/enable").status_code == 303
    assert not is_in(browser)
    assert is_in(site.somebody(someone))


def test_a_role_counts_from_the_next_request_on(site: Site, someone: str) -> None:
    browser = site.somebody(someone)
    assert browser.get("/inbox.csv").status_code == 200
    site.run(
        sa.update(models.StaffAccount)
        .where(models.StaffAccount.email == email_of(someone))
        .values(role="reader")
    )
    assert browser.get("/inbox.csv").status_code == 403
    assert "inbox.csv" not in browser.get("/inbox").text


def change_password(browser: Browser, **form: str) -> requests.Response:
    return browser.post(
        "/account/password", {"old": PASSWORD, "new": NEW, "again": NEW, **form}, page="/account"
    )


def test_changing_the_password_ends_the_others(site: Site, someone: str) -> None:
    mine, other = site.somebody(someone), site.somebody(someone)
    sessions = site.counts()["staff_sessions"]
    last = site.last_entry()
    assert change_password(mine).headers["Location"] == "/account?done=password"
    assert is_in(mine)
    assert not is_in(other)
    assert [entry.action for entry in site.entries_after(last)] == ["account_password"]
    assert site.counts()["staff_sessions"] == sessions - 1
    assert site.nobody().sign_in(someone).status_code == 400
    assert site.nobody().sign_in(someone, NEW).status_code == 303


UNFIT = (
    ({"again": "x"}, "Le due nuove password sono diverse."),
    ({"old": "x"}, "La password attuale non è corretta."),
    ({"new": "corta", "again": "corta"}, "servono almeno 12 caratteri"),
    ({"new": "a" * 20, "again": "a" * 20}, "ripete sempre lo stesso carattere"),
    ({"new": "x9" * 80, "again": "x9" * 80}, "al massimo 128 caratteri"),
    ({"new": "vera SARTI longhi", "again": "vera SARTI longhi"}, "il Suo nome o la Sua e-mail"),
    ({"new": "password1234", "again": "password1234"}, "tra le più usate al mondo"),
)


def test_an_unfit_password_changes_nothing(site: Site, someone: str) -> None:
    mine, other = site.somebody(someone), site.somebody(someone)
    without = ("staff_sessions", "audit_entries", "failed_lookups")
    before, sessions = site.content(*without), site.counts()["staff_sessions"]
    for form, sentence in UNFIT:
        answer = change_password(mine, **form)
        assert answer.status_code == 422
        assert sentence in answer.text.replace("&#39;", "'")
        for typed in {*form.values(), PASSWORD}:
            assert f'value="{typed}"' not in answer.text
    assert [is_in(mine), is_in(other)] == [True, True]
    assert site.content(*without) == before
    assert site.counts()["staff_sessions"] == sessions


def test_guessing_ones_own_password_is_slowed_down(site: Site, someone: str) -> None:
    mine = site.somebody(someone)
    fail(site, EMAIL, email_of(someone), 4)
    assert "attuale non è corretta" in change_password(mine, old="x").text
    assert "Troppe password sbagliate" in change_password(mine).text
    assert site.nobody().sign_in(someone).status_code == 429


def test_signing_in_changes_the_token(site: Site, someone: str) -> None:
    """A session that somebody else has planted is not the one that is signed in."""
    browser = site.nobody()
    planted = "A" * 43
    browser.http.cookies.set(COOKIE, planted)
    browser.get("/login")
    before = browser.http.cookies["sportello_form"]
    form_token = browser.token("/login")
    assert browser.sign_in(someone).status_code == 303
    values = [cookie.value for cookie in browser.http.cookies if cookie.name == COOKIE]
    fresh = next(value for value in values if value != planted)
    assert fresh not in (planted, before)
    thief = site.nobody()
    thief.http.cookies.set(COOKIE, planted)
    assert not is_in(thief)
    mine = site.nobody()
    mine.http.cookies.set(COOKIE, fresh or "")
    assert mine.token("/account") != form_token
    again = site.somebody(someone)
    assert again.http.cookies[COOKIE] != fresh


def test_signing_in_again_ends_the_session_before(site: Site, someone: str) -> None:
    browser = site.somebody(someone)
    before = browser.http.cookies[COOKIE]
    form = {"email": email_of(someone), "password": PASSWORD}
    assert browser.post("/login", form).status_code == 303
    assert browser.http.cookies[COOKIE] != before
    assert is_in(browser)
    other = site.nobody()
    other.http.cookies.set(COOKIE, before)
    assert not is_in(other)


def test_other_cookies_of_this_machine_do_no_harm(site: Site, someone: str) -> None:
    token = site.somebody(someone).http.cookies[COOKIE]
    for other in ('a={"x": 1}', "b=[1,2]", "=x", "c;d", 'e="', "x/y=1", "f=ü"):
        for header in (f"{other}; {COOKIE}={token}", f"{COOKIE}={token}; {other}"):
            answer = site.nobody().get("/account", headers={"Cookie": header.encode()})
            assert answer.status_code == 200, header


ELSEWHERE = (
    *("//evil.example", "/\\evil.example", "\\\\evil.example", "https://evil.example", "///e.it"),
    *("javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,x", "evil.example", "//["),
    *("/\t/evil.example", "/\n/evil.example", "\t//evil.example", "/inbox\r\nX-Evil: 1", "/x\x85y"),
    *("/login", "/login?next=/login", "?x", "#x", "", " ", "/\u202eevil", "http:evil.example"),
    *("/\x0b/evil.example", "https:/\\evil.example", "/inbox\u2028"),
)


def test_the_sign_in_leads_nowhere_else(site: Site, someone: str) -> None:
    inside = site.somebody(someone)
    for wanted in ELSEWHERE:
        page = site.nobody().get("/login", params={"next": wanted})
        assert page.status_code == 200
        assert 'name="next" value="/inbox"' in page.text, wanted
        answer = inside.get("/login", params={"next": wanted})
        assert (answer.status_code, answer.headers["Location"]) == (303, "/inbox"), wanted
    for wanted in ELSEWHERE[::6]:
        form = {"email": email_of(someone), "password": PASSWORD, "next": wanted}
        answer = site.nobody().post("/login", form, page="/login")
        assert (answer.status_code, answer.headers["Location"]) == (303, "/inbox"), wanted
        assert "X-Evil" not in answer.headers


def test_the_sign_in_leads_back(site: Site, someone: str) -> None:
    wanted = "/inbox?q=Niccolò&status=all"
    form = {"email": email_of(someone).upper(), "password": PASSWORD, "next": wanted}
    answer = site.nobody().post("/login", form, page="/login")
    assert answer.headers["Location"] == "/inbox?q=Niccol%C3%B2&status=all"


def test_the_language(site: Site, someone: str) -> None:
    browser = site.nobody()
    for language, words in (("it", "Accedi"), ("en", "Sign in")):
        assert words in browser.get("/login", headers={"Accept-Language": f"fr, {language}"}).text
        assert words in browser.get(f"/login?lang={language}").text
    assert "Accedi" in browser.get("/login?lang=fr", headers={"Accept-Language": "fr"}).text
    browser = site.somebody(someone)
    assert '<html lang="it">' in browser.get("/inbox?lang=en").text
    assert browser.post("/account/language", {"language": "en"}).status_code == 303
    assert '<html lang="en">' in browser.get("/inbox").text
    browser.post("/account/language", {"language": "fr"})
    assert '<html lang="en">' in browser.get("/inbox").text


def test_the_program_itself_shuts_out_at_once(site: Site, someone: str) -> None:
    browser = site.somebody(someone)
    with site.database() as session:
        row = session.query(models.StaffAccount).filter_by(email=email_of(someone)).one()
        disable(session, row.id, ago(hours=0), by=BY)
    assert not is_in(browser)


# Who guesses passwords ----------------------------------------------------------------------------


def guess(site: Site, email: str, password: str, address: str) -> requests.Response:
    form = {"email": email, "password": password}
    headers = {"X-Forwarded-For": address}
    return site.nobody().post("/login", form, page="/login", headers=headers)


def fail(site: Site, kind: str, key: str, number: int) -> None:
    """Note as many wrong passwords as if somebody had tried them just now."""
    with site.database() as session:
        session.add_all(
            models.FailedLookup(kind=kind, conversation_id=search_key(key), failed_at=ago(hours=0))
            for _ in range(number)
        )


def told(answer: requests.Response) -> str:
    """Return what a refusal says, without what differs between two of the same kind."""
    text = re.sub(r'name="csrf" value="\w+"|value="[^"]*@[^"]*"', "", answer.text)
    return re.sub(r"\d\d:\d\d", "hh:mm", text)


def test_the_sixth_guess(site: Site, someone: str) -> None:
    known, unknown = email_of(someone), f"nessuno-{someone}@example.com"
    last, said = site.last_entry(), site.log.read_text()
    refusals = {}
    for number, email in enumerate((known, unknown)):
        address = f"198.51.100.{number + 1}"
        answers = [guess(site, email, f"sbagliata {n}", address) for n in range(5)]
        assert [answer.status_code for answer in answers] == [400] * 5
        assert "L&#39;e-mail o la password non è corretta." in answers[0].text
        sixth = guess(site, email, "sbagliata", address)
        right = guess(site, email, PASSWORD, f"198.51.100.{number + 11}")
        for answer in (sixth, right):
            assert answer.status_code == 429
            assert "Troppi tentativi: riprovi dalle " in answer.text
            assert COOKIE not in set_cookies(answer)
        refusals[email] = [told(answer) for answer in (*answers, sixth, right)]
    assert refusals[known] == refusals[unknown]
    # Others get in meanwhile.
    assert site.nobody().sign_in("reader").status_code == 303
    actions = [entry.action for entry in site.entries_after(last)]
    assert actions.count("sign_in_refused") == 10
    assert actions.count("sign_in_locked") == 2
    news = site.log.read_text()[len(said) :]
    assert news.count("was refused") == 10
    assert news.count("came while locked") == 4
    for secret in (known, unknown, PASSWORD, "sbagliata", "198.51.100"):
        assert secret not in news
        assert secret not in str([vars(entry) for entry in site.entries_after(last)])


def test_a_quarter_of_an_hour_later(site: Site, someone: str) -> None:
    fail(site, EMAIL, email_of(someone), 5)
    assert guess(site, email_of(someone), PASSWORD, "198.51.101.9").status_code == 429
    site.run(sa.update(models.FailedLookup).values(failed_at=ago(minutes=16)))
    assert guess(site, email_of(someone), PASSWORD, "198.51.101.9").status_code == 303


def test_an_administrator_unlocks(site: Site, someone: str) -> None:
    fail(site, EMAIL, email_of(someone), 5)
    admin = site.person("admin")
    with site.database() as session:
        row = session.query(models.StaffAccount).filter_by(email=email_of(someone)).one()
        number = row.id
    assert f'action="/accounts/{number}/unlock"' in admin.get("/accounts").text
    assert admin.post(f"/accounts/{number}/unlock").status_code == 303
    assert f'action="/accounts/{number}/unlock"' not in admin.get("/accounts").text
    assert guess(site, email_of(someone), PASSWORD, "198.51.102.9").status_code == 303


def test_many_accounts_from_one_address(site: Site) -> None:
    fail(site, ADDRESS, "203.0.113.7", 19)
    assert guess(site, "n@example.com", "sbagliata", "203.0.113.7").status_code == 400
    assert guess(site, email_of("reader"), PASSWORD, "203.0.113.7").status_code == 429
    # The nearest proxy's word counts, not what the guesser wrote before it.
    assert guess(site, email_of("reader"), PASSWORD, "1.2.3.4, 203.0.113.7").status_code == 429
    assert guess(site, email_of("reader"), PASSWORD, "203.0.113.7, 1.2.3.4").status_code == 303
