"""Whatever fails around an intake, and whenever: it is stored once, and nobody is told otherwise.

The database, the action server, the bot and the webhook receiver fail here one after the other: in
the middle, at the submission before and after the commit, and when an answer gets lost. All tests
share two sets of servers: those of `running`, on SQLite, and those of this module, on PostgreSQL.
"""

from __future__ import annotations

import json
import os
import re
import signal
import sqlite3
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import Any

import pytest
import requests
import sqlalchemy as sa
from sqlalchemy.engine import Engine, make_url

from actions.logic.references import find_resume_code
from actions.settings import Settings
from actions.store.database import create_engine
from actions.store.models import metadata
from bot.chat import Conversation
from bot.supervisor import Child, Supervisor, answers
from tests.conftest import POSTGRESQL, _postgresql_answers, free_port, serve
from tests.dialogues.test_dialogues import Replies, belonging, custom, traces
from tests.dialogues.test_privacy import command
from tests.tcp_proxy import Proxy
from tests.webhook_receiver import SECRET, Answer, Receiver, Request, wait_until

NOT_STORED = "non è ancora salvata"
# In either language: a code or an address alone may be read as English.
NOT_TAKEN = re.compile("non è stato elaborato|was not processed")
AT_ONCE = 5
# Who asks the database what, where an answer gets lost: the line and a part of the question.
ACTION_COMMITS = ("action server", b"COMMIT")
BOT_SAVES = ("bot", b"INSERT INTO events")
BOT_COMMITS = ("bot", b"COMMIT")
# A turn takes less than a second; with a receiver that is waited for it would be five and more.
SLOW_SECONDS = 4.0


def bug(what: str) -> pytest.MarkDecorator:
    """Mark a test that shows a fault nobody has mended yet; once it is mended the mark must go."""
    return pytest.mark.xfail(strict=True, raises=AssertionError, reason=what)


class Visitor:
    """Somebody in a conversation of their own, with an address that nobody else has."""

    def __init__(self, url: str) -> None:
        self.sender = uuid.uuid4().hex
        self.email = f"anna.{self.sender[:12]}@example.com"
        self.slowest = 0.0
        self._talk = Conversation(url, self.sender)

    @property
    def conversation(self) -> str:
        return f"rest:{self.sender}"

    def say(self, *texts: str) -> Replies:
        """Send messages one after the other and return the replies to the last one."""
        for text in texts:
            began = time.monotonic()
            replies = self._talk.send(text)
            self.slowest = max(self.slowest, time.monotonic() - began)
        return replies

    def begin(self) -> Replies:
        """Say so much that the type of client is asked next."""
        return self.say(
            f"vorrei diventare cliente, mi chiamo Anna Bianchi, la mia email è {self.email}, "
            "mi serve la contabilità entro il 15 gennaio 2030",
            "sì",
        )

    def go_on(self) -> Replies:
        """Answer the rest, up to the summary."""
        return self.say("privato", "esterno", "salta", "bilanci chiari e puntuali")

    def reach_summary(self) -> Visitor:
        self.begin()
        assert custom(self.go_on(), "asks") == "confirm"
        return self


class Servers:
    """Bot, action server and notifier on PostgreSQL, which the first two reach by a line each."""

    def __init__(
        self,
        settings: Settings,
        supervisor: Supervisor,
        patch: pytest.MonkeyPatch,
        receiver: Receiver,
        lines: dict[str, Proxy],
    ) -> None:
        self.settings = settings
        self.receiver = receiver
        self.lines = lines
        self.engine = create_engine(settings.database_url)
        self._supervisor = supervisor
        self._patch = patch

    def visitor(self) -> Visitor:
        return Visitor(self.settings.bot_url)

    def child(self, name: str) -> Child:
        return next(child for child in self._supervisor.children if child.name == name)

    def start(self, *names: str) -> None:
        for name in names:
            # Only the children read it while they start: what runs here has its own engine.
            line = self.lines.get(name)
            url = make_url(self.settings.database_url)
            self._patch.setenv("DATABASE_URL", str(url.set(port=line.port) if line else url))
            self._supervisor._spawn(self.child(name))
        self._patch.setenv("DATABASE_URL", self.settings.database_url)
        for name in names:
            self._supervisor._wait_for(self.child(name))

    def kill(self, name: str) -> None:
        process = self.child(name).process
        assert process is not None
        os.kill(process.pid, signal.SIGKILL)
        process.wait()

    @contextmanager
    def database_away(self) -> Iterator[None]:
        """Nobody reaches the database."""
        with self.lines["bot"].away(), self.lines["action server"].away():
            yield


