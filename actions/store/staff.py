"""Who may work in the back office: accounts, passwords, sign-in and its limits, sessions.

Passwords are kept as argon2id, the secrets of sessions and calendars as digests. What changes an
account takes the turn of the staff (`lookups.take_turn`) and has it until the transaction ends, and
tells the audit. Nothing here commits but `sign_in` and `check_password`.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import logging
import secrets
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import Any

import sqlalchemy as sa
from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from sqlalchemy.orm import Session, sessionmaker

from actions.firm import LANGUAGES
from actions.logic import passwords
from actions.logic.fields import FieldError, read_email
from actions.logic.wording import clean
from actions.store.audit import NOBODY, Staff, note
from actions.store.encryption import search_key, search_keys
from actions.store.lookups import take_turn
from actions.store.models import ROLES, AuditEntry, FailedLookup, StaffAccount, StaffSession

logger = logging.getLogger(__name__)

LONGEST_EMAIL = 254
LONGEST_NAME = 200
# After so many failures within the time, nothing is let in until as long after the last of them.
LOCK = dt.timedelta(minutes=15)
FAILURES_OF_EMAIL = 5
FAILURES_OF_ADDRESS = 20
EMAIL = "sign_in"
ADDRESS = "sign_in_ip"
_MOST = {EMAIL: FAILURES_OF_EMAIL, ADDRESS: FAILURES_OF_ADDRESS}
MINUTE = dt.timedelta(minutes=1)
DAY = dt.timedelta(days=1)
_TURN = "staff"
_HASHER = PasswordHasher()
_WEAK = {
    "short": f"A password needs at least {passwords.SHORTEST} characters.",
    "long": f"A password has at most {passwords.LONGEST} characters.",
    "repeated": "A password can't be one character over and over.",
    "own": "A password can't be one's own name or e-mail address.",
    "usual": "That password is among the first that anybody would try: choose another.",
}


class StaffError(Exception):
    """An account can't be made or changed so; the message says why, in one sentence.

    ``reason`` is a word for it: what `passwords.find_weakness` returns, ``old``, ``email``,
    ``taken``, ``name``, ``role``, ``language``, ``unknown`` or ``last_admin``.
    """

    def __init__(self, message: str, reason: str) -> None:
        """Take the sentence, and the word by which others find one of their own."""
        super().__init__(message)
        self.reason = reason


class SignInRefused(Exception):
    """Nobody was signed in."""

    def __init__(self, retry_at: dt.datetime | None) -> None:
        """Take from when on it may be tried again; None: e-mail or password were wrong."""
        super().__init__("Too many tries." if retry_at else "Wrong e-mail or password.")
        self.retry_at = retry_at


@dataclass(frozen=True)
class Account:
    """Somebody who may sign in."""

    id: int
    email: str
    name: str
    role: str
    language: str

    @property
    def staff(self) -> Staff:
        """Who that is for the audit and for what is taken in charge."""
        return Staff(f"staff:{self.id}", self.name)

    def may(self, role: str) -> bool:
        """Tell whether the account has a role, or one that includes it."""
        return ROLES.index(self.role) >= ROLES.index(role)


@dataclass(frozen=True)
class Listed(Account):
    """An account as lists show it; ``last_seen`` is their last use, or sign-in, that is known."""

    created_at: dt.datetime
    disabled_at: dt.datetime | None
    last_seen: dt.datetime | None
    locked: bool


@dataclass(frozen=True)
class Limits:
    """For how long a session lasts without use, and at most."""

    idle: dt.timedelta
    absolute: dt.timedelta


# What firm.yml allows at most.
LONGEST_SESSIONS = Limits(idle=DAY, absolute=DAY)


def add_account(
    session: Session,
    *,
    email: str,
    name: str,
    role: str,
    language: str,
    password: str,
    now: dt.datetime,
    by: Staff,
) -> Account:
    """Make an account.

    Args:
        session: The caller commits.
        email: As it is typed at the sign-in.
        name: As colleagues see it.
        role: One of `models.ROLES`.
        language: Of the pages.
        password: In clear.
        now: The current moment.
        by: Who makes it.

    Raises:
        StaffError: something of it can't be, or there is an account with that address.
    """
    email, name = read_address(email), _read_name(name)
    _check_role(role)
    _check_language(language)
    hashed = _hash_new(password, email, name)
    take_turn(session, _TURN)
    if _with_email(session, email) is not None:
        raise StaffError(f"There is an account of {email} already.", "taken")
    row = StaffAccount(
        email=email,
        name=name,
        role=role,
        language=language,
        password_hash=hashed,
        created_at=now,
    )
    session.add(row)
    session.flush()
    _note(session, by, "account_add", row.id, now, role=role)
    return _account(row)


def list_accounts(session: Session, now: dt.datetime) -> list[Listed]:
    """Return all accounts by their addresses, also those that are disabled."""
    last_seen = (
        sa.select(sa.func.max(StaffSession.seen_at))
        .where(StaffSession.account_id == StaffAccount.id)
        .scalar_subquery()
    )
    # Sessions end; the audit stays.
    signed_in = (
        sa.select(sa.func.max(AuditEntry.at))
        .where(
            AuditEntry.subject == "account",
            AuditEntry.subject_id == StaffAccount.id,
            AuditEntry.action == "sign_in",
        )
        .scalar_subquery()
    )
    found = session.execute(
        sa.select(StaffAccount, last_seen, signed_in).order_by(StaffAccount.email)
    )
    return [
        Listed(
            **vars(_account(row)),
            created_at=row.created_at,
            disabled_at=row.disabled_at,
            last_seen=max(filter(None, moments), default=None),
            locked=_locked_until(session, EMAIL, search_key(row.email), now) is not None,
        )
        for row, *moments in found.all()
    ]


def account_of_email(session: Session, email: str) -> Account:
    """Return the account with an address, disabled or not.

    Raises:
        StaffError: there is none.
    """
    address = read_address(email)
    row = _with_email(session, address)
    if row is None:
        raise StaffError(f"There is no account of {address}.", "unknown")
    return _account(row)


def set_password(
    session: Session, account_id: int, password: str, now: dt.datetime, *, by: Staff
) -> None:
    """Give an account another password, and end its sessions; the caller commits.

    Raises:
        StaffError: the password is unfit, or there is no such account.
    """
    row = _found(session, account_id)
    _replace_password(session, row, _hash_new(password, row.email, row.name))
    _note(session, by, "account_password", account_id, now)


def change_own_password(
    session: Session, account_id: int, old: str, new: str, now: dt.datetime, keep: str | None
) -> None:
    """Let somebody change their password, and end their other sessions; the caller commits.

    Args:
        session: The database.
        account_id: Whose.
        old: The password until now.
        new: The one from now on.
        now: The current moment.
        keep: The secret of the session that stays.

    Raises:
        StaffError: the old one is wrong, or the new one unfit.
    """
    row = _found(session, account_id)
    verified = row.password_hash
    if not _fits(verified, old):
        raise StaffError("The old password is wrong.", "old")
    hashed = _hash_new(new, row.email, row.name)
    take_turn(session, _TURN)
    session.refresh(row)
    if row.password_hash != verified:  # somebody else has replaced it in between
        raise StaffError("The old password is wrong.", "old")
    _replace_password(session, row, hashed, keep=keep)
    _note(session, _account(row).staff, "account_password", account_id, now)


def set_role(session: Session, account_id: int, role: str, now: dt.datetime, *, by: Staff) -> None:
    """Give an account another role, from its next request on; the caller commits.

    Raises:
        StaffError: there is no such role or account, or nobody would be left to administer.
    """
    _check_role(role)
    row = _mine_to_change(session, account_id)
    if row.role == role:
        return
    _check_admins(session, row)
    _note(session, by, "account_role", account_id, now, old=row.role, new=role)
    row.role = role


def disable(session: Session, account_id: int, now: dt.datetime, *, by: Staff) -> None:
    """Let an account sign in no more, and end its sessions and calendar; the caller commits.

    Raises:
        StaffError: there is no such account, or nobody would be left to administer.
    """
    row = _mine_to_change(session, account_id)
    if row.disabled_at is not None:
        return
    _check_admins(session, row)
    row.disabled_at, row.calendar_hash = now, None
    _end_sessions(session, account_id)
    _note(session, by, "account_disable", account_id, now)


def enable(session: Session, account_id: int, now: dt.datetime, *, by: Staff) -> None:
    """Let a disabled account sign in again, with its old password; the caller commits.

    Raises:
        StaffError: there is no such account.
    """
    row = _mine_to_change(session, account_id)
    if row.disabled_at is None:
        return
    row.disabled_at = None
    _note(session, by, "account_enable", account_id, now)


def set_language(session: Session, account_id: int, language: str, now: dt.datetime) -> None:
    """Let somebody choose the language of their pages; the caller commits.

    Raises:
        StaffError: there is no such language or account.
    """
    _check_language(language)
    row = _mine_to_change(session, account_id)
    row.language = language
    _note_own(session, row, "account_language", now, language=language)


def unlock(session: Session, email: str, now: dt.datetime, *, by: Staff) -> None:
    """Forget the failures of an account, so that it may try again at once; the caller commits.

    Those of a network address stay.

    Raises:
        StaffError: there is no such account.
    """
    account = account_of_email(session, email)
    take_turn(session, _TURN)
    session.execute(
        sa.delete(FailedLookup).where(
            FailedLookup.kind == EMAIL,
            FailedLookup.conversation_id.in_(search_keys(account.email)),
        )
    )
    _note(session, by, "account_unlock", account.id, now)


def sign_in(
    sessions: sessionmaker[Session],
    *,
    email: str,
    password: str,
    address: str | None,
    now: dt.datetime,
) -> tuple[str, Account]:
    """Open a session for whoever knows an account's password, and commit.

    Which of the two is wrong, or that there is no such account, is told neither by the answer nor
    by the time that it takes. Every try is told to the audit, but for those while it is locked:
    they are only logged, because the audit never shrinks and anybody can make them by the million.

    Args:
        sessions: The database.
        email: As it was typed.
        password: As it was typed.
        address: The network address; None where it does not count.
        now: The current moment.

    Returns:
        The session's secret, 256 bits, of which a digest is stored; and whose session it is.

    Raises:
        SignInRefused: e-mail or password are wrong, or there were too many tries.
    """
    token = _new_secret()
    return token, _enter(sessions, email, password, address, now, token)


def check_password(
    sessions: sessionmaker[Session],
    *,
    email: str,
    password: str,
    address: str | None,
    now: dt.datetime,
) -> None:
    """Check a password as `sign_in` does, slowed down alike, without opening a session.

    Raises:
        SignInRefused: e-mail or password are wrong, or there were too many tries.
    """
    _enter(sessions, email, password, address, now, None)


def _enter(
    sessions: sessionmaker[Session],
    email: str,
    password: str,
    address: str | None,
    now: dt.datetime,
    token: str | None,
) -> Account:
    typed = _typed(email)
    keys = {EMAIL: search_key(typed)}
    if address is not None:
        keys[ADDRESS] = search_key(_network(address))
    with sessions() as session:
        stored, counted, locks = _count_try(session, typed, keys, now)
    # Not in a transaction: it takes its time, and others need not wait for it.
    right = _fits(stored.password_hash if stored else None, password)
    fresh = None
    if right and _HASHER.check_needs_rehash(stored.password_hash):
        fresh = _hash(password)
    with sessions() as session:
        take_turn(session, _TURN)
        row = session.get(StaffAccount, stored.id) if right else None
        # Meanwhile it may have been disabled, or given another password.
        if row is None or row.disabled_at or row.password_hash != stored.password_hash:
            account_id = stored.id if stored else None
            _note(session, NOBODY, "sign_in_refused", account_id, now)
            for kind in locks:
                _note(session, NOBODY, "sign_in_locked", account_id, now, limit=kind)
            session.commit()
            logger.warning("A sign-in to the back office was refused (account %s)", account_id)
            raise SignInRefused(None)
        _forget_failures(session, keys[EMAIL], counted)
        if fresh:
            row.password_hash = fresh
        account = _account(row)
        if token is not None:
            session.add(
                StaffSession(
                    token_hash=_digest(token), account_id=account.id, created_at=now, seen_at=now
                )
            )
            _note(session, account.staff, "sign_in", account.id, now)
        session.commit()
    return account


def session_of(
    session: Session, token: str, now: dt.datetime, limits: Limits, *, touch: bool
) -> Account | None:
    """Return whose session a secret opens, if it opens one that is not over.

    Args:
        session: The caller commits.
        token: The secret.
        now: The current moment.
        limits: For how long sessions last.
        touch: Whether the person did something: what a page asks for by itself prolongs nothing.
    """
    found = session.execute(
        sa.select(StaffSession.id, StaffSession.seen_at, StaffAccount)
        .join(StaffAccount, StaffAccount.id == StaffSession.account_id)
        .where(
            StaffSession.token_hash == _digest(token),
            StaffSession.seen_at > now - limits.idle,
            StaffSession.created_at > now - limits.absolute,
            StaffAccount.disabled_at.is_(None),
        )
    ).one_or_none()
    if found is None:
        return None
    # Not at every request: nobody needs to know it to the second.
    if touch and now - found.seen_at >= MINUTE:
        session.execute(
            sa.update(StaffSession)
            .where(StaffSession.id == found.id)
            .values(seen_at=now)
            .execution_options(synchronize_session=False)
        )
    return _account(found.StaffAccount)


def sign_out(session: Session, token: str, now: dt.datetime) -> None:
    """End the session that a secret opens, if there is one; the caller commits."""
    mine = StaffSession.token_hash == _digest(token)
    row = session.execute(
        sa.select(StaffAccount)
        .join(StaffSession, StaffSession.account_id == StaffAccount.id)
        .where(mine)
    ).scalar_one_or_none()
    ended = session.execute(
        sa.delete(StaffSession).where(mine).execution_options(synchronize_session=False)
    )
    # Two tabs may do it at the same time: it is told once.
    if row is not None and ended.rowcount:
        _note_own(session, row, "sign_out", now)


def expire_sessions(session: Session, now: dt.datetime, limits: Limits = LONGEST_SESSIONS) -> int:
    """Delete the sessions that are over, and return how many; the caller commits."""
    gone = session.execute(
        sa.delete(StaffSession)
        .where(
            sa.or_(
                StaffSession.seen_at <= now - limits.idle,
                StaffSession.created_at <= now - limits.absolute,
            )
        )
        .execution_options(synchronize_session=False)
    )
    return int(gone.rowcount)


def csrf_token(secret: bytes, token: str) -> str:
    """Return what a form of a session carries, so that no other site can send it.

    Args:
        secret: The installation's: `Settings.signing_secret`.
        token: The session's secret.
    """
    return hmac.new(secret, b"form " + token.encode("utf-8", "replace"), hashlib.sha256).hexdigest()


def new_calendar(session: Session, account_id: int, now: dt.datetime) -> str:
    """Draw the secret of an account's calendar, 256 bits, and store a digest; the caller commits.

    The one before opens nothing any more.

    Raises:
        StaffError: there is no such account.
    """
    row = _mine_to_change(session, account_id)
    secret = _new_secret()
    row.calendar_hash = _digest(secret)
    _note_own(session, row, "calendar_add", now)
    return secret


def has_calendar(session: Session, account_id: int) -> bool:
    """Tell whether an account has a secret address of the deadlines."""
    query = sa.select(StaffAccount.calendar_hash).where(StaffAccount.id == account_id)
    return session.execute(query).scalar() is not None


def remove_calendar(session: Session, account_id: int, now: dt.datetime) -> None:
    """Let the secret of an account's calendar open nothing any more; the caller commits.

    Raises:
        StaffError: there is no such account.
    """
    row = _mine_to_change(session, account_id)
    if row.calendar_hash is None:
        return
    row.calendar_hash = None
    _note_own(session, row, "calendar_remove", now)


def account_of_calendar(session: Session, secret: str) -> Account | None:
    """Return whose calendar a secret opens, if anybody's who may sign in."""
    row = session.execute(
        sa.select(StaffAccount).where(
            StaffAccount.calendar_hash == _digest(secret), StaffAccount.disabled_at.is_(None)
        )
    ).scalar_one_or_none()
    return None if row is None else _account(row)


