"""Finding clients by the beginnings of their words, though what is encrypted can't be searched.

Of every word its beginnings are stored as keyed digests beside the client. They are made from the
client's columns and other contacts and from nothing else, so that they can be made anew at any
time.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import phonenumbers
import sqlalchemy as sa
from sqlalchemy.orm import Session

from actions.logic.wording import fold
from actions.store.database import chunks
from actions.store.encryption import EncryptionError, decrypt, search_key, search_keys
from actions.store.lookups import take_turn
from actions.store.models import Client, ClientTerm, OtherContact

BATCH = 200
# Of longer words, the first that many letters find the client.
SHORTEST, LONGEST = 2, 10
SHORTEST_NUMBER = 4
LONGEST_PARTICLE = 3
_COLUMNS = ("name", "contact_name", "email", "phone")
_WORD = re.compile(r"[^\W_]+")
_NUMBER = re.compile(r"\+?[\d\s()./-]+")


def terms_of(client: Any, digest: Callable[[str], int] | None = None) -> set[int]:
    """Return the digests under which a client is stored: signed, of 64 bits.

    Args:
        client: Has a name, contact_name, email and phone, each of which may be None, and
            other_contacts with a contact each.
        digest: How a beginning becomes a number; as it is stored where nothing is said.
    """
    contacts = [client.email, client.phone, *(other.contact for other in client.other_contacts)]
    emails = [contact for contact in contacts if contact and "@" in contact]
    words = {word for text in (client.name, client.contact_name, *emails) for word in _words(text)}
    beginnings = words | {
        word[:size] for word in words for size in range(SHORTEST, min(len(word), LONGEST) + 1)
    }
    numbers = {
        number for contact in contacts if contact not in emails for number in _numbers(contact)
    }
    return set(map(digest or _digest, beginnings | numbers))


def index_client(session: Session, client: Client) -> None:
    """Make the terms of a flushed client what they should be now."""
    session.expire(client, ["other_contacts"])
    _renew(session, [client])


def index_missing(session: Session) -> int:
    """Give terms to all clients that have none and return how many got some. Commits.

    Whoever can't be read with the keys at hand is left for another time: nobody else must wait
    for that.

    Raises:
        sqlalchemy.exc.SQLAlchemyError: the batch at hand was not written.
    """
    without = ~sa.exists().where(ClientTerm.client_id == Client.id)
    return sum(_index(session, without, skip_unreadable=True))


def index_all(session: Session) -> None:
    """Make the terms of every client anew, as after a change of key. Commits.

    Raises:
        EncryptionError: a client can't be read with the keys at hand.
        sqlalchemy.exc.SQLAlchemyError: the batch at hand was not written.
    """
    for _ in _index(session, sa.true(), skip_unreadable=False):
        pass


def matching_clients(words: str) -> sa.sql.Select:
    """Return the query for the ids of the clients who have words that begin like all those typed.

    A telephone number may be typed with or without its country, in groups or not; single letters
    count only where nothing else is typed, and then for a whole word. An id may come twice.
    """
    typed = _typed(words)
    if not typed:
        return sa.select(Client.id).where(sa.false())
    first, *others = (tuple(map(_number, search_keys(word))) for word in typed)
    found = sa.select(ClientTerm.client_id).where(ClientTerm.term.in_(first))
    for keys in others:
        other = sa.alias(ClientTerm.__table__)
        found = found.where(
            sa.exists().where(other.c.client_id == ClientTerm.client_id, other.c.term.in_(keys))
        )
    return found


def _typed(words: str) -> list[str]:
    """Return what is looked for, the longest first: it is the rarest."""
    if _NUMBER.fullmatch(words.strip()):
        number = "".join(filter(str.isdigit, words)).removeprefix("00")
        return [number] if number else []
    found = set(_WORD.findall(_folded(words)))
    longer = {word for word in found if len(word) >= SHORTEST}
    beginnings = {word if word.isdigit() else word[:LONGEST] for word in longer or found}
    return sorted(beginnings, key=lambda word: (-len(word), word))


def _words(text: str | None) -> set[str]:
    """Return the words of a text.

    «D'Angelo» is found as it is, as Angelo and as Dangelo; «De Luca» also as Deluca.
    """
    folded = _folded(text or "")
    words = _WORD.findall(folded)
    pairs = pairwise(words)
    particles = (one + two for one, two in pairs if len(one) <= LONGEST_PARTICLE)
    return {*words, *particles, *_WORD.findall(folded.replace("'", ""))}


def _folded(text: str) -> str:
    return fold(re.sub("[‘`´ʼ]", "'", text))


def _numbers(phone: str | None) -> set[str]:
    """Return how the digits of a number begin, with its country and without."""
    if not phone:
        return set()
    spoken = [phone]
    try:
        number = phonenumbers.parse(phone)
        spoken.append(phonenumbers.national_significant_number(number))
        # In many countries with a zero before it.
        spoken.append(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL))
    except phonenumbers.NumberParseException:
        pass
    return {
        digits[:size]
        for digits in ("".join(filter(str.isdigit, each)) for each in spoken)
        for size in range(SHORTEST_NUMBER, len(digits) + 1)
    }


def _digest(word: str) -> int:
    return _number(search_key(word))


def _number(digest: str) -> int:
    return int.from_bytes(bytes.fromhex(digest)[:8], "big", signed=True)


def _index(
    session: Session, which: sa.sql.ColumnElement, *, skip_unreadable: bool
) -> Iterator[int]:
    """Renew the terms of clients in batches, commit each and yield how many there were."""
    stored = [sa.type_coerce(getattr(Client, name), sa.Text).label(name) for name in _COLUMNS]
    query = sa.select(Client.id, *stored).where(which).order_by(Client.id).limit(BATCH)
    last = 0
    while session.execute(query.where(Client.id > last).with_only_columns(Client.id)).first():
        take_turn(session, "client terms")
        # Locked, so that nobody corrects a client between the reading and the writing.
        rows = session.execute(query.where(Client.id > last).with_for_update(of=Client)).all()
        others = _other_contacts(session, [row.id for row in rows])
        readable = [
            client for row in rows if (client := _read(row, others.get(row.id, []))) is not None
        ]
        if len(readable) < len(rows) and not skip_unreadable:
            raise EncryptionError("A client can't be read with the keys in SPORTELLO_KEYS.")
        _renew(session, readable)
        session.commit()
        if not rows:
            return
        last = rows[-1].id
        yield len(readable)


def _other_contacts(session: Session, clients: Sequence[int]) -> dict[int, list[str]]:
    """Return the other contacts of clients as they are stored."""
    found: dict[int, list[str]] = {}
    for owner, contact in session.execute(
        sa.select(OtherContact.client_id, sa.type_coerce(OtherContact.contact, sa.Text)).where(
            OtherContact.client_id.in_(clients)
        )
    ):
        found.setdefault(owner, []).append(contact)
    return found


def _read(row: Any, others: Sequence[str]) -> Any:
    texts = {name: getattr(row, name) for name in _COLUMNS}
    try:
        plain = {name: text and decrypt(text) for name, text in texts.items()}
        contacts = [SimpleNamespace(contact=decrypt(other)) for other in others]
    except EncryptionError:
        return None
    return SimpleNamespace(id=row.id, other_contacts=contacts, **plain)


def _renew(session: Session, clients: Sequence[Any]) -> None:
    wanted = {(client.id, term) for client in clients for term in terms_of(client)}
    ids: Collection[int] = [client.id for client in clients]
    stored = {
        (row.client_id, row.term): row.id
        for row in session.execute(
            sa.select(ClientTerm.id, ClientTerm.client_id, ClientTerm.term).where(
                ClientTerm.client_id.in_(ids)
            )
        )
    }
    # Through the table: thousands of rows need no objects.
    table = ClientTerm.__table__
    for superfluous in chunks({stored[pair] for pair in stored.keys() - wanted}):
        session.execute(sa.delete(table).where(table.c.id.in_(superfluous)))
    if missing := sorted(wanted - stored.keys()):
        session.execute(
            sa.insert(table), [{"client_id": owner, "term": term} for owner, term in missing]
        )
