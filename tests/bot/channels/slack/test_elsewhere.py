"""What staff does in the back office shows on the card in Slack, once, whoever notices it."""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from rasa.shared.core.domain import Domain
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from actions.desk import Desk
from actions.firm import Firm
from actions.firm import Slack as Settings
from actions.logic.choices import Choices
from actions.store import casework, models, slack_cards, slack_posts
from actions.store.audit import Staff
from actions.store.casework import CorrectedDeadline, Correction
from actions.store.database import session_factory
from bot.channels.slack import sender as sending
from bot.channels.slack.office import Office
from bot.channels.slack.people import People
from bot.channels.slack.sender import Sender
from tests.conftest import HOME
from tests.slack_api import NOTIFY, TOKEN, Slack, texts_of

ANNA, BRUNO = Staff("staff:1", "Anna"), Staff("staff:2", "Bruno")
NOW = dt.datetime(2026, 11, 23, 9, 30, tzinfo=dt.timezone.utc)


@pytest.fixture
def slack() -> Iterator[Slack]:
    with Slack() as server:
        yield server


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "BURST", 50)


@pytest.fixture(scope="module")
def domain() -> Domain:
    return Domain.load(HOME / "domain.yml")


class Channel:
    """The firm's channel with two processes that post the news, and a request with its card."""

    def __init__(
        self, engine: Engine, slack: Slack, domain: Domain, firm: Firm, choices: Choices
    ) -> None:
        """Store the request."""
        self.sessions, self.slack = session_factory(engine), slack
        desk = Desk(
            firm=firm,
            choices=choices,
            interview=None,  # type: ignore[arg-type]
            sessions=self.sessions,
            clock=lambda: NOW,
        )
        settings = Settings(notify=NOTIFY, digest_hour=None, personal_data=True)
        nobody: Any = None
        people = People(nobody, settings, firm.languages)
        self.processes = [
            Office(desk, settings, nobody, people, nobody, lambda: domain, nobody) for _ in range(2)
        ]
        with self.sessions() as session:
            session.add(
                models.Engagement(
                    reference="K7PM-3XQD",
                    client=models.Client(
                        name="Alfa srl",
                        form="company",
                        email="alfa@example.com",
                        language="it",
                        created_at=NOW,
                    ),
                    service="Fisco",
                    channel="web",
                    conversation_id="web:1",
                    submission_key="1",
                    created_at=NOW,
                    expectations=[models.Expectation(position=1, text="un parere")],
                )
            )
            session.commit()
            (self.id,) = session.execute(sa.select(models.Engagement.id)).scalars()

    def news(self) -> int:
        """Let both processes look for news at the same time; return how many found any."""
        with ThreadPoolExecutor(2) as pool:
            return sum(pool.map(lambda process: process._post_news(NOTIFY), self.processes))

    def do(self, work: Any) -> None:
        with self.sessions() as session:
            work(session)
            session.commit()

    def send(self) -> None:
        """Send what is to be sent."""

        async def work() -> None:
            client = AsyncWebClient(token=TOKEN, base_url=self.slack.url, retry_handlers=[])  # type: ignore[arg-type]
            sender = Sender(client, self.sessions, lambda: dt.datetime.now(dt.timezone.utc))
            task = asyncio.create_task(sender.run())
            end = time.monotonic() + 15
            while self.open_posts():
                assert time.monotonic() < end
                await asyncio.sleep(0.03)
            await sender.stop()
            await task

        asyncio.run(work())

    def open_posts(self) -> int:
        query = sa.select(sa.func.count(models.SlackPost.id)).where(
            models.SlackPost.done_at.is_(None)
        )
        with self.sessions() as session:
            return int(session.execute(query).scalar_one())

    def updates(self) -> int:
        """Return how often the card itself was changed."""
        query = sa.select(sa.func.count(models.SlackPost.id)).where(
            models.SlackPost.method == "chat.update",
            sa.not_(models.SlackPost.key.endswith(":person")),
        )
        with self.sessions() as session:
            return int(session.execute(query).scalar_one())

    def card(self) -> str:
        """Return the words of the card, as it stands in Slack."""
        self.send()
        (post,) = [post for post in self.slack.posts(NOTIFY) if not post["thread_ts"]]
        return "\n".join(text["text"] for text in texts_of(post["blocks"]))

    def thread(self) -> str:
        (post,) = [post for post in self.slack.posts(NOTIFY) if post["thread_ts"]]
        return str(post["text"])


@pytest.fixture
def channel(engine: Engine, slack: Slack, domain: Domain, firm: Firm, choices: Choices) -> Channel:
    return Channel(engine, slack, domain, firm, choices)


def posted(channel: Channel) -> None:
    while channel.news():
        pass
    assert "Prendo in carico" in channel.card()
    assert channel.updates() == 0