def read_address(email: str) -> str:
    """Return an address as accounts have it: normalised, in small letters.

    Raises:
        StaffError: it is none.
    """
    text = clean(email)
    try:
        address = read_email(text).casefold() if len(text) <= LONGEST_EMAIL else ""
    except FieldError:
        address = ""
    if not 0 < len(address) <= LONGEST_EMAIL:
        raise StaffError(f"{text[:80]!r} is not an e-mail address.", "email")
    return address


def _typed(email: str) -> str:
    """Return what was typed for an address in one spelling, even if it can't be one."""
    try:
        return read_address(email)
    except StaffError:
        return clean(email)[:LONGEST_EMAIL].casefold()


def _read_name(name: str) -> str:
    told = clean(name)
    if not told or len(told) > LONGEST_NAME:
        raise StaffError(f"A name has between 1 and {LONGEST_NAME} characters.", "name")
    return told


def _check_role(role: str) -> None:
    if role not in ROLES:
        raise StaffError(f"{role!r} is no role: use one of {', '.join(ROLES)}.", "role")


def _check_language(language: str) -> None:
    if language not in LANGUAGES:
        raise StaffError(
            f"{language!r} is no language: use one of {', '.join(LANGUAGES)}.", "language"
        )


def _check_admins(session: Session, row: Any) -> None:
    """Refuse to take the last administrator away."""
    others = sa.select(StaffAccount.id).where(
        StaffAccount.role == "admin",
        StaffAccount.disabled_at.is_(None),
        StaffAccount.id != row.id,
    )
    if row.role != "admin" or row.disabled_at is not None:
        return
    if session.execute(others.limit(1)).first() is None:
        raise StaffError(
            f"{row.email} is the only admin: give somebody else that role before.", "last_admin"
        )


