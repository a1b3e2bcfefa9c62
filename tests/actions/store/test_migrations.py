"""The migrations make exactly the tables of the models, up and down, and lose nothing."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from cryptography.fernet import Fernet
from sqlalchemy.engine import Engine

from actions.store.database import create_engine, session_factory
from actions.store.encryption import EncryptionError, is_current, search_key
from actions.store.migrations import downgrade, upgrade
from actions.store.models import (
    Client,
    Consent,
    Deadline,
    Engagement,
    UnansweredQuestion,
    metadata,
)
from actions.store.rotation import rotate

HOME = Path(__file__).parents[3]
# SQLite's own table of numbers that are never given twice.
SEQUENCES = "sqlite_sequence"
NOW = dt.datetime(2026, 11, 23, 9, 30, tzinfo=dt.timezone.utc)
KEY, OTHER_KEY = (Fernet.generate_key().decode() for _ in range(2))
# What the first two steps hold, and how many rows of each `fill` makes of two clients.
ROWS = {
    "clients": 2,
    "events": 2,
    "consents": 2,
    "engagements": 2,
    "deadlines": 3,
    "expectations": 4,
    "unanswered_questions": 1,
}
PRIVATE = {
    "clients": ("name", "contact_name", "email", "phone"),
    "expectations": ("text",),
    "deadlines": ("said", "purpose"),
}


@pytest.fixture(params=[False, True], ids=["plain", "keyed"])
def keyed(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether there is a key: each test once without and once with one."""
    monkeypatch.setenv("SPORTELLO_KEYS", KEY if request.param else "")
    return bool(request.param)


@pytest.fixture
def empty(database: str) -> Any:
    """An engine on a database without tables."""
    engine = create_engine(database)
    yield engine
    engine.dispose()


def fill(engine: Engine) -> None:
    """Store what the version before 0003 stored, in its own tables."""
    tables = sa.MetaData()
    tables.reflect(engine)
    with engine.begin() as connection:

        def add(table: str, **values: Any) -> int:
            made = connection.execute(sa.insert(tables.tables[table]).values(**values))
            return int(made.inserted_primary_key[0])

        for n, (name, phone) in enumerate((("Anna D'Angelo 😀", "+393331234567"), ("B", None))):
            client = add(
                "clients",
                name=name,
                form="company" if n else "individual",
                relation="third_party" if n else "external",
                contact_name="Bruno" if n else None,
                email=None if n else "Anna@Example.com",
                phone=phone,
                language="it",
                created_at=NOW,
            )
            add(
                "consents",
                client_id=client,
                policy_version="2026-11",
                notice_hash="0" * 64,
                language="it",
                channel="rest",
                given_at=NOW,
            )
            engagement = add(
                "engagements",
                reference=f"AAAA-AAA{n}",
                client_id=client,
                service="Consulenza fiscale",
                status="closed" if n else "in_charge",
                channel="rest",
                conversation_id=f"rest:{n}",
                submission_key=f"rest:{n}#1",
                created_at=NOW,
            )
            for position, text in enumerate(("risposte chiare", "=1+1; DROP TABLE"), start=1):
                add("expectations", engagement_id=engagement, position=position, text=text)
            for _ in range(n + 1):
                add(
                    "deadlines",
                    engagement_id=engagement,
                    said="il 15 gennaio alle 18",
                    kind="date",
                    due_date=dt.date(2030, 1, 15),
                    due_time=dt.time(18),
                )
            add("events", sender_id=f"rest:{n}", type_name="user", timestamp=1.5, data="{}")
        add(
            "unanswered_questions",
            text="chi?",
            language="it",
            channel="rest",
            nearest="[]",
            asked_at=NOW,
        )


def rows(engine: Engine) -> dict[str, list[dict[str, Any]]]:
    """Return every row of every table as it is stored."""
    tables = sa.MetaData()
    tables.reflect(engine)
    with engine.connect() as connection:
        return {
            table.name: [
                dict(row)
                for row in connection.execute(sa.select(table).order_by(table.c.id)).mappings()
            ]
            for table in tables.sorted_tables
            if table.name not in ("alembic_version", SEQUENCES)
        }


def shared(now: dict[str, list[dict[str, Any]]], before: dict[str, list[dict[str, Any]]]) -> Any:
    """Return of the rows what there was before: its tables and columns."""
    return {
        table: [{column: row[column] for column in before[table][0]} for row in now[table]]
        for table in before
    }


def texts(engine: Engine) -> list[str]:
    """Return every private text of the first tables as it is stored."""
    stored = rows(engine)
    return [
        row[column]
        for table, columns in PRIVATE.items()
        for row in stored[table]
        for column in columns
        if row[column] is not None
    ]


