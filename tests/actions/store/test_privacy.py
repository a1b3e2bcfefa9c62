"""Everything about a person: found, exported, erased to the last byte. On both databases."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest
import sqlalchemy as sa
from cryptography.fernet import Fernet
from fsrs import Rating
from sqlalchemy.engine import Engine, make_url
from sqlalchemy.orm import Session

from actions.store import database, learning, models, privacy, web_sessions
from actions.store.database import create_engine, session_factory
from actions.store.encryption import Private, search_key
from actions.store.models import metadata
from actions.store.search import index_client, terms_of
from actions.training import learner_key

NOW = dt.datetime(2026, 11, 23, 9, 30, tzinfo=dt.timezone.utc)
# Columns of a text that says nothing about anybody by itself.
IMPERSONAL = frozenset(
    "form field relation language status channel kind reason given_by policy_version key topic "
    "type_name intent_name action_name run resumed_by team thread_ts step method ts item "
    "result draft taken_by written_by".split()
)
# The others are about nobody: what is asked is masked, what is erased is counted, and a session of
# the website leads to a conversation that is empty now. Or about the staff: the audit names clients
# by number alone.
ABOUT_PEOPLE = set(metadata.tables) - {
    *("unanswered_questions", "erasures", "web_sessions", "usage_counts", "intake_runs"),
    *("staff_accounts", "staff_sessions", "audit_entries"),
}
# About the staff who practise.
TRAINING = {
    *("learners", "learner_codes", "learner_sign_ins", "learning_cards", "learning_reviews")
}


class Seed:
    """One person with a row in every table, whose mark stands in everything that is personal."""

    def __init__(self, session: Session, mark: str, reference: str, digits: str) -> None:
        """Store the person; nothing is committed."""
        self.mark, self.reference, self.phone = mark, reference, f"+39333{digits}"
        self.email = f"{mark}@example.com"
        self.other_email = f"other-{mark}@example.com"
        self.conversation = f"web:{mark}-intake"
        self.kept_in, self.called_from = f"web:{mark}-kept", f"slack:{mark}"
        self.left = f"web:{mark}-left"
        engagement = models.Engagement(
            reference=reference,
            client=self._client(),
            service=f"{mark} service",
            channel="web",
            conversation_id=self.conversation,
            submission_key=f"{self.conversation}#1",
            created_at=NOW,
            closed_at=NOW,
            taken_by="staff:7",
            taken_name=f"{mark} staff",
            expectations=[models.Expectation(position=1, text=f"{mark} expectation")],
            deadlines=[
                models.Deadline(
                    said=f"{mark} said",
                    purpose=f"{mark} purpose",
                    kind="date",
                    due_date=dt.date(2030, 1, 15),
                    due_time=dt.time(18),
                    warn_on=dt.date(2030, 1, 8),
                )
            ],
            changes=[
                models.AnswerChange(
                    field="phone",
                    old=f"{mark} old",
                    new=f"{mark} new",
                    changed_at=NOW,
                    changed_by=f"{mark} staff",
                )
            ],
            notes=[
                models.Note(
                    text=f"{mark} note",
                    written_by="staff:7",
                    written_name=f"{mark} staff",
                    written_at=NOW,
                )
            ],
        )
        callback = models.Callback(
            contact=self.email,
            email_key=search_key(self.email),
            phone_key=search_key(self.phone),
            name=f"{mark} caller",
            known=json.dumps({"client_name": f"{mark} known"}),
            language="it",
            channel="slack",
            conversation_id=self.called_from,
            created_at=NOW,
            handled_name=f"{mark} staff",
            handled_at=NOW,
        )
        kept = models.KeptIntake(
            code_hash=search_key(f"{mark} code"),
            state=json.dumps({"client_name": f"{mark} state"}),
            email_key=search_key(self.email),
            conversation_id=self.kept_in,
            created_at=NOW,
            expires_at=NOW + dt.timedelta(days=30),
        )
        session.add_all((engagement, callback, kept))
        session.flush()
        session.add(
            models.OtherContact(
                client_id=engagement.client_id,
                contact=self.other_email,
                contact_key=search_key(self.other_email),
            )
        )
        session.flush()
        index_client(session, engagement.client)
        self.terms = terms_of(engagement.client)
        self.id, self.client_id = engagement.id, engagement.client_id
        for topic, owner in (
            ("intake", {"engagement_id": engagement.id}),
            ("callback", {"callback_id": callback.id}),
        ):
            session.add(
                models.Notification(
                    key=f"{topic} {mark}",
                    topic=topic,
                    payload=f'{{"name": "{mark} payload"}}',
                    created_at=NOW,
                    last_error=f"{mark} error",
                    **owner,
                )
            )
            self._card(session, topic, owner)
        for conversation in (self.conversation, self.kept_in, self.called_from, self.left):
            session.add(
                models.FailedLookup(kind="status", conversation_id=conversation, failed_at=NOW)
            )
            button = {"title": f"{mark} title", "payload": f'/choose{{"x": "{mark}"}}'}
            say(session, conversation, "bot", f"{mark} question", data={"buttons": [button]})
            say(session, conversation, "user", f"\u2060/{mark} answer")
            say(session, conversation, "user", button["payload"])
            self._mail(session, conversation)
        say(session, self.left, "slot", None, name="email", value=self.email.upper())

    def _card(self, session: Session, topic: str, owner: dict[str, int]) -> None:
        card = models.SlackCard(
            topic=topic,
            taken_by=f"{self.mark} staff",
            taken_name=f"{self.mark} staff",
            taken_at=NOW,
            created_at=NOW,
            **owner,
        )
        session.add(card)
        session.flush()
        session.add(
            models.SlackStep(
                key=f"{topic} {self.mark}",
                card_id=card.id,
                step="reply",
                member=f"{self.mark} staff",
                name=f"{self.mark} staff",
                detail=f"{self.mark} words",
                done_at=NOW,
            )
        )
        self._post(session, f"card {topic} {self.mark}", card_id=card.id)

    def _post(self, session: Session, key: str, **owner: object) -> None:
        session.add(
            models.SlackPost(
                key=key,
                lane=f"{self.mark} lane",
                method="chat.postMessage",
                arguments=json.dumps({"text": self.mark}),
                parent_key=f"{self.mark} parent",
                created_at=NOW,
                due_at=NOW,
                last_error=f"{self.mark} error",
                **owner,
            )
        )

    def _mail(self, session: Session, conversation: str) -> None:
        message = models.Received(
            conversation_id=conversation,
            channel="web",
            key=f"{conversation}-key",
            button=f"{self.mark} button",
            text=f"{self.mark} typed",
            digest=search_key(f"{self.mark} code"),
            received_at=NOW,
            answered_at=NOW,
        )
        session.add(message)
        session.flush()
        answer = models.Answer(
            conversation_id=conversation,
            inbox_id=message.id,
            payload=f'{{"replies": [{{"text": "{self.mark}"}}]}}',
            created_at=NOW,
        )
        session.add(answer)
        session.flush()
        session.add_all(
            (
                models.OfferedButton(
                    token=f"{conversation} token",
                    conversation_id=conversation,
                    title=f"{self.mark} title",
                    payload=self.mark,
                ),
                models.Feedback(
                    outbox_id=answer.id,
                    conversation_id=conversation,
                    helpful=True,
                    faq=f"{self.mark} faq",
                    question=f"{self.mark} asked",
                    language="it",
                    given_at=NOW,
                ),
                models.SlackRoute(
                    conversation_id=conversation,
                    inbox_id=message.id,
                    kind="text",
                    team="T0",
                    member=f"{self.mark} member",
                    channel="C0",
                    response_url=f"https://hooks.slack.com/{self.mark}",
                    post_key=f"{self.mark} post",
                    created_at=NOW,
                ),
            )
        )
        self._post(session, f"answer {conversation}", conversation_id=conversation)

    def _client(self) -> models.Client:
        return models.Client(
            name=f"{self.mark} name",
            form="company",
            contact_name=f"{self.mark} contact",
            email=self.email,
            phone=self.phone,
            email_key=search_key(self.email),
            phone_key=search_key(self.phone),
            language="it",
            created_at=NOW,
            consents=[
                models.Consent(
                    policy_version="2026-11",
                    notice_hash=search_key(f"{self.mark} notice"),
                    language="it",
                    channel="web",
                    given_by="button",
                    given_at=NOW,
                )
            ],
        )

    @property
    def strings(self) -> list[str]:
        """Everything that must be nowhere after the erasure."""
        digests = (
            self.email,
            self.other_email,
            self.phone,
            f"{self.mark} code",
            f"{self.mark} notice",
        )
        return [self.mark, self.reference, self.phone, *map(search_key, digests)]


class SeededLearner:
    """A learner with a row in every table of the training, who has also talked about a client."""

    def __init__(self, session: Session, mark: str, key: str, talks: tuple[str, ...]) -> None:
        """Store the learner; nothing is committed."""
        self.mark, self.web = mark, f"web:{mark}-practice"
        self.talks = (*talks, self.web)
        learner = learning.enrol(
            session, key, language="it", goal=5, reminder_hour=9, now=NOW, name=f"{mark} name"
        )
        self.id, self.key = int(learner.id), key
        session.add_all(
            (
                models.LearnerSignIn(
                    learner_id=self.id, conversation_id=self.web, signed_in_at=NOW
                ),
                models.LearnerCode(
                    learner_id=self.id, code_hash=search_key(f"{mark} code"), expires_at=NOW
                ),
            )
        )
        graded = learning.Graded(
            item="who_pays",
            delivery=f"{mark}:0",
            answer=f"{mark} answer",
            result="right",
            score=1.0,
            sure=True,
            rating=Rating.Good,
            seconds=20,
        )
        learning.note_review(session, self.id, graded, channel="web", language="it", now=NOW)
        for talk in self.talks:
            say(session, talk, "user", f"{mark} typed")
            session.add(
                models.Received(
                    conversation_id=talk, channel="web", key="k", text=f"{mark}", received_at=NOW
                )
            )

    @property
    def strings(self) -> list[str]:
        """Everything that must be nowhere after the erasure."""
        return [self.mark, self.key, search_key(f"{self.mark} code")]


def seed_learners(engine: Engine) -> tuple[SeededLearner, SeededLearner]:
    """Store two learners whose keys begin alike."""
    with session_factory(engine)() as session:
        vera = SeededLearner(
            session, "qzvera", "slack:T1:UQZ1", ("slack:T1:UQZ1", "slack:T1:UQZ1:17.5")
        )
        nora = SeededLearner(
            session, "qznora", "slack:T1:UQZ12", ("slack:T1:UQZ12", "slack:T1:uqz1:17.5")
        )
        session.commit()
    return vera, nora


def say(session: Session, conversation: str, kind: str, text: str | None, **more: object) -> None:
    """Store an event as Rasa does."""
    event = {"event": kind, "timestamp": NOW.timestamp(), "text": text, **more}
    session.execute(
        sa.insert(models.events).values(
            sender_id=conversation,
            type_name=kind,
            timestamp=NOW.timestamp(),
            intent_name=None,
            action_name=more.get("name"),
            data=json.dumps(event),
        )
    )


def seed_two(engine: Engine) -> tuple[Seed, Seed]:
    """Store two people of much the same data, each a possible duplicate of the other."""
    with session_factory(engine)() as session:
        anna = Seed(session, "qzannaverdi", "K7PM-3XQD", "1234567")
        hanna = Seed(session, "qzannaverde", "K7PM-3XQE", "1234568")
        for one, other in ((anna, hanna), (hanna, anna)):
            session.add(
                models.PossibleDuplicate(
                    engagement_id=one.id,
                    other_client_id=other.client_id,
                    reason="name",
                )
            )
        session.commit()
    return anna, hanna


def share_address(session: Session, one: Seed, other: Seed) -> None:
    """Let one person's client have the address of the other."""
    client = session.get(models.Client, one.client_id)
    client.email, client.email_key = other.email, search_key(other.email)


