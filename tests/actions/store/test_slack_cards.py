"""The firm's cards in the database: one for each thing, whoever makes it; staff act on it once."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.exc import IntegrityError

from actions.store import casework, models, slack_cards
from actions.store.audit import Staff
from actions.store.database import session_factory

NOW = dt.datetime(2026, 11, 23, 9, 30, tzinfo=dt.timezone.utc)
ANNA, BRUNO = Staff("T1:U1", "Anna"), Staff("T1:U2", "Bruno")


@pytest.fixture
def filled(engine: Engine) -> Engine:
    with session_factory(engine)() as session:
        for n, age in enumerate((0, 8)):
            session.add(
                models.UnansweredQuestion(
                    text=f"chi? {n}",
                    language="it",
                    channel="web",
                    nearest="[]",
                    asked_at=NOW - dt.timedelta(days=age),
                )
            )
        session.add(
            models.Engagement(
                reference="K7PM-3XQD",
                client=models.Client(name="A", form="company", language="it", created_at=NOW),
                service="tax",
                channel="web",
                conversation_id="web:1",
                submission_key="1",
                created_at=NOW,
            )
        )
        session.add(
            models.Callback(
                contact="+390666",
                language="it",
                channel="web",
                conversation_id="web:1",
                created_at=NOW,
            )
        )
        session.commit()
    return engine


def make(engine: Engine) -> list[int]:
    with session_factory(engine)() as session:
        try:
            made = slack_cards.make_cards(session, NOW)
            session.commit()
        except IntegrityError:
            return []
    return made


def test_several_processes_make_each_card_once(filled: Engine) -> None:
    with ThreadPoolExecutor(4) as pool:
        made = [card for cards in pool.map(lambda _: make(filled), range(4)) for card in cards]
    made += make(filled)
    # What is older than a week was there before.
    assert len(made) == len(set(made)) == 3
    with session_factory(filled)() as session:
        cards = {c.topic: c for card in made if (c := slack_cards.read_card(session, card))}
    assert set(cards) == {"intake", "callback", "question"}
    assert cards["intake"].reference == "K7PM-3XQD"
    assert cards["question"].question == "chi? 0"


def test_whoever_was_offered_two_answers_is_no_news(filled: Engine) -> None:
    make(filled)
    with session_factory(filled)() as session:
        for reason in ("unclear", "unanswered"):
            session.add(
                models.UnansweredQuestion(
                    text=f"{reason}?",
                    reason=reason,
                    language="it",
                    channel="web",
                    nearest="[]",
                    asked_at=NOW,
                )
            )
        session.commit()
    (card,) = make(filled)
    with session_factory(filled)() as session:
        found = slack_cards.read_card(session, card)
    assert found is not None
    assert found.question == "unanswered?"


def test_one_of_two_takes_it(filled: Engine) -> None:
    card = min(make(filled))

    def take(staff: Staff) -> bool:
        with session_factory(filled)() as session:
            taken = slack_cards.take(session, card, staff, f"take {staff.id}", NOW)
            session.commit()
            return taken

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(take, (ANNA, BRUNO))) == [False, True]
    with session_factory(filled)() as session:
        found = slack_cards.read_card(session, card)
        assert found is not None
        assert found.status == "in_charge"
        assert [step.name for step in found.steps] == [found.taken_name]


def entries(engine: Engine) -> list[tuple[str, str, str, int]]:
    with session_factory(engine)() as session:
        rows = session.execute(sa.select(models.AuditEntry).order_by(models.AuditEntry.id))
        return [(e.action, e.actor, e.subject, e.subject_id) for e in rows.scalars()]


def test_who_takes_the_card_is_in_charge_of_the_request(filled: Engine) -> None:
    card = min(make(filled))
    later = NOW + dt.timedelta(minutes=5)
    with session_factory(filled)() as session:
        assert slack_cards.take(session, card, ANNA, "one", later)
        session.commit()
        # Another click of hers changes nothing, somebody else's is declined.
        assert slack_cards.take(session, card, ANNA, "two", later)
        assert not slack_cards.take(session, card, BRUNO, "three", later)
        (row,) = session.execute(sa.select(models.Engagement)).scalars()
        assert (row.taken_by, row.taken_name, row.taken_at) == ("slack:T1:U1", "Anna", later)
        assert (row.taken_after, row.version) == (300, 2)
        found = session.get(models.SlackCard, card)
        assert (found.taken_by, found.taken_name, found.outdated) == ("T1:U1", "Anna", False)
        assert len(list(slack_cards.steps_of(session, models.SlackCard.id, card))) == 1
        assert not slack_cards.take(session, 99, ANNA, "four", later)
    assert entries(filled) == [("take", "slack:T1:U1", "engagement", row.id)]


def test_what_the_back_office_took_is_not_taken_in_slack(filled: Engine) -> None:
    card = min(make(filled))
    with session_factory(filled)() as session:
        (number,) = session.execute(sa.select(models.Engagement.id)).scalars()
        assert casework.take(session, number, Staff("staff:1", "Carla"), NOW)
        assert not slack_cards.take(session, card, ANNA, "click", NOW)
        found = slack_cards.read_card(session, card)
        assert found is not None
        assert found.taken_name == "Carla"
        # A status that is given in Slack is the last word, whatever version it saw.
        assert slack_cards.set_status(session, card, "accepted", ANNA, "status", NOW)
        session.commit()
    assert entries(filled) == [
        ("take", "staff:1", "engagement", number),
        ("set_status", "slack:T1:U1", "engagement", number),
    ]


def test_a_request_that_is_taken_already_has_a_card_that_says_so(filled: Engine) -> None:
    with session_factory(filled)() as session:
        (row,) = session.execute(sa.select(models.Engagement)).scalars()
        casework.take(session, row.id, Staff("staff:1", "Carla"), NOW)
        session.commit()
    card = min(make(filled))
    with session_factory(filled)() as session:
        found = slack_cards.read_card(session, card)
        assert found is not None
        assert (found.status, found.taken_name) == ("in_charge", "Carla")
        assert [(step.step, step.name) for step in found.steps] == [("take", "Carla")]


def test_who_deals_with_a_callback_in_slack(filled: Engine) -> None:
    _, card, _ = sorted(make(filled))
    with session_factory(filled)() as session:
        assert slack_cards.take(session, card, ANNA, "take", NOW)
        assert not slack_cards.take(session, card, BRUNO, "late", NOW)
        assert slack_cards.set_status(session, card, "done", BRUNO, "done", NOW)
        session.commit()
        (row,) = session.execute(sa.select(models.Callback)).scalars()
        assert (row.status, row.handled_name, row.handled_at) == ("done", "Bruno", NOW)
        found = slack_cards.read_card(session, card)
        assert found is not None
        assert (found.status, found.taken_name) == ("done", "Anna")
    assert entries(filled) == [
        ("take", "slack:T1:U1", "callback", row.id),
        ("callback_done", "slack:T1:U2", "callback", row.id),
    ]


def test_a_duplicate_that_is_none_is_not_on_the_card(filled: Engine) -> None:
    card = min(make(filled))
    with session_factory(filled)() as session:
        (row,) = session.execute(sa.select(models.Engagement)).scalars()
        other = models.Client(name="B", form="company", language="it", created_at=NOW)
        session.add(other)
        session.flush()
        session.add(
            models.PossibleDuplicate(engagement_id=row.id, other_client_id=other.id, reason="email")
        )
        session.flush()
        for reasons in (("email",), ()):
            found = slack_cards.read_card(session, card)
            assert found is not None
            assert found.duplicates == reasons
            casework.dismiss_duplicate(session, row.client_id, other.id, ANNA, NOW)


def test_the_deadlines_of_the_day_name_who_is_in_charge(filled: Engine) -> None:
    with session_factory(filled)() as session:
        (row,) = session.execute(sa.select(models.Engagement)).scalars()
        day = NOW.date()
        row.deadlines = [models.Deadline(said="oggi", kind="date", due_date=day, warn_on=day)]
        session.flush()
        casework.take(session, row.id, Staff("staff:1", "Carla"), NOW)
        (due,) = slack_cards.due_requests(session, day)
        assert due.taken_name == "Carla"


def test_only_one_process_brings_a_card_up_to_date(filled: Engine) -> None:
    card = min(make(filled))
    with session_factory(filled)() as session:
        (row,) = session.execute(sa.select(models.Engagement)).scalars()
        casework.take(session, row.id, Staff("staff:1", "Carla"), NOW)
        session.commit()
        assert slack_cards.outdated_cards(session) == [card]

    def bring(_: int) -> bool:
        with session_factory(filled)() as session:
            taken = slack_cards.take_outdated(session, card)
            session.commit()
            return taken

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(bring, range(4))) == 1
    with session_factory(filled)() as session:
        assert slack_cards.outdated_cards(session) == []


def test_closing_and_opening_again(filled: Engine) -> None:
    card = min(make(filled))
    with session_factory(filled)() as session:
        for status, closed in (("declined", True), ("accepted", False)):
            assert slack_cards.set_status(session, card, status, ANNA, status, NOW)
            assert slack_cards.set_status(session, card, status, ANNA, status, NOW)
            (row,) = session.execute(sa.select(models.Engagement)).scalars()
            assert (row.status, row.closed_at is not None) == (status, closed)
        assert not slack_cards.set_status(session, card, "lost", ANNA, "lost", NOW)
        assert not slack_cards.set_status(session, 99, "new", ANNA, "none", NOW)
        found = slack_cards.read_card(session, card)
        assert found is not None
        assert [step.detail for step in found.steps] == ["declined", "accepted"]


def test_a_reply_where_nobody_reads_is_noted(filled: Engine) -> None:
    cards = make(filled)
    with session_factory(filled)() as session:
        for card in cards:
            for _ in range(2):
                key = f"reply {card}"
                assert slack_cards.reply(session, card, "ciao", ANNA, key, NOW) is None
            found = slack_cards.read_card(session, card)
            assert found is not None
            assert len(found.steps) == 1
            assert found.status in ("in_charge", "done")
        assert session.execute(sa.select(models.Answer)).first() is None
        session.commit()
        (row,) = session.execute(sa.select(models.Engagement)).scalars()
        assert (row.status, row.taken_by) == ("in_charge", "slack:T1:U1")
        (called,) = session.execute(sa.select(models.Callback)).scalars()
        assert (called.status, called.handled_name) == ("done", "Anna")
        asked = session.get(models.SlackCard, max(cards)).question_id
    assert entries(filled) == [
        ("take", "slack:T1:U1", "engagement", row.id),
        ("reply", "slack:T1:U1", "engagement", row.id),
        ("callback_done", "slack:T1:U1", "callback", called.id),
        ("reply", "slack:T1:U1", "callback", called.id),
        ("take", "slack:T1:U1", "callback", called.id),
        ("reply", "slack:T1:U1", "question", asked),
        ("take", "slack:T1:U1", "question", asked),
    ]


def test_who_deals_with_a_question_in_slack(filled: Engine) -> None:
    card = max(make(filled))
    with session_factory(filled)() as session:
        assert slack_cards.take(session, card, ANNA, "take", NOW)
        assert not slack_cards.take(session, card, BRUNO, "late", NOW)
        for status, key in (("done", "1"), ("done", "2"), ("new", "3")):
            assert slack_cards.set_status(session, card, status, BRUNO, key, NOW)
        session.commit()
        asked = session.get(models.SlackCard, card).question_id
    assert entries(filled) == [
        ("take", "slack:T1:U1", "question", asked),
        ("set_status", "slack:T1:U2", "question", asked),
        ("set_status", "slack:T1:U2", "question", asked),
    ]