def test_up_gives_the_models_and_down_gives_nothing(database: str) -> None:
    engine = create_engine(database)
    upgrade(engine, HOME)
    upgrade(engine, HOME)  # a second time does nothing
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={"compare_type": True, "include_name": lambda name, *_: name != SEQUENCES},
        )
        assert compare_metadata(context, metadata) == []
    downgrade(engine, HOME, "base")
    assert set(sa.inspect(engine).get_table_names()) - {SEQUENCES} == {"alembic_version"}
    engine.dispose()


def test_a_filled_database_goes_up_and_comes_down(empty: Engine, keyed: bool) -> None:
    upgrade(empty, HOME, "0002")
    fill(empty)
    before = rows(empty)
    assert {table: len(stored) for table, stored in before.items()} == ROWS

    upgrade(empty, HOME)
    after = rows(empty)
    assert shared(after, before) == before
    anna, other = after["clients"]
    assert anna["email_key"] == search_key("anna@example.com")
    assert anna["phone_key"] == search_key("+393331234567")
    assert (other["email_key"], other["phone_key"]) == (None, None)
    assert {row["given_by"] for row in after["consents"]} == {"words"}
    assert {row["position"] for row in after["deadlines"]} == {1}

    with session_factory(empty)() as session:
        # The models read what was there before them.
        clients = session.execute(sa.select(Client).order_by(Client.id)).scalars().all()
        assert [client.name for client in clients] == ["Anna D'Angelo 😀", "B"]
        assert clients[0].engagements[0].deadlines[0].due_time == dt.time(18)
        assert rotate(session) == (len(texts(empty)) if keyed else 0)
    assert all(is_current(text) and text.startswith("\x01") == keyed for text in texts(empty))

    downgrade(empty, HOME, "0002")
    assert rows(empty) == before
    upgrade(empty, HOME)
    assert shared(rows(empty), before) == before


def test_what_was_stored_since_comes_down_plain(empty: Engine, keyed: bool) -> None:
    upgrade(empty, HOME)
    with session_factory(empty)() as session:
        session.add(
            Engagement(
                reference="K7PM-3XQD",
                client=Client(
                    name="Anna",
                    form="individual",
                    email="anna@example.com",
                    language="it",
                    created_at=NOW,
                    consents=[
                        Consent(
                            policy_version="1",
                            notice_hash="0" * 64,
                            language="it",
                            channel="rest",
                            given_by="button",
                            given_at=NOW,
                        )
                    ],
                ),
                service="tax",
                channel="rest",
                conversation_id="a",
                submission_key="a#1",
                created_at=NOW,
                deadlines=[
                    Deadline(position=n, said=f"{n}", purpose="la bozza", kind="none")
                    for n in (1, 2)
                ],
            )
        )
        session.commit()
    assert keyed == (rows(empty)["clients"][0]["name"] != "Anna")
    downgrade(empty, HOME, "0002")
    down = rows(empty)
    assert (down["clients"][0]["name"], down["clients"][0]["email"]) == ("Anna", "anna@example.com")
    assert [row["said"] for row in down["deadlines"]] == ["1", "2"]
    assert len(down["consents"]) == len(down["engagements"]) == 1


def test_questions_of_two_answers_go_with_their_version(empty: Engine) -> None:
    upgrade(empty, HOME, "0002")
    fill(empty)
    upgrade(empty, HOME)
    (old,) = rows(empty)["unanswered_questions"]
    assert (old["reason"], old["draft"], old["dealt_with_at"]) == ("unanswered", None, None)
    asked = {"language": "it", "channel": "web", "nearest": "[]", "asked_at": NOW}
    with session_factory(empty)() as session:
        session.add(UnansweredQuestion(text="a o b?", reason="unclear", draft="ab", **asked))
        session.commit()
        session.add(UnansweredQuestion(text="c?", reason="boring", **asked))
        with pytest.raises(sa.exc.IntegrityError):
            session.commit()
    downgrade(empty, HOME, "0005")
    assert [row["text"] for row in rows(empty)["unanswered_questions"]] == ["chi?"]


def test_without_the_key_nothing_comes_down(empty: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    upgrade(empty, HOME, "0002")
    fill(empty)
    upgrade(empty, HOME)
    monkeypatch.setenv("SPORTELLO_KEYS", KEY)
    with session_factory(empty)() as session:
        rotate(session)
    before = rows(empty)
    monkeypatch.setenv("SPORTELLO_KEYS", OTHER_KEY)
    with pytest.raises(EncryptionError):
        downgrade(empty, HOME, "0002")
    assert rows(empty) == before


def test_sqlite_keeps_a_write_ahead_log(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'test.db'}")
    with engine.connect() as connection:
        assert connection.execute(sa.text("PRAGMA journal_mode")).scalar_one() == "wal"
        assert connection.execute(sa.text("PRAGMA foreign_keys")).scalar_one() == 1
    engine.dispose()