def dump(engine: Engine) -> str:
    """Return every column of every table of the database, whatever it is."""
    found = sa.MetaData()
    found.reflect(engine)
    with engine.connect() as connection:
        return "\n".join(
            str(tuple(row))
            for table in found.sorted_tables
            for row in connection.execute(sa.select(table))
        )


def raw(engine: Engine) -> str:
    """Return the bytes of SQLite's files, its log included; nothing on PostgreSQL."""
    if engine.dialect.name != "sqlite":
        return ""
    path = Path(make_url(engine.url).database or "")
    return "".join(
        file.read_bytes().decode("latin-1") for file in sorted(path.parent.glob(path.name + "*"))
    )


def exported(engine: Engine, subject: str) -> dict[str, object]:
    with session_factory(engine)() as session:
        person = privacy.find_person(session, subject)
        assert person is not None
        return json.loads(json.dumps(privacy.export(session, person, NOW)))  # type: ignore[no-any-return]


def erased(engine: Engine, subject: str) -> dict[str, int]:
    # Somebody else is connected, as the bot is: so SQLite does not tidy up by itself at the end.
    with engine.connect() as other, session_factory(engine)() as session:
        other.exec_driver_sql("SELECT count(*) FROM clients").all()
        person = privacy.find_person(session, subject)
        assert person is not None
        expected = privacy.count(session, person)
        gone = privacy.erase(session, person, "command", NOW)
        assert gone == expected
        session.commit()
        assert privacy.scrub(engine)
        if engine.dialect.name == "sqlite":
            assert Path(f"{engine.url.database}-wal").stat().st_size == 0
    return gone


