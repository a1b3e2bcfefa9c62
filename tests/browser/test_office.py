"""The back office in a browser, beside the real bot: what came in by the chat is worked on."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect
from sqlalchemy.engine import Engine

from actions.settings import Settings
from actions.store import casework
from actions.store.audit import Staff
from actions.store.database import session_factory
from bot.drafts import read_draft
from tests.browser.chat import Chat
from tests.browser.conftest import Open, OpenOffice
from tests.browser.office import NEWS_MS, Filled, Office, add_hostile, add_intake, fill
from tests.browser.test_harmless import ATTACKS
from tests.browser.test_intake import reference_in
from tests.office_server import PASSWORD, PEOPLE, email_of
from tests.office_server import Browser as VisitorBrowser

Running = tuple[Settings, Engine]
COLLEAGUE = Staff("staff:3", PEOPLE["admin"])
STAFF = Staff("staff:2", PEOPLE["staff"])


@pytest.fixture(scope="module")
def filled(running: Running, office_url: str) -> Filled:
    """What the pages show where nobody has put in something special."""
    return fill(running[1], VisitorBrowser.new(office_url))


def become_client(chat: Chat, name: str, email: str) -> str:
    """Go through the intake in the chat and return the reference."""
    chat.say(f"Buongiorno, mi chiamo {name} e vorrei diventare vostro cliente, {email}")
    chat.choose("Sì, acconsento").choose("Privato").choose("Esterno").choose("Salta")
    chat.choose("Assistenza legale").say("un contratto d'affitto senza sorprese")
    chat.say("entro il 15 gennaio 2030").choose("Sì, confermo")
    return reference_in(chat)


def test_a_request_from_the_chat_to_its_end(open_chat: Open, open_office: OpenOffice) -> None:
    chat = open_chat().visit()
    reference = become_client(chat, "Ginevra Castoldi", "ginevra.castoldi@example.com")
    office = open_office().visit("/")
    expect(office.page).to_have_url(re.compile(r"/login$"))
    office.sign_in("staff")
    page = office.page
    expect(page.locator("h1")).to_have_text("Richieste")
    before = {name: office.tab(name) for name in ("new", "in_charge", "accepted", "closed")}
    assert office.search("castoldi ginevra") == [reference]
    assert office.search(reference) == [reference]
    assert office.search("ginevra.castoldi@example.com") == [reference]
    page.get_by_role("link", name=reference).click()

    expect(page.locator("h1")).to_have_text(f"{reference} Nuova")
    expect(office.section("expectations")).to_contain_text("un contratto d'affitto senza sorprese")
    expect(office.section("deadlines")).to_contain_text("martedì 15 gennaio 2030")
    expect(office.section("consent")).to_contain_text("con un pulsante")
    talk = office.section("conversation")
    talk.locator("summary").click()
    expect(talk.locator("li.client").first).to_contain_text("mi chiamo Ginevra Castoldi")
    expect(talk.locator("li.assistant").last).to_contain_text(reference)

    office.shoot("talk")
    office.press("Prendi in carico", "La richiesta è in carico a Lei.")
    expect(page.locator("h1")).to_have_text(f"{reference} In carico")
    page.get_by_role("link", name="Correggi").click()
    page.get_by_label("E-mail").fill("ginevra@castoldi.example")
    page.get_by_label("Giorno", exact=True).fill("2030-02-01")
    office.press("Salva", "Le correzioni sono salvate.")
    expect(office.section("client")).to_contain_text("ginevra@castoldi.example")
    expect(office.section("deadlines")).to_contain_text("venerdì 1 febbraio 2030")
    changes = office.section("changes")
    expect(changes.locator("del").first).to_have_text("ginevra.castoldi@example.com")
    expect(changes.locator("ins").first).to_have_text("ginevra@castoldi.example")
    expect(changes.locator("del").last).to_contain_text("15.01.2030")
    expect(changes.locator("ins").last).to_contain_text("01.02.2030")
    expect(changes).to_contain_text(PEOPLE["staff"])

    page.get_by_label("Nuova nota").fill("Richiamata: manda il contratto lunedì.")
    office.button("Aggiungi la nota").click()
    expect(office.section("notes").locator("li")).to_contain_text("manda il contratto lunedì")
    for status in ("Accettata", "Chiusa"):
        page.get_by_label("Stato").select_option(label=status)
        office.press("Cambia stato", "Lo stato è cambiato.")
        expect(page.locator("h1")).to_have_text(f"{reference} {status}")
    office.section("history").locator("summary").first.click()
    for done in ("ha preso in carico", "ha corretto", "ha aggiunto una nota", "Chiusa"):
        expect(office.section("history")).to_contain_text(done)

    office.visit("/inbox")
    after = {name: office.tab(name) for name in before}
    assert after == {**before, "new": before["new"] - 1, "closed": before["closed"] + 1}
    page.locator("#tab-closed").click()
    assert reference in page.locator("#requests th a").all_inner_texts()
    with page.expect_download() as download:
        page.get_by_role("link", name="Esporta in CSV").click()
    text = Path(download.value.path()).read_text(encoding="utf-8-sig")
    rows = [row for row in csv.reader(io.StringIO(text), delimiter=";") if reference in row]
    assert len(rows) == 1, text
    assert {"Ginevra Castoldi", "ginevra@castoldi.example", "Chiusa"} <= set(rows[0])
    chat.say(f"a che punto è la mia richiesta {reference}? ginevra@castoldi.example")
    assert "conclusa" in chat.last


def test_two_requests_of_one_client(
    open_chat: Open, open_office: OpenOffice, running: Running
) -> None:
    _, first = add_intake(running[1], name="Ugo Serra", email="ugo.serra@example.com")
    second = become_client(open_chat().visit(), "Ugo Sera", "ugo.serra@example.com")
    office = open_office("staff").visit("/inbox")
    page = office.page
    office.search(second)
    expect(page.locator("#requests .badge.warned")).to_have_text("Possibile doppione")
    page.get_by_role("link", name=second).click()
    office.section("duplicates").get_by_role("link", name="Confronta").click()
    expect(page.locator("h1")).to_have_text("Confronta")
    expect(page.get_by_label("Ugo Serra")).to_be_checked()
    office.press("Unisci i due clienti", "I due clienti sono diventati uno.")
    assert len(office.asked) == 1
    expect(page.locator("h1")).to_have_text("Ugo Serra")
    requests = office.section("requests")
    expect(requests).to_contain_text(first)
    expect(requests).to_contain_text(second)
    office.visit("/clients?q=ugo.serra@example.com")
    expect(page.locator("tbody tr")).to_have_count(1)


def test_a_call_back(open_chat: Open, open_office: OpenOffice) -> None:
    office = open_office("staff").visit("/callbacks")
    page = office.page
    chat = open_chat().visit()
    chat.say("vorrei parlare con una persona").say("mi chiami al 333 765 4321")
    row = page.locator("tbody tr", has_text="333 765 4321")
    expect(row).to_be_visible(timeout=NEWS_MS)
    assert row.locator("a").first.get_attribute("href") == "tel:+393337654321"
    row.get_by_role("button").click()
    expect(page.locator(".message[role=status]").first).to_have_text("Segnato come richiamato.")
    expect(row).to_have_count(0)
    page.locator("#tab-done").click()
    expect(row).to_contain_text(PEOPLE["staff"])


def test_a_question_in_vain_becomes_an_answer(
    open_chat: Open, open_office: OpenOffice, office_home: Path
) -> None:
    chat = open_chat().visit()
    asked = ("c'è un parcheggio vicino allo studio?", "dove posso parcheggiare la macchina da voi?")
    for question in asked:
        chat.say(question)
    office = open_office("staff").visit("/questions")
    page = office.page
    row = page.locator("tbody tr", has_text="parcheggi")
    expect(row).to_have_count(1)
    expect(row.locator("td").first).to_have_text("2")
    row.get_by_role("link").click()
    examples = page.locator("#questions_it")
    assert sorted(examples.input_value().splitlines()) == sorted(asked)
    page.locator("#title_it").fill("Parcheggio")
    page.locator("#answer_it").fill("Davanti allo studio c'è un parcheggio pubblico.")
    page.locator("#entry").fill("parking")
    office.button("Salva come bozza").click()
    expect(page.locator("h1")).to_have_text("Bozza: parking")
    expect(office.section("missing").locator("li").first).to_be_visible()
    draft = read_draft(office_home / "data" / "drafts" / "parking.yml")
    assert draft.title == {"it": "Parcheggio", "en": ""}
    assert draft.answer["it"] == "Davanti allo studio c'è un parcheggio pubblico."
    assert set(draft.questions["it"].splitlines()) == {*asked, "Parcheggio"}
    page.locator("#title_en").fill("Parking")
    office.press("Salva", "Salvato.")
    assert read_draft(office_home / "data" / "drafts" / "parking.yml").title["en"] == "Parking"
    office.visit("/questions")
    expect(row).to_have_count(0)
    office.visit("/drafts/parking")
    office.press("Elimina la bozza", "La bozza è eliminata.")


def do(engine: Engine, work: Any) -> None:
    """Do something that a colleague does at the same time."""
    with session_factory(engine)() as session:
        work(session, COLLEAGUE, dt.datetime.now(dt.timezone.utc))
        session.commit()


def test_news_come_by_themselves(open_office: OpenOffice, running: Running) -> None:
    office = open_office("staff").visit("/inbox")
    page = office.page
    search = page.locator("#q")
    search.press_sequentially("Ros")
    _, reference = add_intake(running[1], name="Livia Conti")
    number = office.tab("new")
    expect(page.locator("#requests th", has_text=reference)).to_be_visible(timeout=NEWS_MS)
    assert office.tab("new") == number + 1
    expect(search).to_be_focused()
    search.press_sequentially("si")
    expect(search).to_have_value("Rossi")
    # A link keeps the focus when the list around it is made anew.
    page.get_by_role("link", name=reference).focus()
    _, next_one = add_intake(running[1], name="Livio Conti")
    office.look()
    expect(page.locator("#requests th", has_text=next_one)).to_be_visible()
    expect(page.get_by_role("link", name=reference)).to_be_focused()


def test_what_is_being_written_stays(open_office: OpenOffice, running: Running) -> None:
    engine = running[1]
    number, reference = add_intake(engine, name="Marta Gallo")
    office = open_office("staff").visit(f"/intakes/{number}")
    page = office.page
    do(engine, lambda *args: casework.take(args[0], number, *args[1:]))
    expect(page.locator("h1")).to_have_text(f"{reference} In carico", timeout=NEWS_MS)
    expect(office.button("Prendi in carico al suo posto")).to_be_visible()
    expect(office.news).to_be_hidden()
    note = page.get_by_label("Nuova nota")
    note.press_sequentially("Ha chiamato e ")
    do(engine, lambda *args: casework.add_note(args[0], number, "Sentito ieri.", *args[1:]))
    office.look()
    expect(office.section("notes").locator("li")).to_contain_text("Sentito ieri.")
    expect(page.locator("[data-news=renewed]")).to_be_visible()
    expect(note).to_be_focused()
    expect(note).to_have_value("Ha chiamato e ")
    # What was chosen and not sent stays too, and what stands around it until it is let go.
    status = page.get_by_label("Stato")
    status.select_option(label="Rifiutata")
    do(engine, lambda *args: casework.take_over(args[0], number, STAFF, args[2], version=2))
    office.look()
    expect(office.news).to_be_visible()
    expect(status).to_have_value("declined")
    office.button("Cambia stato").click()
    expect(page.locator(".message[role=status]").first).to_contain_text("non è stato salvato nulla")
    expect(page.locator("h1")).to_have_text(f"{reference} In carico")
    # A note of nothing is refused, on a page that does not look for news.
    office.expected.add(422)
    page.get_by_label("Nuova nota").fill("   ")
    office.button("Aggiungi la nota").click()
    expect(page.locator("#note-problem")).to_have_text("Questo campo non può restare vuoto.")
    office.look()


def test_on_the_form_a_banner_comes(open_office: OpenOffice, running: Running) -> None:
    engine = running[1]
    number, _ = add_intake(engine, name="Nives Riva")
    office = open_office("staff").visit(f"/intakes/{number}/edit")
    page = office.page
    name = page.get_by_label("Nome", exact=True)
    name.fill("Nives Rivalta")
    do(engine, lambda *args: casework.take(args[0], number, *args[1:]))
    office.look()
    expect(office.news).to_be_visible()
    expect(name).to_have_value("Nives Rivalta")
    office.shoot("banner")
    office.button("Salva").scroll_into_view_if_needed()
    expect(office.news).to_be_in_viewport()
    reads = count_reads(engine, number)
    office.look()
    assert count_reads(engine, number) == reads, "nobody reads it again and again"
    page.get_by_role("link", name="Annulla").click()
    assert len(office.asked) == 1


def test_signed_out_while_writing(open_office: OpenOffice, running: Running) -> None:
    number, _ = add_intake(running[1], name="Olga Fabbri")
    office = open_office("staff", viewport={"width": 360, "height": 640})
    office.visit(f"/intakes/{number}")
    note = office.page.get_by_label("Nuova nota")
    note.fill("Ha chiamato alle nove.")
    office.page.context.clear_cookies()
    office.expected.add(401)
    office.look()
    expect(office.page.locator("[data-news=signed-out]")).to_be_in_viewport()
    expect(note).to_have_value("Ha chiamato alle nove.")
    menu = office.page.get_by_role("link", name="Scadenzario")
    expect(menu).to_be_hidden()
    office.page.get_by_text("Menu", exact=True).click()
    expect(menu).to_be_visible()


def test_signed_out_on_a_page_that_has_no_news(
    open_office: OpenOffice, filled: Filled, cookies: dict[str, str]
) -> None:
    office = open_office("staff").visit(NAMES["question"].format(**vars(filled)))
    field = office.page.get_by_label("Nome breve")
    field.fill("quanto_costa")
    office.page.context.clear_cookies()
    office.expected.add(401)
    office.look()
    told = office.page.locator("[data-news=signed-out]")
    expect(told).to_be_visible()
    expect(field).to_have_value("quanto_costa")
    # Signed in again, in another tab, the form is sent with the new session.
    office.page.context.add_cookies(
        [{"name": "sportello_office", "value": cookies["admin"], "url": office.url}]
    )
    token = office.page.locator("form[data-keep] input[name=csrf]")
    before = token.input_value()
    office.look()
    expect(told).to_be_hidden()
    expect(token).not_to_have_value(before)


def count_reads(engine: Engine, number: int) -> int:
    with engine.connect() as connection:
        query = sa.text(
            "SELECT count(*) FROM audit_entries WHERE action IN ('read', 'refresh') "
            "AND subject_id = :n"
        )
        return int(connection.execute(query, {"n": number}).scalar_one())


def test_two_write_at_once(open_office: OpenOffice, running: Running) -> None:
    number, _ = add_intake(running[1], name="Piero Costa")
    one, two = (open_office(role).visit(f"/intakes/{number}/edit") for role in ("staff", "admin"))
    two.expected.add(409)
    one.page.get_by_label("Nome", exact=True).fill("Piero Costantini")
    two.page.get_by_label("Nome", exact=True).fill("Pietro Costa")
    two.page.get_by_label("Aspettative").fill("risposte rapide")
    one.press("Salva", "Le correzioni sono salvate.")
    two.button("Salva").click()
    conflict = two.page.locator("[role=alert]")
    expect(conflict).to_contain_text(f"{PEOPLE['staff']} ha modificato questa richiesta")
    row = two.page.locator("tbody tr", has_text="Piero Costantini")
    expect(row.locator("td").first).to_have_text("Pietro Costa")
    expect(two.page.locator("tbody tr", has_text="risposte chiare")).to_have_count(1)
    expect(two.page.get_by_label("Nome", exact=True)).to_have_value("Pietro Costa")
    one.visit(f"/intakes/{number}")
    expect(one.section("client")).to_contain_text("Piero Costantini")
    expect(one.section("expectations")).to_contain_text("risposte chiare")
    two.shoot("conflict")
    two.check_accessible()
    # What was typed and refused is not lost by a slip.
    two.stays = True
    two.page.get_by_role("link", name="Clienti").click()
    assert len(two.asked) == 1
    two.press("Salva la mia versione", "Le correzioni sono salvate.")
    expect(two.section("client")).to_contain_text("Pietro Costa")
    expect(two.section("expectations")).to_contain_text("risposte rapide")
    # The first of two clicks counts.
    third, _ = add_intake(running[1], name="Rita Mele")
    for office in (one, two):
        office.visit(f"/intakes/{third}")
    one.press("Prendi in carico", "La richiesta è in carico a Lei.")
    two.button("Prendi in carico").click()
    expect(two.page.locator(".message.warn").first).to_have_text(
        "La richiesta è già in carico a un collega."
    )


MENUS = {
    "reader": {"Richieste", "Scadenzario", "Clienti", "Da richiamare"},
    "admin": {"Utenti", "Registro delle attività"},
}


@pytest.mark.parametrize("role", list(PEOPLE))
def test_everybody_sees_their_part(
    role: str, open_office: OpenOffice, running: Running, filled: Filled
) -> None:
    office = open_office(role).visit("/inbox")
    menu = set(office.page.locator("nav li").all_inner_texts())
    assert menu >= MENUS["reader"]
    assert (menu >= MENUS["admin"]) == (role == "admin")
    assert MENUS["admin"].isdisjoint(menu) or role == "admin"
    pages = ["/inbox", f"/intakes/{filled.intake}", f"/clients/{filled.client}", "/duplicates"]
    pages += ["/callbacks", "/questions", f"/questions/{filled.question}", "/notifications"]
    writing: set[str] = set()
    for path in pages:
        office.visit(path)
        writing |= set(
            office.page.locator("main form[method=post]").evaluate_all(
                "all => all.map((form) => form.getAttribute('action'))"
            )
        )
        export = office.page.get_by_role("link", name="Esporta in CSV")
        if path == "/inbox":
            assert export.count() == (role != "reader")
    assert bool(writing) == (role != "reader"), writing
    office.expected.add(403)
    office.visit(f"/intakes/{filled.intake}/edit")
    refused = office.page.get_by_role("heading", name="Il Suo ruolo non lo consente.")
    expect(refused).to_have_count(int(role == "reader"))
    for path in ("/accounts", "/audit-entry/list"):
        office.visit(path)
        expect(refused).to_have_count(int(role != "admin"))


def test_by_keyboard_alone(open_office: OpenOffice, running: Running) -> None:
    _, reference = add_intake(running[1], name="Tullio Vanni")
    office = open_office(viewport={"width": 640, "height": 400}).visit("/login")  # 200 %
    keys = office.page.keyboard

    def go_to(text: str, tag: str) -> None:
        """Press Tab until something has the focus; each stop on the way shows that it has it."""
        for _ in range(60):
            keys.press("Tab")
            found = office.focus
            assert found["tag"] == "BODY" or (found["shows"] and found["seen"]), found
            if found["tag"] == tag and found["text"] == text:
                return
        raise AssertionError(f"{text!r} can't be reached")

    go_to("E-mail", "INPUT")
    keys.type(email_of("staff"))
    go_to("Password", "INPUT")
    keys.type(PASSWORD)
    keys.press("Enter")
    expect(office.page.locator("h1")).to_have_text("Richieste")
    keys.press("Tab")
    assert office.focus["text"] == "Vai al contenuto"
    keys.press("Enter")
    go_to("Cerca", "INPUT")
    keys.type("tullio")
    keys.press("Enter")
    expect(office.page).to_have_url(re.compile("q=tullio"))
    expect(office.page.locator("#requests tbody th")).to_have_count(1)
    go_to(reference, "A")
    keys.press("Enter")
    expect(office.page.locator("h1")).to_have_text(f"{reference} Nuova")
    go_to("Prendi in carico", "BUTTON")
    keys.press("Enter")
    expect(office.page.locator("h1")).to_have_text(f"{reference} In carico")
    go_to("Nuova nota", "TEXTAREA")
    keys.type("Scritto senza mouse.")
    go_to("Aggiungi la nota", "BUTTON")
    keys.press("Enter")
    expect(office.section("notes").locator("li")).to_contain_text("Scritto senza mouse.")


WINDOWS = {"desktop": 1280, "phone": 360}
# 200 % of a usual screen, and the narrowest that is to be reckoned with.
NARROW = (640, 320)
NAMES = {
    "inbox": "/inbox",
    "nothing-found": "/inbox?q=nessunosichiamacosì",
    "intake": "/intakes/{intake}",
    "print": "/intakes/{intake}/print",
    "edit": "/intakes/{intake}/edit",
    "clients": "/clients",
    "client": "/clients/{client}",
    "duplicates": "/duplicates",
    "compare": "/duplicates/{client}/{other}",
    "callbacks": "/callbacks",
    "callbacks-done": "/callbacks?status=done",
    "calendar": "/calendar",
    "questions": "/questions",
    "question": "/questions/{question}",
    "draft": "/drafts/{draft}",
    "dashboard": "/dashboard",
    "training": "/training",
    "notifications": "/notifications",
    "accounts": "/accounts",
    "audit": "/audit-entry/list",
    "account": "/account",
    "missing": "/intakes/999999",
}


@pytest.mark.parametrize("language", ["it", "en"])
def test_no_page_shuts_anybody_out(
    language: str, open_office: OpenOffice, filled: Filled, cookies: dict[str, str]
) -> None:
    office = open_office("admin", reduced_motion="reduce").visit("/account")
    office.page.locator("#language").select_option(language)
    office.page.locator("form[action='/account/language'] button").click()
    expect(office.page.locator("html")).to_have_attribute("lang", language)
    office.expected.add(404)
    try:
        for name, path in NAMES.items():
            office.visit(path.format(**vars(filled)))
            look_at(office, name, language)
    finally:
        office.visit("/account").page.locator("#language").select_option("it")
        office.page.locator("form[action='/account/language'] button").click()
        expect(office.page.locator("html")).to_have_attribute("lang", "it")
    stranger = open_office(reduced_motion="reduce").visit(f"/login?lang={language}")
    look_at(stranger, "login", language)


def look_at(office: Office, name: str, language: str) -> None:
    """See a page in light and dark, large and small, and take a picture of each."""
    page = office.page
    # Also what is folded up is to be seen by everybody.
    page.evaluate("document.querySelectorAll('main details').forEach((d) => { d.open = true; })")
    for window, width in WINDOWS.items():
        page.set_viewport_size({"width": width, "height": 800})
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            if charts := page.locator(".chart").count():
                expect(page.locator(".chart canvas")).to_have_count(charts)
            office.check_accessible()
            if language == "it":
                office.shoot(f"{window}-{scheme}-{name}")
        office.check_fits()
    for width in NARROW:
        page.set_viewport_size({"width": width, "height": 400})
        office.check_fits()


HARMFUL = """() => [
  ...[...document.querySelectorAll(
    'main :is(script, iframe, img, svg, style, math, object, embed, base), [srcdoc], [autofocus]'
  )].map((each) => each.outerHTML),
  ...[...document.querySelectorAll('*')].filter(
    (each) => [...each.attributes].some((attribute) => attribute.name.startsWith('on'))
  ).map((each) => each.outerHTML),
  ...[...document.links].map((each) => each.protocol).filter(
    (protocol) => !['http:', 'https:', 'mailto:', 'tel:'].includes(protocol)
  ),
  ...(window.hit ? ['a script ran'] : []),
]"""


def test_whatever_is_stored_is_text(
    open_chat: Open, open_office: OpenOffice, running: Running, office_url: str
) -> None:
    engine = running[1]
    chat = open_chat().visit()
    for attack in ATTACKS:
        chat.say(attack)
    talk = become_client(chat, "Zita Mosca", "zita@example.com")
    office = open_office("admin").visit("/inbox")
    page = office.page
    hostile = add_hostile(engine)
    # What comes in while the page is open is text as well.
    expect(page.locator("#requests td", has_text=ATTACKS[0]).first).to_be_visible(timeout=NEWS_MS)
    assert page.evaluate(HARMFUL) == []
    browser = VisitorBrowser.new(office_url)
    browser.sign_in("staff")
    found = re.findall(r'href="/questions/(\w+)"[^>]*>[^<]*&lt;', browser.get("/questions").text)
    parts = [f"{part}_{lang}" for part in ("title", "answer", "questions") for lang in ("it", "en")]
    form = {"entry": "hostile", **dict.fromkeys(parts, "\n".join(ATTACKS))}
    browser.post(f"/questions/{found[0]}/draft", form)
    with engine.connect() as connection:
        query = sa.text("SELECT id FROM engagements WHERE reference = :r")
        talked = connection.execute(query, {"r": talk}).scalar_one()
    paths = [path.format(**vars(hostile)) for path in NAMES.values() if "{question}" not in path]
    paths += [f"/questions/{each}" for each in found[1:]]
    paths += [f"/intakes/{talked}", f"/intakes/{talked}/print", "/calendar?month=2030-01"]
    for attack in ATTACKS:
        paths += [f"/inbox?q={quote(attack)}&service={quote(attack)}&channel={quote(attack)}"]
    attack = quote(ATTACKS[9])
    paths += [
        f"/clients?q={attack}",
        f"/audit-entry/list?search={attack}",
        f"/dashboard?channel={attack}",
    ]
    office.expected |= {404}
    for path in paths:
        office.visit(path)
        assert page.evaluate(HARMFUL) == [], path
    office.visit("/dashboard")
    for chart in page.locator(".chart canvas").all():
        chart.scroll_into_view_if_needed()
        box = chart.bounding_box()
        assert box
        for part in (0.3, 0.5, 0.7):
            page.mouse.move(box["x"] + box["width"] * part, box["y"] + box["height"] * part)
        assert page.evaluate(HARMFUL) == []
    stranger = open_office().visit("/login?next=javascript:alert(1)")
    stranger.sign_in("reader")
    assert stranger.page.url.startswith(f"{office_url}/inbox")