@pytest.fixture(scope="module")
def servers(
    # Before ours, so that the environment is put back in the right order.
    running: tuple[Settings, Engine],
    trained: Settings,
) -> Iterator[Servers]:
    """The servers of this module; a test that breaks something mends it."""
    if not _postgresql_answers():
        pytest.skip("PostgreSQL does not answer on 127.0.0.1:5432")
    name = f"sportello_test_{uuid.uuid4().hex[:12]}"
    # Unencrypted, so that the line can tell a COMMIT.
    url = f"{POSTGRESQL}/{name}?sslmode=disable"
    receiver = Receiver()
    settings = replace(
        trained,
        database_url=url,
        bot_port=free_port(),
        action_port=free_port(),
        webhook_url=receiver.url,
        webhook_secret=SECRET,
    )
    admin = sa.create_engine(f"{POSTGRESQL}/postgres", isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name}"))
    try:
        with (
            pytest.MonkeyPatch.context() as patch,
            Proxy(5432) as for_actions,
            Proxy(5432) as for_bot,
            receiver,
            serve(settings, patch) as supervisor,
        ):
            patch.setenv("SPORTELLO_WEBHOOK_URL", receiver.url)
            patch.setenv("SPORTELLO_WEBHOOK_SECRET", SECRET)
            lines = {"action server": for_actions, "bot": for_bot}
            started = Servers(settings, supervisor, patch, receiver, lines)
            started.start("action server", "bot", "notifier")
            yield started
            started.engine.dispose()
    finally:
        with admin.connect() as connection:
            connection.execute(sa.text(f"DROP DATABASE {name} WITH (FORCE)"))


@contextmanager
def meanwhile(act: Callable[..., Any], *arguments: Any) -> Iterator[Callable[[], Any]]:
    """Do something in another thread for as long as the block lasts; it hands out the result."""
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(act, *arguments)
        yield lambda: running.result(timeout=60)


def lose_answer(
    servers: Servers, line: str, question: bytes, visitor: Visitor, said: str
) -> Replies:
    """Say something whose effect is stored, while who stored it never hears of it."""
    with meanwhile(visitor.say, said) as replies:
        with servers.lines[line].keeping_answer_to(question) as kept:
            assert kept.wait(20)
        told: Replies = replies()
    return told


def text_of(replies: Replies) -> str:
    return "\n".join(reply.get("text", "") for reply in replies)


def check_stored_once(engine: Engine, visitor: Visitor, replies: Replies) -> str:
    """Check that the reference given is that of the only row of each kind, and return it."""
    reference = custom(replies, "reference")
    (engagement,) = belonging(engine, "engagements", [visitor.conversation])
    assert engagement["reference"] == reference, text_of(replies)
    tables = metadata.tables
    counted = [
        (tables["clients"].c.email, visitor.email),
        (tables["consents"].c.client_id, engagement["client_id"]),
        *(
            (tables[name].c.engagement_id, engagement["id"])
            for name in ("expectations", "deadlines", "notifications")
        ),
    ]
    with engine.connect() as connection:
        for column, value in counted:
            count = sa.select(sa.func.count()).where(column == value)
            assert connection.execute(count).scalar() == 1, column
    assert reference
    return str(reference)


def check_not_stored(engine: Engine, visitor: Visitor, replies: Replies) -> None:
    assert custom(replies, "reference") is None
    assert belonging(engine, "engagements", [visitor.conversation]) == []


# The database ---------------------------------------------------------------------------------


def test_database_away_at_the_submission(servers: Servers) -> None:
    visitor = servers.visitor().reach_summary()
    with servers.lines["action server"].away():
        for text in ("sì, confermo", "riprova"):
            replies = visitor.say(text)
            assert NOT_STORED in text_of(replies)
            assert custom(replies, "asks") == "confirm"
            check_not_stored(servers.engine, visitor, replies)
        # What needs no database goes on.
        assert custom(visitor.say("chi è un cliente interno?"), "faq") == "internal_client"
    check_stored_once(servers.engine, visitor, visitor.say("riprova"))