def test_the_seed_fills_every_column_that_may_hold_personal_data(engine: Engine) -> None:
    """A column added later shows up here first: what is not seeded would not be searched for."""
    strings = [*seed_two(engine)[0].strings, *seed_learners(engine)[0].strings]
    for name in ABOUT_PEOPLE:
        table = metadata.tables[name]
        with engine.connect() as connection:
            rows = connection.execute(sa.select(table)).mappings().all()
        for column in table.columns:
            if not isinstance(column.type, (sa.String, Private)) or column.name in IMPERSONAL:
                continue
            values = [str(row[column.name]) for row in rows]
            assert any(text in value for value in values for text in strings), column


@pytest.mark.parametrize(
    "subject",
    ["K7PM-3XQD", " k7pm 3xqd ", "qzannaverdi@EXAMPLE.com", "other-qzannaverdi@example.com"],
)
def test_nothing_is_left_of_who_is_erased(subject: str, engine: Engine) -> None:
    anna, hanna = seed_two(engine)
    other = exported(engine, hanna.email)
    for text in anna.strings:
        assert text in dump(engine), text
        assert engine.dialect.name != "sqlite" or text in raw(engine), text
    gone = erased(engine, subject)
    everything = dump(engine) + raw(engine)
    for text in anna.strings:
        assert text not in everything, text
    assert set(gone) == ABOUT_PEOPLE - TRAINING
    # The other one has lost the hint at a duplicate and nothing else.
    assert other["clients"][0].pop("possible_duplicates") == ["name"]  # type: ignore[index]
    after = exported(engine, hanna.email)
    assert after["clients"][0].pop("possible_duplicates") == []  # type: ignore[index]
    assert after == other