def _found(session: Session, account_id: int) -> Any:
    row = session.get(StaffAccount, account_id)
    if row is None:
        raise StaffError(f"There is no account {account_id}.", "unknown")
    return row


def _mine_to_change(session: Session, account_id: int) -> Any:
    """Return an account that nobody else changes until the transaction ends."""
    take_turn(session, _TURN)
    row = session.get(StaffAccount, account_id, populate_existing=True)
    return row or _found(session, account_id)


def _with_email(session: Session, email: str) -> Any:
    return session.execute(
        sa.select(StaffAccount).where(StaffAccount.email == email)
    ).scalar_one_or_none()


def _account(row: Any) -> Account:
    return Account(row.id, row.email, row.name, row.role, row.language)


def _replace_password(session: Session, row: Any, hashed: str, keep: str | None = None) -> None:
    take_turn(session, _TURN)
    row.password_hash = hashed
    _end_sessions(session, row.id, keep)


def _end_sessions(session: Session, account_id: int, keep: str | None = None) -> None:
    ended = sa.delete(StaffSession).where(StaffSession.account_id == account_id)
    if keep is not None:
        ended = ended.where(StaffSession.token_hash != _digest(keep))
    session.execute(ended.execution_options(synchronize_session=False))


def _note(
    session: Session,
    by: Staff,
    action: str,
    account_id: int | None,
    now: dt.datetime,
    **detail: str,
) -> None:
    about = None if account_id is None else ("account", account_id)
    note(session, by, action, now, about=about, **detail)


