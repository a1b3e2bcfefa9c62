"""The notifier against a receiver that is well, slow, down, wrong; and as a process that dies."""

from __future__ import annotations

import datetime as dt
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session, sessionmaker

from actions.notifier import Webhook, _outcome, key_of, sign
from actions.settings import SettingsError
from actions.store.database import session_factory
from actions.store.models import Notification
from actions.store.notifications import OpenNotification, deliver_due, enqueue, list_open
from tests.conftest import HOME
from tests.webhook_receiver import SECRET, Answer, Receiver, wait_until

NOW = dt.datetime(2025, 11, 24, 9, 30, tzinfo=dt.timezone.utc)


class Post:
    """A database, a receiver and a clock of its own: one worker that is told when to look."""

    def __init__(self, engine: Engine, receiver: Receiver) -> None:
        self.sessions = session_factory(engine)
        self.now = NOW
        self.webhook = Webhook(receiver.url, key_of(SECRET), lambda: self.now, timeouts=(0.3, 0.3))

    def queue(self, *numbers: int) -> None:
        queue(self.sessions, *numbers)

    def deliver(self) -> int:
        return deliver_due(self.sessions, self.webhook.send, lambda: self.now)

    def deliver_all(self) -> None:
        """Let the time pass until nothing waits any more."""
        while waiting := [row.due_at for row in self.open() if row.due_at]:
            self.now = max(self.now, min(waiting))
            self.deliver()

    def open(self) -> list[OpenNotification]:
        with self.sessions() as session:
            return list_open(session)


def queue(sessions: sessionmaker[Session], *numbers: int) -> None:
    with sessions() as session:
        for number in numbers:
            enqueue(session, "intake", {"number": number}, now=NOW)
        session.commit()


def test_it_arrives_once_and_its_signature_fits(engine: Engine) -> None:
    with Receiver() as receiver:
        post = Post(engine, receiver)
        with post.sessions() as session:
            enqueue(session, "intake", {"name": "Zoë D'Angelo \ud83d", "a": [1]}, now=NOW)
            session.commit()
        assert post.deliver() == 1
        assert post.deliver() == 0
    (request,) = receiver.received
    assert request.path == "/hook?token=hidden"
    assert request.is_genuine()
    assert not request.is_genuine("whsec_" + "A" * 44)
    assert request.headers["webhook-timestamp"] == str(int(NOW.timestamp()))
    assert request.headers["idempotency-key"] == request.id
    assert request.headers["content-type"] == "application/json"
    assert json.loads(request.body) == {
        "id": request.id,
        "topic": "intake",
        "created_at": "2025-11-24T09:30:00+00:00",
        "data": {"name": "Zoë D'Angelo \ud83d", "a": [1]},
    }