def test_the_tombstone_tells_how_much_and_not_whose(engine: Engine) -> None:
    anna, _ = seed_two(engine)
    gone = erased(engine, anna.reference)
    with session_factory(engine)() as session:
        stone = session.execute(sa.select(models.Erasure)).scalar_one()
        assert (stone.via, stone.erased_at, json.loads(stone.rows)) == ("command", NOW, gone)
    # Four conversations of three messages, and the address given in the one that was left.
    assert gone == {
        "clients": 1,
        "client_terms": len(anna.terms),
        "other_contacts": 1,
        "consents": 1,
        "engagements": 1,
        "answer_changes": 1,
        "callbacks": 1,
        "deadlines": 1,
        "expectations": 1,
        "notes": 1,
        "events": 13,
        "inbox": 4,
        "outbox": 4,
        "offered_buttons": 4,
        "feedback": 4,
        "failed_lookups": 4,
        "kept_intakes": 1,
        "notifications": 2,
        "possible_duplicates": 2,
        "slack_cards": 2,
        "slack_posts": 6,
        "slack_routes": 4,
        "slack_steps": 2,
    }


def test_nothing_goes_without_the_commit(engine: Engine) -> None:
    anna, _ = seed_two(engine)
    before = dump(engine)
    with session_factory(engine)() as session:
        person = privacy.find_person(session, anna.reference)
        assert person is not None
        privacy.erase(session, person, "command", NOW)
        session.flush()
    assert dump(engine) == before


