"""What a bad connection, a closed page, a second tab and a dying server do to a chat: nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect

from actions.settings import Settings
from bot.supervisor import answers
from tests.browser.chat import Chat
from tests.browser.conftest import Open
from tests.website.site import Site, own_site

# At which steps of an intake the bot is killed: before it hears of them, and as soon as it has.
BEFORE, AFTER = (3, 8), (1, 6, 11)


@pytest.fixture
def site(trained: Settings, tmp_path: Path) -> Iterator[Site]:
    """Servers of one test alone."""
    with own_site(trained, tmp_path) as site:
        yield site


def test_a_reload_in_the_middle(chat: Chat) -> None:
    chat.choose("Vorrei diventare cliente").choose("Sì, acconsento").say("Anna Bianchi")
    said = chat.mine
    chat.page.reload()
    chat.open()
    chat.answered(3)
    assert chat.mine == said
    assert chat.part("log").inner_text() == "", "what was said before is not announced again"
    chat.choose("Privato").choose("Esterno")
    assert chat.turns == 5


def test_offline_and_back(chat: Chat) -> None:
    context = chat.page.context
    chat.choose("Vorrei diventare cliente").choose("Sì, acconsento")
    context.set_offline(True)
    for text in ("Anna Bianchi", "privato", "esterno"):
        chat.input.fill(text)
        chat.input.press("Enter")
    expect(chat.part("status")).to_contain_text("Connessione assente")
    chat.shoot("offline")
    context.set_offline(False)
    chat.answered(5)
    assert chat.mine[-3:] == ["Anna Bianchi", "privato", "esterno"]
    expect(chat.input).to_have_attribute("inputmode", "email")
    expect(chat.part("status")).to_be_empty()


def test_what_waits_survives_the_page(chat: Chat) -> None:
    chat.choose("Vorrei diventare cliente").choose("Sì, acconsento")
    # The messages can't leave, while the page itself can be loaded again.
    chat.page.route("**/webhooks/web/messages", lambda route: route.abort())
    chat.input.fill("Anna Bianchi")
    chat.input.press("Enter")
    expect(chat.page.locator(".mine").last).to_contain_text("Anna Bianchi")
    chat.page.unroute("**/webhooks/web/messages")
    chat.page.reload()
    chat.open()
    chat.answered(3)
    assert chat.mine[-1] == "Anna Bianchi"
    expect(chat.choice("Privato")).to_be_visible()


def test_two_tabs_share_one_conversation(chat: Chat) -> None:
    chat.choose("Vorrei diventare cliente")
    other = Chat(chat.page.context.new_page(), chat.url).visit()
    other.answered(1)
    other.choose("Sì, acconsento")
    chat.answered(2)
    assert chat.mine == other.mine
    expect(chat.choices).to_have_count(0)
    chat.say("Anna Bianchi")
    other.answered(3)
    other.choose("Privato")
    chat.answered(4)
    # Ended in one, it is over in the other.
    chat.menu("restart")
    chat.part("confirm-yes").click()
    expect(other.page.locator("[data-turn]")).to_have_count(0)
    expect(other.choices).to_have_count(3)
    assert other.foreign == []


def test_a_button_of_an_earlier_turn(open_chat: Open) -> None:
    chat, other = open_chat().visit(), open_chat()
    chat.choose("Vorrei diventare cliente")
    # The same session in another browser that does not hear how the conversation goes on.
    stored = chat.page.evaluate("JSON.stringify(localStorage)")
    other.page.route("**/webhooks/web/events", lambda route: route.abort())
    other.visit(open_it=False)
    other.page.evaluate("all => Object.assign(localStorage, JSON.parse(all))", stored)
    other.page.reload()
    other.open()
    expect(other.choice("Sì, acconsento")).to_be_visible()
    chat.choose("Sì, acconsento").say("Anna Bianchi")
    other.choice("No").click()
    chat.answered(4)
    assert "pulsante" in chat.last
    chat.say("privato")
    assert "rapporto" in chat.last


def test_the_bot_killed_between_and_within_turns(site: Site, open_chat: Open) -> None:
    chat = open_chat(site.settings.bot_url).visit()
    steps = [
        lambda: chat.choice("Vorrei diventare cliente").click(),
        lambda: chat.choice("Sì, acconsento").click(),
        "Anna Bianchi",
        lambda: chat.choice("Privato").click(),
        lambda: chat.choice("Esterno").click(),
        "anna@example.com",
        lambda: chat.choice("Salta").click(),
        lambda: chat.choice("Consulenza fiscale").click(),
        "un parere",
        "entro il 15 gennaio 2030",
        lambda: chat.choice("Sì, confermo").click(),
    ]
    for number, step in enumerate(steps, start=1):
        if number in BEFORE:
            # Sent to a bot that is not there, and answered by the next one.
            site.kill("bot")
        if isinstance(step, str):
            chat.input.fill(step)
            chat.input.press("Enter")
        else:
            step()
        if number in AFTER:
            site.kill("bot")
        if number in BEFORE + AFTER:
            bot = site.start("bot")
            while not answers(bot.health):
                chat.page.wait_for_timeout(200)
        chat.answered(number)
    assert "codice" in chat.last
    with sa.create_engine(site.settings.database_url).connect() as connection:
        for table in ("engagements", "clients", "consents"):
            assert connection.execute(sa.text(f"SELECT count(*) FROM {table}")).scalar_one() == 1
    # The browser may say that the bot was away; nothing else went wrong.
    chat.problems = [p for p in chat.problems if "ERR_" not in p]


def test_an_expired_session_begins_anew(site: Site, open_chat: Open) -> None:
    chat = open_chat(site.settings.bot_url).visit()
    chat.say("ciao")
    with sa.create_engine(site.settings.database_url).begin() as connection:
        connection.execute(sa.text("UPDATE web_sessions SET seen_at = '2020-01-01 00:00:00'"))
    chat.input.fill("che cos'è un cliente?")
    chat.input.press("Enter")
    expect(chat.page.locator(".notice")).to_be_visible()
    chat.answered(1)
    assert "Fonte:" in chat.last
