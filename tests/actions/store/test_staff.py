"""Accounts, sign-in and sessions of the back office: who gets in, and who never does."""

from __future__ import annotations

import datetime as dt
import json
import logging
import re
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher
from sqlalchemy.engine import Engine

from actions.firm import RetentionDays
from actions.store import lookups, staff
from actions.store.audit import NOBODY, Staff
from actions.store.database import session_factory
from actions.store.models import AuditEntry, FailedLookup, StaffAccount, StaffSession
from actions.store.retention import purge
from actions.store.staff import Account, Limits, SignInRefused, StaffError

NOW = dt.datetime(2026, 11, 28, 9, 30, tzinfo=dt.timezone.utc)
MINUTE = dt.timedelta(minutes=1)
SECOND = dt.timedelta(seconds=1)
LIMITS = Limits(idle=30 * MINUTE, absolute=12 * 60 * MINUTE)
COMMAND = Staff("command", "root")
PASSWORD = "il mare in novembre"
OTHER = "la neve in montagna"
ANNA, BRUNO, NONE = "anna@example.com", "bruno@example.com", "nessuno@example.com"

Sessions = Any  # a maker of sessions


@pytest.fixture(autouse=True)
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> PasswordHasher:
    """As argon2id as the real ones, but for what makes them slow."""
    hasher = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    monkeypatch.setattr(staff, "_HASHER", hasher)
    staff._nobodys.cache_clear()
    return hasher


@pytest.fixture
def sessions(engine: Engine) -> Sessions:
    return session_factory(engine)


def add(sessions: Sessions, email: str = ANNA, **other: Any) -> Account:
    wanted = {"name": "Anna Verdi", "role": "admin", "language": "it", "password": PASSWORD}
    with sessions() as session:
        account = staff.add_account(
            session, email=email, now=NOW, by=COMMAND, **{**wanted, **other}
        )
        session.commit()
    return account


def sign_in(
    sessions: Sessions,
    email: str = ANNA,
    password: str = PASSWORD,
    *,
    address: str | None = "192.0.2.1",
    now: dt.datetime = NOW,
) -> str:
    token, _ = staff.sign_in(sessions, email=email, password=password, address=address, now=now)
    return token


def refused(sessions: Sessions, *arguments: Any, **other: Any) -> dt.datetime | None:
    """Try to sign in, and return until when it is locked."""
    with pytest.raises(SignInRefused) as error:
        sign_in(sessions, *arguments, **other)
    return error.value.retry_at


def change(sessions: Sessions, what: Callable[..., Any], *arguments: Any, **other: Any) -> Any:
    with sessions() as session:
        result = what(session, *arguments, **other)
        session.commit()
    return result


def seen(
    sessions: Sessions, token: str, now: dt.datetime = NOW, touch: bool = True
) -> Account | None:
    found: Account | None = change(sessions, staff.session_of, token, now, LIMITS, touch=touch)
    return found


def audit(sessions: Sessions) -> list[tuple[str, str, int | None, dict[str, Any]]]:
    """Return who did what to which account, and how."""
    with sessions() as session:
        entries = session.execute(sa.select(AuditEntry).order_by(AuditEntry.id)).scalars()
        return [
            (e.actor, e.action, e.subject_id, json.loads(e.detail) if e.detail else {})
            for e in entries
        ]


def number(sessions: Sessions, model: Any) -> int:
    with sessions() as session:
        return int(session.execute(sa.select(sa.func.count()).select_from(model)).scalar_one())


# Accounts


def test_an_account_is_added_and_found(sessions: Sessions) -> None:
    account = add(sessions, "  Anna@Example.COM ", name="  Anna \n Verdi ")
    assert account == Account(account.id, ANNA, "Anna Verdi", "admin", "it")
    assert account.staff == Staff(f"staff:{account.id}", "Anna Verdi")
    with sessions() as session:
        assert staff.account_of_email(session, "ANNA@example.com") == account
        with pytest.raises(StaffError, match=f"There is no account of {BRUNO}"):
            staff.account_of_email(session, BRUNO)
        row = session.execute(sa.select(StaffAccount)).scalar_one()
        assert row.password_hash.startswith("$argon2id$")
        assert PASSWORD not in row.password_hash
    assert audit(sessions) == [("command", "account_add", account.id, {"role": "admin"})]


