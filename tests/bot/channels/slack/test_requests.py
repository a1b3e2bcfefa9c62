"""What may knock at the channel's door, and how it is answered, with the real bot behind."""

from __future__ import annotations

import copy
import json
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from actions.settings import Settings
from tests.bot.channels.slack.test_conversations import FAQ, GOOD
from tests.slack_api import Fault
from tests.slack_events import (
    FORM,
    action,
    command,
    direct,
    home_opened,
    in_channel,
    mention,
    message,
    submission,
)
from tests.slack_firm import Firm, opened
from tests.webhook_receiver import wait_until

REASONS = ("http_timeout", "http_error", "connection_failed", "too_many_redirects", "ssl_error")
BUTTON = {"type": "button", "action_id": "pick:abcdefghij", "value": "abcdefghij"}
BODIES: list[dict[str, Any]] = [
    message(FAQ),
    mention(FAQ),
    in_channel(FAQ, thread_ts="1700000000.000100"),
    home_opened(),
    action({}, BUTTON, {"block_id": "answer:1:0#1"}),
    action({}, {"type": "datepicker", "action_id": "date"}, {"block_id": "answer:1:0#1"}),
    action({}, {"type": "static_select", "action_id": "card:status"}, {"block_id": "card:1"}),
    submission({"id": "V1", "type": "modal", "callback_id": "new_intake", "blocks": []}, GOOD),
    submission({"id": "V1", "type": "modal", "callback_id": "card_reply", "blocks": []}, {}),
]
TABLES = ("inbox", "slack_routes", "engagements", "events")


def counts(office: Firm) -> list[int]:
    return [office.count(table) for table in TABLES]


@pytest.mark.parametrize(
    "how",
    [
        {"signature": None},
        {"signature": ""},
        {"signature": "v0=" + "0" * 64},
        {"signature": "v1=x"},
        {"age": 301},
        {"age": -400},
    ],
    ids=["missing", "empty", "wrong", "unknown", "301 s old", "from the future"],
)
def test_what_slack_did_not_sign_is_refused_without_a_trace(
    how: dict[str, Any], office: Firm
) -> None:
    office.settle()
    before = counts(office)
    body = message("nessuno deve leggerlo")
    assert office.sender.event(body, **how).status_code == 401
    assert office.sender.interaction(BODIES[4], **how).status_code == 401
    assert office.sender.command(command("ciao", "https://x"), **how).status_code == 401
    time.sleep(0.2)
    assert counts(office) == before


def test_an_old_signature_within_the_window_counts(office: Firm) -> None:
    user = office.person("late")
    office.answer(user, lambda: office.sender.event(message(FAQ, user), age=290))


def test_the_challenge_is_answered(office: Firm) -> None:
    reply = office.sender.event({"type": "url_verification", "challenge": "abc", "token": "x"})
    assert (reply.status_code, reply.json()["challenge"]) == (200, "abc")


@pytest.mark.parametrize(
    "body",
    [
        {"type": "event_callback", "event": {"type": "reaction_added"}, "team_id": "T1"},
        {"type": "event_callback", "event": {"type": "message", "subtype": "message_changed"}},
        {"type": "event_callback", "event": {"type": "message", "bot_id": "B1", "text": "x"}},
        {"type": "app_rate_limited", "team_id": "T1", "minute_rate_limited": 1},
        message("x", subtype="message_deleted"),
        message("x", bot_id="B0OTHER"),
    ],
)
def test_what_nobody_listens_to_is_acknowledged(body: dict[str, Any], office: Firm) -> None:
    before = counts(office)
    assert office.sender.event(body).status_code == 200
    assert counts(office) == before


def test_the_media_type_may_say_more(office: Firm) -> None:
    user = office.person("charset")
    body = json.dumps(message(FAQ, user)).encode()
    office.answer(user, lambda: office.sender.raw(body, "application/json; charset=utf-8"))


junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    items = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    for name, inner in items:
        yield from places(inner, (*path, name))


def broken(body: Any, path: tuple[Any, ...], value: Any) -> Any:
    if not path:
        return value
    body = copy.deepcopy(body)
    place = body
    for name in path[:-1]:
        place = place[name]
    if value is ...:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return body