def test_the_signature_is_that_of_standard_webhooks() -> None:
    # The example of the specification's own Python library.
    assert (
        sign(
            key_of("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            "1614265330",
            b'{"test": 2432232314}',
        )
        == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    )


@pytest.mark.parametrize(
    "secret", ["", "whsec_", SECRET[6:], "whsec_$" + SECRET[6:], "whsec_c2hvcnQ="]
)
def test_a_secret_that_is_none_is_refused(secret: str) -> None:
    with pytest.raises(SettingsError, match="SPORTELLO_WEBHOOK_SECRET must be"):
        key_of(secret)


def test_a_receiver_that_was_down_gets_everything_once(engine: Engine) -> None:
    receiver = Receiver()
    post = Post(engine, receiver)
    post.queue(1, 2)
    for _ in range(5):
        post.deliver()
        post.now += dt.timedelta(minutes=5)
    errors = [row.last_error for row in post.open()]
    assert errors == ["no connection (ConnectionError)"] * 2
    with receiver:
        post.deliver_all()
    assert sorted(request.data["number"] for request in receiver.received) == [1, 2]
    assert post.open() == []


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_what_passes_is_tried_again(status: int, engine: Engine) -> None:
    with Receiver(Answer(status), Answer(status)) as receiver:
        post = Post(engine, receiver)
        post.queue(1)
        post.deliver()
        assert post.open()[0].last_error == f"answered {status}"
        post.deliver_all()
    assert len(receiver.received) == 3
    assert len({request.id for request in receiver.received}) == 1
    assert len({request.body for request in receiver.received}) == 1
    # Each attempt is signed with its own time.
    assert len({request.headers["webhook-timestamp"] for request in receiver.received}) == 3
    assert all(request.is_genuine() for request in receiver.received)
    assert post.open() == []


@pytest.mark.parametrize("status", [301, 302, 307, 400, 401, 404, 410, 422])
def test_what_does_not_pass_is_parked(status: int, engine: Engine) -> None:
    with Receiver() as elsewhere, Receiver(Answer(status, {"Location": elsewhere.url})) as receiver:
        post = Post(engine, receiver)
        post.queue(1)
        post.deliver_all()
        (parked,) = post.open()
        assert (parked.due_at, parked.last_error) == (None, f"answered {status}")
        assert elsewhere.received == []


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("120", 120),
        ("0", 5),
        ("9" * 5000, 86400),
        ("Mon, 24 Nov 2025 10:00:00 GMT", 1800),
        ("Mon, 24 Nov 2025 10:00:00 -0000", 1800),
        ("Mon, 23 Nov 2020 10:00:00 GMT", 5),
        ("Wed, 23 Nov 2050 10:00:00 GMT", 86400),
    ],
)
def test_the_receiver_says_when(said: str, seconds: int, engine: Engine) -> None:
    with Receiver(Answer(429, {"Retry-After": said})) as receiver:
        post = Post(engine, receiver)
        post.queue(1)
        post.deliver()
        assert post.open()[0].due_at == NOW + dt.timedelta(seconds=seconds)
        post.deliver_all()
    assert len(receiver.received) == 2


@settings(max_examples=60, deadline=None)
@given(
    st.integers(100, 999),
    st.one_of(st.none(), st.text(), st.from_regex(r"[A-Z][a-z]{2}, \d+ [A-Z][a-z]{2} \d+ .*")),
)
def test_no_answer_is_an_error_of_ours(status: int, retry_after: str | None) -> None:
    outcome = _outcome(status, retry_after, NOW)
    assert (outcome.kind == "delivered") == (200 <= status < 300)


def test_one_that_hangs_holds_up_the_others_for_its_time_out_only(engine: Engine) -> None:
    with Receiver(Answer(after=20)) as receiver:
        post = Post(engine, receiver)
        post.queue(1, 2, 3)
        begun = time.monotonic()
        assert post.deliver() == 3
        assert time.monotonic() - begun < 3
        assert [row.last_error for row in post.open()] == ["no answer in time"]
        post.deliver_all()
    assert [request.data["number"] for request in receiver.received] == [1, 2, 3, 1]


def test_a_body_without_end_holds_up_nobody(engine: Engine) -> None:
    with Receiver(Answer(endless=True)) as receiver:
        post = Post(engine, receiver)
        post.queue(1)
        begun = time.monotonic()
        post.deliver()
        assert time.monotonic() - begun < 3
    assert post.open() == []


def test_no_error_tells_the_address(engine: Engine) -> None:
    post = Post(engine, Receiver())
    for url in (
        "http://127.0.0.1:1/?token=hidden",
        "http://nowhere.invalid/?token=hidden",
        "https://[/?token=hidden",
    ):
        post.webhook = Webhook(url, key_of(SECRET), lambda: NOW, timeouts=(0.5, 0.5))
        post.queue(1)
        post.deliver()
    assert len(post.open()) == 3
    assert all("hidden" not in (row.last_error or "hidden") for row in post.open())
    assert "key" not in repr(post.webhook)