def test_database_away_for_bot_and_actions(servers: Servers) -> None:
    visitor = servers.visitor()
    visitor.begin()
    with servers.database_away():
        assert NOT_TAKEN.search(text_of(visitor.say("privato")))
    assert custom(visitor.go_on(), "asks") == "confirm"
    with servers.database_away():
        replies = visitor.say("sì")
        assert NOT_TAKEN.search(text_of(replies))
        check_not_stored(servers.engine, visitor, replies)
    check_stored_once(servers.engine, visitor, visitor.say("riprova"))


def test_the_answer_to_the_commit_gets_lost(servers: Servers) -> None:
    visitor = servers.visitor().reach_summary()
    replies = lose_answer(servers, *ACTION_COMMITS, visitor, "sì")
    assert custom(replies, "reference") is None
    assert custom(replies, "asks") == "confirm"
    check_stored_once(servers.engine, visitor, visitor.say("riprova"))


def test_corrected_after_the_answer_to_the_commit_got_lost(servers: Servers) -> None:
    visitor = servers.visitor().reach_summary()
    lose_answer(servers, *ACTION_COMMITS, visitor, "sì")
    visitor.email = f"nuova.{visitor.email}"
    assert visitor.email in text_of(visitor.say(f"no, l'email è {visitor.email}"))
    check_stored_once(servers.engine, visitor, visitor.say("sì"))


def test_discarded_after_the_answer_to_the_commit_got_lost(servers: Servers) -> None:
    visitor = servers.visitor().reach_summary()
    lose_answer(servers, *ACTION_COMMITS, visitor, "sì")
    visitor.say("annulla")
    replies = visitor.say("elimina")
    assert custom(replies, "cancelled") is True
    check_not_stored(servers.engine, visitor, replies)


def test_kept_and_sent_from_elsewhere_after_the_answer_got_lost(servers: Servers) -> None:
    visitor = servers.visitor().reach_summary()
    lose_answer(servers, *ACTION_COMMITS, visitor, "sì")
    visitor.say("annulla")
    # It is stored already, and said so: there is nothing to keep for elsewhere.
    replies = visitor.say("conserva")
    assert custom(replies, "kept") is None
    stored = belonging(servers.engine, "engagements", [visitor.conversation])
    assert [row["reference"] for row in stored] == [custom(replies, "reference")]


def test_what_the_bot_can_not_save_is_not_told(servers: Servers) -> None:
    visitor = servers.visitor().reach_summary()
    replies = lose_answer(servers, *BOT_SAVES, visitor, "sì")
    assert NOT_TAKEN.search(text_of(replies))
    assert custom(replies, "reference") is None
    check_stored_once(servers.engine, visitor, visitor.say("riprova"))


@bug("on the developer's channel, which has no outbox, nobody tells the reference any more")
def test_what_the_bot_saved_without_knowing_is_told_again(servers: Servers) -> None:
    visitor = servers.visitor().reach_summary()
    replies = lose_answer(servers, *BOT_COMMITS, visitor, "sì")
    assert NOT_TAKEN.search(text_of(replies))
    check_stored_once(servers.engine, visitor, visitor.say("riprova"))


def test_a_database_that_hangs_does_not_hold_up_the_bot(servers: Servers) -> None:
    visitor = servers.visitor()
    visitor.begin()
    line = servers.lines["bot"]
    with meanwhile(visitor.say, "privato"), line.keeping_answer_to(BOT_SAVES[1]) as kept:
        assert kept.wait(20)
        assert answers(f"{servers.settings.bot_url}/health")


@contextmanager
def locked(engine: Engine) -> Iterator[None]:
    """Hold the write lock of an SQLite database, as a program that backs it up would."""
    connection = sqlite3.connect(engine.url.database, isolation_level=None)
    try:
        connection.execute("BEGIN IMMEDIATE")
        yield
    finally:
        connection.close()