@st.composite
def payloads(draw: st.DrawFn) -> Any:
    body: Any = draw(st.sampled_from(BODIES))
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from(list(places(body))))
        value = draw(junk | st.just(...)) if path else draw(junk)
        body = broken(body, path, value)
    return body


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(body=payloads(), as_form=st.booleans())
def test_no_payload_is_our_failure(body: Any, as_form: bool, office: Firm) -> None:
    reply = office.sender.interaction(body) if as_form else office.sender.event(body)
    assert reply.status_code < 500, reply.text


@pytest.mark.parametrize("kind", ["application/json", FORM, "text/plain", ""])
@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", b"\xff\xfe", b"payload=%7B", b"payload=[]", b"[" * 50_000, b"a=b"],
)
def test_no_bytes_are_our_failure(body: bytes, kind: str, office: Firm) -> None:
    assert office.sender.raw(body, kind).status_code < 500


def test_events_are_acknowledged_while_a_turn_takes_its_time(office: Firm) -> None:
    """The action server is frozen: turns hang, the door does not."""
    actions = office.supervisor.children[0].process
    assert actions is not None
    users = [office.person(f"waits{n}") for n in range(5)]
    os.kill(actions.pid, signal.SIGSTOP)
    try:
        for user in users:
            for text in ("quanto costa una consulenza?", "e quando siete aperti?"):
                begun = time.monotonic()
                assert office.sender.event(message(text, user)).status_code == 200
                assert time.monotonic() - begun < 2.5
        assert office.rows("SELECT count(*) FROM inbox WHERE answered_at IS NULL")[0][0] == 10
    finally:
        os.kill(actions.pid, signal.SIGCONT)
    for user in users:
        wait_until(lambda user=user: len(office.slack.posts(direct(user))) == 2, 40)  # type: ignore[misc]


def test_a_killed_bot_answers_each_event_once(
    trained: Settings, tmp_path: Path, postgresql: str
) -> None:
    """On PostgreSQL, with every reason for which Slack repeats itself."""
    with opened(trained, tmp_path, postgresql) as firm:
        user = firm.person("killed")
        firm.ask(FAQ, user)
        bodies = [message(text, user) for text in (FAQ, "Che cos'è un cliente?", "grazie")]
        firm.slack.fail("chat.postMessage", Fault(500, does_it=True))
        for body in bodies:
            assert firm.sender.event(body).status_code == 200
        bot = firm.supervisor.children[1].process
        assert bot is not None
        bot.kill()
        bot.wait()
        with firm.engine.begin() as connection:
            # As if the lease of what was being sent had run out.
            connection.exec_driver_sql(
                "UPDATE slack_posts SET due_at = created_at WHERE done_at IS NULL"
            )
        firm.restart()
        for number, reason in enumerate(REASONS, start=1):
            for body in reversed(bodies):
                assert firm.sender.event(body, (number, reason)).status_code == 200
        wait_until(firm.is_quiet, 60)
        assert len(firm.slack.posts(direct(user))) == 4
        assert firm.count("inbox") == firm.count("outbox") == 4


def test_while_the_database_is_away_slack_is_told_to_come_again(office: Firm) -> None:
    user = office.person("away")
    office.settle()
    with office.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE inbox RENAME TO inbox_away")
    try:
        body = message(FAQ, user)
        assert office.sender.event(body).status_code == 503
    finally:
        with office.engine.begin() as connection:
            connection.exec_driver_sql("ALTER TABLE inbox_away RENAME TO inbox")
    office.answer(user, lambda: office.sender.event(body, (1, "http_error")))


def test_a_firm_without_an_address_is_reached_by_a_socket(
    trained: Settings, tmp_path: Path
) -> None:
    with opened(trained, tmp_path, mode="socket") as firm:
        wait_until(lambda: bool(firm.slack.sockets))
        user = firm.person("socket")
        envelope = {
            "type": "events_api",
            "envelope_id": "e1",
            "payload": message(FAQ, user),
            "accepts_response_payload": False,
        }
        firm.slack.send_through_socket(envelope)
        wait_until(lambda: bool(firm.slack.socket_replies))
        assert firm.slack.socket_replies[0]["envelope_id"] == "e1"
        wait_until(lambda: bool(firm.slack.posts(direct(user))))


def test_a_member_who_cannot_be_verified_waits(office: Firm) -> None:
    user = office.person("unverified")
    office.slack.fail("users.info", *[Fault(500)] * 2)
    post = office.ask(FAQ, user)
    assert "I tipi di clienti sono tre" in post["text"]