def test_the_export_holds_everything_and_nobody_else(engine: Engine) -> None:
    anna, hanna = seed_two(engine)
    copy = exported(engine, anna.email)
    assert set(copy) == {
        *("format", "exported_at", "clients", "callbacks", "kept_intakes", "conversations"),
        "learners",
    }
    client = copy["clients"][0]  # type: ignore[index]
    engagement = client["engagements"][0]
    assert client["possible_duplicates"] == ["name"]
    assert client["other_contacts"] == [anna.other_email]
    assert (client["name"], client["contact_name"]) == ("qzannaverdi name", "qzannaverdi contact")
    assert (client["email"], client["phone"]) == (anna.email, anna.phone)
    assert client["consents"][0]["given_by"] == "button"
    assert engagement["expectations"] == ["qzannaverdi expectation"]
    assert engagement["deadlines"] == [
        {
            "said": "qzannaverdi said",
            "purpose": "qzannaverdi purpose",
            "kind": "date",
            "due_date": "2030-01-15",
            "due_time": "18:00:00",
            "warn_on": "2030-01-08",
        }
    ]
    assert engagement["changes"][0] == {
        "field": "phone",
        "old": "qzannaverdi old",
        "new": "qzannaverdi new",
        "changed_at": "2026-11-23T09:30:00+00:00",
    }
    assert engagement["notes"] == [
        {"text": "qzannaverdi note", "written_at": "2026-11-23T09:30:00+00:00"}
    ]
    assert engagement["notifications"] == [
        {
            "topic": "intake",
            "created_at": "2026-11-23T09:30:00+00:00",
            "delivered_at": None,
            "parked_at": None,
            "state": "waiting",
        }
    ]
    assert copy["callbacks"][0]["known"] == {"client_name": "qzannaverdi known"}  # type: ignore[index]
    assert copy["kept_intakes"][0]["answers"] == {"client_name": "qzannaverdi state"}  # type: ignore[index]
    talks = {talk["conversation_id"]: talk for talk in copy["conversations"]}  # type: ignore[attr-defined]
    assert set(talks) == {anna.conversation, anna.kept_in, anna.called_from, anna.left}
    assert [(line["who"], line["text"]) for line in talks[anna.left]["messages"]] == [
        ("assistant", "qzannaverdi question"),
        ("client", "/qzannaverdi answer"),
        ("client", "qzannaverdi title"),
    ]
    assert talks[anna.left]["messages"][0]["time"] == "2026-11-23T09:30:00+00:00"
    assert talks[anna.left]["failed_lookups"][0]["kind"] == "status"
    assert not any(text in json.dumps(copy) for text in hanna.strings)


def test_nobody_is_found(engine: Engine) -> None:
    seed_two(engine)
    with session_factory(engine)() as session:
        for subject in (
            "",
            "-",
            "K7PM-3XQ",
            "K7PM-3XQDD",
            "zannaverdi@example.com",
            "@",
            "%",
            "é@",
        ):
            assert privacy.find_person(session, subject) is None, subject


def test_all_requests_of_an_address_are_one_person(engine: Engine) -> None:
    with session_factory(engine)() as session:
        first = Seed(session, "qzanna", "K7PM-3XQD", "1234567")
        second = Seed(session, "qzbruno", "K7PM-3XQE", "1234568")
        share_address(session, second, first)
        person = privacy.find_person(session, second.reference)
        assert person is not None
        assert len(person.clients) == 2
        assert {first.conversation, second.conversation, first.kept_in} <= person.conversations


def test_a_conversation_belongs_to_the_last_address_given_in_it(engine: Engine) -> None:
    anna, _ = seed_two(engine)
    with session_factory(engine)() as session:
        for conversation, addresses in (
            ("web:slip", (anna.email, "qzandrea@example.com")),
            ("web:mended", ("qzandrea@example.com", anna.email)),
            ("web:asked", (anna.email, None)),  # the slot is emptied once it has served
        ):
            for address in addresses:
                say(session, conversation, "slot", None, name="request_email", value=address)
        person = privacy.find_person(session, anna.email)
        assert person is not None
        assert {"web:mended", "web:asked"} <= person.conversations
        assert "web:slip" not in person.conversations


