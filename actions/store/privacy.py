"""A person's data, found, exported and erased as a whole.

A person is whoever a reference or an e-mail address leads to: their clients, what hangs on these,
their call-backs and kept intakes, and every conversation in which any of this came about; or a
learner of the training, with what they answered. Nothing here commits: the caller does, and calls
`scrub` afterwards.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from actions.logic.fields import FieldError, read_email
from actions.logic.wording import TYPED_MARK, fold
from actions.store.database import chunks
from actions.store.encryption import search_keys
from actions.store.lookups import PEOPLE, take_turn
from actions.store.models import (
    Answer,
    AnswerChange,
    Callback,
    Client,
    ClientTerm,
    Consent,
    Deadline,
    Engagement,
    Erasure,
    Expectation,
    FailedLookup,
    Feedback,
    KeptIntake,
    Learner,
    LearnerCode,
    LearnerSignIn,
    LearningCard,
    LearningReview,
    Note,
    Notification,
    OfferedButton,
    OtherContact,
    PossibleDuplicate,
    Received,
    SlackCard,
    SlackPost,
    SlackRoute,
    SlackStep,
    events,
    metadata,
)
from actions.store.slack_cards import steps_of

FORMAT = 1
# The slots of domain.yml in which an address is given: for the intake, for a later request.
ADDRESS_SLOTS = ("email", "request_email")

_LEARNER = re.compile(r"learner:(\d{1,9})")

# What holds the words of a conversation, beside its events.
SPOKEN: tuple[Any, ...] = (Received, Answer, OfferedButton, Feedback, SlackRoute, SlackPost)

# The ids of the rows that are meant, by table.
Rows = Mapping[str, Collection[int]]


@dataclass(frozen=True)
class Person:
    """Where somebody's data are: rows by id, conversations by name."""

    clients: frozenset[int]
    callbacks: frozenset[int]
    kept_intakes: frozenset[int]
    conversations: frozenset[str]
    learners: frozenset[int] = frozenset()
    # Requests of clients who stay, because they have others.
    engagements: frozenset[int] = frozenset()


def find_person(session: Session, subject: str) -> Person | None:
    """Return everything that belongs to a reference's client or to an e-mail address, if anything.

    ``learner:7`` is who has that number in the training. For staff, who know whom they deal with:
    an address is not proof of who somebody is.
    """
    if number := _LEARNER.fullmatch(subject.strip()):
        learner = session.get(Learner, int(number.group(1)))
        return learner and of_learner(learner.id)
    if "@" in subject:
        return _with_address(session, set(), {_address(subject)})
    client = _client_of(session, subject)
    if client is None:
        return None
    return _with_address(session, {client}, _emails_of(session, {client}))


def find_by_pair(session: Session, reference: str, email: str) -> Person | None:
    """Return what somebody may have erased who names a reference and the e-mail given with it.

    Only what was said in the conversations of that client: anyone can send an intake with somebody
    else's address, and must not thereby reach what that person sent.
    """
    client = _client_of(session, reference)
    same = _clients_with(session, {_address(email)})
    if client not in same:
        return None
    conversations = select(session, Engagement.conversation_id, Engagement.client_id, {client})
    there = select(session, Engagement.client_id, Engagement.conversation_id, conversations)
    return _within(session, same & there, conversations)


def find_by_conversation(session: Session, conversation: str) -> Person | None:
    """Return what was stored from one conversation, if anything but the conversation itself."""
    person = all_of_conversation(session, conversation)
    return person if person.clients or person.callbacks or person.kept_intakes else None


def all_of_conversation(session: Session, conversation: str) -> Person:
    """Return what was stored from one conversation, and the conversation itself.

    A client whom staff has merged with another one is one person with all that both have sent.
    """
    clients = select(session, Engagement.client_id, Engagement.conversation_id, {conversation})
    theirs = select(session, Engagement.conversation_id, Engagement.client_id, clients)
    return _within(session, clients, {conversation} | theirs)


def of_learner(learner_id: int) -> Person:
    """Return a learner; `erase` takes their conversations too."""
    none: frozenset[Any] = frozenset()
    return Person(none, none, none, none, learners=frozenset({learner_id}))


def find_by_run(session: Session, run: str) -> Person | None:
    """Return what one run of an intake stored, if it did, and nothing else.

    That is a client, or one request of a client who has others by now.
    """
    engagements = select(session, Engagement.id, Engagement.submission_key, {run})
    clients = select(session, Engagement.client_id, Engagement.id, engagements)
    none: frozenset[Any] = frozenset()
    if select(session, Engagement.id, Engagement.client_id, clients) - engagements:
        return Person(none, none, none, none, engagements=frozenset(engagements))
    return Person(frozenset(clients), none, none, none) if clients else None


