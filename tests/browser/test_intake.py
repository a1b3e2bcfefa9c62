"""Becoming a client in the chat window: by mouse, by keyboard, on a phone, in English."""

from __future__ import annotations

import re

import sqlalchemy as sa
from playwright.sync_api import expect
from sqlalchemy.engine import Engine

from actions.settings import Settings
from tests.browser.chat import Chat
from tests.browser.conftest import Open

PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}


def stored(engine: Engine, reference: str) -> dict[str, object]:
    with engine.connect() as connection:
        row = connection.execute(
            sa.text(
                "SELECT name, form, relation, email, service, channel, deadlines.due_date "
                "FROM engagements JOIN clients ON clients.id = client_id "
                "JOIN deadlines ON engagement_id = engagements.id WHERE reference = :r"
            ),
            {"r": reference},
        ).one()
    return dict(row._mapping)


def reference_in(chat: Chat) -> str:
    found = re.search(r"\b[A-HJ-NP-Z2-9]{4}-[A-HJ-NP-Z2-9]{4}\b", chat.last)
    assert found, chat.last
    return found[0]


def test_by_mouse(chat: Chat, running: tuple[Settings, Engine]) -> None:
    chat.choose("Vorrei diventare cliente")
    expect(chat.part("progress")).to_have_attribute("aria-valuetext", "1 di 10")
    chat.choose("Sì, acconsento").say("Ugo De Luca").choose("Privato").choose("Esterno")
    expect(chat.input).to_have_attribute("inputmode", "email")
    chat.say("ugo.deluca@example.com")
    expect(chat.input).to_have_attribute("inputmode", "tel")
    chat.choose("Salta").choose("Consulenza fiscale").say("capire il regime forfettario")
    chat.part("date").fill("2030-01-15")
    chat.part("date-send").click()
    chat.answered(10)
    assert "15 gennaio 2030" in chat.mine[-1]
    assert "martedì 15 gennaio 2030" in chat.last
    # One answer is corrected by its button on the summary.
    chat.choose("E-mail").say("ugo@example.com")
    assert "ugo@example.com" in chat.last
    chat.choose("Sì, confermo")
    reference = reference_in(chat)
    assert stored(running[1], reference) == {
        "name": "Ugo De Luca",
        "form": "individual",
        "relation": "external",
        "email": "ugo@example.com",
        "service": "Consulenza fiscale",
        "channel": "web",
        "due_date": "2030-01-15",
    }
    chat.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    chat.part("copy").click()
    assert chat.page.evaluate("navigator.clipboard.readText()") == reference
    assert chat.choices.count() == 0
    expect(chat.part("progress")).to_be_hidden()


def test_by_keyboard_alone(open_chat: Open, running: tuple[Settings, Engine]) -> None:
    chat = open_chat().visit(open_it=False)
    keys = chat.page.keyboard
    expect(chat.part("launcher")).to_be_visible()
    while chat.focus != "launcher":
        keys.press("Tab")
    keys.press("Enter")
    expect(chat.input).to_be_focused()
    keys.press("Escape")
    assert chat.focus == "launcher"
    expect(chat.part("panel")).to_be_hidden()
    keys.press("Enter")
    expect(chat.input).to_be_focused()

    def choose(title: str) -> None:
        """Go back from the input to a button, press it, and be at the input again."""
        before = chat.turns
        for _ in range(30):
            keys.press("Shift+Tab")
            if chat.page.evaluate(
                """title => {
                  let found = document.activeElement;
                  while (found?.shadowRoot?.activeElement) found = found.shadowRoot.activeElement;
                  return found.dataset.part === 'choice' && found.textContent.includes(title);
                }""",
                title,
            ):
                break
        else:
            raise AssertionError(f"{title!r} can't be reached")
        keys.press("Enter")
        chat.answered(before + 1)
        expect(chat.input).to_be_focused()

    def type_in(text: str) -> None:
        before = chat.turns
        keys.type(text)
        keys.press("Enter")
        chat.answered(before + 1)
        expect(chat.input).to_be_focused()

    choose("Vorrei diventare cliente")
    choose("Sì, acconsento")
    type_in("Associazione Il Ponte")
    choose("Organizzazione")
    type_in("Lia Fè")
    choose("Esterno")
    type_in("lia@example.com")
    choose("Salta")
    choose("Assistenza legale")
    type_in("uno statuto in regola")
    type_in("entro il 20 gennaio 2030")
    choose("Sì, confermo")
    row = stored(running[1], reference_in(chat))
    assert (row["name"], row["form"]) == ("Associazione Il Ponte", "organisation")
    # The summary and the code were announced, each once.
    log = chat.part("log")
    expect(log).to_contain_text(reference_in(chat))


