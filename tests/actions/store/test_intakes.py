"""Storing an intake: all or nothing, and once. On SQLite and on PostgreSQL."""

from __future__ import annotations

import datetime as dt
import itertools
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.exc import IntegrityError

from actions.logic.deadlines import Deadline
from actions.logic.references import new_reference
from actions.store import casework, models
from actions.store.audit import Staff
from actions.store.database import session_factory
from actions.store.intakes import CompletedIntake, submit_intake

NOW = dt.datetime(2026, 11, 23, 9, 30, tzinfo=dt.timezone.utc)
INTAKE = CompletedIntake(
    conversation_id="rest:abc",
    run="run-1",
    channel="rest",
    language="it",
    name="Anna D'Angelo",
    form="individual",
    relation="external",
    contact_name=None,
    email="anna@example.com",
    phone="+393331234567",
    service="Consulenza fiscale",
    expectations=("risposte chiare", "tempi certi"),
    deadlines=(
        (Deadline("date", dt.date(2030, 1, 15), dt.time(18), "il 15 gennaio alle 18"), None),
    ),
    lead_days=7,
    today=NOW.date(),
    policy_version="2026-11",
    notice_hash="0" * 64,
    consent_given_at=NOW,
)


def count(engine: Engine) -> dict[str, int]:
    tables = ("clients", "engagements", "expectations", "deadlines", "consents")
    with engine.connect() as connection:
        return {
            table: connection.execute(sa.text(f"SELECT count(*) FROM {table}")).scalar_one()
            for table in tables
        }


def submit(engine: Engine, intake: CompletedIntake = INTAKE) -> str:
    return submit_intake(
        intake, sessions=session_factory(engine), now=NOW, new_reference=new_reference
    )


def test_everything_is_stored(engine: Engine) -> None:
    reference = submit(engine)
    assert count(engine) == {
        "clients": 1,
        "engagements": 1,
        "expectations": 2,
        "deadlines": 1,
        "consents": 1,
    }
    with session_factory(engine)() as session:
        engagement = session.execute(sa.select(models.Engagement)).scalar_one()
        assert engagement.reference == reference
        assert engagement.status == "new"
        assert engagement.client.name == "Anna D'Angelo"
        assert engagement.created_at == NOW
        assert engagement.created_at.tzinfo is not None
        assert [item.text for item in engagement.expectations] == ["risposte chiare", "tempi certi"]
        assert engagement.deadlines[0].due_date == dt.date(2030, 1, 15)
        assert engagement.deadlines[0].due_time == dt.time(18)
        assert engagement.client.consents[0].policy_version == "2026-11"


def test_the_same_run_is_stored_once(engine: Engine) -> None:
    assert submit(engine) == submit(engine)
    assert count(engine)["engagements"] == 1
    assert count(engine)["clients"] == 1


def test_another_run_of_the_conversation_is_another_engagement(engine: Engine) -> None:
    assert submit(engine) != submit(engine, replace(INTAKE, run="run-2"))
    assert count(engine)["engagements"] == 2


def test_five_at_once_store_one(engine: Engine) -> None:
    with ThreadPoolExecutor(5) as pool:
        references = set(pool.map(lambda _: submit(engine), range(5)))
    assert len(references) == 1
    assert count(engine)["clients"] == 1


def test_a_reference_that_is_taken_is_drawn_again(engine: Engine) -> None:
    drawn = itertools.chain(["AAAA-AAAA", "AAAA-AAAA", "CCCC-CCCC"])
    sessions = session_factory(engine)
    for run, expected in (("run-1", "AAAA-AAAA"), ("run-2", "CCCC-CCCC")):
        reference = submit_intake(
            replace(INTAKE, run=run), sessions=sessions, now=NOW, new_reference=lambda: next(drawn)
        )
        assert reference == expected


@pytest.mark.parametrize(
    "change",
    [
        {"form": "king"},
        {"relation": "friend"},
        {"deadlines": ((Deadline("none", dt.date(2030, 1, 1), None, ""), None),)},
        {"deadlines": ((Deadline("date", None, None, "domani"), None),)},
    ],
)
def test_a_mistake_stores_nothing(change: dict[str, object], engine: Engine) -> None:
    with pytest.raises(IntegrityError):
        submit(engine, replace(INTAKE, **change))  # type: ignore[arg-type]
    assert set(count(engine).values()) == {0}


def test_what_was_typed_is_stored_as_typed(engine: Engine) -> None:
    odd = "Robert'); DROP TABLE clients;-- <b>{{7*7}}</b> =1+1 😀 “virgolette”"
    submit(engine, replace(INTAKE, name=odd, expectations=(odd,)))
    with session_factory(engine)() as session:
        assert session.execute(sa.select(models.Client.name)).scalar_one() == odd
        assert session.execute(sa.select(models.Expectation.text)).scalar_one() == odd


def test_a_session_that_is_not_committed_leaves_nothing(engine: Engine) -> None:
    with session_factory(engine)() as session:
        session.add(models.Client(name="x", form="company", language="it", created_at=NOW))
        session.flush()
    assert count(engine)["clients"] == 0


def test_a_moment_without_zone_is_refused(engine: Engine) -> None:
    with session_factory(engine)() as session:
        session.add(
            models.Client(
                name="x", form="company", language="it", created_at=NOW.replace(tzinfo=None)
            )
        )
        with pytest.raises(sa.exc.StatementError, match="time zone"):
            session.flush()


def test_foreign_keys_are_on(engine: Engine) -> None:
    with engine.begin() as connection, pytest.raises(IntegrityError):
        connection.execute(
            sa.text("INSERT INTO expectations (engagement_id, position, text) VALUES (999, 1, 'x')")
        )


def test_what_staff_corrected_meanwhile_is_not_overwritten(engine: Engine) -> None:
    submit(engine)
    with session_factory(engine)() as session:
        stored = session.execute(sa.select(models.Engagement)).scalar_one()
        stored.client.phone = "+39066982001"
        stored.changes.append(
            models.AnswerChange(
                field="phone", old=INTAKE.phone, new="…", changed_at=NOW, changed_by="Anna Bianchi"
            )
        )
        session.commit()
    submit(engine, replace(INTAKE, name="Anna De Angelis"))
    with session_factory(engine)() as session:
        client = session.execute(sa.select(models.Client)).scalar_one()
        assert (client.name, client.phone) == (INTAKE.name, "+39066982001")


def test_what_staff_merged_meanwhile_is_not_overwritten(engine: Engine) -> None:
    submit(engine)
    submit(engine, replace(INTAKE, run="run-2", email="altra@example.com", name="A. D'Angelo"))
    with session_factory(engine)() as session:
        keep, drop = session.scalars(sa.select(models.Client.id).order_by(models.Client.id))
        versions = {keep: 1, drop: 1}
        staff = Staff("staff:1", "Anna")
        casework.merge_clients(session, keep, drop, {}, staff, NOW, versions=versions)
        session.commit()
    submit(engine, replace(INTAKE, run="run-2", email="altra@example.com", name="A. D'Angelo"))
    with session_factory(engine)() as session:
        client = session.execute(sa.select(models.Client)).scalar_one()
        assert (client.name, client.email) == (INTAKE.name, INTAKE.email)
        assert [other.contact for other in client.other_contacts] == ["altra@example.com"]
