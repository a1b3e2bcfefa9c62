"""Nothing that anybody types becomes anything but text, in any field, under a strict policy."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.chat import Chat

ATTACKS = [
    "<script>parent.hit = 1</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<iframe srcdoc='<script>alert(1)</script>'>",
    "[clic](javascript:alert(1))",
    "![x](x onerror=alert(1))",
    '<a href="javascript:alert(1)">clic</a>',
    "<details open ontoggle=alert(1)>",
    '<math><mi//xlink:href="data:x,<script>alert(1)</script>">',
    '"><script>alert(1)</script>',
    "</deep-chat><script>alert(1)</script>",
    "<style>*{display:none}</style>",
    "`${alert(1)}` {{constructor.constructor('alert(1)')()}}",
    "<input autofocus onfocus=alert(1)>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
]
FORBIDDEN = "script, iframe, img, svg:not([aria-hidden]), style, math, object, embed, form, details"


def check_harmless(chat: Chat) -> None:
    messages = chat.page.locator("deep-chat [data-turn], deep-chat .mine")
    assert messages.locator(FORBIDDEN).count() == 0
    for address in messages.locator("a").evaluate_all("all => all.map(a => a.protocol)"):
        assert address in ("http:", "https:", "mailto:", "tel:")
    assert chat.page.evaluate("window.hit") is None


def test_anything_typed_is_text(chat: Chat) -> None:
    for attack in ATTACKS:
        chat.say(attack)
        assert chat.mine[-1].strip() == attack
        check_harmless(chat)
    chat.page.reload()
    chat.open()
    chat.answered(len(ATTACKS))
    check_harmless(chat)


def test_in_every_field_down_to_the_summary(chat: Chat) -> None:
    attack = "<img src=x onerror=alert(1)>"
    chat.choose("Vorrei diventare cliente").choose("Sì, acconsento")
    chat.say(f"Acme {attack} srl").choose("Azienda").say(f"Ugo {attack}").choose("Esterno")
    chat.say(f"{attack}@example.com")
    check_harmless(chat)
    chat.say("ugo@example.com").say(f"{attack} 06 6982 0001")
    if chat.choice("Salta").is_visible():
        chat.choose("Salta")
    chat.say(f"pratica {attack}").say(f"voglio {attack} e [x](javascript:alert(1))")
    check_harmless(chat)
    chat.say("nessuna scadenza")
    expect(chat.choice("Sì, confermo")).to_be_visible()
    assert attack in chat.last
    check_harmless(chat)
    chat.page.reload()
    chat.open()
    chat.answered(12)
    check_harmless(chat)
