"""The outbox: in the transaction of what it tells of, sent once, patient, and nothing hidden."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from cryptography.fernet import Fernet
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.engine import Engine
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, sessionmaker

from actions.store import models, notifications
from actions.store.database import session_factory
from actions.store.models import Notification
from actions.store.notifications import (
    LEASE,
    PATIENT_ATTEMPTS,
    Message,
    NotificationsError,
    Outcome,
    deliver_due,
    enqueue,
    list_open,
    send_again,
)

NOW = dt.datetime(2026, 11, 23, 9, 30, tzinfo=dt.timezone.utc)
DELIVERED = Outcome("delivered")
FAILED = Outcome("failed", "answered 503")
REFUSED = Outcome("refused", "answered 400")
SECOND = dt.timedelta(seconds=1)


@pytest.fixture
def sessions(engine: Engine) -> sessionmaker[Session]:
    return session_factory(engine)


class Clock:
    """Tells the time that the test says it is."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> dt.datetime:
        return self.now


class Sender:
    """Keeps what it is given and answers with the outcomes, the last one for ever."""

    def __init__(self, *outcomes: Outcome) -> None:
        self.outcomes = list(outcomes)
        self.sent: list[Message] = []

    def __call__(self, message: Message) -> Outcome:
        self.sent.append(message)
        return self.outcomes.pop(0) if len(self.outcomes) > 1 else self.outcomes[0]


def queue(sessions: sessionmaker[Session], numbers: Iterable[int] = (1,)) -> None:
    with sessions() as session:
        for number in numbers:
            enqueue(session, "intake", {"number": number}, now=NOW)
        session.commit()


def rows(sessions: sessionmaker[Session]) -> list[Notification]:
    with sessions() as session:
        return list(session.execute(sa.select(Notification).order_by(Notification.id)).scalars())


def row(sessions: sessionmaker[Session]) -> Notification:
    (only,) = rows(sessions)
    return only


def engagement(session: Session) -> models.Engagement:
    client = models.Client(name="Anna", form="individual", language="it", created_at=NOW)
    made = models.Engagement(
        reference="ABCD-EFGH",
        client=client,
        service="x",
        channel="rest",
        conversation_id="c",
        submission_key="c#1",
        created_at=NOW,
    )
    session.add(made)
    session.flush()
    return made


def test_what_is_rolled_back_is_not_told(sessions: sessionmaker[Session]) -> None:
    with sessions() as session:
        enqueue(session, "intake", {}, now=NOW, engagement_id=engagement(session).id)
        session.flush()
    assert rows(sessions) == []
    with sessions() as session:
        enqueue(session, "intake", {}, now=NOW, engagement_id=engagement(session).id)
        session.add(models.Client(name="x", form="king", language="it", created_at=NOW))
        with pytest.raises(IntegrityError):
            session.commit()
    assert rows(sessions) == []


def test_what_is_committed_is_told_once(sessions: sessionmaker[Session]) -> None:
    odd = "Anna \ud83d \x00 <b>'; DROP"
    with sessions() as session:
        enqueue(session, "intake", {"a": odd}, now=NOW, engagement_id=engagement(session).id)
        session.commit()
    sender = Sender(DELIVERED)
    assert deliver_due(sessions, sender, lambda: NOW) == 1
    assert deliver_due(sessions, sender, lambda: NOW + dt.timedelta(days=9)) == 0
    (message,) = sender.sent
    assert message == Message(row(sessions).key, "intake", NOW, {"a": odd})
    assert row(sessions).delivered_at == NOW
    assert row(sessions).due_at is None


def test_it_is_erased_with_its_engagement(sessions: sessionmaker[Session]) -> None:
    with sessions() as session:
        enqueue(session, "intake", {}, now=NOW, engagement_id=engagement(session).id)
        session.commit()
        session.execute(sa.delete(models.Engagement))
        session.commit()
    assert rows(sessions) == []


def test_one_that_is_erased_while_it_is_claimed_is_not_sent(
    sessions: sessionmaker[Session], monkeypatch: pytest.MonkeyPatch
) -> None:
    queue(sessions)
    read = notifications._read

    def erase_then_read(sessions: sessionmaker[Session], claim: notifications._Claim) -> object:
        with sessions() as session:
            session.execute(sa.delete(Notification))
            session.commit()
        return read(sessions, claim)

    monkeypatch.setattr(notifications, "_read", erase_then_read)
    sender = Sender(DELIVERED)
    deliver_due(sessions, sender, lambda: NOW)
    assert sender.sent == []


