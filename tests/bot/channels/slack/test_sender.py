"""Posts go out once, in order and at Slack's pace, whatever Slack does meanwhile."""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy.engine import Engine

from actions.store import slack_posts
from actions.store.database import session_factory
from actions.store.models import SlackPost
from bot.channels.slack import sender as module
from bot.channels.slack.sender import Sender
from tests.slack_api import CHANNEL, TOKEN, Fault, Slack

ANNA = "U0ANNA"


@pytest.fixture
def slack() -> Iterator[Slack]:
    with Slack() as server:
        yield server


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slack_posts, "SHORTEST_PAUSE", dt.timedelta(seconds=0.05))
    monkeypatch.setattr(module, "LOOK_SECONDS", 0.05)


def now() -> dt.datetime:
    return dt.datetime.now(dt.timezone.utc)


def put(engine: Engine, key: str, channel: str = CHANNEL, **more: Any) -> None:
    arguments = more.pop("arguments", {"channel": channel, "text": key})
    method = more.pop("method", "chat.postMessage")
    with session_factory(engine)() as session:
        slack_posts.put(
            session, key, lane=channel, method=method, arguments=arguments, now=now(), **more
        )
        session.commit()


def rows(engine: Engine) -> dict[str, SlackPost]:
    with session_factory(engine)() as session:
        found = session.query(SlackPost).order_by(SlackPost.id).all()
        session.expunge_all()
    return {row.key: row for row in found}


def run(
    engine: Engine,
    slack: Slack,
    until: Callable[[], bool] | None = None,
    senders: int = 1,
    seconds: float = 15,
    timeout: float = 10,
) -> None:
    """Send until nothing is open, or as said."""

    async def work() -> None:
        client = AsyncWebClient(token=TOKEN, base_url=slack.url, retry_handlers=[], timeout=timeout)  # type: ignore[arg-type]
        several = [Sender(client, session_factory(engine), now) for _ in range(senders)]
        tasks = [asyncio.create_task(one.run()) for one in several]
        end = time.monotonic() + seconds

        def is_done() -> bool:
            return all(row.done_at for row in rows(engine).values())

        while not (until or is_done)():
            assert time.monotonic() < end, rows(engine)
            await asyncio.sleep(0.03)
        for one in several:
            await one.stop()
        await asyncio.gather(*tasks)

    asyncio.run(work())


def texts(slack: Slack, channel: str = CHANNEL) -> list[str]:
    return [message["text"] for message in slack.posts(channel)]


def test_posts_of_a_channel_keep_their_order_with_several_senders(
    engine: Engine, slack: Slack
) -> None:
    for number in range(6):
        put(engine, f"a{number}")
        put(engine, f"b{number}", "C0B")
    run(engine, slack, senders=3)
    assert texts(slack) == [f"a{n}" for n in range(6)]
    assert texts(slack, "C0B") == [f"b{n}" for n in range(6)]
    row = rows(engine)["a0"]
    assert (row.channel, row.ts) == (CHANNEL, slack.posts(CHANNEL)[0]["ts"])


def test_a_429_delays_and_delivers_once(engine: Engine, slack: Slack) -> None:
    slack.fail("chat.postMessage", Fault(429, "ratelimited", {"Retry-After": "2"}, channel=CHANNEL))
    put(engine, "first")
    put(engine, "second")
    put(engine, "elsewhere", "C0B")
    run(engine, slack)
    assert texts(slack) == ["first", "second"]
    calls = [c for c in slack.calls if c.arguments.get("text") == "first"]
    assert [c.refused for c in calls] == ["ratelimited", None]
    assert calls[1].at - calls[0].at >= 2
    # Others need not wait for it.
    elsewhere = next(c for c in slack.calls if c.arguments.get("text") == "elsewhere")
    assert elsewhere.at - calls[0].at < 2


@pytest.mark.parametrize(
    "fault",
    [
        Fault(500),
        Fault(503, hang_up=True),
        Fault(200, "internal_error"),
        Fault(500, does_it=True),
        Fault(does_it=True, hang_up=True),
        Fault(does_it=True, after=3.0),
    ],
    ids=["500", "hangs up", "internal error", "500 but posted", "posted, hangs up", "too slow"],
)
def test_what_fails_is_posted_once(fault: Fault, engine: Engine, slack: Slack) -> None:
    slack.fail("chat.postMessage", fault)
    put(engine, "a")
    put(engine, "b", arguments={"channel": CHANNEL, "text": "b", "thread_ts": "1700000000.000001"})
    run(engine, slack, timeout=1)
    time.sleep(max(0, fault.after - 2))
    assert sorted(texts(slack)) == ["a", "b"]


