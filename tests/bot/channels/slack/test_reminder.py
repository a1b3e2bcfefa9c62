"""The reminder: at whose hour, on which days, to whom, and once, whoever writes it."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from fsrs import Rating
from rasa.shared.core.domain import Domain
from slack_bolt.async_app import AsyncBoltRequest
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy.engine import Engine

from actions.desk import Desk
from actions.firm import Slack as SlackSettings
from actions.firm import load_firm
from actions.logic.quiz import load_quiz
from actions.settings import Settings
from actions.store import learning, models, slack_posts
from actions.store.database import session_factory
from actions.store.learning import Graded
from bot.channels.slack import reminder
from bot.channels.slack.channel import SlackChannel
from bot.channels.slack.incoming import Arrival
from bot.channels.slack.people import People
from bot.channels.slack.sender import Sender
from bot.channels.slack.speaker import Speaker
from bot.channels.slack.tutor import Tutor
from tests.conftest import HOME
from tests.slack_api import SECRET, TEAM, TOKEN, Fault, Slack, check_message
from tests.slack_events import action, titled

ROME = ZoneInfo("Europe/Rome")
MONDAY = dt.datetime(2026, 11, 30, 9, 5, tzinfo=ROME)
LAST_WEEK = MONDAY - dt.timedelta(days=6)
DAY = dt.timedelta(days=1)
FIRM = load_firm(HOME / "firm.yml")
QUIZ = load_quiz(HOME / "data")
ITEMS = tuple(QUIZ.items)
DOMAIN = Domain.load(HOME / "domain.yml")
ITALIAN = Speaker(lambda: DOMAIN, "it")
ANNA, BRUNO, ELLEN, GUEST = (f"slack:{TEAM}:U0{n}" for n in ("ANNA", "BRUNO", "ELLEN", "GUEST"))
BEGIN, STOP = "Inizia il quiz", "Niente promemoria"


@dataclass
class Staff:
    """A process of the bot at a moment, without the bot."""

    tutor: Tutor
    slack: Slack
    engine: Engine
    moment: list[dt.datetime]
    arrivals: list[Arrival]

    def at(self, moment: dt.datetime) -> list[str]:
        """Look who is to be reminded at a moment; return who was written to so far."""
        self.moment[0] = moment
        asyncio.run(self.tutor.remind())
        return [row["channel"] for row in self.posts()]

    def posts(self, method: str = "chat.postMessage") -> list[dict[str, Any]]:
        posts = models.SlackPost
        query = sa.select(posts.arguments).where(posts.method == method).order_by(posts.id)
        with self.engine.connect() as connection:
            return [json.loads(text) for text in connection.execute(query).scalars()]

    def learner(self, key: str) -> Any:
        with session_factory(self.engine)() as session:
            return learning.find_learner(session, key)

    def press(self, title: str, user: str, post: dict[str, Any] | None = None) -> bool:
        post = post or self.posts()[0]
        element, block = titled(post, title)
        body = action(post, element, block, user=user)
        return asyncio.run(self.tutor.press(body, body["actions"][0]))


@pytest.fixture
def slack() -> Iterator[Slack]:
    with Slack() as server:
        yield server


@pytest.fixture
def open_staff(slack: Slack, engine: Engine) -> Callable[[], Staff]:
    """Start as many processes as are wanted."""

    def start(**settings: Any) -> Staff:
        moment = [MONDAY]
        desk = Desk(
            firm=FIRM,
            choices={},
            interview=None,  # type: ignore[arg-type]
            sessions=session_factory(engine),
            clock=lambda: moment[0],
            quiz=QUIZ,
        )
        client = AsyncWebClient(token=TOKEN, base_url=slack.url, retry_handlers=[])
        people = People(client, SlackSettings(**settings), FIRM.languages)
        sender = Sender(client, desk.sessions, desk.now)
        arrivals: list[Arrival] = []

        async def receive(arrival: Arrival) -> None:
            arrivals.append(arrival)

        tutor = Tutor(desk, people, sender, lambda name: Speaker(lambda: DOMAIN, name), receive)
        return Staff(tutor, slack, engine, moment, arrivals)

    return start


@pytest.fixture
def staff(open_staff: Callable[[], Staff]) -> Staff:
    return open_staff()


def enrol(
    engine: Engine,
    key: str,
    *answered: tuple[str, dt.datetime],
    hour: int | None = 9,
    goal: int = 5,
    since: dt.datetime = LAST_WEEK,
) -> int:
    """Add a learner who has answered questions, each right, at a moment."""
    with session_factory(engine)() as session:
        learner = learning.enrol(
            session, key, language="it", goal=goal, reminder_hour=hour, now=since
        )
        number = int(learner.id)
        for n, (item, moment) in enumerate(answered):
            graded = Graded(item, f"{key}:{n}", "x", "right", 1.0, True, Rating.Good, 20)
            learning.note_review(
                session, number, graded, channel="slack", language="it", now=moment
            )
        session.commit()
        return number


def test_the_hour_the_day_and_once(staff: Staff) -> None:
    enrol(staff.engine, ANNA, (ITEMS[0], LAST_WEEK))
    sunday = MONDAY - DAY
    assert staff.at(sunday) == []
    assert staff.at(MONDAY.replace(hour=8, minute=59)) == []
    assert staff.at(MONDAY) == ["U0ANNA"]
    assert staff.at(MONDAY + dt.timedelta(minutes=1)) == ["U0ANNA"]
    assert staff.at(MONDAY.replace(hour=23)) == ["U0ANNA"]
    assert staff.learner(ANNA).reminded_on == MONDAY.date()
    assert staff.at(MONDAY + 7 * DAY) == ["U0ANNA"] * 2
    assert staff.at(MONDAY + 8 * DAY) == ["U0ANNA"] * 2  # the 8th of December is a holiday
    # Nobody was there at nine, in the firm's time zone.
    assert staff.at(dt.datetime(2026, 12, 9, 17, tzinfo=dt.timezone.utc)) == ["U0ANNA"] * 3


def test_it_is_the_firms_hour(staff: Staff) -> None:
    enrol(staff.engine, ANNA, (ITEMS[0], LAST_WEEK))
    assert staff.at(dt.datetime(2026, 11, 30, 7, 59, tzinfo=dt.timezone.utc)) == []
    assert staff.at(dt.datetime(2026, 11, 30, 8, 1, tzinfo=dt.timezone.utc)) == ["U0ANNA"]


def test_what_it_says_and_shows(staff: Staff) -> None:
    enrol(staff.engine, ANNA, (ITEMS[0], LAST_WEEK), (ITEMS[1], MONDAY.replace(hour=7)))
    enrol(staff.engine, BRUNO, (ITEMS[0], MONDAY - dt.timedelta(minutes=40)))
    staff.at(MONDAY)
    due, new = staff.posts()
    for post in (due, new):
        check_message(post)
        assert [e["text"]["text"] for e in post["blocks"][1]["elements"]] == [BEGIN, STOP]
        assert "niente promemoria" in post["blocks"][2]["elements"][0]["text"]
    # The second question, learnt two hours ago, is due again by now as well.
    assert "Da ripassare: 2. Risposte di oggi: 1, l'obiettivo è 5." in due["text"]
    assert "ripassare: 1" in new["text"] or "domande nuove" in new["text"]


@pytest.mark.parametrize(
    ("key", "hour", "goal", "answered", "since"),
    [
        ("terminal:anna", 9, 5, [(ITEMS[0], LAST_WEEK)], LAST_WEEK),
        ("rest:slack:anna", 9, 5, [(ITEMS[0], LAST_WEEK)], LAST_WEEK),
        (ANNA, None, 5, [(ITEMS[0], LAST_WEEK)], LAST_WEEK),
        (ANNA, 10, 5, [(ITEMS[0], LAST_WEEK)], LAST_WEEK),
        (ANNA, 9, 5, [], LAST_WEEK),
        # Who is at it, who began today, who has done everything.
        (ANNA, 9, 5, [(ITEMS[0], MONDAY - dt.timedelta(minutes=10))], LAST_WEEK),
        (ANNA, 9, 5, [(ITEMS[0], MONDAY - dt.timedelta(hours=1))], MONDAY.replace(hour=7)),
        (ANNA, 9, 1, [(ITEMS[0], MONDAY.replace(hour=h)) for h in (5, 6, 8)], LAST_WEEK),
    ],
    ids="terminal rest none later never at_it today goal".split(),
)
def test_who_is_not_reminded(
    staff: Staff,
    key: str,
    hour: int | None,
    goal: int,
    answered: list[tuple[str, dt.datetime]],
    since: dt.datetime,
) -> None:
    enrol(staff.engine, key, *answered, hour=hour, goal=goal, since=since)
    assert staff.at(MONDAY) == []


def test_an_answer_taken_back_is_none(staff: Staff) -> None:
    number = enrol(staff.engine, ANNA, (ITEMS[0], LAST_WEEK))
    with session_factory(staff.engine)() as session:
        learning.undo(session, number, f"{ANNA}:0", LAST_WEEK)
        session.commit()
    assert staff.at(MONDAY) == []


def test_who_has_seen_every_question_and_has_nothing_to_review_is_left_alone(
    staff: Staff,
) -> None:
    answered = [(item, LAST_WEEK + n * DAY) for item in ITEMS for n in (0, 1, 2, 5)]
    enrol(staff.engine, ANNA, *answered)
    assert staff.at(MONDAY) == []
    assert staff.learner(ANNA).reminded_on == MONDAY.date()


def test_who_may_no_longer_ask_gets_none(open_staff: Callable[..., Staff], slack: Slack) -> None:
    staff = open_staff(users=["U0BRUNO", "U0GUEST"])
    for key in (ANNA, BRUNO, GUEST, "slack:T0ELSEWHERE:U0STRANGER"):
        enrol(staff.engine, key, (ITEMS[0], LAST_WEEK))
    assert staff.at(MONDAY) == ["U0BRUNO"]
    asked = len(slack.called("users.info"))
    assert staff.at(MONDAY + dt.timedelta(minutes=1)) == ["U0BRUNO"]
    assert len(slack.called("users.info")) == asked


def test_while_slack_is_away_they_are_asked_for_again(staff: Staff) -> None:
    enrol(staff.engine, ANNA, (ITEMS[0], LAST_WEEK))
    staff.slack.fail("users.info", Fault(500))
    assert staff.at(MONDAY) == []
    assert staff.at(MONDAY + dt.timedelta(minutes=1)) == ["U0ANNA"]


def test_several_processes_write_one(open_staff: Callable[[], Staff]) -> None:
    processes = [open_staff() for _ in range(4)]
    engine = processes[0].engine
    for key in (ANNA, BRUNO, ELLEN):
        enrol(engine, key, (ITEMS[0], LAST_WEEK))
    for process in processes:
        asyncio.run(process.tutor._people.find(TEAM, "U0ANNA"))
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda process: process.at(MONDAY), processes))
    written = sorted(post["channel"] for post in processes[0].posts())
    assert written == ["U0ANNA", "U0BRUNO", "U0ELLEN"]


def test_nothing_is_noted_if_the_process_dies_before_it_is_written(staff: Staff) -> None:
    number = enrol(staff.engine, ANNA, (ITEMS[0], LAST_WEEK))
    with session_factory(staff.engine)() as session:
        assert reminder.put_reminder(session, number, QUIZ, ITALIAN, MONDAY)
    assert staff.at(MONDAY) == ["U0ANNA"]


def test_it_begins_once_and_shows_what_was_chosen(staff: Staff) -> None:
    number = enrol(staff.engine, ANNA, (ITEMS[0], LAST_WEEK))
    staff.at(MONDAY)
    for _ in range(4):
        assert staff.press(BEGIN, "U0ANNA")
    arrival = staff.arrivals[0]
    assert set(staff.arrivals) == {arrival}  # of one key, of which the inbox takes one
    assert (arrival.conversation_id, arrival.route.channel) == (ANNA, "U0ANNA")
    assert arrival.text == ITALIAN("quiz_words")
    (update,) = staff.posts("chat.update")
    assert update["blocks"][1]["elements"][0]["text"] == f"✓ {BEGIN}"
    assert not [block for block in update["blocks"] if block["type"] == "actions"]
    with session_factory(staff.engine)() as session:
        row = slack_posts.find(session, f"pressed:{reminder.key_of(number, MONDAY.date())}")
        assert row.parent_key == reminder.key_of(number, MONDAY.date())


def test_it_stops_and_shows_what_was_chosen(staff: Staff) -> None:
    enrol(staff.engine, ANNA, (ITEMS[0], LAST_WEEK))
    staff.at(MONDAY)
    for _ in range(2):
        assert staff.press(STOP, "U0ANNA")
    assert staff.arrivals == []
    assert staff.learner(ANNA).reminder_hour is None
    (update,) = staff.posts("chat.update")
    check_message({"channel": "D0ANNA", **update})
    assert update["blocks"][1]["elements"][0]["text"] == f"✓ {STOP}"
    assert "nessun promemoria" in update["blocks"][2]["text"]["text"]
    assert staff.at(MONDAY + DAY) == ["U0ANNA"]


@pytest.mark.parametrize("title", [BEGIN, STOP])
def test_a_reminder_is_nobody_elses(staff: Staff, title: str) -> None:
    enrol(staff.engine, ANNA, (ITEMS[0], LAST_WEEK))
    enrol(staff.engine, BRUNO, (ITEMS[0], LAST_WEEK), hour=10)
    staff.at(MONDAY)
    assert not staff.press(title, "U0BRUNO")
    assert not staff.press(title, "U0STRANGER")
    forged = json.loads(json.dumps(staff.posts()[0]).replace("reminder:1:", "reminder:x²:"))
    assert not staff.press(title, "U0ANNA", forged)
    assert staff.arrivals == []
    assert staff.posts("chat.update") == []
    assert [staff.learner(key).reminder_hour for key in (ANNA, BRUNO)] == [9, 10]


def test_a_command_sets_and_stops_it(staff: Staff) -> None:
    def say(user: str, hour: int | None) -> str:
        return asyncio.run(staff.tutor.set_reminder(TEAM, user, hour))

    assert "alle 8" in say("U0ANNA", 8)
    # The hour is past: it does not follow on the heels of the command.
    assert staff.learner(ANNA).reminder_hour == 8
    assert staff.learner(ANNA).reminded_on == MONDAY.date()
    assert "nessun promemoria" in say("U0ANNA", None)
    assert staff.learner(ANNA).reminder_hour is None
    assert "at 17:00" in say("U0ELLEN", 17)
    assert "nessun promemoria" in say("U0BRUNO", None)
    assert staff.learner(BRUNO).reminder_hour is None
    assert "ospiti" in say("U0GUEST", 8)
    assert staff.learner(GUEST) is None
    staff.slack.fail("users.info", Fault(500))
    staff.slack.users["U0CARLA"] = {"team_id": TEAM}
    assert "non mi conferma" in say("U0CARLA", 8)
    assert staff.learner(f"slack:{TEAM}:U0CARLA") is None


def test_a_reminder_that_slack_does_not_take_is_given_up_the_same_day(staff: Staff) -> None:
    enrol(staff.engine, ANNA, (ITEMS[0], LAST_WEEK))
    staff.at(MONDAY)
    with session_factory(staff.engine)() as session:
        (post,) = slack_posts.claim_due(session, MONDAY)
        later = MONDAY + dt.timedelta(hours=7)
        slack_posts.put_off(session, replace(post), later, "ratelimited")
        session.commit()
        assert slack_posts.find(session, post.key).done_at == later


def test_from_the_clock_to_the_pressed_button(slack: Slack, engine: Engine) -> None:
    """With the channel itself: it posts, takes the press, and posts no more after a restart."""
    enrol(engine, ANNA, (ITEMS[0], LAST_WEEK))
    received: list[dict[str, Any]] = []

    async def receive(conversation_id: str, **message: Any) -> int:
        received.append({"conversation_id": conversation_id, **message})
        return len(received)

    def open_channel() -> SlackChannel:
        settings = Settings.read(
            {
                "SPORTELLO_HOME": str(HOME),
                "SLACK_BOT_TOKEN": TOKEN,
                "SLACK_SIGNING_SECRET": SECRET,
                "SLACK_API_URL": slack.url,
            }
        )
        desk = Desk(
            firm=FIRM,
            choices={},
            interview=None,  # type: ignore[arg-type]
            sessions=session_factory(engine),
            clock=lambda: MONDAY,
            quiz=QUIZ,
        )
        return SlackChannel(settings, desk, SlackSettings())

    async def wait_for(true: Callable[[], Any]) -> None:
        for _ in range(500):
            if true():
                return
            await asyncio.sleep(0.02)
        raise AssertionError

    async def play() -> None:
        reception: Any = SimpleNamespace(agent=SimpleNamespace(domain=DOMAIN), receive=receive)
        channel = open_channel()
        await channel.open(reception)
        await wait_for(lambda: slack.posts("D0ANNA"))
        post = deepcopy(slack.posts("D0ANNA")[0])
        for user in ("U0BRUNO", "U0ANNA", "U0ANNA"):
            element, block = titled(post, BEGIN)
            body = f"payload={quote(json.dumps(action(post, element, block, user=user)))}"
            headers = {"content-type": "application/x-www-form-urlencoded"}
            request = AsyncBoltRequest(body=body, headers=headers, mode="socket_mode")
            assert (await channel._app.async_dispatch(request)).status == 200
        await wait_for(lambda: f"✓ {BEGIN}" in str(slack.posts("D0ANNA")[0]["blocks"]))
        await wait_for(lambda: slack.called("chat.postEphemeral"))
        await channel.stop()

        again = open_channel()
        await again.open(reception)
        await asyncio.sleep(0.5)
        await again.stop()

    asyncio.run(play())
    assert {message["key"] for message in received} == {f"reminder:1:{MONDAY.date()}"}
    assert {message["conversation_id"] for message in received} == {ANNA}
    (notice,) = slack.called("chat.postEphemeral")
    assert notice.arguments["user"] == "U0BRUNO"
    (post,) = slack.posts("D0ANNA")
    assert not [block for block in post["blocks"] if block["type"] == "actions"]