def count(session: Session, person: Person) -> dict[str, int]:
    """Return how many rows of which table `erase` would take away."""
    return sizes(_rows_of(session, person))


def settle(session: Session) -> None:
    """Let nobody else erase or merge people before the caller's commit.

    It comes before finding whom to erase: a merge in between would put them under another number.
    """
    take_turn(session, PEOPLE)


def erase(session: Session, person: Person, via: str, now: dt.datetime) -> dict[str, int]:
    """Delete everything about a person and leave a tombstone that says how many rows went.

    Args:
        session: The caller's; nothing is gone before its commit.
        person: Whom `find_person` or another of these found, after `settle`.
        via: How it was asked for: ``conversation`` or ``command``.
        now: The moment of the erasure.
    """
    gone = delete(session, held(session, lambda: _rows_of(session, person)))
    session.add(Erasure(via=via, erased_at=now, rows=json.dumps(gone)))
    return gone


def scrub(engine: Engine) -> bool:
    """Take what was deleted out of SQLite's file and log too; other databases do so by themselves.

    Returns:
        Whether it was possible: not while another process is reading an older state.
    """
    if engine.dialect.name != "sqlite":
        return True
    with engine.connect() as connection:
        connection = connection.execution_options(isolation_level="AUTOCOMMIT")
        try:
            connection.exec_driver_sql("VACUUM")
            busy, *_pages = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()
        except OperationalError:
            return False
    return not busy


def export(session: Session, person: Person, now: dt.datetime) -> dict[str, Any]:
    """Return everything about a person, ready for JSON; docs/privacy.md describes it."""
    return {
        "format": FORMAT,
        "exported_at": _plain(now),
        "clients": [
            _client(session, client) for client in _things(session, Client, person.clients)
        ],
        "callbacks": [
            {
                **_columns(item, "contact name language channel conversation_id status created_at"),
                "known": _json(item.known),
                "notifications": _notifications(session, Notification.callback_id, item.id),
                "slack": _steps(session, SlackCard.callback_id, item.id),
            }
            for item in _things(session, Callback, person.callbacks)
        ],
        "kept_intakes": [
            {
                **_columns(item, "conversation_id created_at expires_at"),
                "answers": _json(item.state),
            }
            for item in _things(session, KeptIntake, person.kept_intakes)
        ],
        "conversations": [
            {
                "conversation_id": conversation,
                "messages": list(messages_of(session, conversation)),
                "feedback": [
                    _columns(item, "helpful faq question given_at")
                    for item in session.execute(
                        sa.select(Feedback)
                        .where(Feedback.conversation_id == conversation)
                        .order_by(Feedback.id)
                    ).scalars()
                ],
                "failed_lookups": [
                    _columns(item, "kind failed_at")
                    for item in session.execute(
                        sa.select(FailedLookup)
                        .where(FailedLookup.conversation_id == conversation)
                        .order_by(FailedLookup.id)
                    ).scalars()
                ],
            }
            for conversation in sorted(person.conversations)
        ],
        # Without their conversations: staff speak of clients there.
        "learners": [
            _learner(session, learner) for learner in _things(session, Learner, person.learners)
        ],
    }


def attached(
    session: Session,
    *,
    clients: Collection[int],
    engagements: Collection[int],
    callbacks: Collection[int],
) -> dict[str, Collection[int]]:
    """Return these rows together with those that can't be without them."""
    cards = select(session, SlackCard.id, SlackCard.engagement_id, engagements) | select(
        session, SlackCard.id, SlackCard.callback_id, callbacks
    )
    return {
        "clients": clients,
        "consents": select(session, Consent.id, Consent.client_id, clients),
        "client_terms": select(session, ClientTerm.id, ClientTerm.client_id, clients),
        "other_contacts": select(session, OtherContact.id, OtherContact.client_id, clients),
        "engagements": engagements,
        "expectations": select(session, Expectation.id, Expectation.engagement_id, engagements),
        "deadlines": select(session, Deadline.id, Deadline.engagement_id, engagements),
        "answer_changes": select(session, AnswerChange.id, AnswerChange.engagement_id, engagements),
        "notes": select(session, Note.id, Note.engagement_id, engagements),
        "possible_duplicates": (
            select(session, PossibleDuplicate.id, PossibleDuplicate.engagement_id, engagements)
            | select(session, PossibleDuplicate.id, PossibleDuplicate.other_client_id, clients)
        ),
        "callbacks": callbacks,
        "notifications": (
            select(session, Notification.id, Notification.engagement_id, engagements)
            | select(session, Notification.id, Notification.callback_id, callbacks)
        ),
        "slack_cards": cards,
        "slack_steps": select(session, SlackStep.id, SlackStep.card_id, cards),
        "slack_posts": select(session, SlackPost.id, SlackPost.card_id, cards),
    }


