"""The back office's lists: what is on a page, in which order, and how many there are."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from cryptography.fernet import Fernet
from sqlalchemy.engine import Engine

from actions.logic.deadlines import Deadline as ReadDeadline
from actions.store import inbox, models
from actions.store.database import session_factory
from actions.store.inbox import Attention, ClientPage, Filter, Page, Record
from actions.store.search import index_client
from tests.actions.store.test_intakes import INTAKE, submit

NOW = dt.datetime(2026, 11, 23, 9, 30, tzinfo=dt.timezone.utc)
TODAY = NOW.date()
KEY = Fernet.generate_key().decode()


@pytest.fixture(autouse=True, params=["", KEY], ids=["plain", "keyed"])
def key(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test once without and once with a key."""
    monkeypatch.setenv("SPORTELLO_KEYS", request.param)


def day(days: int) -> dt.date:
    return TODAY + dt.timedelta(days=days)


def request(reference: str, *due: int, name: str = "Anna Rossi", **more: Any) -> models.Engagement:
    """Make a request whose deadlines are so many days from today, each with a week's warning."""
    return models.Engagement(
        **{
            "reference": reference,
            "client": models.Client(
                name=name, form="individual", email="a@example.com", language="it", created_at=NOW
            ),
            "service": "tax",
            "channel": "web",
            "conversation_id": reference,
            "submission_key": reference,
            "created_at": NOW,
            "due_date": min(map(day, due), default=None),
            "deadlines": [
                models.Deadline(
                    position=position,
                    said=f"{days} days",
                    purpose="la bozza",
                    kind="date",
                    due_date=day(days),
                    due_time=dt.time(18 - position),
                    warn_on=day(days - 7),
                )
                for position, days in enumerate(due, start=1)
            ],
            **more,
        }
    )


def store(engine: Engine, *requests: models.Engagement) -> None:
    with session_factory(engine)() as session:
        for each in requests:
            session.add(each)
            session.flush()
            index_client(session, each.client)
        session.commit()


def page(engine: Engine, filter: Filter = Filter(), **more: Any) -> Page:  # noqa: B008
    with session_factory(engine)() as session:
        return inbox.read_page(session, filter, **{"today": TODAY, **more})


def listed(engine: Engine, filter: Filter = Filter(), **more: Any) -> str:  # noqa: B008
    """Return the last letters of the references on a page."""
    return "".join(row.reference[-1] for row in page(engine, filter, **more).rows)


def mark(engine: Engine, **more: Any) -> str:
    with session_factory(engine)() as session:
        return inbox.fingerprint(inbox.read_page(session, Filter(), **{"today": TODAY, **more}))


def change(engine: Engine, model: Any, **values: Any) -> None:
    with session_factory(engine)() as session:
        session.execute(sa.update(model).values(**values))
        session.commit()


@pytest.fixture
def six(engine: Engine) -> Engine:
    """Requests A to F: of every status, with days past, soon, far away and none."""
    store(
        engine,
        request("K7PM-AAAA", -1, 30, status="new"),
        request("K7PM-AAAC", 7, status="in_charge", taken_by="staff:1", taken_name="Vera"),
        request("K7PM-AAAD", status="accepted", channel="slack", taken_by="staff:2"),
        request("K7PM-AAAE", -5, status="declined", service="legal"),
        request("W9XY-AAAF", 3, status="closed", service="legal", closed_at=NOW),
        request("W9XY-AAAG", 8, status="new", service="legal", name="Niccolò D'Angelo"),
    )
    return engine


def test_a_row_tells_everything(six: Engine) -> None:
    first, _, taken, late = page(six).rows
    assert (late.reference, late.status, late.service, late.channel) == (
        *("K7PM-AAAA", "new", "tax", "web"),
    )
    assert (late.client_name, late.form, late.created_at) == ("Anna Rossi", "individual", NOW)
    assert (late.due_date, late.due_time) == (day(-1), dt.time(17))
    assert (late.overdue, late.warned) == (True, False)
    assert (taken.taken_by, taken.taken_name, taken.version) == ("staff:1", "Vera", 1)
    assert (taken.overdue, taken.warned) == (False, True)
    assert (first.overdue, first.warned, first.duplicates) == (False, False, False)
    assert first.client_name == "Niccolò D'Angelo"


