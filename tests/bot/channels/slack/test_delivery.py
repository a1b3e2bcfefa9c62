"""However often and in whatever order Slack delivers, and whatever dies: one answer each."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import tempfile
from collections.abc import Coroutine
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, rule
from rasa.shared.core.domain import Domain
from slack_bolt.async_app import AsyncBoltRequest

from actions.desk import Desk
from actions.firm import Slack as SlackSettings
from actions.firm import load_firm
from actions.settings import Settings
from actions.store import slack_posts
from actions.store.database import create_engine, session_factory
from actions.store.models import metadata
from bot.channels.slack import sender as sender_module
from bot.channels.slack.channel import SlackChannel
from bot.locks import ConversationLocks
from bot.reception import Reception
from bot.turns import current_turn
from bot.wakeups import Wakeups
from tests import slack_api
from tests.conftest import HOME
from tests.slack_api import Fault, Slack
from tests.slack_events import direct, in_channel, mention, message, new_ts

FIRM = load_firm(HOME / "firm.yml")
DOMAIN = Domain.load(HOME / "domain.yml")
RETRIES = st.sampled_from(
    [
        None,
        *(
            (number, reason)
            for number in (1, 2, 3)
            for reason in (
                "http_timeout",
                "http_error",
                "connection_failed",
                "ssl_error",
                "unknown_error",
            )
        ),
    ]
)
FAULTS = st.sampled_from(
    [
        Fault(429, "ratelimited", {"Retry-After": "1"}),
        Fault(500),
        Fault(500, does_it=True),
        Fault(does_it=True, hang_up=True),
    ]
)


class Echo:
    """In the place of Rasa: repeats what was said, and saves the turn as Rasa's store does."""

    def __init__(self, sessions: Any) -> None:
        self.domain = DOMAIN
        self.processor = self
        self._sessions = sessions

    async def handle_message(self, message: Any) -> None:
        await asyncio.sleep(0.002)
        await message.output_channel.send_text_message(message.sender_id, f"eco: {message.text}")
        await asyncio.to_thread(self._save)

    def _save(self) -> None:
        turn = current_turn()
        assert turn is not None
        assert turn.on_save is not None
        tracker: Any = SimpleNamespace(get_slot=lambda _name: "it", active_loop_name=None)
        with self._sessions() as session:
            turn.on_save(session, tracker, False)
            session.commit()


