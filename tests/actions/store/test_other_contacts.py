"""Who stood here twice is found by the addresses and telephones of both, until staff says no."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from cryptography.fernet import Fernet
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from actions.store import casework, models, privacy
from actions.store.audit import Staff
from actions.store.casework import ConflictError
from actions.store.database import session_factory
from actions.store.duplicates import find_duplicates
from actions.store.encryption import search_key
from actions.store.rotation import rotate
from actions.store.search import index_client, matching_clients
from actions.store.status import status_of
from tests.actions.store.test_duplicates import client

NOW = dt.datetime(2026, 11, 23, 9, 30, tzinfo=dt.timezone.utc)
ANNA = Staff("staff:1", "Anna")
A, B = (Fernet.generate_key().decode() for _ in range(2))
OLD, NEW = "elena@vecchio.example", "elena@nuovo.example"
HOME, OFFICE = "+390669820001", "+393331234567"


@pytest.fixture(autouse=True, params=["", A], ids=["plain", "keyed"])
def key(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """What stands in SPORTELLO_KEYS."""
    monkeypatch.setenv("SPORTELLO_KEYS", request.param)
    return str(request.param)


class Firm:
    """Two clients, of whom the second is merged into the first."""

    def __init__(self, engine: Engine) -> None:
        """Store both, with a request each."""
        self.engine = engine
        self.keep = self.add("Elena Riva", OLD, HOME, "AAAA-0001")
        self.drop = self.add("Elena Riva srl", NEW, OFFICE, "AAAA-0002")

    def do(self, work: Callable[[Session], Any]) -> Any:
        with session_factory(self.engine)(expire_on_commit=False) as session:
            done = work(session)
            session.commit()
            return done

    def add(self, name: str, email: str | None, phone: str | None, reference: str) -> int:
        def add(session: Session) -> int:
            row = client(name, email, phone)
            session.add(
                models.Engagement(
                    client=row,
                    reference=reference,
                    service="Consulenza",
                    channel="web",
                    conversation_id=f"web:{reference}",
                    submission_key=reference,
                    created_at=NOW,
                )
            )
            session.flush()
            index_client(session, row)
            return int(row.id)

        return int(self.do(add))

    def merge(self, keep: int, drop: int, **chosen: int) -> None:
        def merge(session: Session) -> None:
            versions = {n: session.get(models.Client, n).version for n in (keep, drop)}
            casework.merge_clients(session, keep, drop, chosen, ANNA, NOW, versions=versions)

        self.do(merge)

    def others(self, number: int) -> dict[str, int]:
        return {
            row.contact: row.id
            for row in self.do(lambda s: s.get(models.Client, number).other_contacts)
        }

    def status(self, reference: str, email: str) -> str | None:
        return status_of(
            reference,
            email,
            conversation_id="web:x",
            sessions=session_factory(self.engine),
            now=NOW,
        )

    def found(self, words: str) -> set[int]:
        return set(self.do(lambda s: list(s.scalars(matching_clients(words)))))

    def alike(self, email: str | None, phone: str | None) -> list[tuple[int, str]]:
        new = client("Zeno Zufoli", email, phone)
        return list(self.do(lambda s: find_duplicates(s, new)))


@pytest.fixture
def firm(engine: Engine) -> Firm:
    return Firm(engine)


@pytest.fixture
def merged(firm: Firm) -> Firm:
    """The two after they became one, with the address of the second and the number of the first."""
    firm.merge(firm.keep, firm.drop, email=firm.drop)
    return firm


def test_what_is_not_chosen_stays(merged: Firm) -> None:
    assert set(merged.others(merged.keep)) == {OLD, OFFICE}
    row = merged.do(lambda s: s.get(models.Client, merged.keep))
    assert (row.email, row.phone) == (NEW, HOME)


def test_what_is_the_same_in_both_is_no_other_contact(firm: Firm) -> None:
    same = firm.add("Elena R.", OLD.upper(), None, "AAAA-0003")
    firm.merge(firm.keep, same)
    assert firm.others(firm.keep) == {}


def test_a_third_brings_its_own_along_each_once(merged: Firm) -> None:
    third = merged.add("E. Riva", "e@terzo.example", OFFICE, "AAAA-0003")
    fourth = merged.add("E. Riva", OLD, None, "AAAA-0004")
    merged.merge(third, fourth)
    merged.merge(third, merged.keep, email=merged.keep)
    assert sorted(merged.others(third)) == sorted([OLD, HOME, "e@terzo.example"])


@pytest.mark.parametrize("reference", ["AAAA-0001", "AAAA-0002"])
@pytest.mark.parametrize("email", [OLD, NEW, OLD.upper()])
def test_the_status_is_told_to_both_addresses(merged: Firm, reference: str, email: str) -> None:
    assert merged.status(reference, email) == "new"
    assert merged.status(reference, "x" + email) is None
    assert merged.status("AAAA-0009", email) is None


@pytest.mark.parametrize("words", ["vecchio", "nuovo", "3331234567", "+39 06 6982", "vecchio riva"])
def test_staff_finds_them_by_everything(merged: Firm, words: str) -> None:
    assert merged.found(words) == {merged.keep}


def test_who_writes_again_is_noticed(merged: Firm) -> None:
    reasons = [(merged.keep, "email"), (merged.keep, "phone")]
    assert merged.alike(OLD, OFFICE) == merged.alike(NEW, HOME) == reasons
    assert merged.alike("zeno@example.com", None) == []


@pytest.mark.parametrize("subject", [OLD, NEW, "AAAA-0001", "aaaa0002"])
def test_everything_of_them_is_found_and_erased(merged: Firm, subject: str) -> None:
    def called(contact: str, phone: bool) -> models.Callback:
        return models.Callback(
            contact=contact,
            **{"phone_key" if phone else "email_key": search_key(contact)},
            language="it",
            channel="web",
            conversation_id=f"web:{contact}",
            created_at=NOW,
        )

    merged.do(lambda s: s.add_all([called(OLD, False), called(OFFICE, True)]))

    def erase(session: Session) -> dict[str, int]:
        person = privacy.find_person(session, subject)
        assert person is not None
        assert (person.clients, len(person.callbacks)) == ({merged.keep}, 2)
        (told,) = privacy.export(session, person, NOW)["clients"]
        assert sorted(told["other_contacts"]) == [OFFICE, OLD]
        return privacy.erase(session, person, "command", NOW)

    gone = merged.do(erase)
    assert (gone["clients"], gone["engagements"], gone["other_contacts"]) == (1, 2, 2)
    assert merged.do(lambda s: list(s.scalars(sa.select(models.OtherContact)))) == []


@pytest.mark.parametrize("email", [OLD, NEW])
def test_whoever_asks_for_erasure_may_name_either(merged: Firm, email: str) -> None:
    person = merged.do(lambda s: privacy.find_by_pair(s, "AAAA-0002", email))
    assert person.clients == {merged.keep}
    assert person.conversations == {"web:AAAA-0001", "web:AAAA-0002"}
    assert merged.do(lambda s: privacy.find_by_pair(s, "AAAA-0002", "x" + email)) is None


def test_who_shares_an_address_is_not_taken_along(merged: Firm) -> None:
    bruno = merged.add("Bruno", OFFICE.replace("+", "b") + "@x.example", None, "AAAA-0003")

    def share(session: Session) -> None:
        address = "condiviso@example.com"
        for number in (merged.keep, bruno):
            session.add(
                models.OtherContact(
                    client_id=number, contact=address, contact_key=search_key(address)
                )
            )

    merged.do(share)
    for subject in (OLD, NEW):
        assert merged.do(lambda s, subject=subject: privacy.find_person(s, subject)).clients == {
            merged.keep
        }
    both = merged.do(lambda s: privacy.find_person(s, "condiviso@example.com"))
    assert both.clients == {merged.keep, bruno}


def test_a_call_back_under_the_name_that_was_not_chosen_is_theirs(merged: Firm) -> None:
    def call(name: str) -> models.Callback:
        return models.Callback(
            contact=OFFICE,
            phone_key=search_key(OFFICE),
            name=name,
            language="it",
            channel="web",
            conversation_id=f"web:{name}",
            created_at=NOW,
        )

    merged.do(lambda s: s.add_all([call("elena riva SRL"), call("Piera Zorn")]))
    person = merged.do(lambda s: privacy.find_person(s, "AAAA-0001"))
    assert "web:elena riva SRL" in person.conversations
    assert "web:Piera Zorn" not in person.conversations


def test_the_history_keeps_what_was_not_chosen(firm: Firm) -> None:
    firm.merge(firm.keep, firm.drop, name=firm.drop)
    changes = firm.do(lambda s: list(s.scalars(sa.select(models.AnswerChange))))
    # With the request of the client whose name it was; contacts have a place of their own.
    assert [(c.engagement_id, c.field, c.old, c.new, c.changed_by) for c in changes] == [
        (firm.keep, "client_name", "Elena Riva", "Elena Riva srl", "Anna")
    ]


@pytest.mark.parametrize("conversation", ["web:AAAA-0001", "web:AAAA-0002"])
def test_from_either_conversation_everything_goes(merged: Firm, conversation: str) -> None:
    person = merged.do(lambda s: privacy.find_by_conversation(s, conversation))
    assert person.clients == {merged.keep}
    assert person.conversations == {"web:AAAA-0001", "web:AAAA-0002"}


def test_an_intake_that_is_taken_back_leaves_the_other_request(merged: Firm) -> None:
    def discard(session: Session) -> dict[str, int]:
        person = privacy.find_by_run(session, "AAAA-0002")
        assert person is not None
        return privacy.erase(session, person, "conversation", NOW)

    assert set(merged.do(discard)) == {"engagements", "answer_changes"}
    left = merged.do(lambda s: s.get(models.Client, merged.keep).engagements)
    assert [row.reference for row in left] == ["AAAA-0001"]


def test_what_is_corrected_to_another_contact_is_none_any_more(merged: Firm) -> None:
    def correct(session: Session) -> None:
        row = session.get(models.Client, merged.keep)
        request = row.engagements[0]
        casework.correct(
            session,
            request.id,
            casework.Correction(
                name=row.name,
                form=row.form,
                relation=row.relation,
                contact_name=None,
                email=OLD,
                phone=row.phone,
                service=request.service,
                expectations=(),
                deadlines=(),
            ),
            ANNA,
            NOW,
            version=request.version,
            client_version=row.version,
            country="IT",
            lead_days=7,
            today=NOW.date(),
        )

    merged.do(correct)
    assert set(merged.others(merged.keep)) == {OFFICE}


def test_what_is_removed_opens_nothing(merged: Firm) -> None:
    others = merged.others(merged.keep)

    def remove(owner: int, number: int) -> bool:
        return bool(merged.do(lambda s: casework.remove_contact(s, owner, number, ANNA, NOW)))

    stranger = merged.add("Zeno", "zeno@example.com", None, "AAAA-0003")
    assert not remove(stranger, others[OLD])
    assert set(merged.others(merged.keep)) == {OLD, OFFICE}
    version = merged.do(lambda s: s.get(models.Client, merged.keep)).version
    assert [remove(merged.keep, others[OLD]) for _ in range(2)] == [True, False]
    assert set(merged.others(merged.keep)) == {OFFICE}
    assert merged.status("AAAA-0001", OLD) is None
    assert merged.status("AAAA-0001", NEW) == "new"
    assert merged.found("vecchio") == set()
    assert merged.alike(OLD, None) == []
    assert merged.do(lambda s: s.get(models.Client, merged.keep)).version == version + 1
    noted = merged.do(
        lambda s: list(s.scalars(sa.select(models.AuditEntry).filter_by(action="remove_contact")))
    )
    assert [(row.actor, row.subject, row.subject_id) for row in noted] == [
        ("staff:1", "client", merged.keep)
    ]
    with pytest.raises(ConflictError):
        remove(99, others[OFFICE])


def test_another_key_changes_nothing(merged: Firm, monkeypatch: pytest.MonkeyPatch) -> None:
    stored = sa.type_coerce(models.OtherContact.contact, sa.Text)
    before = merged.do(lambda s: set(s.scalars(sa.select(stored))))
    keys = [key for key in (B, A) if key == B or before.isdisjoint({OLD, OFFICE})]
    monkeypatch.setenv("SPORTELLO_KEYS", ",".join(keys))
    assert merged.status("AAAA-0001", OLD) == "new"
    merged.do(rotate)
    monkeypatch.setenv("SPORTELLO_KEYS", B)
    after = merged.do(lambda s: set(s.scalars(sa.select(stored))))
    assert after.isdisjoint(before | {OLD, OFFICE})
    assert merged.status("AAAA-0001", OLD) == "new"
    assert (
        merged.found("vecchio") == merged.found("3331234") == merged.found("nuovo") == {merged.keep}
    )
    assert merged.alike(None, OFFICE) == [(merged.keep, "phone")]