def test_a_forgotten_day_does_not_hide_the_next_one(engine: Engine) -> None:
    late, soon = (
        ReadDeadline("date", day(-9), None, "said"),
        ReadDeadline("date", day(3), None, "x"),
    )
    submit(engine, replace(INTAKE, deadlines=((late, None), (soon, None))))
    for due in ("overdue", "week"):
        (row,) = page(engine, Filter("all", due=due)).rows
        assert (row.due_date, row.more_days) == (day(-9), 1)


def test_what_is_not_open_is_neither_late_nor_warned_of(six: Engine) -> None:
    for status in ("declined", "closed"):
        (row,) = page(six, Filter(status)).rows
        assert (row.overdue, row.warned) == (False, False)


@pytest.mark.parametrize(
    ("filter", "letters"),
    [
        (Filter(), "GDCA"),
        (Filter("all"), "GFEDCA"),
        (Filter("new"), "GA"),
        (Filter("closed"), "F"),
        (Filter(service="legal"), "G"),
        (Filter("all", service="legal"), "GFE"),
        (Filter(channel="slack"), "D"),
        (Filter(taken_by="staff:1"), "C"),
        (Filter(due="overdue"), "A"),
        (Filter("all", due="overdue"), "A"),
        (Filter("all", due="week"), "C"),
        (Filter("all", due="warned"), "C"),
        (Filter("closed", due="week"), ""),
        (Filter(words="rossi"), "DCA"),
        (Filter("all", words="ANN ros"), "FEDCA"),
        (Filter(words="nicc d'ang"), "G"),
        (Filter("all", words="rossi niccolo"), ""),
        (Filter("all", words="W9XY"), "GF"),
        (Filter("all", words=" w9xy-aaaf "), "F"),
        (Filter("all", words="w9xy aaag"), "G"),
        (Filter("all", words="w9xyaaa"), "GF"),
        (Filter("all", words="w9x"), ""),
        (Filter("all", words="9xya"), ""),
        (Filter("all", words="w9xy-aaafa"), ""),
        (Filter("all", words="!?"), ""),
        (Filter("all", words="  "), "GFEDCA"),
        (Filter("all", service="legal", channel="web", words="anna"), "FE"),
    ],
)
def test_filters(filter: Filter, letters: str, six: Engine) -> None:
    assert listed(six, filter) == letters
    found = page(six, filter)
    assert found.total == len(letters) == found.counts[filter.status]


def test_a_reference_finds_beside_the_clients_of_that_name(engine: Engine) -> None:
    store(
        engine,
        request("ANNA-7AAA", name="Bruno"),
        request("K7PM-AAAC", name="Anna"),
        request("K7PM-AAAD", name="Bruno"),
    )
    assert listed(engine, Filter(words="anna")) == "CA"


def test_a_reference_finds_one_request_of_several_of_a_client(engine: Engine) -> None:
    store(engine, request("K7PM-AAAA"))
    with session_factory(engine)() as session:
        only = session.scalars(sa.select(models.Client)).one()
        other = request("W9XY-AAAC", client=only)
        session.add(other)
        session.commit()
    assert listed(engine, Filter(words="w9xy")) == "C"
    assert listed(engine, Filter(words="anna")) == "CA"


def test_an_unknown_time_or_order_is_refused(six: Engine) -> None:
    with pytest.raises(ValueError):
        page(six, Filter(due="soon"))
    with pytest.raises(KeyError):
        page(six, sort="nicest")


def test_counts_are_those_under_all_other_filters(six: Engine) -> None:
    assert page(six, Filter("closed")).counts == {
        "new": 2,
        "in_charge": 1,
        "accepted": 1,
        "declined": 1,
        "closed": 1,
        "open": 4,
        "all": 6,
    }
    counts = page(six, Filter("new", service="legal", words="anna")).counts
    assert (counts["new"], counts["open"], counts["all"]) == (0, 0, 2)