class Deliveries(RuleBasedStateMachine):
    """Slack delivers; now and then the process dies, or Slack fails to take a post."""

    events = Bundle("events")

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.slack = Slack().__enter__()
        url = f"sqlite:///{Path(self.folder.name) / 'test.db'}"
        self.engine = create_engine(url)
        metadata.create_all(self.engine)
        self.settings = Settings.read(
            {
                "SPORTELLO_HOME": str(HOME),
                "DATABASE_URL": url,
                "SLACK_BOT_TOKEN": slack_api.TOKEN,
                "SLACK_SIGNING_SECRET": slack_api.SECRET,
                "SLACK_API_URL": self.slack.url,
            }
        )
        self.loop = asyncio.new_event_loop()
        self.sent: dict[str, tuple[list[dict[str, Any]], int]] = {}
        self.start()

    def start(self) -> None:
        sessions = session_factory(self.engine)
        desk = Desk(
            firm=FIRM,
            choices={},
            interview=None,  # type: ignore[arg-type]
            sessions=sessions,
            clock=lambda: dt.datetime.now(dt.timezone.utc),
        )
        self.channel = SlackChannel(self.settings, desk, SlackSettings())

        async def begin() -> None:
            self.reception = Reception(
                Echo(sessions),  # type: ignore[arg-type]
                desk,
                ConversationLocks(),
                Wakeups(self.engine),
                {"slack": self.channel.outlet},
            )
            await self.channel.open(self.reception)
            self.reception.open()

        self.run(begin())

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.loop.run_until_complete(asyncio.wait_for(work, 60))

    @rule(target=events, user=st.sampled_from(["U0ANNA", "U0BRUNO"]), called=st.booleans())
    def somebody_writes(self, user: str, called: bool) -> str:
        ts = new_ts()
        name = f"messaggio {ts}"
        if called:
            text = f"<@{slack_api.BOT}> {name}"
            bodies = [mention(name, user, ts=ts), in_channel(text, user, ts=ts)]
        else:
            bodies = [message(name, user, ts=ts)]
        self.sent[name] = (bodies, 0)
        return name

    @rule(name=events, retry=RETRIES)
    def slack_delivers(self, name: str, retry: tuple[int, str] | None) -> None:
        bodies, times = self.sent[name]
        body = bodies[times % len(bodies)]
        headers = {"content-type": "application/json"}
        if retry:
            headers["x-slack-retry-num"] = str(retry[0])
            headers["x-slack-retry-reason"] = retry[1]
        request = AsyncBoltRequest(body=json.dumps(body), headers=headers, mode="socket_mode")
        response = self.run(self.channel._app.async_dispatch(request))
        assert response.status == 200
        self.sent[name] = (bodies, times + 1)

    def burst(self, bodies: list[dict[str, Any]]) -> None:
        """Deliver many at once."""

        async def all_at_once() -> None:
            headers = {"content-type": "application/json"}
            requests = [
                AsyncBoltRequest(body=json.dumps(body), headers=headers, mode="socket_mode")
                for body in bodies
            ]
            await asyncio.gather(*map(self.channel._app.async_dispatch, requests))

        self.run(all_at_once())

    @rule()
    def time_passes(self) -> None:
        self.run(asyncio.sleep(0.03))

    @rule(fault=FAULTS)
    def slack_will_fail(self, fault: Fault) -> None:
        self.slack.fail("chat.postMessage", fault)

    @rule()
    def the_process_dies(self) -> None:
        tasks = asyncio.all_tasks(self.loop)
        for task in tasks:
            task.cancel()
        self.loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        if self.channel._client.session is not None:
            self.run(self.channel._client.session.close())
        self.start()

    def teardown(self) -> None:
        try:
            for name, (bodies, times) in list(self.sent.items()):
                for _ in range(max(0, 4 * len(bodies) - times)):
                    self.slack_delivers(name, (1, "http_timeout"))
            self.run(self.settled())
            self.check()
        finally:
            self.run(self.reception.close())
            self.run(self.channel.stop())
            self.loop.run_until_complete(self.loop.shutdown_default_executor())
            self.loop.close()
            self.engine.dispose()
            self.slack.__exit__()
            self.folder.cleanup()

    async def settled(self) -> None:
        while True:
            with self.engine.connect() as connection:
                open_ones = [
                    connection.exec_driver_sql(query).scalar()
                    for query in (
                        "SELECT count(*) FROM inbox WHERE answered_at IS NULL",
                        "SELECT count(*) FROM slack_posts WHERE done_at IS NULL",
                    )
                ]
            if not any(open_ones):
                return
            await asyncio.sleep(0.03)

    def check(self) -> None:
        posts = [post["text"] for post in self.slack.posts()]
        assert sorted(posts) == sorted(f"eco: {name}" for name in self.sent)
        for channel in (direct("U0ANNA"), direct("U0BRUNO")):
            said = [post["text"] for post in self.slack.posts(channel)]
            arrived = [text for text in said if text in posts]
            assert said == arrived


Deliveries.TestCase.settings = settings(
    max_examples=12,
    stateful_step_count=14,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(autouse=True, scope="module")
def _quick() -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(slack_posts, "SHORTEST_PAUSE", dt.timedelta(seconds=0.05))
        patch.setattr(slack_posts, "LEASE", dt.timedelta(seconds=1.5))
        patch.setattr(sender_module, "LOOK_SECONDS", 0.05)
        patch.setattr(sender_module, "BURST", 1000)
        yield


TestDeliveries = Deliveries.TestCase


def test_messages_of_one_person_are_answered_as_they_came() -> None:
    deliveries = Deliveries()
    names = [f"messaggio {number}" for number in range(20)]
    deliveries.sent = {name: ([message(name, "U0ANNA")], 4) for name in names}
    deliveries.burst([bodies[0] for bodies, _ in deliveries.sent.values()])
    deliveries.teardown()
    said = [post["text"] for post in deliveries.slack.posts(direct("U0ANNA"))]
    assert said == [f"eco: {name}" for name in names]