@pytest.mark.parametrize(
    ("name", "belongs"), [("Qzannaverdi NAME", True), (None, True), ("Qzbruno", False)]
)
def test_a_callback_to_the_clients_telephone(
    name: str | None, belongs: bool, engine: Engine
) -> None:
    anna, _ = seed_two(engine)
    with session_factory(engine)() as session:
        session.add(
            models.Callback(
                contact=anna.phone,
                phone_key=search_key(anna.phone),
                name=name,
                language="it",
                channel="web",
                conversation_id="web:phone",
                created_at=NOW,
            )
        )
        person = privacy.find_person(session, anna.reference)
        assert person is not None
        assert ("web:phone" in person.conversations) is belongs


def test_the_pair_must_belong_together(engine: Engine) -> None:
    anna, hanna = seed_two(engine)
    with session_factory(engine)() as session:
        assert privacy.find_by_pair(session, anna.reference, hanna.email) is None
        assert privacy.find_by_pair(session, "AAAA-AAAA", anna.email) is None
        assert privacy.find_by_pair(session, anna.reference, "") is None
        found = privacy.find_by_pair(session, anna.reference.lower(), f" {anna.email.upper()} ")
        assert found is not None
        assert found.clients == {anna.client_id}
        assert found.conversations == {anna.conversation}


def test_an_intake_with_somebody_elses_address_does_not_reach_their_data(engine: Engine) -> None:
    anna, hanna = seed_two(engine)
    with session_factory(engine)() as session:
        share_address(session, hanna, anna)
        found = privacy.find_by_pair(session, hanna.reference, anna.email)
        assert found is not None
        assert found.clients == {hanna.client_id}
        assert anna.conversation not in found.conversations


def test_two_requests_of_one_conversation_go_together(engine: Engine) -> None:
    anna, hanna = seed_two(engine)
    with session_factory(engine)() as session:
        share_address(session, hanna, anna)
        session.get(models.Engagement, hanna.id).conversation_id = anna.conversation
        found = privacy.find_by_pair(session, anna.reference, anna.email)
        assert found is not None
        assert found.clients == {anna.client_id, hanna.client_id}


def test_what_came_of_a_conversation(engine: Engine) -> None:
    anna, _ = seed_two(engine)
    with session_factory(engine)() as session:
        found = privacy.find_by_conversation(session, anna.conversation)
        assert found is not None
        assert (found.clients, found.callbacks) == ({anna.client_id}, set())
        assert found.conversations == {anna.conversation}
        kept = privacy.find_by_conversation(session, anna.kept_in)
        assert kept is not None
        assert (kept.clients, len(kept.kept_intakes)) == (set(), 1)
        assert privacy.find_by_conversation(session, anna.called_from) is not None
        assert privacy.find_by_conversation(session, anna.left) is None