@pytest.mark.parametrize(
    ("sort", "letters"), [("newest", "GFEDCA"), ("oldest", "ACDEFG"), ("due", "EAFCGD")]
)
def test_orders(sort: str, letters: str, six: Engine) -> None:
    assert listed(six, Filter("all"), sort=sort) == letters
    pages = [listed(six, Filter("all"), sort=sort, number=n, size=2) for n in (1, 2, 3)]
    assert "".join(pages) == letters


def test_equal_days_are_in_the_order_of_their_numbers(engine: Engine) -> None:
    store(engine, *(request(f"K7PM-AAA{letter}", 4) for letter in "GCAF"), request("K7PM-AAAD"))
    assert listed(engine, sort="due") == "GCAFD"


@pytest.mark.parametrize(
    ("number", "there", "letters"), [(0, 1, "GF"), (-3, 1, "GF"), (3, 3, "CA"), (99, 3, "CA")]
)
def test_there_is_always_a_page(number: int, there: int, letters: str, six: Engine) -> None:
    found = page(six, Filter("all"), number=number, size=2)
    assert (found.number, found.pages, found.total) == (there, 3, 6)
    assert [row.reference[-1] for row in found.rows] == list(letters)


def test_an_empty_list_has_one_page(engine: Engine) -> None:
    found = page(engine)
    assert (found.rows, found.total, found.number, found.pages) == ((), 0, 1, 1)
    assert set(found.counts.values()) == {0}


def test_what_staff_dismissed_is_no_duplicate(six: Engine) -> None:
    newest, other = page(six).rows[:2]
    with session_factory(six)() as session:
        doubt = models.PossibleDuplicate(
            engagement_id=newest.id, other_client_id=other.client_id, reason="name"
        )
        session.add(doubt)
        session.commit()
    # Both of them: whichever is opened leads to the other.
    assert [row.duplicates for row in page(six).rows] == [True, True, False, False]
    assert {row.id for row in clients(six).rows if row.duplicates} == {
        *(newest.client_id, other.client_id)
    }
    change(six, models.PossibleDuplicate, dismissed_at=NOW)
    assert not any(row.duplicates for row in page(six).rows)
    assert not any(row.duplicates for row in clients(six).rows)


@pytest.mark.parametrize(
    ("model", "values"),
    [
        (models.Engagement, {"version": 2}),
        (models.Engagement, {"taken_name": "Ugo"}),
        (models.Engagement, {"status": "closed"}),
        (models.Client, {"name": "Bruno"}),
        (models.Deadline, {"due_time": dt.time(9)}),
        (models.Deadline, {"warn_on": TODAY}),
    ],
)
def test_the_fingerprint_follows_what_is_shown(
    model: Any, values: dict[str, Any], six: Engine
) -> None:
    before = mark(six)
    assert mark(six) == before
    change(six, model, **values)
    assert mark(six) != before


def test_the_fingerprint_follows_the_day_and_what_comes_in(six: Engine) -> None:
    assert len({mark(six), mark(six, today=day(1)), mark(six, sort="due"), mark(six, size=2)}) == 4
    before = mark(six, size=1, number=4)
    store(six, request("K7PM-AAAH", status="closed"))
    assert mark(six, size=1, number=4) != before


def all_of(engine: Engine, filter: Filter, **more: Any) -> list[Record]:
    with session_factory(engine)() as session:
        return list(inbox.read_all(session, filter, today=TODAY, **more))


def test_all_are_read_in_batches(six: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbox, "BATCH", 2)
    records = all_of(six, Filter("all"), sort="due")
    assert "".join(record.row.reference[-1] for record in records) == "EAFCGD"
    assert [record.row for record in records] == list(page(six, Filter("all"), sort="due").rows)


def test_a_record_holds_what_the_client_said(engine: Engine) -> None:
    submit(engine)
    (record,) = all_of(engine, Filter())
    assert record.row.client_name == "Anna D'Angelo"
    assert (record.relation, record.language, record.contact_name) == ("external", "it", None)
    assert (record.email, record.phone) == ("anna@example.com", "+393331234567")
    assert record.expectations == ("risposte chiare", "tempi certi")
    assert record.deadlines == (("il 15 gennaio alle 18", None, dt.date(2030, 1, 15), dt.time(18)),)