def _note_own(session: Session, row: Any, action: str, now: dt.datetime, **detail: str) -> None:
    """Tell the audit what somebody did with their own account."""
    _note(session, _account(row).staff, action, row.id, now, **detail)


def _count_try(
    session: Session, typed: str, keys: dict[str, str], now: dt.datetime
) -> tuple[Any, list[int], list[str]]:
    """Count a try as a failure before it is known whether it is one, and commit.

    So many at once can't try more than one by one, and no lock is held while a password is hashed.

    Returns:
        The account's number and hash if there is one, the rows that a success takes back, and
        which limits a failure would reach.

    Raises:
        SignInRefused: there were too many failures.
    """
    take_turn(session, _TURN)
    found = session.execute(
        sa.select(StaffAccount.id, StaffAccount.password_hash).where(StaffAccount.email == typed)
    ).one_or_none()
    moments = [_locked_until(session, kind, key, now) for kind, key in keys.items()]
    if any(moments):
        account_id = found.id if found else None
        logger.warning("A sign-in to the back office came while locked (account %s)", account_id)
        raise SignInRefused(max(moment for moment in moments if moment))
    rows = [
        FailedLookup(kind=kind, conversation_id=key, failed_at=now) for kind, key in keys.items()
    ]
    session.add_all(rows)
    session.flush()
    counted = [row.id for row in rows]
    locks = [kind for kind, key in keys.items() if _locked_until(session, kind, key, now)]
    session.commit()
    return found, counted, locks


