"""Turning encryption on and replacing its key: every private text follows, and can be found."""

from __future__ import annotations

import datetime as dt
import json
import os
from pathlib import Path

import pytest
import sqlalchemy as sa
from cryptography.fernet import Fernet
from fsrs import Rating
from sqlalchemy.engine import Engine, make_url
from typer.testing import CliRunner

from actions.settings import SettingsError
from actions.store import (
    learning,
    mailbox,
    models,
    rotation,
    slack_cards,
    slack_posts,
    slack_routes,
)
from actions.store.audit import Staff
from actions.store.callbacks import request_callback
from actions.store.database import create_engine, session_factory
from actions.store.encryption import EncryptionError, Private, is_current, search_key
from actions.store.kept import keep_intake, resume_intake
from actions.store.rotation import rotate
from actions.store.slack_routes import Route
from actions.store.status import status_of
from bot.commands.keys import keys as commands

NOW = dt.datetime(2026, 11, 23, 9, 30, tzinfo=dt.timezone.utc)
A, B = (Fernet.generate_key().decode() for _ in range(2))
EMAIL, PHONE = "sibilla@aleramo.example", "+393331234567"
OTHER_EMAIL = "s@aleramo.example"
REFERENCE = "K7PM-3XQD"
# Where there is one of these, there is something that Sibilla said.
TRACES = ("Sibilla", "Aleramo", "aleramo.example", "3331234567", "segreto")


@pytest.fixture(autouse=True)
def no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SPORTELLO_KEYS", raising=False)


def fill(engine: Engine) -> str:
    """Store something private in every column that may hold it; return a code of resumption."""
    sessions = session_factory(engine)
    with sessions() as session:
        session.add(
            models.Engagement(
                reference=REFERENCE,
                client=models.Client(
                    name="Sibilla Aleramo",
                    form="company",
                    contact_name="Sibilla",
                    email=EMAIL,
                    phone=PHONE,
                    email_key=search_key(EMAIL),
                    phone_key=search_key(PHONE),
                    language="it",
                    created_at=NOW,
                ),
                service="tax",
                channel="rest",
                conversation_id="rest:abc",
                submission_key="rest:abc#1",
                created_at=NOW,
                taken_name="Sibilla",
                notes=[
                    models.Note(
                        text="segreto", written_by="staff:1", written_name="Sibilla", written_at=NOW
                    )
                ],
                expectations=[models.Expectation(position=n, text=f"segreto {n}") for n in (1, 2)],
                deadlines=[models.Deadline(said="segreto", purpose="il segreto", kind="none")],
                changes=[
                    models.AnswerChange(
                        field="client_name",
                        old="Sibila",
                        new="Sibilla",
                        changed_at=NOW,
                        changed_by="Sibilla",
                    )
                ],
            )
        )
        (client,) = session.scalars(sa.select(models.Client.id))
        session.add(
            models.OtherContact(
                client_id=client, contact=OTHER_EMAIL, contact_key=search_key(OTHER_EMAIL)
            )
        )
        number = mailbox.receive(
            session,
            conversation_id="rest:abc",
            channel="web",
            key="key",
            text="mi chiamo Sibilla",
            button=None,
            now=NOW,
        )
        message = mailbox.next_waiting(session, "rest:abc")
        assert message is not None
        assert message.id == number
        offers = {"token": mailbox.Offer("Sibilla", "Sibilla")}
        mailbox.answer(session, message, {"text": "segreto"}, NOW, offers=offers)
        slack_posts.put(session, "k", lane="C1", method="m", arguments={"text": "segreto"}, now=NOW)
        route = Route("T1", "U1", "C1", response_url="https://hooks.slack.com/segreto")
        slack_routes.add_route(session, number, "rest:abc", route, NOW)
        (card,) = slack_cards.make_cards(session, NOW)
        # The audit names the staff as they are: nobody can write it anew.
        staff = Staff("T1:U1", "Grazia")
        slack_cards.take(session, card, staff, "take", NOW)
        slack_cards.reply(session, card, "segreto", staff, "reply", NOW)
        slack_cards.set_status(session, card, "accepted", staff, "accepted", NOW)
        learner = learning.enrol(
            session, "k", language="it", goal=5, reminder_hour=9, now=NOW, name="Sibilla"
        )
        answer = learning.Graded(
            item="who_pays",
            delivery="d",
            answer="il segreto",
            result="right",
            score=1.0,
            sure=True,
            rating=Rating.Good,
            seconds=None,
        )
        learning.note_review(session, learner.id, answer, channel="web", language="it", now=NOW)
        session.commit()
    for contact in (EMAIL, PHONE):
        request_callback(
            contact,
            name="Sibilla",
            known={"client_name": "Sibilla Aleramo"},
            language="it",
            channel="rest",
            conversation_id="rest:abc",
            sessions=sessions,
            now=NOW,
        )
    with sessions() as session:
        session.execute(sa.update(models.Callback).values(handled_name="Sibilla"))
        session.commit()
    return keep_intake(
        {"client_name": "Sibilla", "email": EMAIL, "expectations": ["segreto"]},
        email=EMAIL,
        conversation_id="rest:abc",
        sessions=sessions,
        now=NOW,
        days=30,
    )


