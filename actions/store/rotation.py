"""Writing anew what is encrypted with an older key, or not yet: every private text of every table.

It may run while the system does: it commits in batches, and leaves alone what somebody else has
changed meanwhile, since that was written with the newest key. Stopped halfway, it goes on where it
was when it is run again.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from actions.store.encryption import Private, decrypt, is_current, search_key, search_keys
from actions.store.models import metadata
from actions.store.search import index_all

BATCH = 500
DIGESTS = ("email_key", "phone_key", "contact_key")


def rotate(session: Session) -> int:
    """Encrypt every private text with the first key and return how many were written anew.

    The digests by which clients, e-mail addresses and telephone numbers are found follow. Commits.

    Raises:
        EncryptionError: a text can't be read with the keys at hand; it is left as it is.
        sqlalchemy.exc.SQLAlchemyError: the batch at hand was not written.
    """
    written = sum(_rotate_table(session, table) for table in metadata.sorted_tables)
    index_all(session)
    if session.get_bind().dialect.name == "sqlite":
        # The log of writes still holds the pages as they were.
        session.execute(sa.text("PRAGMA wal_checkpoint(TRUNCATE)"))
        session.commit()
    return written


def _rotate_table(session: Session, table: sa.Table) -> int:
    private = [column.name for column in table.columns if isinstance(column.type, Private)]
    if not private:
        return 0
    digests = [name for name in DIGESTS if name in table.columns]
    # As it is stored, not as it is read.
    stored = {name: sa.type_coerce(table.c[name], sa.Text).label(name) for name in private}
    query = sa.select(table.c.id, *stored.values(), *(table.c[name] for name in digests))
    written = last = 0
    while (
        rows := session.execute(query.where(table.c.id > last).order_by(table.c.id).limit(BATCH))
        .mappings()
        .all()
    ):
        for row in rows:
            texts = {name: row[name] for name in private if row[name] is not None}
            plain = {name: decrypt(text) for name, text in texts.items()}
            old = {name: plain[name] for name, text in texts.items() if not is_current(text)}
            changes = {**old, **_digests(plain, {name: row[name] for name in digests})}
            if not changes:
                continue
            unchanged = [stored[name].element == text for name, text in texts.items()]
            update = sa.update(table).where(table.c.id == row["id"], *unchanged).values(**changes)
            if session.execute(update).rowcount:
                written += len(old)
        last = rows[-1]["id"]
        session.commit()
    return written


def _digests(plain: Mapping[str, str], stored: Mapping[str, str | None]) -> dict[str, str]:
    """Return the digests of a row that must change.

    A digest belongs to the text of its own name; else to the one from which it was made, which may
    stand inside JSON.
    """
    changes = {}
    for name, digest in stored.items():
        value = plain.get(name.removesuffix("_key"))
        if digest and not value:
            value = next((text for text in _texts(plain) if digest in search_keys(text)), None)
        if value and search_key(value) != digest:
            changes[name] = search_key(value)
    return changes


def _texts(plain: Mapping[str, str]) -> Iterator[str]:
    for text in plain.values():
        yield text
        try:
            yield from _leaves(json.loads(text))
        except ValueError:
            continue


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, (dict, list)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _leaves(item)