def test_a_take_in_the_back_office_changes_the_card_once(channel: Channel) -> None:
    posted(channel)
    channel.do(lambda s: casework.take(s, channel.id, ANNA, NOW))
    assert [channel.news(), channel.news()] == [1, 0]
    words = channel.card()
    assert channel.updates() == 1
    assert "in carico a Anna" in words
    assert "Stato: in carico" in words
    assert "Prendo in carico" not in words
    # The same again is another change.
    channel.do(lambda s: casework.give_back(s, channel.id, ANNA, NOW, version=2))
    assert channel.news() == 1
    words = channel.card()
    assert "Anna, di nuovo in carico a nessuno" in words
    assert "Prendo in carico" in words
    channel.do(lambda s: casework.take(s, channel.id, ANNA, NOW))
    assert channel.news() == 1
    assert channel.card().count("in carico a Anna") == 2
    assert channel.updates() == 3


def test_several_changes_before_anybody_looks_are_shown_together(channel: Channel) -> None:
    posted(channel)
    channel.do(lambda s: casework.take(s, channel.id, ANNA, NOW))
    channel.do(lambda s: casework.set_status(s, channel.id, "accepted", BRUNO, NOW))
    assert channel.news() == 1
    words = channel.card()
    assert words.index("in carico a Anna") < words.index("Bruno, stato accettata")
    assert channel.updates() == 1


def test_changes_while_the_news_are_looked_for_are_all_shown_in_the_end(channel: Channel) -> None:
    posted(channel)
    statuses = ["accepted", "in_charge"] * 6

    def work() -> None:
        for status in statuses:
            channel.do(lambda s, to=status: casework.set_status(s, channel.id, to, ANNA, NOW))

    with ThreadPoolExecutor(1) as pool:
        busy = pool.submit(work)
        while not busy.done():
            channel.news()
        busy.result()
    channel.news()
    assert "Stato: in carico" in channel.card()
    assert channel.news() == 0
    # One post for each state that was seen, the last one included.
    assert 1 <= channel.updates() <= len(statuses)


def test_what_was_done_before_there_was_a_card_is_on_it(channel: Channel) -> None:
    channel.do(lambda s: casework.take(s, channel.id, ANNA, NOW))
    channel.news()
    words = channel.card()
    assert "in carico a Anna" in words
    assert "Prendo in carico" not in words
    while channel.news():
        pass
    assert channel.updates() == 0


def test_a_card_that_is_made_while_somebody_takes_the_request_shows_it(channel: Channel) -> None:
    with channel.sessions() as session, ThreadPoolExecutor(1) as pool:
        casework.take(session, channel.id, ANNA, NOW)
        making = pool.submit(channel.news)
        time.sleep(0.5)
        session.commit()
        assert making.result() >= 1
    while channel.news():
        pass
    assert "in carico a Anna" in channel.card()


def test_a_correction_is_on_the_card_and_in_its_thread(channel: Channel) -> None:
    posted(channel)
    assert "alfa@example.com" in channel.thread()

    def correct(session: Session) -> None:
        casework.correct(
            session,
            channel.id,
            Correction(
                name="Alfa srl",
                form="company",
                relation="external",
                contact_name=None,
                email="beta@example.com",
                phone=None,
                service="Bilancio",
                expectations=("un parere",),
                deadlines=(CorrectedDeadline(None, "il 15", None, dt.date(2027, 1, 15), None),),
            ),
            ANNA,
            NOW,
            version=1,
            client_version=1,
            country="IT",
            lead_days=7,
            today=NOW.date(),
        )

    channel.do(correct)
    assert channel.news() == 1
    words = channel.card()
    assert "Bilancio" in words
    assert "venerdì 15 gennaio 2027" in words
    assert "beta@example.com" in channel.thread()
    assert "example.com" not in words


def test_what_is_done_in_slack_itself_is_shown_by_whoever_took_it_in(channel: Channel) -> None:
    posted(channel)
    process, colleague = channel.processes[0], replace(ANNA, id="T1:U1")
    (card_id,) = slack_ids(channel)

    def take(session: Session) -> bool:
        return slack_cards.take(session, card_id, colleague, "click", NOW)

    assert process._change(take, card_id, "click")
    assert channel.news() == 0
    assert "in carico a Anna" in channel.card()
    assert channel.updates() == 1
    # And the back office goes on from there.
    channel.do(lambda s: casework.take_over(s, channel.id, BRUNO, NOW, version=2))
    assert channel.news() == 1
    assert "in carico a Bruno" in channel.card()


def slack_ids(channel: Channel) -> list[int]:
    with channel.sessions() as session:
        return list(session.execute(sa.select(models.SlackCard.id)).scalars())


def test_a_card_without_a_post_holds_nobody_up(channel: Channel) -> None:
    def no_post(session: Session) -> None:
        slack_cards.make_cards(session, NOW)
        assert slack_posts.find(session, "card:1") is None

    channel.do(no_post)
    channel.do(lambda s: casework.take(s, channel.id, ANNA, NOW))
    assert [channel.news(), channel.news()] == [1, 0]
    assert channel.open_posts() == 0