def test_sqlite_locked_until_the_action_gives_up(running: tuple[Settings, Engine]) -> None:
    settings, engine = running
    visitor = Visitor(settings.bot_url).reach_summary()
    log = settings.logs / "action-server.log"
    size = log.stat().st_size
    with ExitStack() as stack:
        lock = stack.enter_context(ExitStack())
        # Before anything is said: otherwise it may be stored by then.
        lock.enter_context(locked(engine))
        replies = stack.enter_context(meanwhile(visitor.say, "sì"))
        wait_until(lambda: b"could not be stored" in log.read_bytes()[size:])
        lock.close()
        assert NOT_STORED in text_of(replies())
        assert custom(replies(), "asks") == "confirm"
        check_not_stored(engine, visitor, replies())
    check_stored_once(engine, visitor, visitor.say("riprova"))


def test_sqlite_locked_for_the_whole_turn(running: tuple[Settings, Engine]) -> None:
    settings, engine = running
    visitor = Visitor(settings.bot_url).reach_summary()
    with locked(engine):
        replies = visitor.say("sì")
    assert NOT_TAKEN.search(text_of(replies))
    check_not_stored(engine, visitor, replies)
    check_stored_once(engine, visitor, visitor.say("riprova"))


# The servers ----------------------------------------------------------------------------------


def test_action_server_killed_in_the_middle(servers: Servers) -> None:
    visitor = servers.visitor()
    visitor.begin()
    servers.kill("action server")
    assert NOT_TAKEN.search(text_of(visitor.say("privato")))
    servers.start("action server")
    assert custom(visitor.go_on(), "asks") == "confirm"
    check_stored_once(servers.engine, visitor, visitor.say("sì"))


@pytest.mark.parametrize(("question", "rows"), [(b"INSERT INTO engagements", 0), (b"COMMIT", 1)])
def test_action_server_killed_at_the_submission(
    question: bytes, rows: int, servers: Servers
) -> None:
    visitor = servers.visitor().reach_summary()
    with meanwhile(visitor.say, "sì") as replies:
        with servers.lines["action server"].keeping_answer_to(question) as kept:
            assert kept.wait(20)
            servers.kill("action server")
        assert NOT_TAKEN.search(text_of(replies()))
    assert len(belonging(servers.engine, "engagements", [visitor.conversation])) == rows
    servers.start("action server")
    check_stored_once(servers.engine, visitor, visitor.say("sì"))


def test_bot_killed_between_turns_and_at_the_submission(servers: Servers) -> None:
    visitor = servers.visitor()
    visitor.begin()
    servers.kill("bot")
    servers.start("bot")
    assert custom(visitor.go_on(), "asks") == "confirm"
    # Whoever gets no answer sends the message again: so does the terminal.
    with meanwhile(visitor.say, "sì") as replies:
        with servers.lines["bot"].keeping_answer_to(b"INSERT INTO events") as kept:
            assert kept.wait(20)
            servers.kill("bot")
        assert len(belonging(servers.engine, "engagements", [visitor.conversation])) == 1
        servers.start("bot")
        check_stored_once(servers.engine, visitor, replies())


def test_bot_killed_while_the_action_stores(servers: Servers) -> None:
    visitor = servers.visitor().reach_summary()
    with meanwhile(visitor.say, "sì") as replies:
        with servers.lines["action server"].keeping_answer_to(b"COMMIT") as kept:
            assert kept.wait(20)
            servers.kill("bot")
        servers.start("bot")
        check_stored_once(servers.engine, visitor, replies())


# The same submission, many times ----------------------------------------------------------------


def both_kinds(servers: Servers, running: tuple[Settings, Engine]) -> list[tuple[Settings, Engine]]:
    return [running, (servers.settings, servers.engine)]


def test_submitted_five_times_at_once_over_http(
    servers: Servers, running: tuple[Settings, Engine]
) -> None:
    for settings, engine in both_kinds(servers, running):
        visitor = Visitor(settings.bot_url).reach_summary()
        with ThreadPoolExecutor(AT_ONCE) as pool:
            answers = list(pool.map(visitor.say, ["sì, confermo"] * AT_ONCE))
        given = [replies for replies in answers if custom(replies, "reference")]
        assert len(given) == 1
        check_stored_once(engine, visitor, given[0])