def of_learners(session: Session, learners: Collection[int]) -> dict[str, Collection[int]]:
    """Return learners together with everything that is kept about them by their number."""
    return {
        "learners": learners,
        **{
            model.__tablename__: select(session, model.id, model.learner_id, learners)
            for model in (LearnerCode, LearnerSignIn, LearningCard, LearningReview)
        },
    }


def held(session: Session, find: Callable[[], Rows]) -> Rows:
    """Return rows that nobody else changes before the caller's commit.

    They are found a second time, because somebody may just have corrected or merged something. The
    order is that in which staff's changes lock: nobody waits in a circle.
    """
    rows = find()
    for model in (Engagement, Client, Callback):
        locked = sa.select(model.id).order_by(model.id).with_for_update()
        for chunk in chunks(rows.get(model.__tablename__, ())):
            session.execute(locked.where(model.id.in_(chunk))).all()
    return find()


def delete(session: Session, rows: Rows) -> dict[str, int]:
    """Delete rows, children before their parents, and return how many went of which table."""
    gone = {}
    for table in reversed(metadata.sorted_tables):
        if rows.get(table.name):
            gone[table.name] = sum(
                session.execute(sa.delete(table).where(table.c.id.in_(chunk))).rowcount
                for chunk in chunks(rows[table.name])
            )
    return dict(reversed(gone.items()))


def sizes(rows: Rows) -> dict[str, int]:
    """Return how many rows are meant of which table, parents before their children."""
    return {
        table.name: len(rows[table.name])
        for table in metadata.sorted_tables
        if rows.get(table.name)
    }


def select(session: Session, wanted: Any, column: Any, among: Collection[Any]) -> set[Any]:
    """Return one column's values of the rows whose other column has one of many values."""
    return {
        value
        for chunk in chunks(among)
        for value in session.execute(sa.select(wanted).where(column.in_(chunk))).scalars()
    }


def _address(text: str) -> str:
    """Return an address as the intake stores it; what is none will not be found."""
    try:
        return read_email(text)
    except FieldError:
        return text.strip()


def _client_of(session: Session, reference: str) -> Any:
    """Return the id of a reference's client, also where it lost its capitals or hyphen."""
    letters = "".join(filter(str.isalnum, reference.upper()))
    return session.execute(
        sa.select(Engagement.client_id).where(
            sa.func.replace(Engagement.reference, "-", "") == letters
        )
    ).scalar_one_or_none()


def _clients_with(session: Session, contacts: Collection[str]) -> set[int]:
    """Return the clients who have one of some addresses, be it beside the one in use."""
    keys = [key for contact in contacts for key in search_keys(contact)]
    return select(session, Client.id, Client.email_key, keys) | select(
        session, OtherContact.client_id, OtherContact.contact_key, keys
    )


def _with_address(session: Session, clients: set[int], emails: set[str]) -> Person | None:
    """Return clients and those with some addresses, with all that has an address of theirs."""
    clients = clients | _clients_with(session, emails)
    emails = emails | _emails_of(session, clients)
    keys = [key for email in emails for key in search_keys(email)]
    callbacks = select(session, Callback.id, Callback.email_key, keys)
    callbacks |= _callbacks_by_phone(session, clients)
    kept = select(session, KeptIntake.id, KeptIntake.email_key, keys)
    conversations = (
        select(session, Engagement.conversation_id, Engagement.client_id, clients)
        | select(session, Callback.conversation_id, Callback.id, callbacks)
        | select(session, KeptIntake.conversation_id, KeptIntake.id, kept)
        | _named_in(session, emails)
    )
    if not clients and not conversations:
        return None
    return _within(session, clients, conversations)


def _within(session: Session, clients: set[int], conversations: set[str]) -> Person:
    """Return a person with all call-backs and kept intakes of their conversations."""
    return Person(
        frozenset(clients),
        frozenset(select(session, Callback.id, Callback.conversation_id, conversations)),
        frozenset(select(session, KeptIntake.id, KeptIntake.conversation_id, conversations)),
        frozenset(conversations),
    )