def test_the_oldest_goes_first_and_the_limit_holds(sessions: sessionmaker[Session]) -> None:
    queue(sessions, range(5))
    sender = Sender(DELIVERED)
    assert deliver_due(sessions, sender, lambda: NOW, limit=3) == 3
    assert deliver_due(sessions, sender, lambda: NOW, limit=3) == 2
    assert [message.data["number"] for message in sender.sent] == [0, 1, 2, 3, 4]


def test_a_failure_is_tried_again_later_each_time(sessions: sessionmaker[Session]) -> None:
    queue(sessions)
    clock, sender = Clock(), Sender(FAILED)
    pauses = []
    for attempt in range(1, 16):
        assert deliver_due(sessions, sender, clock, uniform=lambda _low, high: high) == 1
        assert row(sessions).attempts == attempt
        assert row(sessions).last_error == "answered 503"
        due = row(sessions).due_at
        pauses.append((due - clock.now).total_seconds())
        clock.now = due - SECOND
        assert deliver_due(sessions, sender, clock) == 0
        clock.now = due
    assert pauses[:4] == [10, 20, 40, 80]
    assert pauses[-2:] == [6 * 3600] * 2
    assert pauses == sorted(pauses)
    assert len({message.key for message in sender.sent}) == 1
    assert deliver_due(sessions, Sender(DELIVERED), clock) == 1
    assert row(sessions).delivered_at == clock.now
    assert row(sessions).last_error is None


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 10_000), st.one_of(st.none(), st.timedeltas()), st.floats(0.5, 1, width=32))
def test_a_pause_is_never_short_and_never_long(
    attempts: int, wished: dt.timedelta | None, drawn: float
) -> None:
    pause = notifications._pause(attempts, wished, lambda _low, _high: drawn)
    assert dt.timedelta(seconds=5) <= pause <= dt.timedelta(days=1)
    if wished is None:
        assert pause <= dt.timedelta(hours=6)


def test_the_receiver_may_say_when(sessions: sessionmaker[Session]) -> None:
    queue(sessions)
    deliver_due(
        sessions, Sender(Outcome("failed", "answered 429", dt.timedelta(minutes=7))), lambda: NOW
    )
    assert row(sessions).due_at == NOW + dt.timedelta(minutes=7)


def test_it_is_patient_for_a_week_and_then_parks(sessions: sessionmaker[Session]) -> None:
    queue(sessions)
    clock = Clock()
    # Even where every pause is the shortest.
    while row(sessions).parked_at is None:
        deliver_due(sessions, Sender(FAILED), clock, uniform=lambda low, _high: low)
        clock.now = row(sessions).due_at or clock.now
    assert dt.timedelta(days=7) <= clock.now - NOW <= dt.timedelta(days=8)
    (parked,) = rows(sessions)
    assert parked.due_at is None
    assert parked.last_error == "answered 503"


def test_one_that_waited_for_its_worker_gets_its_week_too(
    sessions: sessionmaker[Session],
) -> None:
    queue(sessions)
    clock = Clock()
    clock.now += dt.timedelta(days=30)
    for _ in range(PATIENT_ATTEMPTS - 1):
        deliver_due(sessions, Sender(FAILED), clock)
        clock.now = row(sessions).due_at
    deliver_due(sessions, Sender(FAILED), clock)
    assert row(sessions).parked_at == clock.now


def test_what_is_refused_is_parked_listed_and_sent_again(sessions: sessionmaker[Session]) -> None:
    with sessions() as session:
        enqueue(session, "intake", {}, now=NOW, engagement_id=engagement(session).id)
        enqueue(session, "callback", {}, now=NOW)
        session.commit()
    assert deliver_due(sessions, Sender(REFUSED, FAILED), lambda: NOW) == 2
    assert deliver_due(sessions, Sender(DELIVERED), lambda: NOW) == 0
    with sessions() as session:
        parked, waiting = list_open(session)
        assert (parked.topic, parked.reference, parked.attempts) == ("intake", "ABCD-EFGH", 1)
        assert (parked.due_at, parked.last_error) == (None, "answered 400")
        assert (waiting.topic, waiting.reference) == ("callback", None)
        assert waiting.due_at is not None
        assert send_again(session, parked.id, NOW) == 1
        session.commit()
    sender = Sender(DELIVERED)
    assert deliver_due(sessions, sender, lambda: NOW) == 1
    assert sender.sent[0].topic == "intake"
    with sessions() as session:
        assert [one.topic for one in list_open(session)] == ["callback"]