def test_submitted_by_five_calls_of_the_action_at_once(
    servers: Servers, running: tuple[Settings, Engine]
) -> None:
    for settings, engine in both_kinds(servers, running):
        visitor = Visitor(settings.bot_url).reach_summary()
        call = action_call(engine, visitor, "action_submit_intake")

        def submit(_: int, url: str = settings.action_url, call: Any = call) -> Replies:
            answer = requests.post(f"{url}/webhook", json=call, timeout=60)
            assert answer.status_code == 200
            return list(answer.json()["responses"])

        with ThreadPoolExecutor(AT_ONCE) as pool:
            answers = list(pool.map(submit, range(AT_ONCE)))
        references = {check_stored_once(engine, visitor, replies) for replies in answers}
        assert len(references) == 1
        # The bot, which knows nothing of it, confirms the same once more.
        assert check_stored_once(engine, visitor, visitor.say("sì")) in references


def action_call(engine: Engine, visitor: Visitor, action: str) -> dict[str, Any]:
    """Return what the bot would send to the action server, from what it stored."""
    with engine.connect() as connection:
        events = [
            json.loads(data)
            for data in connection.execute(
                sa.text("SELECT data FROM events WHERE sender_id = :c ORDER BY id"),
                {"c": visitor.conversation},
            ).scalars()
        ]
    slots = {event["name"]: event["value"] for event in events if event["event"] == "slot"}
    spoken = [event for event in events if event["event"] == "user"]
    tracker = {
        "sender_id": visitor.conversation,
        "slots": slots,
        "latest_message": spoken[-1]["parse_data"],
        "events": events,
        "paused": False,
        "followup_action": None,
        "active_loop": {},
        "latest_action_name": "intake_form",
    }
    return {
        "next_action": action,
        "sender_id": visitor.conversation,
        "tracker": tracker,
        "domain": {},
    }


# The receiver ---------------------------------------------------------------------------------


def test_receiver_down_for_the_whole_intake(servers: Servers) -> None:
    servers.receiver.__exit__()
    try:
        visitor = servers.visitor().reach_summary()
        reference = check_stored_once(servers.engine, visitor, visitor.say("sì"))
        assert visitor.slowest < SLOW_SECONDS
        wait_until(lambda: (waiting(servers.engine, reference)["attempts"] or 0) > 0)
        assert waiting(servers.engine, reference)["last_error"].startswith("no connection")
    finally:
        servers.receiver.__enter__()
    assert requests_of(servers, reference) == []
    wait_until(lambda: waiting(servers.engine, reference)["delivered_at"] is not None)
    # Nor does it come again with the next look of the notifier.
    time.sleep(1.5)
    (request,) = requests_of(servers, reference)
    assert request.is_genuine()
    assert not request.is_genuine("whsec_" + "A" * 44)


def test_receiver_that_refuses(servers: Servers) -> None:
    wait_until(lambda: count_waiting(servers.engine) == 0, 40)
    servers.receiver.answers = [Answer(400)]
    visitor = servers.visitor().reach_summary()
    reference = check_stored_once(servers.engine, visitor, visitor.say("sì"))
    wait_until(lambda: waiting(servers.engine, reference)["parked_at"] is not None)
    (line,) = [row for row in command("notifications").splitlines() if reference in row]
    assert re.search(r"\bparked\b.*\banswered 400\b", line)
    command("notifications", "--send-again", line.split()[0])
    wait_until(lambda: waiting(servers.engine, reference)["delivered_at"] is not None)
    refused, delivered = requests_of(servers, reference)
    assert (refused.id, refused.body) == (delivered.id, delivered.body)
    assert delivered.is_genuine()
    assert reference not in command("notifications")


def waiting(engine: Engine, reference: str) -> dict[str, Any]:
    """Return the notification of an engagement."""
    with engine.connect() as connection:
        (row,) = connection.execute(
            sa.text(
                "SELECT n.* FROM notifications n JOIN engagements e ON e.id = n.engagement_id "
                "WHERE e.reference = :r"
            ),
            {"r": reference},
        )
        return dict(row._mapping)


