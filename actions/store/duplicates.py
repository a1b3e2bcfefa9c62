"""Clients who may be the same person or company twice: for staff to look at, never to refuse."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from actions.logic.likeness import names_alike
from actions.store.encryption import EncryptionError, decrypt, search_keys
from actions.store.models import Client, OtherContact

# Names may be encrypted and near-equal ones have no digest, so they are compared one by one in
# Python. Beyond the newest that many, a client is only found by e-mail address or telephone.
NAMES_COMPARED = 5000


def find_duplicates(session: Session, client: Client) -> list[tuple[int, str]]:
    """Return the other clients who may be this one, with why, ordered by reason and id.

    The reasons are those of `models.DUPLICATE_REASONS`; a client found for two reasons stands
    there twice. `client` may be new or stored already.
    """
    if client.id is None:
        # What this session has not written yet is the client itself, not another one.
        with session.no_autoflush:
            return _find(session, client, sa.true())
    return _find(session, client, Client.id != client.id)


def _find(session: Session, client: Client, others: sa.sql.ColumnElement) -> list[tuple[int, str]]:
    found: list[tuple[int, str]] = []
    for reason, column, value in (
        ("email", Client.email_key, client.email),
        ("phone", Client.phone_key, client.phone),
    ):
        if value:
            keys = search_keys(value)
            same = sa.union(
                sa.select(Client.id).where(others, column.in_(keys)),
                sa.select(Client.id)
                .join(OtherContact, OtherContact.client_id == Client.id)
                .where(others, OtherContact.contact_key.in_(keys)),
            )
            found += [(other, reason) for other in sorted(session.scalars(same))]
    newest = (
        sa.select(Client.id, sa.type_coerce(Client.name, sa.Text))
        .where(others)
        .order_by(Client.id.desc())
        .limit(NAMES_COMPARED)
    )
    alike = [other for other, stored in session.execute(newest) if _alike(client.name, stored)]
    return found + [(other, "name") for other in sorted(alike)]


def _alike(name: str, stored: str) -> bool:
    """Compare a name with one as it is stored; what no key can read is like nothing.

    A key that was taken out too early must not keep new clients from being stored.
    """
    try:
        return names_alike(name, decrypt(stored))
    except EncryptionError:
        return False