def turn(engine: Engine) -> int:
    with session_factory(engine)() as session:
        return rotate(session)


def private_texts(engine: Engine) -> dict[str, list[str]]:
    """Return every private text as it is stored, by the name of its column."""
    with engine.connect() as connection:
        return {
            f"{table.name}.{column.name}": [
                text
                for text in connection.execute(
                    sa.select(sa.type_coerce(column, sa.Text)).order_by(table.c.id)
                ).scalars()
                if text is not None
            ]
            for table in models.metadata.sorted_tables
            for column in table.columns
            if isinstance(column.type, Private)
        }


def read_texts(engine: Engine) -> dict[str, list[str]]:
    """Return every private text as it is read."""
    with session_factory(engine)() as session:
        return {
            name: [
                text
                for text in session.execute(
                    sa.select(table.c[column]).order_by(table.c.id)
                ).scalars()
                if text is not None
            ]
            for name in private_texts(engine)
            for table, column in [(models.metadata.tables[name.split(".")[0]], name.split(".")[1])]
        }


def digests(engine: Engine) -> dict[str, list[str | None]]:
    with engine.connect() as connection:
        return {
            f"{table.name}.{column.name}": list(
                connection.execute(sa.select(column).order_by(table.c.id)).scalars()
            )
            for table in models.metadata.sorted_tables
            for column in table.columns
            if column.name in ("email_key", "phone_key", "contact_key")
        }


def expected_digests() -> dict[str, list[str | None]]:
    email, phone = search_key(EMAIL), search_key(PHONE)
    return {
        "clients.email_key": [email],
        "clients.phone_key": [phone],
        "other_contacts.contact_key": [search_key(OTHER_EMAIL)],
        "callbacks.email_key": [email, None],
        "callbacks.phone_key": [None, phone],
        "kept_intakes.email_key": [email],
    }


def raw(engine: Engine) -> str:
    """Return all that the database holds: SQLite's files byte for byte, PostgreSQL's rows."""
    if engine.dialect.name == "sqlite":
        path = Path(make_url(engine.url).database)
        files = [file for file in path.parent.iterdir() if file.name.startswith(path.name)]
        assert path in files
        return "".join(file.read_bytes().decode("latin-1") for file in files)
    with engine.connect() as connection:
        tables = sa.inspect(connection).get_table_names()
        return "".join(
            row
            for table in tables
            for row in connection.execute(sa.text(f"SELECT t::text FROM {table} t")).scalars()
        )


def traces(engine: Engine) -> set[str]:
    stored = raw(engine).casefold()
    return {trace for trace in TRACES if trace.casefold() in stored}


