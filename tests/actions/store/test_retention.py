"""What is too old goes, what is younger stays: on both databases, whatever they hold."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass, field
from typing import Any

import pytest
import sqlalchemy as sa
from cryptography.fernet import Fernet
from fsrs import Rating
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from actions.firm import RetentionDays
from actions.store import learning, models
from actions.store.database import session_factory
from actions.store.encryption import search_key
from actions.store.models import metadata
from actions.store.retention import purge

NOW = dt.datetime(2026, 11, 23, 9, 30, tzinfo=dt.timezone.utc)
LIMITS = RetentionDays(unfinished_intakes=5, conversations=10, closed_engagements=20, training=15)
SECOND = dt.timedelta(seconds=1)
LETTERS = ("web:x", "web:y")
CONVERSATIONS = ("web:a", "web:b", "web:c", "slack:d")

# Exactly as old as a limit, a second older, and between the limits.
ages = st.builds(
    lambda days, seconds: dt.timedelta(days=days, seconds=seconds),
    st.sampled_from((0, 5, 7, 10, 15, 20)),
    st.sampled_from((0, 1)),
)


@dataclass(frozen=True)
class Content:
    """What a database holds, as ages before NOW; None is an event that has not happened."""

    clients: list[list[tuple[str, dt.timedelta | None, dt.timedelta | None]]]
    talks: dict[str, dt.timedelta]
    callbacks: list[tuple[str, dt.timedelta]]
    kept: list[dt.timedelta]
    failed: list[dt.timedelta]
    # Conversations that hold messages and never had a turn, and sessions by when they were used.
    letters: dict[str, dt.timedelta] = field(default_factory=dict)
    sessions: list[dt.timedelta] = field(default_factory=list)
    # Learners: when each was enrolled, what they answered when, and when their code expired.
    learners: list[tuple[dt.timedelta, list[dt.timedelta], dt.timedelta | None]] = field(
        default_factory=list
    )


contents = st.builds(
    Content,
    # Per client the engagements: conversation, closed, notification delivered.
    clients=st.lists(
        st.lists(
            st.tuples(st.sampled_from(CONVERSATIONS), st.none() | ages, st.none() | ages),
            min_size=1,
            max_size=3,
        ),
        max_size=3,
    ),
    talks=st.dictionaries(st.sampled_from(CONVERSATIONS), ages),
    callbacks=st.lists(st.tuples(st.sampled_from(("new", "done")), ages), max_size=3),
    kept=st.lists(st.integers(-1, 1).map(lambda days: dt.timedelta(days=days)), max_size=3),
    failed=st.lists(st.integers(23, 25).map(lambda hours: dt.timedelta(hours=hours)), max_size=3),
    letters=st.dictionaries(st.sampled_from(LETTERS), ages),
    sessions=st.lists(ages, max_size=3),
    learners=st.lists(
        st.tuples(ages, st.lists(ages, max_size=3), st.none() | st.just(-SECOND) | ages),
        max_size=3,
    ),
)


def ago(age: dt.timedelta | None) -> dt.datetime | None:
    return None if age is None else NOW - age


def say(session: Session, conversation: str, age: dt.timedelta) -> None:
    session.execute(
        sa.insert(models.events).values(
            sender_id=conversation,
            type_name="user",
            timestamp=(NOW - age).timestamp(),
            data=json.dumps({"event": "user", "text": "ciao"}),
        )
    )
    post(session, conversation, age)


def post(session: Session, conversation: str, age: dt.timedelta) -> None:
    """Store a message with its answer, its button and a verdict."""
    message = models.Received(
        conversation_id=conversation,
        channel="web",
        key=f"{age}",
        text="ciao",
        received_at=NOW - age,
        answered_at=NOW - age,
    )
    session.add(message)
    session.flush()
    answer = models.Answer(
        conversation_id=conversation, inbox_id=message.id, payload="{}", created_at=NOW - age
    )
    session.add(answer)
    session.flush()
    session.add_all(
        (
            models.OfferedButton(
                token=f"{conversation}{age}", conversation_id=conversation, title="x", payload="x"
            ),
            models.Feedback(
                outbox_id=answer.id,
                conversation_id=conversation,
                helpful=True,
                question="x",
                language="it",
                given_at=NOW - age,
            ),
        )
    )


def engagement(
    name: str, conversation: str, closed: dt.timedelta | None, delivered: dt.timedelta | None
) -> tuple[Any, Any]:
    """Return an engagement and the notification that goes with it."""
    stored = models.Engagement(
        reference=name,
        service="tax",
        channel="web",
        conversation_id=conversation,
        submission_key=name,
        created_at=NOW - dt.timedelta(days=99),
        closed_at=ago(closed),
        expectations=[models.Expectation(position=1, text="x")],
        deadlines=[models.Deadline(said="x", kind="none")],
        changes=[models.AnswerChange(field="name", old="x", new="y", changed_at=NOW)],
    )
    told = models.Notification(
        key=name,
        topic="intake",
        payload=f'{{"reference": "{name}"}}',
        created_at=NOW,
        delivered_at=ago(delivered),
    )
    return stored, told


def fill(session: Session, content: Content) -> None:
    for table in reversed(metadata.sorted_tables):
        session.execute(sa.delete(table))
    for number, engagements in enumerate(content.clients):
        client = models.Client(
            name=f"client {number}",
            form="individual",
            language="it",
            created_at=NOW - dt.timedelta(days=99),
            consents=[
                models.Consent(
                    policy_version="1", notice_hash="0", language="it", channel="web", given_at=NOW
                )
            ],
        )
        session.add(client)
        for position, (conversation, closed, delivered) in enumerate(engagements):
            stored, told = engagement(f"{number}.{position}", conversation, closed, delivered)
            client.engagements.append(stored)
            session.flush()
            told.engagement_id = stored.id
            session.add(told)
    session.flush()
    # Every client may be that of every engagement.
    clients = session.execute(sa.select(models.Client.id)).scalars().all()
    for stored_id in session.execute(sa.select(models.Engagement.id)).scalars().all():
        for client_id in clients:
            session.add(
                models.PossibleDuplicate(
                    engagement_id=stored_id, other_client_id=client_id, reason="name"
                )
            )
    for conversation, age in content.talks.items():
        say(session, conversation, age + dt.timedelta(days=50))  # its age is that of the last word
        say(session, conversation, age)
    for status, age in content.callbacks:
        callback = models.Callback(
            contact="+390666", language="it", channel="web", conversation_id="web:z"
        )
        callback.status, callback.created_at = status, ago(age)
        session.add(callback)
    for number, age in enumerate(content.kept):
        session.add(
            models.KeptIntake(
                code_hash=search_key(str(number)),
                state="{}",
                conversation_id="web:z",
                created_at=NOW,
                expires_at=ago(age),
            )
        )
    for age in content.failed:
        session.add(models.FailedLookup(kind="status", conversation_id="web:z", failed_at=ago(age)))
    for conversation, age in content.letters.items():
        post(session, conversation, age)
    for number, age in enumerate(content.sessions):
        session.add(
            models.WebSession(
                token_hash=str(number),
                conversation_id=f"web:s{number}",
                language="it",
                created_at=NOW,
                seen_at=ago(age),
            )
        )
    for number, (enrolled, answers, code) in enumerate(content.learners):
        learner = learning.enrol(
            session, f"k{number}", language="it", goal=5, reminder_hour=9, now=NOW - enrolled
        )
        for position, age in enumerate(answers):
            answer(session, learner.id, f"{number}:{position}", NOW - age)
        if code is not None:
            session.add(
                models.LearnerCode(
                    learner_id=learner.id, code_hash=str(number), expires_at=NOW - code
                )
            )
    session.commit()


def answer(session: Session, learner_id: int, delivery: str, now: dt.datetime) -> None:
    graded = learning.Graded(
        item=f"item {delivery}",
        delivery=delivery,
        answer="le mie parole",
        result="right",
        score=1.0,
        sure=None,
        rating=Rating.Good,
        seconds=None,
    )
    learning.note_review(session, learner_id, graded, channel="web", language="it", now=now)


def state(session: Session) -> dict[str, list[Any]]:
    """Return every row of every table."""
    return {
        table.name: session.execute(sa.select(table).order_by(table.c.id)).all()
        for table in metadata.sorted_tables
    }


def days(number: int) -> dt.timedelta:
    return dt.timedelta(days=number)


def check_what_stayed(content: Content, after: dict[str, list[Any]]) -> None:
    """Compare with what the limits say, item by item."""
    staying = {
        f"{number}.{position}": (number, conversation, delivered)
        for number, engagements in enumerate(content.clients)
        for position, (conversation, closed, delivered) in enumerate(engagements)
        if closed is None or closed <= days(20)
    }
    assert {row.reference for row in after["engagements"]} == set(staying)
    for table in ("expectations", "deadlines", "answer_changes", "notifications"):
        assert len(after[table]) == len(staying), table
    clients = {f"client {number}" for number, _, _ in staying.values()}
    assert {row.name for row in after["clients"]} == clients
    assert len(after["consents"]) == len(clients)
    assert len(after["possible_duplicates"]) == len(clients) * len(staying)
    assert {row.key for row in after["notifications"] if row.payload == "{}"} == {
        name
        for name, (_, _, delivered) in staying.items()
        if delivered is not None and delivered > days(5)
    }
    kept_for = {conversation: days(10) for _, conversation, _ in staying.values()}
    assert {row.sender_id for row in after["events"]} == {
        conversation
        for conversation, age in content.talks.items()
        if age <= kept_for.get(conversation, days(5))
    }
    assert len(after["events"]) == 2 * len({row.sender_id for row in after["events"]})
    talks = {row.sender_id for row in after["events"]}
    letters = {name for name, age in content.letters.items() if age <= days(5)}
    for table in ("inbox", "outbox", "offered_buttons", "feedback"):
        assert {row.conversation_id for row in after[table]} == talks | letters, table
    assert len(after["web_sessions"]) == sum(age <= days(5) for age in content.sessions)
    assert len(after["callbacks"]) == sum(
        status == "new" or age <= days(10) for status, age in content.callbacks
    )
    assert len(after["kept_intakes"]) == sum(age < days(0) for age in content.kept)
    assert len(after["failed_lookups"]) == sum(age <= days(1) for age in content.failed)
    check_what_stayed_of_the_training(content, after)


def check_what_stayed_of_the_training(content: Content, after: dict[str, list[Any]]) -> None:
    staying = {
        f"k{number}": (number, answers, code)
        for number, (enrolled, answers, code) in enumerate(content.learners)
        if min(enrolled, *answers, dt.timedelta.max) <= days(15) or code == -SECOND
    }
    assert {row.key for row in after["learners"]} == set(staying)
    words = {
        f"{number}:{position}": "le mie parole" if age <= days(15) else None
        for number, answers, _ in staying.values()
        for position, age in enumerate(answers)
    }
    assert {row.delivery: row.answer for row in after["learning_reviews"]} == words
    assert len(after["learning_cards"]) == len(words)
    codes = {str(number) for number, _, code in staying.values() if code == -SECOND}
    assert {row.code_hash for row in after["learner_codes"]} == codes


# Everything exactly at its limit or just over it; web:b rests for longer than a conversation may
# that led to nothing, and its engagement goes in the same run.
LIMIT_CASES = Content(
    clients=[
        [("web:a", days(20), days(5))],
        [("web:b", days(20) + SECOND, None), ("web:c", None, days(5) + SECOND)],
    ],
    talks={"web:a": days(10), "web:b": days(6), "web:c": days(10) + SECOND, "slack:d": days(5)},
    callbacks=[("done", days(10)), ("done", days(10) + SECOND), ("new", days(30))],
    kept=[days(0), -SECOND],
    failed=[days(1), days(1) + SECOND],
    letters={"web:x": days(5), "web:y": days(5) + SECOND},
    sessions=[days(5), days(5) + SECOND],
    learners=[
        (days(20), [days(20), days(15)], days(0)),
        (days(15) + SECOND, [days(15) + SECOND], None),
        (days(20), [days(20)], -SECOND),
        (days(15), [], days(7)),
    ],
)


@example(content=LIMIT_CASES)
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(content=contents)
def test_what_is_too_old_goes_and_nothing_else(content: Content, engine: Engine) -> None:
    with session_factory(engine)() as session:
        fill(session, content)
        before = state(session)
        foreseen = purge(session, LIMITS, NOW, dry_run=True)
        session.commit()
        assert state(session) == before

        gone = purge(session, LIMITS, NOW)
        session.commit()
        after = state(session)
        assert gone == foreseen
        check_what_stayed(content, after)
        lost = {
            name: len(before[name]) - len(after[name])
            for name in before
            if name != "erasures" and len(before[name]) > len(after[name])
        }
        rows = {k: number for k, number in gone.items() if k not in ("payloads", "answers")}
        assert rows == lost
        tells = "engagements" in lost or "learners" in lost
        assert [row.via for row in after["erasures"]] == ["retention"] * tells

        assert purge(session, LIMITS, NOW) == {}
        session.commit()
        assert state(session) == after


def test_nothing_goes_without_the_commit(engine: Engine) -> None:
    with session_factory(engine)() as session:
        fill(session, Content([[("web:a", days(21), None)]], {"web:b": days(6)}, [], [], []))
        before = state(session)
        gone = purge(session, LIMITS, NOW)
        session.rollback()
        assert gone["engagements"] == 1
        assert state(session) == before


def test_the_tombstone_tells_how_much_and_not_whose(engine: Engine) -> None:
    with session_factory(engine)() as session:
        fill(session, Content([[("web:a", days(21), None)]], {}, [], [], []))
        gone = purge(session, LIMITS, NOW)
        session.commit()
        stone = session.execute(sa.select(models.Erasure)).scalar_one()
        assert (stone.via, stone.erased_at, json.loads(stone.rows)) == ("retention", NOW, gone)
    assert gone == {
        "clients": 1,
        "consents": 1,
        "engagements": 1,
        "answer_changes": 1,
        "deadlines": 1,
        "expectations": 1,
        "notifications": 1,
        "possible_duplicates": 1,
    }


def test_encrypted_payloads_are_blanked_once(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPORTELLO_KEYS", Fernet.generate_key().decode())
    with session_factory(engine)() as session:
        fill(session, Content([[("web:a", None, days(6))]], {}, [], [], []))
        assert purge(session, LIMITS, NOW) == {"payloads": 1}
        session.commit()
        assert session.execute(sa.select(models.Notification.payload)).scalar_one() == "{}"
        assert purge(session, LIMITS, NOW) == {}


def test_network_addresses_are_forgotten_after_a_day(engine: Engine) -> None:
    with session_factory(engine)() as session:
        for hours in (23, 25):
            session.add(
                models.WebSession(
                    token_hash=str(hours),
                    conversation_id=f"web:{hours}",
                    language="it",
                    address_key="digest",
                    created_at=NOW - dt.timedelta(hours=hours),
                    seen_at=NOW,
                )
            )
        session.commit()
        assert purge(session, LIMITS, NOW, dry_run=True) == {}
        assert purge(session, LIMITS, NOW) == {}
        session.commit()
        kept = sa.select(models.WebSession.token_hash).where(
            models.WebSession.address_key.is_not(None)
        )
        assert session.execute(kept).scalars().all() == ["23"]


def test_words_of_answers_are_counted_and_blanked_once(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPORTELLO_KEYS", Fernet.generate_key().decode())
    learners = [(days(30), [days(16), days(1)], None)]
    with session_factory(engine)() as session:
        fill(session, Content([], {}, [], [], [], learners=learners))
        cards = session.execute(sa.select(models.LearningCard.stability)).scalars().all()
        assert purge(session, LIMITS, NOW, dry_run=True) == {"answers": 1}
        assert purge(session, LIMITS, NOW) == {"answers": 1}
        session.commit()
        words = sa.select(models.LearningReview.answer).order_by(models.LearningReview.id)
        assert session.execute(words).scalars().all() == [None, "le mie parole"]
        assert purge(session, LIMITS, NOW) == {}
        # What somebody remembers does not hang on their words.
        assert learning.rebuild(session) == (len(cards), 0)


def test_a_sign_in_is_a_sign_of_life_and_goes_with_its_conversation(engine: Engine) -> None:
    with session_factory(engine)() as session:
        fill(session, Content([], {"web:a": days(14)}, [], [], [], learners=[(days(30), [], None)]))
        learner_id = session.execute(sa.select(models.Learner.id)).scalar_one()
        session.add(
            models.LearnerSignIn(
                learner_id=learner_id, conversation_id="web:a", signed_in_at=NOW - days(14)
            )
        )
        session.commit()
        gone = purge(session, LIMITS, NOW)
        assert gone["learner_sign_ins"] == 1
        assert "learners" not in gone
        assert purge(session, LIMITS, NOW) == {"learners": 1}