@contextmanager
def notifier(database: str, receiver: Receiver, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run the real process; it is killed at the end if it still runs."""
    with log.open("ab") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "actions.notifier"],
            cwd=HOME,
            env={
                **os.environ,
                "DATABASE_URL": database,
                "SPORTELLO_WEBHOOK_URL": receiver.url,
                "SPORTELLO_WEBHOOK_SECRET": SECRET,
            },
            stdout=file,
            stderr=file,
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def test_the_process_delivers_and_stops_when_told(
    engine: Engine, database: str, tmp_path: Path
) -> None:
    sessions = session_factory(engine)
    log = tmp_path / "log"
    with Receiver() as receiver, notifier(database, receiver, log) as process:
        queue(sessions, 1)
        wait_until(lambda: len(receiver.received) == 1)
        queue(sessions, 2)
        wait_until(lambda: len(receiver.received) == 2)
        process.terminate()
        assert process.wait(3) == 0
    assert all(request.is_genuine() for request in receiver.received)
    assert "hidden" not in log.read_text()
    assert "number" not in log.read_text()
    assert "Notification 1: delivered" in log.read_text()


def test_the_process_stops_although_the_receiver_hangs(
    engine: Engine, database: str, tmp_path: Path
) -> None:
    queue(session_factory(engine), 1)
    with (
        Receiver(Answer(after=20)) as receiver,
        notifier(database, receiver, tmp_path / "log") as process,
    ):
        wait_until(lambda: len(receiver.received) == 1)
        process.terminate()
        assert process.wait(3) == 0


def test_a_process_that_is_killed_in_the_middle_sends_it_again(
    engine: Engine, database: str, tmp_path: Path
) -> None:
    sessions = session_factory(engine)
    queue(sessions, 1)
    with Receiver(Answer(after=20)) as receiver:
        with notifier(database, receiver, tmp_path / "log") as process:
            wait_until(lambda: len(receiver.received) == 1)
            process.send_signal(signal.SIGKILL)
            process.wait()
        with sessions() as session:
            session.execute(sa.update(Notification).values(due_at=NOW))  # a minute goes by
            session.commit()
        with notifier(database, receiver, tmp_path / "log"):
            wait_until(lambda: len(receiver.received) == 2)
            wait_until(lambda: _open(sessions) == 0)
    assert len({request.id for request in receiver.received}) == 1


def test_the_process_survives_a_database_that_is_away(
    engine: Engine, database: str, tmp_path: Path
) -> None:
    sessions = session_factory(engine)
    log = tmp_path / "log"
    with Receiver() as receiver, notifier(database, receiver, log) as process:
        wait_until(lambda: "running" in log.read_text())
        with engine.begin() as connection:
            connection.execute(sa.text("ALTER TABLE notifications RENAME TO away"))
        try:
            wait_until(lambda: "can't be used (" in log.read_text())
            time.sleep(1.5)  # it looks again meanwhile, and says nothing
        finally:
            with engine.begin() as connection:
                connection.execute(sa.text("ALTER TABLE away RENAME TO notifications"))
        queue(sessions, 1)
        wait_until(lambda: len(receiver.received) == 1)
        wait_until(lambda: "can be used again" in log.read_text())
        assert process.poll() is None
    assert log.read_text().count("can't be used (") == 1


def test_two_processes_send_each_once(engine: Engine, database: str, tmp_path: Path) -> None:
    sessions = session_factory(engine)
    with (
        Receiver() as receiver,
        notifier(database, receiver, tmp_path / "a"),
        notifier(database, receiver, tmp_path / "b"),
    ):
        wait_until(lambda: all("running" in (tmp_path / name).read_text() for name in "ab"))
        queue(sessions, *range(20))
        wait_until(lambda: _open(sessions) == 0)
    assert sorted(request.data["number"] for request in receiver.received) == list(range(20))


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, "SPORTELLO_WEBHOOK_URL is not set"),
        (
            {"SPORTELLO_WEBHOOK_URL": "https://x.it", "SPORTELLO_WEBHOOK_SECRET": "short"},
            "SPORTELLO_WEBHOOK_SECRET must be",
        ),
    ],
)
def test_what_is_not_set_is_one_line(changes: dict[str, str], told: str) -> None:
    environ = {k: v for k, v in os.environ.items() if not k.startswith("SPORTELLO_WEBHOOK")}
    result = subprocess.run(
        [sys.executable, "-m", "actions.notifier"],
        cwd=HOME,
        env={**environ, **changes},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert result.returncode == 2
    assert told in result.stderr
    assert len(result.stderr.splitlines()) == 1


def _open(sessions: sessionmaker[Session]) -> int:
    with sessions() as session:
        return len(list_open(session))
