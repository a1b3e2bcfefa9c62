"""What arrived is answered once, and what was erased leaves no word."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from actions.store import mailbox
from actions.store.database import session_factory
from actions.store.mailbox import KeyReusedError, Offer
from actions.store.models import Answer, Received

NOW = dt.datetime(2026, 11, 28, 9, 30, tzinfo=dt.timezone.utc)
PAYLOAD = {"replies": [{"text": "Buongiorno"}], "language": "it"}


@pytest.fixture
def session(engine: Engine) -> Any:
    with session_factory(engine)() as session:
        yield session


def receive(session: Session, key: str, text: str = "ciao", conversation: str = "web:a") -> int:
    return mailbox.receive(
        session,
        conversation_id=conversation,
        channel="web",
        key=key,
        text=text,
        button=None,
        now=NOW,
    )


def answer_next(session: Session, conversation: str = "web:a", **options: Any) -> int | None:
    message = mailbox.next_waiting(session, conversation)
    assert message is not None
    return mailbox.answer(session, message, PAYLOAD, NOW, **options)


def test_messages_are_answered_in_the_order_of_their_arrival(session: Session) -> None:
    numbers = [receive(session, f"key-{n}", f"testo {n}") for n in range(3)]
    assert numbers == sorted(numbers)
    said = []
    while message := mailbox.next_waiting(session, "web:a"):
        said.append(message.text)
        mailbox.answer(session, message, PAYLOAD, NOW)
    assert said == ["testo 0", "testo 1", "testo 2"]
    assert [e.said for e in mailbox.exchanges(session, "web:a")] == said
    assert mailbox.conversations_waiting(session) == []


def test_a_message_has_one_answer(session: Session) -> None:
    receive(session, "key-1")
    message = mailbox.next_waiting(session, "web:a")
    assert message is not None
    assert mailbox.answer(session, message, PAYLOAD, NOW) is not None
    assert mailbox.answer(session, message, PAYLOAD, NOW) is None
    assert session.execute(sa.select(sa.func.count(Answer.id))).scalar_one() == 1


def test_a_repetition_is_known_and_another_message_with_its_key_refused(session: Session) -> None:
    number = receive(session, "key-1")
    assert mailbox.find_received(session, "web:a", "key-1", "ciao", None) == number
    assert mailbox.find_received(session, "web:b", "key-1", "ciao", None) is None
    for text, button in (("addio", None), ("", "ciao"), ("ciao", "x")):
        with pytest.raises(KeyReusedError):
            mailbox.find_received(session, "web:a", "key-1", text, button)
    with pytest.raises(IntegrityError):
        receive(session, "key-1")


def test_the_key_is_known_after_the_keys_of_encryption_changed(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = receive(session, "key-1")
    monkeypatch.setenv("SPORTELLO_KEYS", "w" * 43 + "=")
    assert mailbox.find_received(session, "web:a", "key-1", "ciao", None) == number


def test_only_the_buttons_of_the_last_turn_can_be_pressed(session: Session) -> None:
    receive(session, "key-1")
    answer_next(session, offers={"one": Offer("Sì", "/affirm"), "two": Offer("No", "/deny")})
    assert mailbox.find_offer(session, "web:a", "one") == Offer("Sì", "/affirm")
    assert mailbox.find_offer(session, "web:b", "one") is None
    receive(session, "key-2")
    answer_next(session)  # no turn: a notice, after which the buttons are the same
    assert mailbox.offered(session, "web:a") == {"one", "two"}
    receive(session, "key-3")
    answer_next(session, offers={"three": Offer("Forse", "/maybe")})
    assert mailbox.find_offer(session, "web:a", "one") is None
    assert mailbox.offered(session, "web:a") == {"three"}


def test_what_is_forgotten_leaves_its_key_alone(session: Session) -> None:
    receive(session, "key-1", "sono Zaira Quarantotti")
    answer_next(session, offers={"one": Offer("Zaira", "Zaira")})
    receive(session, "key-2", "no")
    mailbox.forget(session, "web:a")
    answer_next(session, erased=True)
    session.commit()
    (exchange,) = mailbox.exchanges(session, "web:a")
    assert exchange.said is None
    assert mailbox.offered(session, "web:a") == set()
    texts = session.execute(sa.select(Received.text).order_by(Received.id)).scalars()
    assert list(texts) == ["", ""]
    # A repetition is still no new message, whatever it says.
    assert mailbox.find_received(session, "web:a", "key-1", "altro", None) is not None


def test_an_answer_to_what_was_erased_meanwhile_is_still_given_once(session: Session) -> None:
    receive(session, "key-1", "cancellate i miei dati")
    message = mailbox.next_waiting(session, "web:a")
    assert message is not None
    session.execute(sa.delete(Received))
    assert mailbox.answer(session, message, PAYLOAD, NOW) is not None
    session.commit()
    assert mailbox.find_received(session, "web:a", "key-1", "x", None) == message.id
    assert mailbox.next_waiting(session, "web:a") is None
    assert receive(session, "key-2") > message.id


def test_numbers_are_never_given_twice(session: Session) -> None:
    receive(session, "key-1")
    first = answer_next(session)
    session.commit()
    session.execute(sa.delete(Answer))
    session.commit()
    receive(session, "key-2")
    second = answer_next(session)
    assert first is not None
    assert second is not None
    assert second > first


def test_attempts_are_counted(session: Session) -> None:
    number = receive(session, "key-1")
    receive(session, "key-2", conversation="web:b")
    mailbox.count_attempts(session, number)
    mailbox.count_attempts(session)
    session.expire_all()
    attempts = [mailbox.next_waiting(session, c).attempts for c in ("web:a", "web:b")]  # type: ignore[union-attr]
    assert attempts == [2, 1]