def count_waiting(engine: Engine) -> int:
    with engine.connect() as connection:
        query = sa.text("SELECT count(*) FROM notifications WHERE due_at IS NOT NULL")
        return int(connection.execute(query).scalar_one())


def requests_of(servers: Servers, reference: str) -> list[Request]:
    return [
        request
        for request in [*servers.receiver.received]
        if request.data.get("reference") == reference
    ]


# Kept for later ---------------------------------------------------------------------------------


def kept_rows(engine: Engine, visitor: Visitor) -> int:
    return len(belonging(engine, "kept_intakes", [visitor.conversation]))


def test_kept_and_resumed_while_the_database_is_away(servers: Servers) -> None:
    visitor = servers.visitor()
    visitor.begin()
    visitor.say("privato", "annulla")
    with servers.lines["action server"].away():
        replies = visitor.say("conserva")
        assert custom(replies, "kept") is None
        assert "Le Sue risposte" in text_of(replies)
        assert custom(replies, "asks") == "cancel"
    assert kept_rows(servers.engine, visitor) == 0
    code = custom(visitor.say("conserva"), "kept")
    assert code == find_resume_code(code)
    assert kept_rows(servers.engine, visitor) == 1

    again = servers.visitor()
    with servers.lines["action server"].away():
        assert NOT_TAKEN.search(text_of(again.say(code)))
    assert kept_rows(servers.engine, visitor) == 1
    with servers.database_away():
        assert NOT_TAKEN.search(text_of(again.say(code)))
    assert custom(again.say(code), "asks") == "relation"
    again.email = visitor.email
    assert custom(again.say("esterno", "salta", "bilanci chiari"), "asks") == "confirm"
    # What was kept is deleted once it is sent, not before: a turn that fails can be repeated.
    assert kept_rows(servers.engine, visitor) == 1
    check_stored_once(servers.engine, again, again.say("sì"))
    assert kept_rows(servers.engine, visitor) == 0


@pytest.mark.parametrize("lost", [ACTION_COMMITS, BOT_SAVES], ids=["action", "bot"])
def test_a_code_opens_again_what_was_not_resumed(lost: tuple[str, bytes], servers: Servers) -> None:
    visitor, again = servers.visitor(), servers.visitor()
    visitor.begin()
    visitor.say("privato", "annulla")
    code = custom(visitor.say("conserva"), "kept")
    assert NOT_TAKEN.search(text_of(lose_answer(servers, *lost, again, code)))
    assert custom(again.say(code), "asks") == "relation"


def test_kept_once_where_the_answer_to_the_commit_got_lost(servers: Servers) -> None:
    visitor = servers.visitor()
    visitor.begin()
    visitor.say("privato", "annulla")
    assert custom(lose_answer(servers, *ACTION_COMMITS, visitor, "conserva"), "kept") is None
    assert custom(visitor.say("conserva"), "kept")
    assert kept_rows(servers.engine, visitor) == 1


# Requests besides the intake --------------------------------------------------------------------


def test_status_asked_while_the_database_is_away(servers: Servers) -> None:
    visitor = servers.visitor().reach_summary()
    reference = custom(visitor.say("sì"), "reference")
    pair = f"{reference} {visitor.email}"
    visitor.say("a che punto è la mia pratica?")
    with servers.lines["action server"].away():
        assert NOT_TAKEN.search(text_of(visitor.say(pair)))
    assert reference in text_of(visitor.say(pair))


def test_call_back_asked_while_the_database_is_away(servers: Servers) -> None:
    visitor = servers.visitor()
    visitor.say("vorrei parlare con una persona")
    with servers.lines["action server"].away():
        assert NOT_TAKEN.search(text_of(visitor.say(visitor.email)))
    assert custom(visitor.say(visitor.email), "callback") is True


def test_nothing_comes_back_after_an_erasure_whose_answer_got_lost(servers: Servers) -> None:
    visitor = servers.visitor().reach_summary()
    visitor.say("sì", "cancellate i miei dati")
    lose_answer(servers, *ACTION_COMMITS, visitor, "sì")
    assert belonging(servers.engine, "engagements", [visitor.conversation]) == []
    assert traces(servers.engine, visitor.conversation, visitor.email) == 0
