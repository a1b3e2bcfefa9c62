"""Texts and blocks: what arrives reads as it was meant, what leaves keeps Slack's limits."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rasa.shared.core.domain import Domain

from bot.channels.slack import blocks
from bot.channels.slack.speaker import Speaker
from bot.channels.slack.texts import escape, linked, split, unescape
from tests.slack_api import check_message, pings, texts_of

SAID = [
    ("<@U0BOT> ciao", "ciao"),
    ("scriva a <mailto:a@b.it|a@b.it> o <mailto:c@d.it>", "scriva a a@b.it o c@d.it"),
    ("al <tel:+39333|333 12>", "al 333 12"),
    ("<https://acme.it/a?b=1&amp;c=2>", "https://acme.it/a?b=1&c=2"),
    ("<http://acme.it|acme.it>", "acme.it"),
    ("<https://acme.it|il sito>", "il sito (https://acme.it)"),
    ("<@U0ANNA> e <@U0UGO|ugo>", "@U0ANNA e @ugo"),
    ("<#C1|general> <#C2>", "#general #C2"),
    ("<!channel> <!here|here> <!subteam^S1|@soci>", "@channel here @soci"),
    ("<!date^1^{date}|domani>", "domani"),
    ("Rossi &amp; figli &lt;snc&gt; &amp;lt;", "Rossi & figli <snc> &lt;"),
    ("a < b > c <>", "a < b > c <>"),
    ("\x00nulla\ud800", "nulla?"),
]


@pytest.fixture(scope="session")
def speaker() -> Speaker:
    texts = {"pick_day": "Scelga un giorno", "choose": "Scelga", "share": "Condividi"}
    condition = [{"type": "slot", "name": "language", "value": "it"}]
    responses = {
        f"utter_slack_{name}": [{"condition": condition, "text": text}]
        for name, text in texts.items()
    }
    domain = Domain.from_dict({"responses": responses})
    return Speaker(lambda: domain, "it")


@pytest.mark.parametrize(("raw", "meant"), SAID)
def test_what_arrives_reads_as_it_was_meant(raw: str, meant: str) -> None:
    assert unescape(raw, "U0BOT") == meant


@given(st.text(alphabet=st.sampled_from("<>&@!#|Uab \n:/."), max_size=60))
def test_what_leaves_comes_back_as_it_was(text: str) -> None:
    assert unescape(escape(text)) == text.strip()
    assert not pings({"text": escape(text)})
    assert not pings({"text": linked(text)})


@given(st.text(alphabet="ab <&\n", max_size=200), st.integers(10, 40))
def test_parts_fit_and_lose_nothing(text: str, size: int) -> None:
    parts = list(split(text, size))
    assert all(0 < len(escape(part)) <= size for part in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())


def test_only_pages_of_the_web_become_links() -> None:
    text = "https://a.it/x?y=1&z=2. javascript:alert(1) (http://b.it/) https://c.it|d"
    assert linked(text) == (
        "<https://a.it/x?y=1&amp;z=2>. javascript:alert(1) (<http://b.it/>) <https://c.it%7Cd>"
    )


texts = st.one_of(
    st.text(max_size=200),
    st.sampled_from(
        ["<!channel>", "<@U0ANNA> " * 500, "&" * 4000, "x" * 9000, "a\n" * 4000, "✎ Nome"]
    ),
)
replies = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "text": texts,
            "custom": st.sampled_from(
                [
                    {"asks": "deadline"},
                    {"asks": "consent"},
                    {"asks": "confirm"},
                    {"faq": "x", "source": "Fonte"},
                    {"reference": "AAAA-BBBB"},
                    {"quiz": {"item": "x", "n": 1, "of": 5}},
                    {"graded": {"item": "x", "correct": True}},
                ]
            ),
            "buttons": st.lists(texts, max_size=30),
            "image": st.sampled_from(["https://a.it/x.png", "javascript:x"]),
        },
    ),
    max_size=6,
)


@settings(max_examples=150, deadline=None)
@given(said=replies, shareable=st.booleans())
def test_whatever_is_said_keeps_the_limits_and_pings_nobody(
    said: list[dict[str, Any]], shareable: bool, speaker: Speaker
) -> None:
    number = 0
    for reply in said:
        for place, title in enumerate(reply.get("buttons", ())):
            reply["buttons"][place] = {"id": f"token-{number:012}", "title": title or "x"}
            number += 1
    posts = blocks.render(7, {"replies": said}, speaker, shareable=shareable)
    assert posts
    for post in posts:
        check_message({"channel": "C1", **post})
        assert not pings(post)
    # Nothing that can be pressed is lost, up to what a menu can hold.
    shown = str([post["blocks"] for post in posts])
    for reply in said:
        pressable = reply.get("buttons", ())
        edits = [b for b in pressable if b["title"].startswith("✎")]
        for button in edits[:25] + [b for b in pressable if b not in edits][:100]:
            assert button["id"] in shown


def test_the_source_of_an_answer_stands_below_it(speaker: Speaker) -> None:
    reply = {"text": "Un cliente è…\n\nFonte: Ruolo, FAQ", "custom": {"source": "Ruolo, FAQ"}}
    (post,) = blocks.render(1, {"replies": [reply]}, speaker)
    text, source = post["blocks"]
    assert text["text"]["text"] == "Un cliente è…"
    assert (source["type"], source["elements"][0]["text"]) == ("context", "Fonte: Ruolo, FAQ")


def test_a_graded_answer_ends_before_the_next_question(speaker: Speaker) -> None:
    graded = {
        "text": "✓ Esatto.\n\nFonte: Ruolo, FAQ",
        "custom": {"graded": {"item": "a", "correct": True}},
    }
    asked = {
        "text": "Domanda 2 di 5 · Terzi\n\nChi è?\n\n1. Anna\n2. Ugo",
        "buttons": [{"id": "abcdefgh1", "title": "1"}, {"id": "abcdefgh2", "title": "2"}],
        "custom": {"quiz": {"item": "b", "n": 2, "of": 5}},
    }
    # Behind a command an answer can be shown to everybody; a grade can't.
    (post,) = blocks.render(1, {"replies": [graded, asked]}, speaker, shareable=True)
    assert [block["type"] for block in post["blocks"]] == [
        "section", "context", "divider", "context", "section", "actions",
    ]  # fmt: skip
    _, source, _, place, question, buttons = post["blocks"]
    assert source["elements"][0]["text"] == "Fonte: Ruolo, FAQ"
    assert place["elements"][0]["text"] == "Domanda 2 di 5 · Terzi"
    assert question["text"]["text"] == "Chi è?\n\n1. Anna\n2. Ugo"
    assert [element["text"]["text"] for element in buttons["elements"]] == ["1", "2"]


def test_six_choices_are_a_menu_and_a_deadline_has_a_picker(speaker: Speaker) -> None:
    buttons = [{"id": f"abcdefgh{n}", "title": f"Scelta {n}"} for n in range(6)]
    reply = {"text": "Quale?", "buttons": buttons, "custom": {"asks": "deadline"}}
    (post,) = blocks.render(1, {"replies": [reply]}, speaker)
    picker, menu = post["blocks"][1]["elements"]
    assert (picker["type"], menu["type"], len(menu["options"])) == (
        "datepicker",
        "static_select",
        6,
    )
    left = blocks.after_press(post["blocks"], post["blocks"][1]["block_id"], "Scelta 3")
    assert [text["text"] for text in texts_of(left)] == ["Quale?", "✓ Scelta 3"]