def test_a_role_includes_those_below_it() -> None:
    may = {
        role: [other for other in staff.ROLES if Account(1, "", "", role, "it").may(other)]
        for role in staff.ROLES
    }
    assert may == {
        "reader": ["reader"],
        "staff": ["reader", "staff"],
        "admin": ["reader", "staff", "admin"],
    }


def test_what_can_not_be_is_refused_in_one_sentence(sessions: Sessions) -> None:
    add(sessions)
    fitting = {"email": "bruno.neri.2@example.com", "name": "Bruno Maria Neri"}
    for wrong, reason in (
        ({"email": "anna"}, "email"),
        ({"email": "a" * 250 + "@example.com"}, "email"),
        ({"email": "Anna@example.com"}, "taken"),
        ({"name": " \u200b"}, "name"),
        ({"name": "a" * 201}, "name"),
        ({"role": "boss"}, "role"),
        ({"language": "fr"}, "language"),
        ({"password": "undici 1234"}, "short"),
        ({"password": "ab" * 65}, "long"),
        ({"password": "aaaaaaaaaaaa"}, "repeated"),
        ({"password": "bruno.neri.2"}, "own"),
        ({"password": "Bruno Maria Neri"}, "own"),
        ({"password": "Password1234"}, "usual"),
    ):
        with pytest.raises(StaffError) as error:
            add(sessions, **{**fitting, **wrong})
        assert error.value.reason == reason
        assert re.fullmatch(r"[^\n]+\.", str(error.value))
    assert number(sessions, StaffAccount) == 1


@pytest.mark.parametrize("password", ["a b" * 42 + "a ", "perché così è", "\ud800 mezza lettera"])
def test_no_rule_asks_for_signs_or_capitals(password: str, sessions: Sessions) -> None:
    add(sessions, password=password)
    sign_in(sessions, password=password)


def test_keyboards_that_spell_accents_differently_type_the_same_password(
    sessions: Sessions,
) -> None:
    add(sessions, password="perch\u00e9 cos\u00ec tardi")
    sign_in(sessions, password="perche\u0301 cosi\u0300 tardi")


def test_the_list_tells_who_is_there(sessions: Sessions) -> None:
    anna, bruno = add(sessions), add(sessions, BRUNO, name="Bruno Neri", role="reader")
    sign_in(sessions, now=NOW)
    sign_in(sessions, now=NOW + MINUTE)
    change(sessions, staff.disable, bruno.id, NOW, by=COMMAND)
    for _ in range(5):
        refused(sessions, BRUNO, OTHER, now=NOW + MINUTE)
    with sessions() as session:
        first, second = staff.list_accounts(session, NOW + 2 * MINUTE)
        assert (first.email, first.staff) == (ANNA, anna.staff)
        assert (first.created_at, first.disabled_at) == (NOW, None)
        assert (first.last_seen, first.locked) == (NOW + MINUTE, False)
        assert (second.email, second.role, second.disabled_at) == (BRUNO, "reader", NOW)
        assert (second.last_seen, second.locked) == (None, True)
        assert not staff.list_accounts(session, NOW + 16 * MINUTE)[1].locked


def test_who_has_signed_out_was_there_all_the_same(sessions: Sessions) -> None:
    add(sessions)
    change(sessions, staff.sign_out, sign_in(sessions, now=NOW), NOW + MINUTE)
    with sessions() as session:
        (listed,) = staff.list_accounts(session, NOW + 2 * MINUTE)
        assert listed.last_seen == NOW


def test_the_last_admin_stays(sessions: Sessions) -> None:
    anna, bruno = add(sessions), add(sessions, BRUNO, role="staff")
    for what, arguments in ((staff.disable, ()), (staff.set_role, ("reader",))):
        with pytest.raises(StaffError, match="is the only admin") as error:
            change(sessions, what, anna.id, *arguments, NOW, by=COMMAND)
        assert error.value.reason == "last_admin"
    change(sessions, staff.set_role, anna.id, "admin", NOW, by=COMMAND)
    change(sessions, staff.set_role, bruno.id, "admin", NOW, by=COMMAND)
    change(sessions, staff.disable, bruno.id, NOW, by=COMMAND)
    # A disabled one is none.
    with pytest.raises(StaffError, match="is the only admin"):
        change(sessions, staff.set_role, anna.id, "staff", NOW, by=COMMAND)
    change(sessions, staff.set_role, bruno.id, "staff", NOW, by=COMMAND)
    change(sessions, staff.set_role, bruno.id, "admin", NOW, by=COMMAND)
    change(sessions, staff.enable, bruno.id, NOW, by=COMMAND)
    change(sessions, staff.set_role, anna.id, "staff", NOW, by=COMMAND)
    with pytest.raises(StaffError, match="is no role"):
        change(sessions, staff.set_role, anna.id, "boss", NOW, by=COMMAND)
    assert audit(sessions)[2:] == [
        ("command", "account_role", bruno.id, {"old": "staff", "new": "admin"}),
        ("command", "account_disable", bruno.id, {}),
        ("command", "account_role", bruno.id, {"old": "admin", "new": "staff"}),
        ("command", "account_role", bruno.id, {"old": "staff", "new": "admin"}),
        ("command", "account_enable", bruno.id, {}),
        ("command", "account_role", anna.id, {"old": "admin", "new": "staff"}),
    ]