def test_on_a_phone_in_english(open_chat: Open, running: tuple[Settings, Engine]) -> None:
    chat = open_chat(locale="en-GB", **PHONE).visit("en")
    chat.choose("I would like to become a client")
    expect(chat.part("progress")).to_have_attribute("aria-valuetext", "1 of 10")
    chat.choose("Yes, I agree").say("Mary O'Neill").choose("Individual")
    chat.choose("External").say("mary@example.com").choose("Skip").choose("Tax advice")
    chat.say("a clear tax return").say("by 20 January 2030")
    assert "Sunday 20 January 2030" in chat.last
    chat.shoot("phone-summary-english")
    chat.choose("Yes, it's right")
    assert stored(running[1], reference_in(chat))["name"] == "Mary O'Neill"
    width = chat.page.evaluate("document.documentElement.scrollWidth")
    assert width <= 390


def test_a_question_in_the_middle_comes_back_to_its_field(chat: Chat) -> None:
    chat.choose("Vorrei diventare cliente").choose("Sì, acconsento").say("Anna Bianchi")
    chat.say("che differenza c'è tra cliente interno ed esterno?")
    assert "Fonte:" in chat.last
    expect(chat.choice("Privato")).to_be_visible()
    chat.part("unhelpful").click()
    expect(chat.part("unhelpful")).to_have_attribute("aria-pressed", "true")
    expect(chat.part("status")).to_contain_text("Grazie del parere.")
    chat.page.reload()
    chat.open()
    expect(chat.part("unhelpful")).to_have_attribute("aria-pressed", "true")
    chat.say("no scusa, il nome è Anna Verdi").choose("Privato")
    assert "rapporto" in chat.last


def test_a_refused_consent_clears_the_screen(chat: Chat) -> None:
    chat.say("vorrei diventare cliente, sono Zelmira Quarantadue")
    chat.choice("No").click()
    expect(chat.page.locator("[data-turn]")).to_have_count(1)
    expect(chat.page.locator(".mine")).to_have_count(0)
    assert "Quarantadue" not in chat.page.locator("deep-chat").inner_text()


def test_language_restart_download_and_erasure(
    chat: Chat, running: tuple[Settings, Engine]
) -> None:
    chat.say("sono Zelmira Trentatré").menu("language")
    chat.answered(2)
    expect(chat.part("panel")).to_have_attribute("lang", "en")
    assert "English" in chat.last
    with chat.page.expect_download() as download:
        chat.menu("download")
    text = download.value.path().read_text(encoding="utf-8")
    assert "Zelmira Trentatré" in text
    assert download.value.suggested_filename.endswith(".txt")
    assert "zelmira" not in download.value.suggested_filename.lower()
    chat.menu("restart")
    chat.part("confirm-no").click()
    assert chat.turns == 2
    chat.menu("restart")
    chat.part("confirm-yes").click()
    expect(chat.choices).to_have_count(3)
    chat.say("I am Zelmira Cinquantacinque").menu("erase")
    chat.part("confirm-yes").click()
    expect(chat.choices).to_have_count(3)
    assert chat.page.evaluate("localStorage.length") == 0
    with running[1].connect() as connection:
        for table in ("events", "inbox", "outbox"):
            rows = str(connection.execute(sa.text(f"SELECT * FROM {table}")).all())
            assert "Cinquantacinque" not in rows