def test_the_whole_story(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    code = fill(engine)
    written = private_texts(engine)
    plain = read_texts(engine)
    assert written == plain
    assert all(written.values()), "fill() leaves a private column empty"
    everything = sum(map(len, written.values()))
    assert traces(engine) == set(TRACES)

    # Encryption is turned on: plain texts are read all the same, and then none is left.
    monkeypatch.setenv("SPORTELLO_KEYS", A)
    assert read_texts(engine) == plain
    assert turn(engine) == everything
    assert turn(engine) == 0
    assert traces(engine) == set()
    assert read_texts(engine) == plain
    assert digests(engine) == expected_digests()

    # The key is replaced while the system runs.
    monkeypatch.setenv("SPORTELLO_KEYS", f"{B},{A}")
    older = digests(engine)
    assert read_texts(engine) == plain
    assert status_with(engine) == "accepted"
    assert turn(engine) == everything
    assert turn(engine) == 0
    assert digests(engine) == expected_digests() != older

    # The old key is gone.
    monkeypatch.setenv("SPORTELLO_KEYS", B)
    assert turn(engine) == 0
    assert read_texts(engine) == plain
    assert all(is_current(text) for texts in private_texts(engine).values() for text in texts)
    assert status_with(engine) == "accepted"
    assert traces(engine) == set()
    resumed = resume_intake(
        code, conversation_id="web:x", sessions=session_factory(engine), now=NOW
    )
    assert resumed == {"client_name": "Sibilla", "email": EMAIL, "expectations": ["segreto"]}


def status_with(engine: Engine) -> str | None:
    return status_of(
        REFERENCE, EMAIL, conversation_id="web:x", sessions=session_factory(engine), now=NOW
    )


@pytest.mark.parametrize("wrong", ["", B], ids=["none", "another"])
def test_the_wrong_key_changes_nothing(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, wrong: str
) -> None:
    monkeypatch.setenv("SPORTELLO_KEYS", A)
    fill(engine)
    before = private_texts(engine), digests(engine)
    monkeypatch.setenv("SPORTELLO_KEYS", wrong)
    with pytest.raises(EncryptionError, match="SPORTELLO_KEYS"):
        turn(engine)
    with pytest.raises(EncryptionError, match="SPORTELLO_KEYS"):
        read_texts(engine)
    assert (private_texts(engine), digests(engine)) == before


def test_it_goes_on_where_it_was_stopped(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rotation, "BATCH", 3)
    with session_factory(engine)() as session:
        session.add_all(
            models.Client(
                name=f"name {n}",
                form="individual",
                language="it",
                created_at=NOW,
                email=f"{n}@x.it",
            )
            for n in range(10)
        )
        session.commit()
    monkeypatch.setenv("SPORTELLO_KEYS", A)
    calls = []

    def stop(text: str) -> str:
        calls.append(text)
        if len(calls) == 13:  # in the third batch
            raise KeyboardInterrupt
        return text

    with monkeypatch.context() as patch:
        patch.setattr(rotation, "decrypt", stop)
        with pytest.raises(KeyboardInterrupt):
            turn(engine)
    done = [is_current(text) for text in private_texts(engine)["clients.name"]]
    assert done == [True] * 6 + [False] * 4
    assert turn(engine) == 8
    assert read_texts(engine)["clients.name"] == [f"name {n}" for n in range(10)]
    # A digest that was missing is there.
    assert digests(engine)["clients.email_key"] == [search_key(f"{n}@x.it") for n in range(10)]


def test_what_is_written_meanwhile_is_not_overwritten(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(engine)
    monkeypatch.setenv("SPORTELLO_KEYS", A)
    really = rotation.decrypt

    def write_meanwhile(text: str) -> str:
        if text == "Sibilla Aleramo":
            with session_factory(engine)() as session:
                session.execute(sa.update(models.Client).values(name="Rina Faccio"))
                session.commit()
        return really(text)

    monkeypatch.setattr(rotation, "decrypt", write_meanwhile)
    turn(engine)
    monkeypatch.undo()
    monkeypatch.setenv("SPORTELLO_KEYS", A)
    assert read_texts(engine)["clients.name"] == ["Rina Faccio"]
    turn(engine)
    assert digests(engine) == expected_digests()
    assert traces(engine) == set()


def test_a_database_that_was_encrypted_from_the_start_holds_nothing_readable(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPORTELLO_KEYS", A)
    code = fill(engine)
    assert traces(engine) == set()
    assert code not in raw(engine)


def run(*arguments: str, **environ: str) -> tuple[str, BaseException | None]:
    result = CliRunner().invoke(commands, arguments, env=environ)
    return result.output, result.exception


def test_the_commands(engine: Engine, database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(engine)
    everything = sum(map(len, private_texts(engine).values()))
    key = run("new")[0].strip()
    assert key != run("new")[0].strip()
    said, mistake = run("rotate", DATABASE_URL=database, SPORTELLO_KEYS=key)
    assert mistake is None
    assert said.startswith(f"{everything} texts written anew")
    assert traces(engine) == set()
    said, _ = run("rotate", DATABASE_URL=database, SPORTELLO_KEYS=key)
    assert said.startswith("0 texts written anew")
    monkeypatch.setenv("SPORTELLO_KEYS", key)
    assert read_texts(engine)["clients.name"] == ["Sibilla Aleramo"]


@pytest.mark.parametrize("empty", ["", " , "])
def test_without_a_key_the_command_refuses(empty: str, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'none.db'}"
    said, mistake = run("rotate", DATABASE_URL=url, SPORTELLO_KEYS=empty)
    assert isinstance(mistake, SettingsError)
    assert str(mistake).startswith("SPORTELLO_KEYS is empty: ")
    assert "\n" not in str(mistake)
    assert said == ""
    assert os.listdir(tmp_path) == []


def test_json_is_searched_for_what_a_digest_was_made_from(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with session_factory(engine)() as session:
        session.add(
            models.KeptIntake(
                code_hash="0" * 64,
                state=json.dumps({"slots": [{"n": 1}, ["x", EMAIL.upper()]], "email": None}),
                email_key=search_key(EMAIL),
                conversation_id="a",
                created_at=NOW,
                expires_at=NOW,
            )
        )
        session.commit()
    monkeypatch.setenv("SPORTELLO_KEYS", A)
    turn(engine)
    assert digests(engine)["kept_intakes.email_key"] == [search_key(EMAIL)]


def test_sqlite_forgets_its_log_of_writes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'test.db'}")
    models.metadata.create_all(engine)
    # The running system: the last one who closes the database would empty the log as well.
    with engine.connect() as running:
        running.execute(sa.text("SELECT 1"))
        fill(engine)
        assert traces(engine) == set(TRACES)
        monkeypatch.setenv("SPORTELLO_KEYS", A)
        turn(engine)
        assert (tmp_path / "test.db-wal").stat().st_size == 0
        assert traces(engine) == set()
