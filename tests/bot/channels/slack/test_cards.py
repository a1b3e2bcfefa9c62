"""The firm's channel learns of intakes, call-backs and questions, and staff act on their cards."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from actions.store.models import STATUSES
from bot.chat import Conversation
from tests import slack_api
from tests.bot.channels.slack.test_conversations import GOOD, words
from tests.slack_api import Fault
from tests.slack_events import action, command, elements, submission, titled
from tests.slack_firm import Firm
from tests.webhook_receiver import wait_until

NOTIFY = slack_api.NOTIFY


def cards(office: Firm, mark: str) -> list[dict[str, Any]]:
    posts = [p for p in office.slack.posts(NOTIFY) if not p["thread_ts"]]
    return [p for p in posts if p["blocks"] and mark in words(p)]


def card(office: Firm, mark: str) -> dict[str, Any]:
    wait_until(lambda: bool(cards(office, mark)))
    (found,) = cards(office, mark)
    return found


def stored(office: Firm, name: str, user: str) -> str:
    """Store an intake by the form and return its reference."""
    office.sender.command(command("intake", office.slack.response_url("x"), user))
    view = {"id": f"V0{name}", "callback_id": "new_intake"}
    answer = office.sender.interaction(
        submission(view, {**GOOD, "client_name": {"value": name}}, user)
    )
    assert answer.json()["response_action"] == "update"
    return str(
        office.rows(
            "SELECT reference FROM engagements e JOIN clients c ON c.id = e.client_id"
            " WHERE c.name = :name",
            name=name,
        )[0][0]
    )


def test_an_intake_becomes_a_card_that_staff_act_on(office: Firm) -> None:
    user, other = office.person("cards"), office.person("second")
    reference = stored(office, "Epsilon spa", user)
    post = card(office, reference)
    assert "Assistenza legale" in words(post)
    assert "venerdì 1 marzo 2030" in words(post)
    assert "preavviso venerdì 22 febbraio 2030" in words(post)
    # Who it is stands in the thread alone.
    assert "Epsilon" not in str(post)
    wait_until(lambda: any(p["thread_ts"] == post["ts"] for p in office.slack.posts(NOTIFY)))
    (thread,) = [p for p in office.slack.posts(NOTIFY) if p["thread_ts"] == post["ts"]]
    assert "Epsilon spa" in thread["text"]
    assert "dario@example.com" in thread["text"]

    take, block = titled(post, "Prendo in carico")
    pressed = action(post, take, block, user=user)
    for _ in range(2):
        assert office.sender.interaction(pressed).status_code == 200
    wait_until(lambda: "in carico a Cards" in words(card(office, reference)))
    (row,) = office.rows("SELECT * FROM engagements WHERE reference = :r", r=reference)
    assert row.status == "in_charge"
    (kept,) = office.rows("SELECT * FROM slack_cards WHERE engagement_id = :id", id=row.id)
    assert kept.taken_by == f"{slack_api.TEAM}:{user}"
    before = len(office.slack.called("chat.postEphemeral"))
    office.sender.interaction(action(post, take, block, user=other))
    wait_until(lambda: len(office.slack.called("chat.postEphemeral")) == before + 1)
    post = card(office, reference)
    assert "Prendo in carico" not in words(post)

    menu, block = next(x for x in elements(post) if x[0]["type"] == "static_select")
    assert {option["value"] for option in menu["options"]} == set(STATUSES)
    chosen = {"selected_option": {"value": "closed"}}
    office.sender.interaction(action(post, menu, block, user=other, **chosen))
    wait_until(lambda: "Stato: conclusa" in words(card(office, reference)))
    (row,) = office.rows("SELECT * FROM engagements WHERE reference = :r", r=reference)
    assert (row.status, row.closed_at is not None) == ("closed", True)

    # A status that there is not, and somebody who may not.
    for user_, value in ((other, "deleted"), ("U0GUEST", "new")):
        chosen = {"selected_option": {"value": value}}
        office.sender.interaction(action(post, menu, block, user=user_, **chosen))
    office.settle()
    (row,) = office.rows("SELECT * FROM engagements WHERE reference = :r", r=reference)
    assert row.status == "closed"
    steps = office.rows("SELECT step FROM slack_steps WHERE card_id = :id", id=kept.id)
    assert [step for (step,) in steps] == ["take", "status"]


def test_a_possible_duplicate_is_on_the_card(office: Firm) -> None:
    user = office.person("doubles")
    stored(office, "Zeta srl", user)
    assert "stessa e-mail" in words(card(office, stored(office, "Eta srl", user)))


def test_a_reply_is_read_on_the_website(office: Firm) -> None:
    web = f"{office.settings.bot_url}/webhooks/web"
    token = requests.post(f"{web}/session", json={"language": "it"}, timeout=10).json()["token"]
    headers = {"Authorization": f"Bearer {token}"}

    def history() -> Any:
        return requests.get(f"{web}/history", headers=headers, timeout=10).json()["turns"]

    text = "vorrei parlare con una persona, sono al 333 765 4321"
    requests.post(
        f"{web}/messages",
        json={"text": text},
        headers={**headers, "Idempotency-Key": "callback-1"},
        timeout=10,
    )
    wait_until(lambda: len(history()) == 1)
    wait_until(lambda: bool(cards(office, "Arrivata da: web")))
    post = card(office, "Arrivata da: web")
    assert "765" not in str(post)
    user = office.person("replier")
    reply, block = titled(post, "Rispondi")
    before = len(office.slack.views)
    office.sender.interaction(action(post, reply, block, user=user))
    wait_until(lambda: len(office.slack.views) == before + 1)
    view = office.slack.views[-1]
    assert "chat del sito" in words(view)
    sent = submission(view, {"entry": {"value": "La chiamiamo alle 15 <b>"}}, user)
    for _ in range(2):
        assert office.sender.interaction(sent).status_code == 200
    turns = history()
    assert len(turns) == 2
    assert turns[-1]["replies"] == [{"text": "La chiamiamo alle 15 <b>"}]
    wait_until(lambda: "ha risposto Replier" in words(card(office, "Arrivata da: web")))
    (row,) = office.rows("SELECT * FROM callbacks WHERE channel = 'web'")
    assert row.status == "done"


def test_a_question_without_an_answer_becomes_a_card(office: Firm) -> None:
    Conversation(office.settings.bot_url, "cards").send("come si cura un gatto raffreddato?")
    post = card(office, "raffreddato")
    assert "Una domanda senza risposta" in words(post)
    user = office.person("answerer")
    reply, block = titled(post, "Rispondi")
    before = len(office.slack.views)
    office.sender.interaction(action(post, reply, block, user=user))
    wait_until(lambda: len(office.slack.views) == before + 1)
    empty = submission(office.slack.views[-1], {"entry": {"value": " "}}, user)
    assert office.sender.interaction(empty).json()["response_action"] == "errors"
    good = submission(office.slack.views[-1], {"entry": {"value": "Pioverà"}}, user)
    office.sender.interaction(good)
    wait_until(lambda: "Stato: fatta" in words(card(office, "raffreddato")))
    rows = office.rows("SELECT detail FROM slack_steps WHERE step = 'reply'")
    assert ("Pioverà",) in [tuple(row) for row in rows]


@pytest.mark.parametrize("status", [500, 429])
def test_a_dead_slack_holds_up_no_intake(office: Firm, status: int) -> None:
    headers = {"Retry-After": "1"} if status == 429 else {}
    office.slack.fail("chat.postMessage", *[Fault(status, headers=headers)] * 2)
    user = office.person("patient")
    reference = stored(office, f"Theta {status}", user)
    assert len(reference) == 9
    card(office, reference)
    office.settle()
    assert len(cards(office, reference)) == 1