def _emails_of(session: Session, clients: Collection[int]) -> set[str]:
    return {
        contact
        for client in _things(session, Client, clients)
        for contact in _reach(client)
        if "@" in contact
    }


def _reach(client: Client) -> list[str]:
    return [
        contact
        for contact in (client.email, client.phone, *(o.contact for o in client.other_contacts))
        if contact
    ]


def _callbacks_by_phone(session: Session, clients: set[int]) -> set[int]:
    """Return the call-backs to the clients' telephones, unless they name somebody else.

    A company's number is that of several people. A name that was corrected, or not chosen when two
    clients were merged, is theirs too.
    """
    engagements = select(session, Engagement.id, Engagement.client_id, clients)
    changed = sa.select(AnswerChange.old, AnswerChange.new).where(
        AnswerChange.field.in_(("client_name", "contact"))
    )
    names = {
        fold(name)
        for chunk in chunks(engagements)
        for row in session.execute(changed.where(AnswerChange.engagement_id.in_(chunk)))
        for name in row
        if name
    }
    keys: set[str] = set()
    for client in _things(session, Client, clients):
        names |= {fold(name) for name in (client.name, client.contact_name) if name}
        keys |= {key for contact in _reach(client) for key in search_keys(contact)}
    found = _things(session, Callback, select(session, Callback.id, Callback.phone_key, keys))
    return {item.id for item in found if not item.name or fold(item.name) in names}


def _named_in(session: Session, emails: Collection[str]) -> set[str]:
    """Return the conversations in which the last address given is one of these.

    Of an open intake, or a question for a request, only the events tell. An address given before
    the last one was a slip, maybe somebody else's.
    """
    if not emails:
        return set()
    given = session.execute(
        sa.select(events.c.sender_id, events.c.data)
        .where(events.c.type_name == "slot", events.c.action_name.in_(ADDRESS_SLOTS))
        .order_by(events.c.id)
    )
    last = {row.sender_id: str(value) for row in given if (value := json.loads(row.data)["value"])}
    wanted = {email.casefold() for email in emails}
    return {name for name, value in last.items() if value.casefold() in wanted}


def _rows_of(session: Session, person: Person) -> Rows:
    engagements = person.engagements | select(
        session, Engagement.id, Engagement.client_id, person.clients
    )
    talks = person.conversations | _talks_of_learners(session, person.learners)
    return joined(
        attached(
            session,
            clients=person.clients,
            engagements=engagements,
            callbacks=person.callbacks,
        ),
        {
            "kept_intakes": person.kept_intakes,
            "failed_lookups": select(session, FailedLookup.id, FailedLookup.conversation_id, talks),
        },
        spoken(session, talks),
        of_learners(session, person.learners),
    )


def _talks_of_learners(session: Session, learners: Collection[int]) -> set[str]:
    """Return the conversations in which learners have spoken, by their keys and sign-ins.

    Slack: every thread of one user; the terminal: every conversation of one login.
    """
    talks = select(session, LearnerSignIn.conversation_id, LearnerSignIn.learner_id, learners)
    for key in select(session, Learner.key, Learner.id, learners):
        talks.add(key)
        kind = key.partition(":")[0]
        if start := {"slack": f"{key}:", "terminal": f"rest:{key}:"}.get(kind):
            for column in (events.c.sender_id, *(model.conversation_id for model in SPOKEN)):
                found = sa.select(column).where(column.startswith(start, autoescape=True))
                # SQLite's LIKE takes small letters for capitals.
                talks |= {
                    talk
                    for talk in session.execute(found.distinct()).scalars()
                    if talk.startswith(start)
                }
    return talks


def joined(*several: Rows) -> Rows:
    """Return the rows of all; one table may be named by several."""
    return {
        table: {number for rows in several for number in rows.get(table, ())}
        for table in {table for rows in several for table in rows}
    }


def spoken(session: Session, conversations: Collection[str]) -> dict[str, Collection[int]]:
    """Return the rows that hold what was said in conversations, and who signed in there.

    The website's sessions stay: they know nobody, and the visitor is still to be answered.
    """
    return {
        "events": select(session, events.c.id, events.c.sender_id, conversations),
        **{
            model.__tablename__: select(session, model.id, model.conversation_id, conversations)
            for model in (*SPOKEN, LearnerSignIn)
        },
    }