def test_the_first_day_is_stored_and_corrected(engine: Engine) -> None:
    def due(*days: dt.date | None) -> Sequence[Any]:
        return tuple(
            (ReadDeadline("date" if date else "none", date, None, "said"), None) for date in days
        )

    for days, first in (
        ((day(9), None, day(4)), day(4)),
        ((day(20),), day(20)),
        ((None,), None),
    ):
        submit(engine, replace(INTAKE, deadlines=due(*days)))
        (row,) = page(engine).rows
        assert row.due_date == first


def test_what_waits_for_somebody(six: Engine) -> None:
    asked = {"text": "?", "language": "it", "channel": "web", "nearest": "[]", "asked_at": NOW}
    verdict = {"conversation_id": "w", "question": "?", "language": "it", "given_at": NOW}
    called = {"contact": "a@b.it", "language": "it", "channel": "web", "created_at": NOW}
    with session_factory(six)() as session:
        session.add_all(
            (
                models.UnansweredQuestion(**asked),
                models.UnansweredQuestion(**asked, dealt_with_at=NOW),
                models.Feedback(outbox_id=1, helpful=False, **verdict),
                models.Feedback(outbox_id=2, helpful=True, **verdict),
                models.Feedback(outbox_id=3, helpful=False, dealt_with_at=NOW, **verdict),
                models.Callback(conversation_id="w", **called),
                models.Callback(conversation_id="w", status="done", **called),
                *(
                    models.Notification(
                        key=f"{n}", topic="intake", payload="{}", created_at=NOW, parked_at=parked
                    )
                    for n, parked in enumerate((None, NOW, NOW, NOW))
                ),
            )
        )
        session.commit()
        waiting = inbox.attention(session, TODAY)
    assert waiting == Attention(new=2, overdue=1, due_soon=1, callbacks=1, questions=2, failures=3)


def test_services_and_channels(engine: Engine, six: Engine) -> None:
    with session_factory(six)() as session:
        assert inbox.read_services(session) == ["legal", "tax"]
        assert inbox.read_channels(session) == ["slack", "web"]
        session.execute(sa.delete(models.Deadline))
        session.execute(sa.delete(models.Engagement))
        assert inbox.read_services(session) == inbox.read_channels(session) == []


def test_the_calendar_holds_every_deadline_of_what_is_open(six: Engine) -> None:
    with session_factory(six)() as session:
        due = inbox.due_between(session, day(-1), day(30))
        assert [(item.reference[-1], item.due_date) for item in due] == [
            *(("A", day(-1)), ("C", day(7)), ("G", day(8)), ("A", day(30))),
        ]
        assert (due[1].said, due[1].purpose, due[1].due_time) == ("7 days", "la bozza", dt.time(17))
        assert (due[1].warn_on, due[1].taken_name, due[1].status) == (day(0), "Vera", "in_charge")
        assert (due[2].client_name, due[2].service) == ("Niccolò D'Angelo", "legal")
        assert [item.due_date for item in inbox.due_between(session, day(0), day(7))] == [day(7)]


def clients(engine: Engine, words: str = "", **more: Any) -> ClientPage:
    with session_factory(engine)() as session:
        return inbox.read_clients(session, words, **more)


def test_clients_are_listed_and_found(six: Engine) -> None:
    found = clients(six, size=4)
    assert (found.total, found.number, found.pages, len(found.rows)) == (6, 1, 2, 4)
    newest = found.rows[0]
    assert (newest.name, newest.form, newest.relation) == (
        *("Niccolò D'Angelo", "individual", "external"),
    )
    assert (newest.email, newest.phone, newest.created_at) == ("a@example.com", None, NOW)
    assert (newest.engagements, newest.duplicates) == (1, False)
    assert len(clients(six, number=9, size=4).rows) == 2
    assert [row.name for row in clients(six, "niccolo").rows] == ["Niccolò D'Angelo"]
    assert clients(six, "anna ross").total == 5
    assert clients(six, "zeno").rows == ()


def test_how_many_requests_a_client_has(six: Engine) -> None:
    with session_factory(six)() as session:
        first = session.scalars(sa.select(models.Client).order_by(models.Client.id)).first()
        session.add(request("K7PM-AAAH", client=first))
        session.commit()
    assert [row.engagements for row in clients(six).rows] == [1, 1, 1, 1, 1, 2]