def _locked_until(session: Session, kind: str, key: str, now: dt.datetime) -> dt.datetime | None:
    """Return until when an e-mail or a network address is locked, if it is."""
    last = list(
        session.execute(
            sa.select(FailedLookup.failed_at)
            .where(FailedLookup.kind == kind, FailedLookup.conversation_id == key)
            .order_by(FailedLookup.failed_at.desc())
            .limit(_MOST[kind])
        ).scalars()
    )
    if len(last) < _MOST[kind] or last[0] - last[-1] >= LOCK or last[0] + LOCK <= now:
        return None
    until: dt.datetime = last[0] + LOCK
    return until


def _forget_failures(session: Session, email_key: str, counted: list[int]) -> None:
    """Forget those of an e-mail, and of a network address the try that was no failure."""
    session.execute(
        sa.delete(FailedLookup)
        .where(
            sa.or_(
                FailedLookup.id.in_(counted),
                sa.and_(FailedLookup.kind == EMAIL, FailedLookup.conversation_id == email_key),
            )
        )
        .execution_options(synchronize_session=False)
    )


def _network(address: str) -> str:
    """Return the part of an address that one household or office has: of IPv6 the first half."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(IPv6Network((int(parsed) >> 64 << 64, 64)))
    return str(parsed)


def _hash_new(password: str, email: str, name: str) -> str:
    weakness = passwords.find_weakness(password, email=email, name=name)
    if weakness is not None:
        raise StaffError(_WEAK[weakness], weakness)
    return _hash(password)


def _hash(password: str) -> str:
    return _HASHER.hash(_bytes(password))


def _fits(stored: str | None, password: str) -> bool:
    """Tell whether a password is that of a hash; where there is no hash it takes as long."""
    nobodys = _nobodys()  # drawn at the first sign-in, whoever's it is
    try:
        _HASHER.verify(nobodys if stored is None else stored, _bytes(password))
    except VerifyMismatchError:
        return False
    return stored is not None


@lru_cache(maxsize=1)
def _nobodys() -> str:
    return _HASHER.hash(secrets.token_bytes(32))


def _bytes(password: str) -> bytes:
    # A longer one fits nothing, and need not be hashed whole.
    return passwords.normalised(password[: 4 * passwords.LONGEST]).encode("utf-8", "surrogatepass")


def _new_secret() -> str:
    return secrets.token_urlsafe(32)


def _digest(secret: str) -> str:
    # No salt and no slow digest: the secret is drawn, and has more bits than anybody can try.
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