def test_two_admins_can_not_disable_each_other_at_once(sessions: Sessions, engine: Engine) -> None:
    both = [add(sessions).id, add(sessions, BRUNO).id]

    @sa.event.listens_for(engine, "before_cursor_execute")
    def give_the_other_time(*arguments: Any) -> None:
        if arguments[2].startswith("UPDATE staff_accounts"):
            time.sleep(0.05)

    def disable(account_id: int) -> bool:
        try:
            change(sessions, staff.disable, account_id, NOW, by=COMMAND)
        except StaffError:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(disable, both)) == [False, True]


def test_what_there_is_not_can_not_be_changed(sessions: Sessions) -> None:
    for what, arguments, by in (
        (staff.set_password, (PASSWORD, NOW), {"by": COMMAND}),
        (staff.set_role, ("admin", NOW), {"by": COMMAND}),
        (staff.disable, (NOW,), {"by": COMMAND}),
        (staff.enable, (NOW,), {"by": COMMAND}),
        (staff.change_own_password, (PASSWORD, OTHER, NOW, None), {}),
        (staff.set_language, ("en", NOW), {}),
        (staff.new_calendar, (NOW,), {}),
        (staff.remove_calendar, (NOW,), {}),
    ):
        with pytest.raises(StaffError, match="There is no account 7"):
            change(sessions, what, 7, *arguments, **by)
    assert audit(sessions) == []


# Passwords


def test_another_password_ends_all_sessions(sessions: Sessions) -> None:
    anna, token = add(sessions), sign_in(sessions)
    add(sessions, BRUNO)
    other = sign_in(sessions, BRUNO)
    with pytest.raises(StaffError, match="at least 12 characters"):
        change(sessions, staff.set_password, anna.id, "breve", NOW, by=COMMAND)
    assert seen(sessions, token)
    change(sessions, staff.set_password, anna.id, OTHER, NOW, by=COMMAND)
    assert seen(sessions, token) is None
    assert seen(sessions, other)
    assert refused(sessions) is None
    sign_in(sessions, password=OTHER)
    assert ("command", "account_password", anna.id, {}) in audit(sessions)


def test_who_changes_their_own_password_stays_signed_in_there(sessions: Sessions) -> None:
    anna, here, there = add(sessions), sign_in(sessions), sign_in(sessions)
    for old, new, reason in ((OTHER, OTHER, "old"), (PASSWORD, "breve", "short")):
        with pytest.raises(StaffError) as error:
            change(sessions, staff.change_own_password, anna.id, old, new, NOW, here)
        assert error.value.reason == reason
    change(sessions, staff.change_own_password, anna.id, PASSWORD, OTHER, NOW, here)
    assert seen(sessions, here)
    assert seen(sessions, there) is None
    sign_in(sessions, password=OTHER)
    assert (f"staff:{anna.id}", "account_password", anna.id, {}) in audit(sessions)
    change(sessions, staff.change_own_password, anna.id, OTHER, PASSWORD, NOW, None)
    assert seen(sessions, here) is None


