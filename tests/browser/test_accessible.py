"""The chat for everybody: what axe finds in each state, in light and dark, large and small.

Each state leaves a picture in var/screenshots/ to be looked at.
"""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.chat import Chat
from tests.browser.conftest import Open

WINDOWS: dict[str, dict[str, Any]] = {
    "desktop-light": {"color_scheme": "light"},
    "desktop-dark": {"color_scheme": "dark"},
    "phone-light": {"viewport": {"width": 390, "height": 844}, "is_mobile": True},
    "phone-dark": {
        "viewport": {"width": 320, "height": 640},
        "is_mobile": True,
        "color_scheme": "dark",
    },
}


@pytest.mark.parametrize("window", WINDOWS)
def test_no_state_shuts_anybody_out(window: str, open_chat: Open) -> None:
    chat: Chat = open_chat(**WINDOWS[window]).visit(open_it=False)
    number = 0

    def look(state: str) -> None:
        nonlocal number
        number += 1
        chat.shoot(f"{window}-{number:02}-{state}")
        chat.check_accessible()

    expect(chat.part("launcher")).to_be_visible()
    look("closed")
    chat.open()
    expect(chat.choices).to_have_count(3)
    look("greeting")
    chat.say("Che cos'è un cliente interno?")
    look("answer")
    chat.say("vorrei diventare cliente")
    look("consent")
    chat.choose("Sì, acconsento").say("Acme srl").choose("Azienda").say("Ugo Neri")
    chat.choose("Esterno").say("ugo")
    look("refused")
    chat.say("ugo@example.com").choose("Salta")
    look("services")
    chat.choose("Contabilità e bilanci").say("il bilancio in tempo")
    expect(chat.part("date")).to_be_visible()
    look("date")
    chat.say("entro il 15 gennaio 2030")
    look("summary")
    chat.choose("Sì, confermo")
    look("reference")
    chat.part("menu").click()
    look("menu")
    chat.page.locator("[data-action=erase]").click()
    look("question")
    chat.part("confirm-no").click()
    width = chat.page.evaluate("document.documentElement.scrollWidth")
    assert width <= WINDOWS[window].get("viewport", {"width": 1280})["width"]


@pytest.mark.parametrize(
    "options",
    [
        {"viewport": {"width": 640, "height": 400}},  # 1280 × 800 at 200 %
        {"reduced_motion": "reduce"},
        {"forced_colors": "active"},
    ],
    ids=["zoomed", "without motion", "high contrast"],
)
def test_other_needs(options: dict[str, Any], open_chat: Open, request: Any) -> None:
    chat: Chat = open_chat(**options).visit()
    chat.choose("Vorrei diventare cliente")
    expect(chat.input).to_be_in_viewport()
    expect(chat.choice("Sì, acconsento")).to_be_in_viewport()
    chat.shoot(request.node.callspec.id.replace(" ", "-"))
    chat.check_accessible()
    if "reduced_motion" in options:
        moving = chat.page.evaluate(
            "document.getAnimations().filter(a => a.effect.getTiming().duration > 1).length"
        )
        assert moving == 0


def test_each_answer_is_announced_once(chat: Chat) -> None:
    chat.page.evaluate(
        """() => {
          const log = document.querySelector('sportello-chat').shadowRoot
            .querySelector('[data-part=log]');
          window.announced = [];
          new MutationObserver((changes) => {
            for (const {addedNodes} of changes)
              for (const node of addedNodes) if (node.textContent) announced.push(node.textContent);
          }).observe(log, {childList: true, subtree: true, characterData: true});
        }"""
    )
    chat.say("che cos'è un cliente?").say("grazie")
    announced = chat.page.evaluate("window.announced")
    assert len(announced) == 2, announced
    assert "professionista" in announced[0]
    expect(chat.part("log")).to_have_attribute("aria-live", "polite")
