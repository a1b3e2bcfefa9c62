"""Whatever dies or is away: each message is answered once, and nothing is stored twice."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import requests
from sqlalchemy.engine import make_url

from actions.settings import Settings
from bot.supervisor import Supervisor
from tests.conftest import free_port, serve
from tests.dialogues.test_faults import ANSWERS
from tests.tcp_proxy import Proxy
from tests.website.site import Site, own_site
from tests.website.visitor import Visitor, custom, text

SEED = 20261128


@pytest.fixture
def site(trained: Settings, tmp_path: Path) -> Iterator[Site]:
    """Servers of one test alone."""
    with own_site(trained, tmp_path) as site:
        yield site


def check_answered_once(visitor: Visitor, keys: list[str]) -> None:
    """Check that every message has one answer, in order, and nothing waits."""
    history = visitor.history()
    assert [turn["key"] for turn in history["turns"]] == keys
    assert history["waiting"] == []


def test_the_bot_killed_between_and_within_turns(site: Site) -> None:
    """An intake with a kill -9 after several messages, at a random moment of their turns."""
    chance = random.Random(SEED)
    visitor = Visitor(site.settings.bot_url)
    keys = []
    for said in (*ANSWERS, "sì, confermo"):
        keys.append(visitor.send(said))
        if said in ("sì", "privato", "contabilità", "sì, confermo"):
            time.sleep(chance.random() * 0.25)
            site.kill("bot")
            site.revive("bot")
        turn = visitor.answer(keys[-1])
    assert custom(turn, "reference")
    check_answered_once(visitor, keys)
    assert site.count("engagements") == site.count("clients") == site.count("consents") == 1


def test_messages_sent_while_the_bot_is_down_arrive_in_order(site: Site) -> None:
    visitor = Visitor(site.settings.bot_url)
    keys = [visitor.send("vorrei diventare cliente")]
    visitor.answer(keys[0])
    site.kill("bot")
    with pytest.raises(requests.ConnectionError):
        visitor.post("sì")
    sending = threading.Thread(
        target=lambda: keys.extend(visitor.send(said) for said in ("sì", "Anna Bianchi"))
    )
    sending.start()
    site.revive("bot")
    sending.join()
    assert custom(visitor.answer(keys[-1]), "asks") == "client_form"
    check_answered_once(visitor, keys)


def test_accepted_and_killed_at_once_is_answered_by_the_next_bot(site: Site) -> None:
    visitor = Visitor(site.settings.bot_url)
    key = visitor.send("che cos'è un cliente?")
    site.kill("bot")
    site.revive("bot")
    assert custom(visitor.answer(key), "faq") == "client_definition"
    check_answered_once(visitor, [key])


def test_actions_that_come_back_soon_are_waited_for(site: Site) -> None:
    visitor = Visitor(site.settings.bot_url)
    keys = [visitor.send(said) for said in ANSWERS]
    visitor.answer(keys[-1])
    site.kill("action server")
    keys.append(visitor.send("sì, confermo"))
    time.sleep(0.5)
    site.revive("action server")
    assert custom(visitor.answer(keys[-1]), "reference")
    check_answered_once(visitor, keys)
    assert site.count("engagements") == 1


def test_actions_that_stay_away_are_said_to_be(site: Site) -> None:
    visitor = Visitor(site.settings.bot_url)
    visitor.say("vorrei diventare cliente")
    agree = visitor.buttons["Sì, acconsento"]
    site.kill("action server")
    turn = visitor.answer(visitor.send(button=agree))
    assert "non è stato elaborato" in text(turn)
    site.revive("action server")
    # Nothing has happened: the same button can be pressed again.
    assert custom(visitor.answer(visitor.send(button=agree)), "asks") == "client_name"


@pytest.fixture
def line(postgresql: str) -> Iterator[tuple[Proxy, str]]:
    """A line to PostgreSQL that can be cut, and the address behind it."""
    with Proxy(5432) as proxy:
        yield proxy, str(make_url(postgresql).set(host="127.0.0.1", port=proxy.port))


def test_a_database_that_is_away_forgets_nothing(
    line: tuple[Proxy, str], postgresql: str, trained: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy, url = line
    settings = replace(trained, database_url=url, bot_port=free_port(), action_port=free_port())
    with serve(settings, monkeypatch) as supervisor:
        supervisor.start()
        visitor = Visitor(settings.bot_url)
        keys = [visitor.send(said) for said in ANSWERS[:3]]
        assert custom(visitor.answer(keys[-1]), "asks") == "client_form"
        begun = time.monotonic()
        with proxy.away():
            refused = visitor.post("privato")
            assert refused.status_code == 503
            assert "riprovi tra poco" in refused.json()["error"]["message"]["it"]
            assert int(refused.headers["Retry-After"]) >= 1
            assert time.monotonic() - begun < 10
        keys.append(visitor.send("privato"))
        # Cut in the middle of a turn: what was accepted is answered when the line is back.
        keys.append(visitor.send("esterno"))
        with proxy.away():
            time.sleep(1)
        assert custom(visitor.answer(keys[-1]), "asks") == "email"
        check_answered_once(visitor, keys)


def test_two_bots_on_one_database_never_answer_twice(
    postgresql: str, trained: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two processes share conversations; one of them dies while it is answering."""
    one = replace(trained, database_url=postgresql, bot_port=free_port(), action_port=free_port())
    with serve(one, monkeypatch) as first:
        first.start()
        monkeypatch.setenv("SPORTELLO_BOT_PORT", str(free_port()))
        two = replace(one, bot_port=Settings.read().bot_port)
        second = Supervisor(two)
        second.children = [child for child in second.children if child.name == "bot"]
        try:
            second.start()
            site = Site(one, first)
            visitor = Visitor(one.bot_url)
            here, there = visitor.web, f"{two.bot_url}/webhooks/web"
            keys = []
            for number, said in enumerate(ANSWERS):
                visitor.web = (here, there)[number % 2]
                keys.append(visitor.send(said))
            visitor.web = there
            with visitor.events() as events:
                seen = [next(events)[1]["key"] for _ in keys]
            assert seen == keys
            # What the first took in is answered by the second, and its stream hears of it.
            visitor.web = here
            with visitor_events(visitor, there) as next_event:
                keys.append(visitor.send("sì, confermo"))
                site.kill("bot")
                visitor.web = there
                turn = next_event()
            assert turn["key"] == keys[-1]
            assert custom(turn, "reference")
            check_answered_once(visitor, keys)
            assert site.count("engagements") == 1
        finally:
            second.stop()


class visitor_events:  # noqa: N801
    """The stream of another address, from the last turn on."""

    def __init__(self, visitor: Visitor, web: str) -> None:
        self.visitor, self.web = visitor, web

    def __enter__(self) -> Callable[[], dict[str, object]]:
        other = self.visitor.web
        last = self.visitor.history()["last"]
        self.visitor.web = self.web
        self.stream = self.visitor.events(last=last)
        events = self.stream.__enter__()
        self.visitor.web = other
        return lambda: next(events)[1]

    def __exit__(self, *error: object) -> None:
        self.stream.__exit__(None, None, None)