def _things(session: Session, model: Any, ids: Collection[int]) -> list[Any]:
    return [
        thing
        for chunk in chunks(ids)
        for thing in session.execute(
            sa.select(model).where(model.id.in_(chunk)).order_by(model.id)
        ).scalars()
    ]


def _client(session: Session, client: Any) -> dict[str, Any]:
    return {
        **_columns(client, "name form relation contact_name email phone language created_at"),
        "other_contacts": [item.contact for item in client.other_contacts],
        "consents": [
            _columns(item, "policy_version notice_hash language channel given_by given_at")
            for item in client.consents
        ],
        # Why staff may take this client for another one, never for whom.
        "possible_duplicates": sorted(
            session.execute(
                sa.select(PossibleDuplicate.reason)
                .join(Engagement)
                .where(
                    sa.or_(
                        Engagement.client_id == client.id,
                        PossibleDuplicate.other_client_id == client.id,
                    )
                )
                .distinct()
            ).scalars()
        ),
        "engagements": [_engagement(session, item) for item in client.engagements],
    }


def _engagement(session: Session, engagement: Any) -> dict[str, Any]:
    return {
        **_columns(
            engagement, "reference service status channel conversation_id created_at closed_at"
        ),
        "expectations": [item.text for item in engagement.expectations],
        "deadlines": [
            _columns(item, "said purpose kind due_date due_time warn_on")
            for item in engagement.deadlines
        ],
        "changes": [_columns(item, "field old new changed_at") for item in engagement.changes],
        # Not who of the staff wrote it: that is their own datum.
        "notes": [_columns(item, "text written_at") for item in engagement.notes],
        "notifications": _notifications(session, Notification.engagement_id, engagement.id),
        "slack": _steps(session, SlackCard.engagement_id, engagement.id),
    }


def _notifications(session: Session, column: Any, owner: int) -> list[dict[str, Any]]:
    found = session.execute(
        sa.select(Notification).where(column == owner).order_by(Notification.id)
    ).scalars()
    return [
        {
            **_columns(item, "topic created_at delivered_at parked_at"),
            "state": (
                "delivered" if item.delivered_at else "parked" if item.parked_at else "waiting"
            ),
        }
        for item in found
    ]


def _steps(session: Session, column: Any, owner: int) -> list[dict[str, Any]]:
    """Return what staff did, not who of them: that is their own datum."""
    return [_columns(step, "step detail done_at") for step in steps_of(session, column, owner)]


def _learner(session: Session, learner: Any) -> dict[str, Any]:
    def of(model: Any, names: str) -> list[dict[str, Any]]:
        mine = sa.select(model).where(model.learner_id == learner.id).order_by(model.id)
        return [_columns(item, names) for item in session.execute(mine).scalars()]

    return {
        "number": learner.id,
        **_columns(learner, "key name language daily_goal reminder_hour reminded_on created_at"),
        "cards": of(LearningCard, "item state step stability difficulty due last_review wrong"),
        "reviews": of(
            LearningReview,
            "item answer result score sure rating seconds channel language reviewed_at "
            "contested_at undone_at",
        ),
        "sign_ins": of(LearnerSignIn, "conversation_id signed_in_at"),
    }


def messages_of(session: Session, conversation: str) -> Iterator[dict[str, str]]:
    """Yield what was said; a pressed button reads as its title, not as the command behind it."""
    titles: dict[str, str] = {}
    rows = session.execute(
        sa.select(events.c.type_name, events.c.timestamp, events.c.data)
        .where(events.c.sender_id == conversation, events.c.type_name.in_(("user", "bot")))
        .order_by(events.c.id)
    )
    for row in rows:
        event = json.loads(row.data)
        text = (event.get("text") or "").removeprefix(TYPED_MARK)
        if row.type_name == "bot":
            for button in (event.get("data") or {}).get("buttons") or ():
                titles[button.get("payload", "")] = button.get("title", "")
        if text:
            yield {
                "time": _plain(dt.datetime.fromtimestamp(row.timestamp, dt.timezone.utc)),
                "who": "client" if row.type_name == "user" else "assistant",
                "text": (row.type_name == "user" and titles.get(text)) or text,
            }


def _columns(thing: Any, names: str) -> dict[str, Any]:
    return {name: _plain(getattr(thing, name)) for name in names.split()}


def _plain(value: Any) -> Any:
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.timezone.utc).isoformat(timespec="seconds")
    return value.isoformat() if isinstance(value, (dt.date, dt.time)) else value


def _json(stored: str | None) -> Any:
    return None if stored is None else json.loads(stored)