def test_who_was_stored_before_there_were_keys_is_found_with_them(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna, _ = seed_two(engine)
    monkeypatch.setenv("SPORTELLO_KEYS", Fernet.generate_key().decode())
    with session_factory(engine)() as session:
        client = session.get(models.Client, anna.client_id)
        client.name = "qzannaverdi secret"
        session.commit()
    assert "qzannaverdi secret" not in dump(engine)
    assert exported(engine, anna.email)["clients"][0]["name"] == "qzannaverdi secret"  # type: ignore[index]
    erased(engine, anna.email)
    assert "qzannaverdi" not in dump(engine) + raw(engine)


def test_more_rows_than_one_statement_may_name(engine: Engine) -> None:
    anna, _ = seed_two(engine)
    with session_factory(engine)() as session:
        for number in range(2 * database.CHUNK):
            say(session, anna.conversation, "user", f"qzannaverdi {number}")
        session.commit()
    assert erased(engine, anna.reference)["events"] == 13 + 2 * database.CHUNK
    assert "qzannaverdi" not in dump(engine)


def test_what_was_deleted_without_care_is_scrubbed_too(tmp_path: Path) -> None:
    careless = sa.create_engine(f"sqlite:///{tmp_path / 'x.db'}", future=True)
    with careless.begin() as connection:
        connection.exec_driver_sql("PRAGMA secure_delete = OFF")
        connection.exec_driver_sql("CREATE TABLE t (x)")
        connection.exec_driver_sql("INSERT INTO t VALUES ('qzannaverdi')")
        connection.exec_driver_sql("DELETE FROM t")
    assert "qzannaverdi" in raw(careless)
    assert privacy.scrub(careless)
    assert "qzannaverdi" not in raw(careless)
    careless.dispose()


def test_a_file_in_use_is_told(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'x.db'}")
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE t (x)")
    impatient = sa.create_engine(engine.url, future=True, connect_args={"timeout": 0.05})
    with engine.connect() as reader:
        reader.exec_driver_sql("BEGIN")
        reader.exec_driver_sql("SELECT * FROM t").all()
        assert not privacy.scrub(impatient)
    assert privacy.scrub(impatient)
    impatient.dispose()
    engine.dispose()


def test_nothing_is_left_of_a_learner(engine: Engine) -> None:
    vera, nora = seed_learners(engine)
    other = exported(engine, f"learner:{nora.id}")
    for text in vera.strings:
        assert text in dump(engine), text
    gone = erased(engine, f" learner:{vera.id} ")
    everything = dump(engine) + raw(engine)
    # The other's key goes on from where this one ends.
    everything = everything.replace(nora.key, "")
    for text in vera.strings:
        assert text not in everything, text
    assert gone == {**dict.fromkeys(sorted(TRAINING), 1), "events": 3, "inbox": 3}
    assert exported(engine, f"learner:{nora.id}") == other
    assert dump(engine).count("qznora typed") == 3


def test_the_export_of_a_learner_holds_their_answers_and_nobody_elses_words(
    engine: Engine,
) -> None:
    vera, nora = seed_learners(engine)
    copy = exported(engine, f"learner:{vera.id}")
    (learner,) = copy["learners"]  # type: ignore[misc]
    assert (learner["number"], learner["name"]) == (vera.id, "qzvera name")
    assert [card["item"] for card in learner["cards"]] == ["who_pays"]
    assert learner["cards"][0]["last_review"] == "2026-11-23T09:30:00+00:00"
    (review,) = learner["reviews"]
    assert (review["item"], review["answer"], review["result"]) == (
        *("who_pays", "qzvera answer", "right"),
    )
    assert [sign_in["conversation_id"] for sign_in in learner["sign_ins"]] == [vera.web]
    assert copy["conversations"] == []
    assert not any(text in json.dumps(copy) for text in nora.strings)


@pytest.mark.parametrize("subject", ["learner:999", "learner:", "learner:x", "learner:-1", "1"])
def test_no_learner_is_found(subject: str, engine: Engine) -> None:
    seed_learners(engine)
    with session_factory(engine)() as session:
        assert privacy.find_person(session, subject) is None


@pytest.mark.parametrize(
    ("channel", "conversation", "others"),
    [
        ("slack", "slack:T1:U1", ["slack:T1:U12", "slack:T2:U1"]),
        ("slack", "slack:T1:U1:1700.5", ["slack:T1:U12:1700.5"]),
        ("rest", "rest:terminal:anna:0f3a", ["rest:terminal:annab:0f3a", "rest:terminal:ANNA:1"]),
        ("rest", "rest:me", ["rest:me2", "rest:me:2"]),
        ("rest", "rest:100%_me", ["rest:100xyme", "rest:100%_me:1"]),
        ("slack", "slack:T_:U%:1", ["slack:T1:Ux:1"]),
    ],
)
def test_whoever_is_verified_in_a_conversation_has_it_erased(
    channel: str, conversation: str, others: list[str], engine: Engine
) -> None:
    key = learner_key(channel, conversation)
    assert key is not None
    with session_factory(engine)() as session:
        learner = learning.enrol(session, key, language="it", goal=5, reminder_hour=9, now=NOW)
        for talk in (conversation, *others):
            say(session, talk, "user", "ciao")
        privacy.erase(session, privacy.of_learner(learner.id), "command", NOW)
        left = session.execute(sa.select(models.events.c.sender_id)).scalars()
        assert sorted(left) == sorted(others)


def test_a_conversation_that_is_erased_or_ended_signs_nobody_in(engine: Engine) -> None:
    vera, nora = seed_learners(engine)
    with session_factory(engine)() as session:
        talk = privacy.all_of_conversation(session, vera.web)
        privacy.erase(session, talk, "conversation", NOW)
        web_sessions.end_session(session, nora.web, NOW)
        session.commit()
        for learner in (vera, nora):
            assert learning.signed_in(session, learner.web) is None
            assert learning.learner(session, learner.id) is not None