def test_posts_to_a_person_are_found_again_too(engine: Engine, slack: Slack) -> None:
    slack.fail("chat.postMessage", Fault(500, does_it=True), Fault(500, does_it=True))
    put(engine, "a", ANNA)
    put(engine, "b", ANNA)
    run(engine, slack)
    assert texts(slack, "D0ANNA") == ["a", "b"]


def test_a_sender_that_died_is_followed_by_one_that_looks_first(
    engine: Engine, slack: Slack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slack_posts, "LEASE", dt.timedelta(seconds=0.3))
    for key in ("arrived", "lost"):
        put(engine, key, f"C0{key.upper()}")
    with session_factory(engine)() as session:
        claimed = slack_posts.claim_due(session, now())
    assert len(claimed) == 2
    metadata = {"event_type": "sportello_post", "event_payload": {"key": "arrived"}}
    slack.messages["C0ARRIVED"] = [
        {"ts": "1700000001.000001", "text": "arrived", "metadata": metadata}
    ]
    run(engine, slack)
    assert texts(slack, "C0ARRIVED") == ["arrived"]
    assert texts(slack, "C0LOST") == ["lost"]
    assert rows(engine)["arrived"].ts == "1700000001.000001"


def test_slack_away_for_a_while_loses_nothing(engine: Engine, slack: Slack) -> None:
    url_of_nobody = Slack()
    put(engine, "a")
    run(engine, url_of_nobody, until=lambda: rows(engine)["a"].attempts >= 2)
    assert rows(engine)["a"].done_at is None
    run(engine, slack)
    assert texts(slack) == ["a"]


def test_what_slack_never_wants_is_given_up_and_holds_up_nobody(
    engine: Engine, slack: Slack
) -> None:
    slack.fail("chat.postMessage", Fault(error="is_archived"))
    put(engine, "a")
    put(engine, "child", parent_key="a")
    put(engine, "b")
    run(engine, slack)
    found = rows(engine)
    assert (found["a"].last_error, found["a"].ts) == ("is_archived", None)
    assert found["child"].ts is None
    assert texts(slack) == ["b"]


def test_a_wrong_secret_is_waited_for(engine: Engine, slack: Slack) -> None:
    slack.fail("chat.postMessage", Fault(error="invalid_auth"), Fault(error="not_in_channel"))
    put(engine, "a")
    run(engine, slack)
    assert texts(slack) == ["a"]


def test_refused_blocks_are_said_in_plain_words(engine: Engine, slack: Slack) -> None:
    block = {"type": "section", "text": {"type": "mrkdwn", "text": "x" * 5000}}
    put(engine, "a", arguments={"channel": CHANNEL, "text": "parole", "blocks": [block]})
    run(engine, slack)
    (message,) = slack.posts(CHANNEL)
    assert (message["text"], message["blocks"]) == ("parole", None)


def test_threads_and_changes_find_the_post_they_belong_to(engine: Engine, slack: Slack) -> None:
    put(engine, "card")
    put(engine, "below", parent_key="card")
    put(engine, "new", method="chat.update", arguments={"text": "nuovo"}, parent_key="card")
    run(engine, slack)
    card, below = slack.posts(CHANNEL)
    assert (card["text"], below["thread_ts"]) == ("nuovo", card["ts"])


def test_a_channel_gets_a_burst_and_then_one_a_second(engine: Engine, slack: Slack) -> None:
    for number in range(module.BURST + 3):
        put(engine, f"a{number}")
    run(engine, slack)
    times = [call.at for call in slack.called("chat.postMessage")]
    assert len(times) <= module.BURST + (times[-1] - times[0]) + 1


def test_answers_to_commands_go_to_slack_alone(engine: Engine, slack: Slack) -> None:
    put(
        engine,
        "a",
        method="response_url",
        arguments={"url": "http://evil.example/x", "text": "segreto"},
    )
    put(
        engine,
        "b",
        method="response_url",
        arguments={"url": slack.response_url("b"), "text": "ciao"},
    )
    slack.fail("response_url", Fault(429, headers={"Retry-After": "1"}))
    run(engine, slack)
    assert rows(engine)["a"].last_error == "expired_url"
    assert [c.arguments["text"] for c in slack.called("response_url")] == ["ciao"]
