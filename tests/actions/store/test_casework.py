"""What staff does to requests and clients: once, over nobody's head, on both databases."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier
from typing import Any

import pytest
import sqlalchemy as sa
from cryptography.fernet import Fernet
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from actions.store import casework, models, privacy
from actions.store.audit import Staff
from actions.store.casework import ConflictError, CorrectedDeadline, Correction, RefusedError
from actions.store.database import session_factory
from actions.store.encryption import search_key

NOW = dt.datetime(2026, 11, 23, 9, 30, tzinfo=dt.timezone.utc)  # a Monday
TODAY = NOW.date()
LATER = NOW + dt.timedelta(minutes=20)
ANNA, BRUNO = Staff("staff:1", "Anna"), Staff("staff:2", "Bruno")
FRIDAY = dt.date(2026, 12, 4)


@pytest.fixture(params=["plain", "encrypted"])
def keys(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "encrypted":
        monkeypatch.setenv("SPORTELLO_KEYS", Fernet.generate_key().decode())
    return str(request.param)


def client(name: str, **more: Any) -> models.Client:
    return models.Client(
        **{"name": name, "form": "company", "language": "it", "created_at": NOW, **more}
    )


def engagement(reference: str, owner: models.Client, **more: Any) -> models.Engagement:
    return models.Engagement(
        **{
            "reference": reference,
            "client": owner,
            "service": "Consulenza",
            "channel": "web",
            "conversation_id": f"web:{reference}",
            "submission_key": reference,
            "created_at": NOW,
            **more,
        }
    )


@pytest.fixture
def request_id(engine: Engine) -> int:
    """A request with two expectations, and three deadlines of which one has no day."""
    with session_factory(engine)() as session:
        row = engagement(
            "K7PM-3XQD",
            client(
                "Alfa srl",
                contact_name="Carla",
                email="alfa@example.com",
                phone="+393331234567",
                email_key=search_key("alfa@example.com"),
                phone_key=search_key("+393331234567"),
            ),
            expectations=[
                models.Expectation(position=n, text=text)
                for n, text in enumerate(("un parere", "una bozza"), start=1)
            ],
            deadlines=[
                models.Deadline(
                    position=1,
                    said="il 4 dicembre",
                    purpose="la bozza",
                    kind="date",
                    due_date=FRIDAY,
                    due_time=dt.time(12),
                    warn_on=dt.date(2026, 11, 27),
                ),
                models.Deadline(position=2, said="appena potete", kind="vague"),
                models.Deadline(position=3, said="nessuna fretta", kind="none"),
            ],
        )
        session.add(row)
        session.commit()
        return int(row.id)


def card(engine: Engine, **owner: int) -> int:
    with session_factory(engine)() as session:
        topic = "intake" if "engagement_id" in owner else "callback"
        row = models.SlackCard(topic=topic, created_at=NOW, **owner)
        session.add(row)
        session.commit()
        return int(row.id)


def do(engine: Engine, work: Callable[[Session], Any]) -> Any:
    with session_factory(engine)() as session:
        done = work(session)
        session.commit()
        return done


def read(engine: Engine, model: Any, number: int) -> Any:
    with session_factory(engine)() as session:
        row = session.get(model, number)
        if row is not None:
            session.expunge(row)
        return row


def audit(engine: Engine) -> list[tuple[str, str, str, int, Any]]:
    with session_factory(engine)() as session:
        rows = session.execute(sa.select(models.AuditEntry).order_by(models.AuditEntry.id))
        return [
            (e.action, e.actor, e.subject, e.subject_id, e.detail and json.loads(e.detail))
            for e in rows.scalars()
        ]


def at_once(engine: Engine, *works: Callable[[Session], Any]) -> list[Any]:
    """Do things in as many sessions, which begin at the same moment; return results or errors."""
    gate = Barrier(len(works))

    def run(work: Callable[[Session], Any]) -> Any:
        gate.wait()
        try:
            return do(engine, work)
        except ConflictError as error:
            return error

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


# In charge ----------------------------------------------------------------------------------------


def test_one_of_many_takes_it(engine: Engine, request_id: int) -> None:
    staff = [Staff(f"staff:{n}", f"Nome {n}") for n in range(6)]
    taken = at_once(
        engine,
        *(lambda s, who=who: casework.take(s, request_id, who, LATER) for who in staff),
    )
    assert sum(taken) == 1
    row = read(engine, models.Engagement, request_id)
    winner = staff[taken.index(True)]
    assert (row.taken_by, row.taken_name, row.status) == (winner.id, winner.name, "in_charge")
    assert (row.taken_at, row.taken_after, row.version) == (LATER, 1200, 2)
    assert audit(engine) == [("take", winner.id, "engagement", request_id, None)]
    assert do(engine, lambda s: casework.take(s, request_id, winner, LATER)) is True
    assert len(audit(engine)) == 1


def test_from_hand_to_hand(engine: Engine, request_id: int, keys: str) -> None:
    do(engine, lambda s: casework.take(s, request_id, ANNA, LATER))
    with pytest.raises(ConflictError):
        do(engine, lambda s: casework.take_over(s, request_id, BRUNO, LATER, version=1))
    do(engine, lambda s: casework.take_over(s, request_id, BRUNO, LATER, version=2))
    assert read(engine, models.Engagement, request_id).taken_name == "Bruno"
    do(engine, lambda s: casework.take_over(s, request_id, BRUNO, LATER, version=3))  # his already
    do(engine, lambda s: casework.give_back(s, request_id, BRUNO, LATER, version=3))
    row = read(engine, models.Engagement, request_id)
    assert (row.taken_by, row.taken_name, row.taken_at, row.status) == (None, None, None, "new")
    much_later = NOW + dt.timedelta(days=1)
    do(engine, lambda s: casework.take(s, request_id, ANNA, much_later))
    row = read(engine, models.Engagement, request_id)
    # How long it waited at first stays.
    assert (row.taken_at, row.taken_after) == (much_later, 1200)
    assert audit(engine) == [
        ("take", "staff:1", "engagement", request_id, None),
        ("take_over", "staff:2", "engagement", request_id, {"before": "Anna"}),
        ("give_back", "staff:2", "engagement", request_id, {"before": "Bruno"}),
        ("take", "staff:1", "engagement", request_id, None),
    ]
    with engine.connect() as connection:
        stored = connection.execute(sa.text("SELECT taken_name FROM engagements")).scalar_one()
    assert (stored == "Anna") is (keys == "plain")


def test_what_is_accepted_stays_so_when_given_back(engine: Engine, request_id: int) -> None:
    do(engine, lambda s: casework.take(s, request_id, ANNA, NOW))
    do(engine, lambda s: casework.set_status(s, request_id, "accepted", ANNA, NOW))
    do(engine, lambda s: casework.give_back(s, request_id, ANNA, NOW, version=3))
    assert read(engine, models.Engagement, request_id).status == "accepted"


def test_status(engine: Engine, request_id: int) -> None:
    for status, version, closed in (("declined", 1, True), ("accepted", 2, False)):
        do(
            engine,
            lambda s, to=status, v=version: casework.set_status(
                s, request_id, to, ANNA, NOW, version=v
            ),
        )
        row = read(engine, models.Engagement, request_id)
        assert (row.status, row.closed_at is not None, row.taken_by) == (status, closed, None)
    with pytest.raises(ConflictError):
        do(
            engine,
            lambda s: casework.set_status(s, request_id, "closed", BRUNO, NOW, version=2),
        )
    with pytest.raises(RefusedError, match="unknown"):
        do(engine, lambda s: casework.set_status(s, request_id, "lost", BRUNO, NOW))
    do(engine, lambda s: casework.set_status(s, request_id, "in_charge", BRUNO, LATER, version=3))
    do(engine, lambda s: casework.set_status(s, request_id, "in_charge", BRUNO, LATER, version=4))
    row = read(engine, models.Engagement, request_id)
    assert (row.status, row.taken_by, row.taken_after, row.version) == (
        *("in_charge", "staff:2", 1200, 4),
    )
    assert [(action, detail) for action, _, _, _, detail in audit(engine)] == [
        ("set_status", {"old": "new", "new": "declined"}),
        ("set_status", {"old": "declined", "new": "accepted"}),
        ("set_status", {"old": "accepted", "new": "in_charge"}),
        ("take", None),
    ]


def test_of_two_who_saw_the_same_one_is_told(engine: Engine, request_id: int) -> None:
    """Both have read it in open sessions before the first of them saves."""
    with session_factory(engine)() as one, session_factory(engine)() as other:
        for session in (one, other):
            assert session.get(models.Engagement, request_id).status == "new"
        casework.set_status(one, request_id, "accepted", ANNA, NOW, version=1)
        one.commit()
        with pytest.raises(ConflictError):
            casework.set_status(other, request_id, "declined", BRUNO, NOW, version=1)
        other.rollback()
        # Without a version the last one is right, whatever this session had read.
        casework.set_status(other, request_id, "declined", BRUNO, NOW)
        other.commit()
    assert read(engine, models.Engagement, request_id).status == "declined"


def test_two_save_at_once(engine: Engine, request_id: int) -> None:
    done = at_once(
        engine,
        *(
            lambda s, to=to: casework.set_status(s, request_id, to, ANNA, NOW, version=1)
            for to in ("accepted", "declined", "closed")
        ),
    )
    assert sum(isinstance(result, ConflictError) for result in done) == 2
    assert read(engine, models.Engagement, request_id).version == 2
    assert len(audit(engine)) == 1


def test_what_is_gone_is_a_conflict(engine: Engine) -> None:
    for work in (
        lambda s: casework.take(s, 99, ANNA, NOW),
        lambda s: casework.set_status(s, 99, "closed", ANNA, NOW),
        lambda s: casework.add_note(s, 99, "x", ANNA, NOW),
        lambda s: casework.set_callback(s, 99, "done", ANNA, NOW, version=1),
    ):
        with pytest.raises(ConflictError):
            do(engine, work)


def test_notes(engine: Engine, request_id: int, keys: str) -> None:
    do(engine, lambda s: casework.add_note(s, request_id, "  ha richiamato\n", ANNA, LATER))
    for text, code in ((" \n", "missing"), ("x" * 4001, "long")):
        with pytest.raises(RefusedError) as refused:
            do(engine, lambda s, text=text: casework.add_note(s, request_id, text, ANNA, NOW))
        assert (refused.value.field, refused.value.code) == ("text", code)
    do(engine, lambda s: casework.add_note(s, request_id, "x" * 4000, BRUNO, LATER))
    with session_factory(engine)() as session:
        row = session.get(models.Engagement, request_id)
        assert [(note.text[:13], note.written_name) for note in row.notes] == [
            *(("ha richiamato", "Anna"), ("x" * 13, "Bruno")),
        ]
        # Nobody's work is in conflict with a note.
        assert row.version == 1
    assert [entry[0] for entry in audit(engine)] == ["add_note"] * 2
    assert "richiamato" not in str(audit(engine))


@pytest.fixture
def callback_id(engine: Engine) -> int:
    with session_factory(engine)() as session:
        row = models.Callback(
            contact="+390666",
            language="it",
            channel="web",
            conversation_id="web:1",
            created_at=NOW,
        )
        session.add(row)
        session.commit()
        return int(row.id)


def test_callbacks(engine: Engine, callback_id: int) -> None:
    do(engine, lambda s: casework.set_callback(s, callback_id, "done", ANNA, LATER, version=1))
    row = read(engine, models.Callback, callback_id)
    assert (row.status, row.handled_name, row.handled_at) == ("done", "Anna", LATER)
    with pytest.raises(ConflictError):
        do(engine, lambda s: casework.set_callback(s, callback_id, "new", BRUNO, NOW, version=1))
    with pytest.raises(RefusedError):
        do(engine, lambda s: casework.set_callback(s, callback_id, "lost", ANNA, NOW, version=2))
    do(engine, lambda s: casework.set_callback(s, callback_id, "new", BRUNO, NOW, version=2))
    row = read(engine, models.Callback, callback_id)
    assert (row.status, row.handled_name, row.handled_at, row.version) == ("new", None, None, 3)
    assert [entry[:4] for entry in audit(engine)] == [
        ("callback_done", "staff:1", "callback", callback_id),
        ("callback_open", "staff:2", "callback", callback_id),
    ]


# The card -----------------------------------------------------------------------------------------


def test_the_card_learns_of_it(engine: Engine, request_id: int, callback_id: int) -> None:
    about = card(engine, engagement_id=request_id)
    do(engine, lambda s: casework.take(s, request_id, ANNA, LATER))
    row = read(engine, models.SlackCard, about)
    assert (row.taken_by, row.taken_name, row.status) == ("staff:1", "Anna", "in_charge")
    assert row.outdated
    do(engine, lambda s: casework.set_status(s, request_id, "accepted", BRUNO, LATER))
    do(engine, lambda s: casework.give_back(s, request_id, BRUNO, LATER, version=3))
    row = read(engine, models.SlackCard, about)
    assert (row.taken_by, row.taken_name, row.taken_at, row.status) == (
        *(None, None, None, "accepted"),
    )
    called = card(engine, callback_id=callback_id)
    do(engine, lambda s: casework.set_callback(s, callback_id, "done", ANNA, NOW, version=1))
    row = read(engine, models.SlackCard, called)
    assert (row.status, row.outdated, row.taken_by) == ("done", True, None)
    with session_factory(engine)() as session:
        steps = session.execute(sa.select(models.SlackStep).order_by(models.SlackStep.id)).scalars()
        assert [(s.card_id, s.step, s.name, s.detail) for s in steps] == [
            (about, "take", "Anna", None),
            (about, "status", "Bruno", "accepted"),
            (about, "take", "Bruno", "given_back"),
            (called, "status", "Anna", "done"),
        ]


def test_what_is_done_on_the_card_itself_is_no_news_to_it(engine: Engine, request_id: int) -> None:
    about = card(engine, engagement_id=request_id)
    staff = Staff("slack:T1:U1", "Carlo")
    do(engine, lambda s: casework.take(s, request_id, staff, NOW, in_slack=True))
    row = read(engine, models.SlackCard, about)
    assert (row.taken_by, row.outdated) == ("T1:U1", False)
    assert read(engine, models.Engagement, request_id).taken_by == "slack:T1:U1"
    with session_factory(engine)() as session:
        assert session.execute(sa.select(models.SlackStep)).first() is None


# Corrections --------------------------------------------------------------------------------------


def as_it_is(engine: Engine, number: int) -> Correction:
    with session_factory(engine)() as session:
        row = session.get(models.Engagement, number)
        owner = row.client
        return Correction(
            name=owner.name,
            form=owner.form,
            relation=owner.relation,
            contact_name=owner.contact_name,
            email=owner.email,
            phone=owner.phone,
            service=row.service,
            expectations=tuple(item.text for item in row.expectations),
            deadlines=tuple(
                CorrectedDeadline(item.id, item.said, item.purpose, item.due_date, item.due_time)
                for item in row.deadlines
            ),
        )


def correct(
    engine: Engine, number: int, correction: Correction, version: int = 1, of_client: int = 1
) -> tuple[str, ...]:
    return do(  # type: ignore[no-any-return]
        engine,
        lambda s: casework.correct(
            s,
            number,
            correction,
            ANNA,
            LATER,
            version=version,
            client_version=of_client,
            country="IT",
            lead_days=7,
            today=TODAY,
        ),
    )


@pytest.fixture
def indexed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    seen: list[int] = []
    real = casework.index_client

    def index(session: Session, row: Any) -> None:
        seen.append(row.id)
        real(session, row)

    monkeypatch.setattr(casework, "index_client", index)
    return seen


def test_nothing_changed_is_nothing_done(
    engine: Engine, request_id: int, indexed: list[int]
) -> None:
    about = card(engine, engagement_id=request_id)
    assert correct(engine, request_id, as_it_is(engine, request_id)) == ()
    assert read(engine, models.Engagement, request_id).version == 1
    assert not read(engine, models.SlackCard, about).outdated
    assert (audit(engine), indexed) == ([], [])


def test_a_correction_of_everything(
    engine: Engine, request_id: int, keys: str, indexed: list[int]
) -> None:
    about = card(engine, engagement_id=request_id)
    before = as_it_is(engine, request_id)
    first, second, _ = before.deadlines
    changed = correct(
        engine,
        request_id,
        Correction(
            name=" Beta  spa ",
            form="organisation",
            relation="internal",
            contact_name="",
            email="Beta@EXAMPLE.com",
            phone="333 765 4321",
            service="Fisco",
            expectations=("un parere scritto", " ", "una bozza", "una firma"),
            deadlines=(
                replace(second, due_date=dt.date(2027, 1, 15), said="qualcos'altro"),
                replace(first, due_date=None, due_time=None),
                CorrectedDeadline(None, "", "la firma", dt.date(2026, 12, 18), dt.time(18)),
            ),
        ),
    )
    assert changed == (
        *("name", "form", "relation", "contact_name", "email", "phone"),
        *("service", "expectations", "deadlines"),
    )
    after = as_it_is(engine, request_id)
    assert (after.name, after.form, after.relation) == ("Beta spa", "organisation", "internal")
    assert (after.contact_name, after.email, after.phone) == (
        *(None, "Beta@example.com", "+393337654321"),
    )
    assert after.expectations == ("un parere scritto", "una bozza", "una firma")
    with session_factory(engine)() as session:
        row = session.get(models.Engagement, request_id)
        assert (row.version, row.client.version, row.due_date) == (2, 2, dt.date(2026, 12, 18))
        assert row.client.email_key == search_key("beta@example.com")
        assert row.client.phone_key == search_key("+393337654321")
        assert [(d.said, d.kind, d.due_date, d.warn_on) for d in row.deadlines] == [
            # Seven days before, on a working day.
            ("appena potete", "date", dt.date(2027, 1, 15), dt.date(2027, 1, 8)),
            ("il 4 dicembre", "vague", None, None),
            ("", "date", dt.date(2026, 12, 18), dt.date(2026, 12, 11)),
        ]
        history = {c.field: (c.old, c.new, c.changed_by, c.changed_at) for c in row.changes}
    assert history["client_name"] == ("Alfa srl", "Beta spa", "Anna", LATER)
    assert history["contact"] == ("Carla", None, "Anna", LATER)
    assert history["expectations"][:2] == (
        *("un parere; una bozza", "un parere scritto; una bozza; una firma"),
    )
    assert history["deadline"][:2] == (
        "la bozza: «il 4 dicembre» 04.12.2026 12:00; «appena potete»; «nessuna fretta»",
        "«appena potete» 15.01.2027; la bozza: «il 4 dicembre»; la firma: 18.12.2026 18:00",
    )
    assert audit(engine) == [
        ("correct", "staff:1", "engagement", request_id, {"fields": list(changed)})
    ]
    assert read(engine, models.SlackCard, about).outdated
    assert len(indexed) == 1


def test_only_what_hangs_on_it_changes_its_version_too(
    engine: Engine, request_id: int, indexed: list[int]
) -> None:
    now = as_it_is(engine, request_id)
    shorter = replace(now, expectations=now.expectations[:1], deadlines=now.deadlines[1:])
    assert correct(engine, request_id, shorter) == ("expectations", "deadlines")
    row = read(engine, models.Engagement, request_id)
    assert (row.version, row.due_date, indexed) == (2, None, [])
    assert as_it_is(engine, request_id) == shorter
    with pytest.raises(ConflictError):
        correct(engine, request_id, now)


def test_a_client_changed_meanwhile_is_a_conflict(engine: Engine, request_id: int) -> None:
    now = as_it_is(engine, request_id)
    correct(engine, request_id, replace(now, name="Beta"))
    with pytest.raises(ConflictError):
        correct(engine, request_id, replace(now, phone=None), version=2, of_client=1)
    assert correct(engine, request_id, replace(now, name="Beta", phone=None), 2, 2) == ("phone",)


def test_another_hour_or_purpose_warns_on_the_same_day(engine: Engine, request_id: int) -> None:
    now = as_it_is(engine, request_id)
    first = replace(now.deadlines[0], due_time=dt.time(9), purpose="la firma")
    correct(engine, request_id, replace(now, deadlines=(first, *now.deadlines[1:])))
    row = read(engine, models.Deadline, first.id or 0)
    assert (row.due_time, row.purpose, row.warn_on) == (
        *(dt.time(9), "la firma", dt.date(2026, 11, 27)),
    )
    assert row.said == "il 4 dicembre"


def test_an_old_value_that_would_not_do_today_holds_nobody_up(
    engine: Engine, request_id: int
) -> None:
    def age(session: Session) -> None:
        session.get(models.Engagement, request_id).client.email = "anna chiocciola alfa"

    do(engine, age)
    now = as_it_is(engine, request_id)
    assert correct(engine, request_id, replace(now, name="Beta"), of_client=2) == ("name",)


NEW = CorrectedDeadline(None, "domani", None, None, None)


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"name": " "}, "name", "missing"),
        ({"name": "x" * 201}, "name", "long"),
        ({"name": "1"}, "name", "invalid"),
        ({"contact_name": "?"}, "contact_name", "invalid"),
        ({"form": "robot"}, "form", "unknown"),
        ({"relation": ""}, "relation", "unknown"),
        ({"email": "alfa"}, "email", "invalid"),
        ({"email": "alfa@-.x"}, "email", "invalid"),
        ({"phone": "12"}, "phone", "invalid"),
        ({"phone": "+39 000 000"}, "phone", "invalid"),
        ({"email": "", "phone": ""}, "email", "unreachable"),
        ({"service": ""}, "service", "missing"),
        ({"service": "x" * 201}, "service", "long"),
        ({"expectations": ()}, "expectations", "missing"),
        ({"expectations": ("x" * 2001,)}, "expectations", "long"),
        ({"deadlines": (replace(NEW, id=999),)}, "deadlines", "unknown"),
        ({"deadlines": (replace(NEW, said=" "),)}, "deadlines", "missing"),
        ({"deadlines": (replace(NEW, said="x" * 2001),)}, "deadlines", "long"),
        ({"deadlines": (replace(NEW, purpose="x" * 201),)}, "deadlines", "long"),
        ({"deadlines": (replace(NEW, due_time=dt.time(9)),)}, "deadlines", "time_without_day"),
    ],
)
def test_bad_corrections(
    engine: Engine, request_id: int, change: dict[str, Any], field: str, code: str
) -> None:
    now = as_it_is(engine, request_id)
    with pytest.raises(RefusedError) as refused:
        correct(
            engine,
            request_id,
            replace(now, service="Altro", **change)
            if "service" not in change
            else replace(now, **change),
        )
    assert (refused.value.field, refused.value.code) == (field, code)
    assert as_it_is(engine, request_id) == now
    assert audit(engine) == []


def test_the_same_deadline_twice_is_refused(engine: Engine, request_id: int) -> None:
    now = as_it_is(engine, request_id)
    with pytest.raises(RefusedError, match="deadlines: unknown"):
        correct(engine, request_id, replace(now, deadlines=now.deadlines[:1] * 2))


# Clients who may be one ---------------------------------------------------------------------------


class Firm:
    """Three clients with a request each: Anna twice, and somebody who is like both of her."""

    def __init__(self, engine: Engine) -> None:
        """Store them, and hints between all of them."""
        self.engine = engine
        day = dt.timedelta(days=1)
        rows = [
            client("Anna Verdi", phone="+393331234567", created_at=NOW - day),
            client("A. Verdi", email="anna@example.com", language="en", contact_name="Anna"),
            client("Anna Verdini", created_at=NOW + day),
        ]
        for row in rows:
            row.consents = [
                models.Consent(
                    policy_version="1",
                    notice_hash="x",
                    language="it",
                    channel="web",
                    given_at=NOW,
                )
            ]
        requests = [engagement(f"AAAA-000{n}", row) for n, row in enumerate(rows)]
        with session_factory(engine)() as session:
            session.add_all(requests)
            session.commit()
            self.elder, self.younger, self.like = (row.id for row in rows)
            self.first, self.second, self.third = (row.id for row in requests)
        for request, other, reason in (
            (self.second, self.elder, "email"),
            (self.first, self.younger, "name"),
            (self.third, self.elder, "name"),
            (self.third, self.younger, "name"),
            (self.third, self.younger, "phone"),
            (self.second, self.like, "name"),
        ):
            self.hint(request, other, reason)

    def hint(self, request: int, other: int, reason: str) -> None:
        do(
            self.engine,
            lambda s: s.add(
                models.PossibleDuplicate(
                    engagement_id=request, other_client_id=other, reason=reason
                )
            ),
        )

    def hints(self) -> set[tuple[int, int, str, bool]]:
        with session_factory(self.engine)() as session:
            return {
                (row.engagement_id, row.other_client_id, row.reason, row.dismissed_at is not None)
                for row in session.execute(sa.select(models.PossibleDuplicate)).scalars()
            }

    def merge(self, keep: int, drop: int, versions: dict[int, int], **chosen: int) -> None:
        do(
            self.engine,
            lambda s: casework.merge_clients(s, keep, drop, chosen, ANNA, NOW, versions=versions),
        )


@pytest.fixture
def firm(engine: Engine, keys: str) -> Firm:
    return Firm(engine)


def test_pairs_once_each_the_newest_first(firm: Firm) -> None:
    with session_factory(firm.engine)() as session:
        pairs = casework.possible_duplicates(session)
        assert [(p.one.id, p.other.id, p.reasons) for p in pairs] == [
            (firm.younger, firm.like, ("name", "phone")),
            (firm.elder, firm.like, ("name",)),
            (firm.elder, firm.younger, ("email", "name")),
        ]
        one = pairs[-1].other
        assert (one.name, one.email, one.contact_name) == ("A. Verdi", "anna@example.com", "Anna")
        assert (one.references, one.version, one.created_at) == (("AAAA-0001",), 1, NOW)
        assert casework.possible_duplicates(session, limit=1) == pairs[:1]
        own = casework.duplicates_of(session, firm.like)
        assert [(p.one.id, p.other.id) for p in own] == [
            *((firm.like, firm.younger), (firm.like, firm.elder)),
        ]
        assert casework.duplicates_of(session, 99) == []


def test_two_that_are_two(firm: Firm) -> None:
    about = card(firm.engine, engagement_id=firm.second)
    work = lambda s: casework.dismiss_duplicate(s, firm.younger, firm.elder, ANNA, NOW)  # noqa: E731
    do(firm.engine, work)
    do(firm.engine, work)
    with session_factory(firm.engine)() as session:
        assert len(casework.possible_duplicates(session)) == 2
        assert len(casework.duplicates_of(session, firm.elder)) == 1
    assert {hint[:3] for hint in firm.hints() if hint[3]} == {
        *((firm.second, firm.elder, "email"), (firm.first, firm.younger, "name")),
    }
    assert audit(firm.engine) == [
        ("not_duplicate", "staff:1", "client", firm.younger, {"other": firm.elder})
    ]
    assert read(firm.engine, models.SlackCard, about).outdated


def test_two_that_are_one(firm: Firm, indexed: list[int]) -> None:
    keep, drop = firm.younger, firm.elder
    about = card(firm.engine, engagement_id=firm.first)
    firm.merge(keep, drop, {keep: 1, drop: 1}, name=drop, phone=drop, language=keep)
    with session_factory(firm.engine)() as session:
        row = session.get(models.Client, keep)
        assert session.get(models.Client, drop) is None
        assert (row.name, row.email, row.contact_name, row.language) == (
            *("Anna Verdi", "anna@example.com", "Anna", "en"),
        )
        assert (row.phone, row.phone_key) == ("+393331234567", search_key("+393331234567"))
        assert row.email_key == search_key("anna@example.com")
        # Known for as long as the elder was.
        assert (row.created_at, row.version) == (NOW - dt.timedelta(days=1), 2)
        assert {(e.id, e.version) for e in row.engagements} == {(firm.first, 2), (firm.second, 1)}
        assert len(row.consents) == 2
        (pair,) = casework.possible_duplicates(session)
        assert (pair.one.id, pair.other.id) == (keep, firm.like)
        assert pair.one.references == ("AAAA-0000", "AAAA-0001")
    assert firm.hints() == {
        (firm.third, keep, "name", False),
        (firm.third, keep, "phone", False),
        (firm.second, firm.like, "name", False),
    }
    assert indexed == [keep]
    assert read(firm.engine, models.SlackCard, about).outdated
    assert audit(firm.engine) == [
        (
            *("merge", "staff:1", "client", keep),
            {"dropped": drop, "engagements": [firm.first], "fields": ["name", "phone"]},
        ),
        ("merge", "staff:1", "client", drop, {"into": keep}),
    ]


def test_who_is_not_the_one_is_not_the_other_when_they_are_one(firm: Firm) -> None:
    do(
        firm.engine,
        lambda s: casework.dismiss_duplicate(s, firm.like, firm.elder, ANNA, NOW),
    )
    firm.merge(firm.younger, firm.elder, {firm.younger: 1, firm.elder: 1})
    assert (firm.third, firm.younger, "name", True) in firm.hints()


def test_the_last_of_three_is_merged_too(firm: Firm) -> None:
    firm.merge(firm.elder, firm.younger, {firm.elder: 1, firm.younger: 1})
    firm.merge(firm.elder, firm.like, {firm.elder: 2, firm.like: 1})
    assert firm.hints() == set()
    with session_factory(firm.engine)() as session:
        (row,) = session.execute(sa.select(models.Client)).scalars()
        assert (row.name, len(row.engagements), len(row.consents)) == ("Anna Verdi", 3, 3)


def test_merges_that_cannot_be(firm: Firm) -> None:
    one, other = firm.elder, firm.younger
    for keep, drop, chosen, refused in (
        (one, one, {}, (None, "same")),
        (one, other, {"name": firm.like}, ("name", "unknown")),
        (one, other, {"created_at": one}, ("created_at", "unknown")),
    ):
        with pytest.raises(RefusedError) as error:
            firm.merge(keep, drop, {one: 1, other: 1}, **chosen)
        assert (error.value.field, error.value.code) == refused
    for keep, drop, versions in (
        (one, other, {one: 2, other: 1}),
        (one, other, {one: 1, other: 2}),
        (one, other, {one: 1}),
        (one, 99, {one: 1, 99: 1}),
    ):
        with pytest.raises(ConflictError):
            firm.merge(keep, drop, versions)
    assert len(firm.hints()) == 6
    assert audit(firm.engine) == []


def test_merging_both_ways_at_once_leaves_one(firm: Firm) -> None:
    versions = {firm.elder: 1, firm.younger: 1}
    done = at_once(
        firm.engine,
        *(
            lambda s, k=keep, d=drop: casework.merge_clients(
                s, k, d, {}, ANNA, NOW, versions=versions
            )
            for keep, drop in ((firm.elder, firm.younger), (firm.younger, firm.elder))
        ),
    )
    assert sum(isinstance(result, ConflictError) for result in done) == 1
    with session_factory(firm.engine)() as session:
        assert session.execute(sa.select(sa.func.count(models.Client.id))).scalar_one() == 2


def test_a_correction_and_a_merge_at_once(firm: Firm) -> None:
    now = as_it_is(firm.engine, firm.first)
    done = at_once(
        firm.engine,
        lambda s: casework.merge_clients(
            s, firm.younger, firm.elder, {}, ANNA, NOW, versions={firm.elder: 1, firm.younger: 1}
        ),
        lambda s: casework.correct(
            s,
            firm.first,
            replace(now, name="Anna Verdone", expectations=("un parere",)),
            BRUNO,
            NOW,
            version=1,
            client_version=1,
            country="IT",
            lead_days=7,
            today=TODAY,
        ),
    )
    assert sum(isinstance(result, ConflictError) for result in done) == 1


def test_an_erasure_and_everything_else_at_once(firm: Firm) -> None:
    about = card(firm.engine, engagement_id=firm.first)
    versions = {firm.elder: 1, firm.younger: 1}

    def erase(session: Session) -> str:
        privacy.settle(session)
        person = privacy.find_person(session, "AAAA-0000")
        if person is not None:
            privacy.erase(session, person, "command", NOW)
        return "erased"

    done = at_once(
        firm.engine,
        lambda s: casework.take(s, firm.first, BRUNO, NOW),
        lambda s: casework.dismiss_duplicate(s, firm.like, firm.elder, ANNA, NOW),
        lambda s: casework.merge_clients(
            s, firm.younger, firm.elder, {}, ANNA, NOW, versions=versions
        ),
        erase,
    )
    assert done[-1] == "erased"
    with session_factory(firm.engine)() as session:
        assert session.get(models.Engagement, firm.first) is None
        assert session.get(models.SlackCard, about) is None
        # Nothing that was the client's went to another one.
        assert session.execute(sa.select(models.OtherContact)).first() is None