def test_all_that_are_parked_are_sent_again(sessions: sessionmaker[Session]) -> None:
    queue(sessions, range(3))
    deliver_due(sessions, Sender(DELIVERED, REFUSED), lambda: NOW)
    with sessions() as session:
        assert send_again(session, "all", NOW) == 2
        session.commit()
        assert send_again(session, "all", NOW) == 0
    sender = Sender(DELIVERED)
    assert deliver_due(sessions, sender, lambda: NOW) == 2
    assert [message.data["number"] for message in sender.sent] == [1, 2]


def test_only_what_is_open_can_be_sent_again(sessions: sessionmaker[Session]) -> None:
    queue(sessions)
    deliver_due(sessions, Sender(DELIVERED), lambda: NOW)
    with sessions() as session:
        for which in (row(sessions).id, 999):
            with pytest.raises(NotificationsError, match=f"No notification {which} is waiting"):
                send_again(session, which, NOW)


def test_two_workers_send_each_once(sessions: sessionmaker[Session]) -> None:
    queue(sessions, range(20))
    start = threading.Barrier(2)
    sent: list[int] = []

    def work(_worker: int) -> int:
        start.wait()
        return deliver_due(
            sessions, lambda message: sent.append(message.data["number"]) or DELIVERED, lambda: NOW
        )

    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(work, range(2)))
    assert sum(done) == 20
    assert sorted(sent) == list(range(20))


def test_while_one_is_being_sent_no_transaction_is_open_and_no_other_takes_it(
    sessions: sessionmaker[Session],
) -> None:
    queue(sessions)
    other = Sender(DELIVERED)

    def send(message: Message) -> Outcome:
        assert deliver_due(sessions, other, lambda: NOW + LEASE - SECOND) == 0
        queue(sessions, [2])  # an intake is stored meanwhile
        return DELIVERED

    assert deliver_due(sessions, send, lambda: NOW, limit=1) == 1
    assert other.sent == []


def test_one_whose_worker_died_goes_out_again_after_the_lease(
    sessions: sessionmaker[Session],
) -> None:
    queue(sessions)
    keys = []

    def die(message: Message) -> Outcome:
        keys.append(message.key)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        deliver_due(sessions, die, lambda: NOW)
    sender = Sender(DELIVERED)
    assert deliver_due(sessions, sender, lambda: NOW + LEASE - SECOND) == 0
    assert deliver_due(sessions, sender, lambda: NOW + LEASE) == 1
    assert [message.key for message in sender.sent] == keys


@pytest.mark.parametrize("late", [FAILED, REFUSED, DELIVERED])
def test_a_worker_that_is_late_undoes_nothing(
    late: Outcome, sessions: sessionmaker[Session]
) -> None:
    queue(sessions)

    def send(_message: Message) -> Outcome:
        assert deliver_due(sessions, Sender(DELIVERED), lambda: NOW + LEASE) == 1
        return late

    deliver_due(sessions, send, lambda: NOW, limit=1)
    assert row(sessions).delivered_at is not None
    assert row(sessions).due_at is None
    assert row(sessions).parked_at is None


def test_one_that_no_key_can_read_keeps_back_no_other(
    sessions: sessionmaker[Session], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPORTELLO_KEYS", Fernet.generate_key().decode())
    queue(sessions, [1])
    monkeypatch.setenv("SPORTELLO_KEYS", Fernet.generate_key().decode())
    queue(sessions, [2])
    sender = Sender(DELIVERED)
    assert deliver_due(sessions, sender, lambda: NOW) == 2
    assert [message.data["number"] for message in sender.sent] == [2]
    with sessions() as session:
        (unreadable,) = list_open(session)
        assert "SPORTELLO_KEYS" in (unreadable.last_error or "")