def test_an_old_hash_is_replaced_at_the_sign_in(
    sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(sessions)
    stronger = PasswordHasher(time_cost=2, memory_cost=64, parallelism=1)
    monkeypatch.setattr(staff, "_HASHER", stronger)

    def stored() -> str:
        with sessions() as session:
            return str(session.execute(sa.select(StaffAccount.password_hash)).scalar_one())

    before = stored()
    refused(sessions, password=OTHER)
    assert stored() == before
    sign_in(sessions)
    assert stronger.verify(stored(), PASSWORD)
    assert not stronger.check_needs_rehash(stored())
    after = stored()
    sign_in(sessions)
    assert stored() == after


# Sign-in


def test_who_knows_the_password_gets_in(sessions: Sessions) -> None:
    anna = add(sessions)
    token, account = staff.sign_in(
        sessions, email=" Anna@EXAMPLE.com", password=PASSWORD, address="::1", now=NOW
    )
    assert account == anna
    assert seen(sessions, token) == anna
    assert len(token) >= 43  # 256 bits
    assert sign_in(sessions) != token
    with sessions() as session:
        assert token not in session.execute(sa.select(StaffSession.token_hash)).scalars().all()
    assert audit(sessions)[1] == (f"staff:{anna.id}", "sign_in", anna.id, {})
    assert number(sessions, FailedLookup) == 0


def test_who_does_not_is_told_the_same_in_every_case(
    sessions: Sessions, caplog: pytest.LogCaptureFixture
) -> None:
    anna, bruno = add(sessions), add(sessions, BRUNO)
    change(sessions, staff.disable, bruno.id, NOW, by=COMMAND)
    done = len(audit(sessions))
    with caplog.at_level(logging.WARNING, logger="actions.store.staff"):
        for email, password in (
            (ANNA, OTHER),
            (ANNA, ""),
            (ANNA, PASSWORD.upper()),
            (BRUNO, PASSWORD),
            (NONE, PASSWORD),
            ("\ud800' OR 1=1", PASSWORD),
            ("x" * 100_000, "x" * 100_000),
        ):
            assert refused(sessions, email, password) is None
    told = [(NOBODY.id, "sign_in_refused", who, {}) for who in (anna.id,) * 3 + (bruno.id,)]
    nobody = [(NOBODY.id, "sign_in_refused", None, {})] * 3
    assert audit(sessions)[done:] == [*told, *nobody]
    assert len(caplog.messages) == 7
    assert not re.search("@|anna|bruno|192", caplog.text.replace("actions.store", ""))
    assert number(sessions, StaffSession) == 0


def test_an_unknown_address_is_hashed_as_well(
    sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What takes the time is done in every case, once."""
    bruno = add(sessions), add(sessions, BRUNO)
    change(sessions, staff.disable, bruno[1].id, NOW, by=COMMAND)
    hashed: list[str] = []

    class Counting(PasswordHasher):
        def verify(self, hash: Any, password: Any) -> Any:
            hashed.append(str(hash).rsplit("$", 2)[0])
            return super().verify(hash, password)

    monkeypatch.setattr(staff, "_HASHER", Counting(time_cost=1, memory_cost=64, parallelism=1))
    for email in (ANNA, BRUNO, NONE):
        hashed.clear()
        refused(sessions, email, OTHER)
        assert hashed == ["$argon2id$v=19$m=64,t=1,p=1"]


@pytest.mark.parametrize("email", [ANNA, NONE])
def test_five_failures_lock_an_address_that_exists_or_not(email: str, sessions: Sessions) -> None:
    account = add(sessions)
    for n in range(5):
        assert refused(sessions, email, OTHER, now=NOW + n * MINUTE) is None
    until = NOW + 19 * MINUTE
    assert refused(sessions, email, PASSWORD, now=NOW + 5 * MINUTE) == until
    # The right password neither, nor from elsewhere, nor does trying prolong it.
    assert refused(sessions, email, PASSWORD, address="192.0.2.2", now=until - SECOND) == until
    whose = account.id if email == ANNA else None
    assert audit(sessions)[1:] == [
        *[(NOBODY.id, "sign_in_refused", whose, {})] * 5,
        (NOBODY.id, "sign_in_locked", whose, {"limit": "sign_in"}),
    ]
    if email == ANNA:
        sign_in(sessions, now=until)
    else:
        assert refused(sessions, email, now=until) is None


def test_after_the_lock_there_are_five_tries_again(sessions: Sessions) -> None:
    add(sessions)
    for _ in range(2):
        for _ in range(5):
            assert refused(sessions, password=OTHER, now=NOW) is None
        assert refused(sessions) == NOW + 15 * MINUTE
        with sessions() as session:
            # As other look-ups do, which forget what is older than an hour.
            lookups.check_tries(session, "status", "web:1", NOW + 60 * MINUTE)
            session.commit()
    later = NOW + 15 * MINUTE
    for _ in range(5):
        assert refused(sessions, password=OTHER, now=later, address=None) is None
    assert refused(sessions, now=later, address=None) == later + 15 * MINUTE


def test_slow_failures_lock_nobody_out(sessions: Sessions) -> None:
    add(sessions)
    for n in range(8):
        assert refused(sessions, password=OTHER, now=NOW + n * 4 * MINUTE) is None
    sign_in(sessions, now=NOW + 29 * MINUTE)


def test_a_success_forgets_the_failures_of_the_address(sessions: Sessions) -> None:
    add(sessions)
    for _ in range(3):
        for _ in range(4):
            refused(sessions, password=OTHER)
        sign_in(sessions)
    with sessions() as session:
        left = session.execute(sa.select(FailedLookup.kind)).scalars().all()
    # Those of the network address stay: an account of one's own would be a way to clear them.
    assert left == ["sign_in_ip"] * 12


@pytest.mark.parametrize(
    "addresses",
    [
        ["192.0.2.9"],
        ["2001:db8:1:2::1", "2001:db8:1:2:ffff::7"],
        ["192.0.2.9", "::ffff:192.0.2.9"],
        ["unix:"],
    ],
)
def test_twenty_failures_lock_a_network_address(addresses: list[str], sessions: Sessions) -> None:
    add(sessions)
    for n in range(20):
        wrong = f"person{n}@example.com"
        assert refused(sessions, wrong, address=addresses[n % len(addresses)]) is None
    assert refused(sessions, address=addresses[-1], now=NOW + MINUTE) == NOW + 15 * MINUTE
    sign_in(sessions, address="2001:db8:1:3::1")
    sign_in(sessions, address=None)
    sign_in(sessions, address=addresses[0], now=NOW + 15 * MINUTE)
    locked = [entry for entry in audit(sessions) if entry[1] == "sign_in_locked"]
    assert locked == [(NOBODY.id, "sign_in_locked", None, {"limit": "sign_in_ip"})]


def test_no_address_of_anybody_is_stored_with_failures(sessions: Sessions) -> None:
    refused(sessions)
    with sessions() as session:
        rows = session.execute(sa.select(FailedLookup.conversation_id)).scalars().all()
    assert len(rows) == 2
    assert all(re.fullmatch("[0-9a-f]{64}", row) for row in rows)


def test_an_administrator_unlocks(sessions: Sessions) -> None:
    anna = add(sessions)
    for _ in range(5):
        refused(sessions, password=OTHER, address=None)
    with pytest.raises(StaffError, match="no account of"):
        change(sessions, staff.unlock, NONE, NOW, by=COMMAND)
    assert refused(sessions, address=None) is not None
    change(sessions, staff.unlock, "Anna@example.com", NOW, by=COMMAND)
    sign_in(sessions, address=None)
    assert audit(sessions)[-2] == ("command", "account_unlock", anna.id, {})


def test_many_guesses_at_once_are_no_more_than_one_by_one(
    sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna = add(sessions)
    guessed: list[bytes] = []

    class Slow(PasswordHasher):
        def verify(self, hash: Any, password: Any) -> Any:
            guessed.append(password)
            time.sleep(0.05)  # others come meanwhile
            return super().verify(hash, password)

    monkeypatch.setattr(staff, "_HASHER", Slow(time_cost=1, memory_cost=64, parallelism=1))

    def guess(n: int) -> dt.datetime | None:
        # The last one is right, and comes too late.
        password = PASSWORD if n == 23 else f"tentativo numero {n}"
        return refused(sessions, password=password, address=f"192.0.2.{n}")

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(guess, range(24)))
    assert answers.count(None) == len(guessed) == 5
    assert {answer for answer in answers if answer} == {NOW + 15 * MINUTE}
    assert audit(sessions)[1:].count((NOBODY.id, "sign_in_refused", anna.id, {})) == 5
    assert [entry[1] for entry in audit(sessions)].count("sign_in_locked") == 1
    assert number(sessions, StaffSession) == 0


def test_colleagues_who_come_at_once_all_get_in(sessions: Sessions) -> None:
    emails = [f"person{n}@example.com" for n in range(8)]
    for email in emails:
        add(sessions, email)
    with ThreadPoolExecutor(8) as pool:
        tokens = list(pool.map(lambda email: sign_in(sessions, email), emails))
    assert [account.email for token in tokens if (account := seen(sessions, token))] == emails
    assert number(sessions, FailedLookup) == 0


@pytest.mark.parametrize("what", ["password", "disable"])
def test_what_changes_while_the_password_is_checked_counts(
    what: str, sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna = add(sessions)
    add(sessions, BRUNO)
    check = staff._fits

    def check_late(stored: str | None, password: str) -> bool:
        right = check(stored, password)
        if what == "password":
            change(sessions, staff.set_password, anna.id, OTHER, NOW, by=COMMAND)
        else:
            change(sessions, staff.disable, anna.id, NOW, by=COMMAND)
        return right

    monkeypatch.setattr(staff, "_fits", check_late)
    assert refused(sessions) is None
    assert number(sessions, StaffSession) == 0


# Sessions


def test_a_session_lasts_while_it_is_used(sessions: Sessions) -> None:
    add(sessions)
    token = sign_in(sessions)
    assert seen(sessions, "another") is None
    assert seen(sessions, "\ud800") is None
    assert seen(sessions, token, NOW + 30 * MINUTE) is None
    assert seen(sessions, token, NOW + 29 * MINUTE)
    assert seen(sessions, token, NOW + 58 * MINUTE)
    assert seen(sessions, token, NOW + 88 * MINUTE) is None


def test_what_a_page_asks_by_itself_prolongs_nothing(sessions: Sessions) -> None:
    add(sessions)
    token = sign_in(sessions)
    for minute in range(30):
        assert seen(sessions, token, NOW + minute * MINUTE, touch=False)
    assert seen(sessions, token, NOW + 30 * MINUTE, touch=False) is None


def test_a_session_in_use_ends_all_the_same(sessions: Sessions) -> None:
    add(sessions)
    token = sign_in(sessions)
    for minutes in range(20, 12 * 60, 20):
        assert seen(sessions, token, NOW + minutes * MINUTE)
    assert seen(sessions, token, NOW + 12 * 60 * MINUTE - SECOND)
    assert seen(sessions, token, NOW + 12 * 60 * MINUTE) is None


def test_use_is_written_once_a_minute(sessions: Sessions, engine: Engine) -> None:
    add(sessions)
    token = sign_in(sessions)
    written: list[str] = []

    @sa.event.listens_for(engine, "before_cursor_execute")
    def listen(*arguments: Any) -> None:
        if not arguments[2].startswith("SELECT"):
            written.append(arguments[2])

    for second in range(0, 120, 10):
        assert seen(sessions, token, NOW + second * SECOND)
    assert len(written) == 1


def test_who_signs_out_is_out_there_alone(sessions: Sessions) -> None:
    anna = add(sessions)
    here, there = sign_in(sessions), sign_in(sessions)
    for _ in range(2):
        change(sessions, staff.sign_out, here, NOW)
    assert seen(sessions, here) is None
    assert seen(sessions, there)
    assert audit(sessions)[-1] == (f"staff:{anna.id}", "sign_out", anna.id, {})
    assert [entry[1] for entry in audit(sessions)].count("sign_out") == 1


def test_who_is_disabled_is_out_at_once(sessions: Sessions) -> None:
    add(sessions)
    bruno = add(sessions, BRUNO)
    token = sign_in(sessions, BRUNO)
    secret = change(sessions, staff.new_calendar, bruno.id, NOW)
    for _ in range(2):
        change(sessions, staff.disable, bruno.id, NOW, by=COMMAND)
    assert seen(sessions, token) is None
    assert change(sessions, staff.account_of_calendar, secret) is None
    assert refused(sessions, BRUNO) is None
    for _ in range(2):
        change(sessions, staff.enable, bruno.id, NOW, by=COMMAND)
    assert seen(sessions, token) is None
    assert change(sessions, staff.account_of_calendar, secret) is None
    sign_in(sessions, BRUNO)
    actions = [action for _, action, _, _ in audit(sessions)]
    assert (actions.count("account_disable"), actions.count("account_enable")) == (1, 1)


def test_another_role_and_language_count_from_the_next_request_on(sessions: Sessions) -> None:
    add(sessions)
    bruno = add(sessions, BRUNO, role="staff")
    token = sign_in(sessions, BRUNO)
    change(sessions, staff.set_role, bruno.id, "reader", NOW, by=COMMAND)
    change(sessions, staff.set_language, bruno.id, "en", NOW)
    account = seen(sessions, token)
    assert account is not None
    assert (account.role, account.language, account.may("staff")) == ("reader", "en", False)
    with pytest.raises(StaffError, match="is no language"):
        change(sessions, staff.set_language, bruno.id, "fr", NOW)
    by_herself = (f"staff:{bruno.id}", "account_language", bruno.id, {"language": "en"})
    assert audit(sessions)[-1] == by_herself


def test_sessions_that_are_over_are_deleted(sessions: Sessions) -> None:
    add(sessions)
    old, idle, used = (sign_in(sessions, now=NOW + n * MINUTE) for n in range(3))
    for minutes in range(20, 12 * 60, 20):
        seen(sessions, old, NOW + minutes * MINUTE)
        seen(sessions, used, NOW + minutes * MINUTE)
    end = NOW + 12 * 60 * MINUTE
    assert change(sessions, staff.expire_sessions, end, LIMITS) == 2
    assert (seen(sessions, old, end), seen(sessions, idle, end)) == (None, None)
    assert seen(sessions, used, end)
    assert change(sessions, staff.expire_sessions, end) == 0
    assert change(sessions, staff.expire_sessions, end + dt.timedelta(days=1)) == 1


def test_the_purge_takes_sessions_that_nobody_used_for_a_day(sessions: Sessions) -> None:
    add(sessions)
    sign_in(sessions)
    limits = RetentionDays(unfinished_intakes=5, conversations=10, closed_engagements=20)
    day = dt.timedelta(days=1)
    assert change(sessions, purge, limits, NOW + day) == {}
    for dry_run in (True, False):
        gone = change(sessions, purge, limits, NOW + day + SECOND, dry_run)
        assert gone == {"staff_sessions": 1}
    assert number(sessions, StaffSession) == 0
    assert number(sessions, StaffAccount) == 1


def test_a_form_belongs_to_its_session() -> None:
    token = staff.csrf_token(b"secret", "a")
    assert re.fullmatch("[0-9a-f]{64}", token)
    assert token == staff.csrf_token(b"secret", "a")
    assert len({token, staff.csrf_token(b"secret", "b"), staff.csrf_token(b"other", "a")}) == 3


# Calendars


def test_a_new_calendar_replaces_the_old_one(sessions: Sessions) -> None:
    anna, bruno = add(sessions), add(sessions, BRUNO)
    first = change(sessions, staff.new_calendar, anna.id, NOW)
    second = change(sessions, staff.new_calendar, anna.id, NOW)
    others = change(sessions, staff.new_calendar, bruno.id, NOW)
    with sessions() as session:
        assert len(second) >= 43
        assert staff.account_of_calendar(session, first) is None
        assert staff.account_of_calendar(session, second) == anna
        assert staff.account_of_calendar(session, others) == bruno
        assert staff.account_of_calendar(session, "") is None
        stored = session.execute(sa.select(StaffAccount.calendar_hash)).scalars().all()
        assert not {first, second, others} & set(stored)
    for _ in range(2):
        change(sessions, staff.remove_calendar, anna.id, NOW)
    with sessions() as session:
        assert staff.account_of_calendar(session, second) is None
    mine = [action for actor, action, _, _ in audit(sessions) if actor == f"staff:{anna.id}"]
    assert mine == ["calendar_add", "calendar_add", "calendar_remove"]


# The audit


def test_the_audit_can_only_grow(sessions: Sessions, engine: Engine) -> None:
    add(sessions)
    statements = ["UPDATE audit_entries SET name = 'nobody'", "DELETE FROM audit_entries"]
    if engine.dialect.name == "postgresql":
        statements.append("TRUNCATE audit_entries")
    for statement in statements:
        with (
            engine.connect() as connection,
            pytest.raises(sa.exc.DBAPIError, match="the audit can only grow"),
        ):
            connection.exec_driver_sql(statement)
    assert len(audit(sessions)) == 1


def test_what_is_not_committed_is_not_told(sessions: Sessions) -> None:
    anna = add(sessions)
    with sessions() as session:
        staff.set_role(session, add(sessions, BRUNO).id, "reader", NOW, by=COMMAND)
        staff.set_password(session, anna.id, OTHER, NOW, by=COMMAND)
        session.rollback()
    assert [action for _, action, _, _ in audit(sessions)] == ["account_add"] * 2
