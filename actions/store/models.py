"""The tables. Nothing here opens a connection; migrations/ holds the same tables step by step."""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import declarative_base, relationship

from actions.store.encryption import Private

FORMS = ("individual", "company", "organisation", "government")
RELATIONS = ("internal", "external", "third_party")
STATUSES = ("new", "in_charge", "accepted", "declined", "closed")
OPEN = ("new", "in_charge", "accepted")  # somebody has still to decide, or is at work
DEADLINE_KINDS = ("date", "none", "vague")
DUPLICATE_REASONS = ("email", "phone", "name")
CONSENT_WAYS = ("button", "words")
CALLBACK_STATUSES = ("new", "done")
TOPICS = ("intake", "callback")
CARD_TOPICS = ("intake", "callback", "question")
CARD_STEPS = ("take", "status", "reply")
RESULTS = ("right", "partly", "wrong")
QUESTION_REASONS = ("unanswered", "unclear")
ROLES = ("reader", "staff", "admin")
RUN_OUTCOMES = ("submitted", "kept", "cancelled", "refused")

# Named constraints, so that a migration can drop on one database what it made on another.
metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)
Base: Any = declarative_base(metadata=metadata)


class UtcDateTime(sa.types.TypeDecorator[dt.datetime]):
    """A moment, stored in UTC and always handed out with its zone (SQLite forgets zones)."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Any) -> dt.datetime | None:
        """Refuse a moment without a zone: it would silently mean another one."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs its time zone")
        return value.astimezone(dt.timezone.utc)  # type: ignore[no-any-return]

    def process_result_value(self, value: Any, dialect: Any) -> dt.datetime | None:
        """Give the zone back: PostgreSQL answers in the zone of its own settings."""
        if value is None:
            return None
        if value.tzinfo is not None:
            return value.astimezone(dt.timezone.utc)  # type: ignore[no-any-return]
        return value.replace(tzinfo=dt.timezone.utc)  # type: ignore[no-any-return]


def _one_of(column: str, values: tuple[str, ...]) -> sa.CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values)
    return sa.CheckConstraint(f"{column} IN ({listed})", name=column)


class Client(Base):
    """Who asked: a person, company, organisation or public body."""

    __tablename__ = "clients"
    __table_args__ = (_one_of("form", FORMS), _one_of("relation", RELATIONS))

    id = sa.Column(sa.Integer, primary_key=True)
    name = sa.Column(Private, nullable=False)
    form = sa.Column(sa.String(20), nullable=False)
    relation = sa.Column(sa.String(20), nullable=False, server_default="external")
    contact_name = sa.Column(Private)
    email = sa.Column(Private)
    phone = sa.Column(Private)
    # Digests, because what is encrypted can't be searched for; see encryption.search_key.
    email_key = sa.Column(sa.String(64), index=True)
    phone_key = sa.Column(sa.String(64), index=True)
    language = sa.Column(sa.String(2), nullable=False)
    created_at = sa.Column(UtcDateTime, nullable=False)
    # Counts the changes: who saves what somebody else has changed meanwhile is told so.
    version = sa.Column(sa.Integer, nullable=False, server_default="1")

    engagements = relationship("Engagement", back_populates="client")
    consents = relationship("Consent", back_populates="client")
    other_contacts = relationship("OtherContact", order_by="OtherContact.id", viewonly=True)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012


class Engagement(Base):
    """One request of a client: what they need, where it stands."""

    __tablename__ = "engagements"
    __table_args__ = (
        _one_of("status", STATUSES),
        # The inbox's lists and counts read nothing but these.
        sa.Index("ix_engagements_status_id", "status", "id"),
        sa.Index("ix_engagements_status_due_date_id", "status", "due_date", "id"),
        sa.Index("ix_engagements_due_date_id", "due_date", "id"),
        sa.Index("ix_engagements_client_id_status", "client_id", "status"),
        sa.Index("ix_engagements_service_id_status", "service", "id", "status"),
        sa.Index("ix_engagements_channel_id_status", "channel", "id", "status"),
        sa.Index("ix_engagements_taken_by_id_status", "taken_by", "id", "status"),
        sa.Index("ix_engagements_channel_created_at", "channel", "created_at"),
    )

    id = sa.Column(sa.Integer, primary_key=True)
    reference = sa.Column(sa.String(20), nullable=False, unique=True)
    client_id = sa.Column(sa.ForeignKey("clients.id"), nullable=False)
    service = sa.Column(sa.String(200), nullable=False)
    status = sa.Column(sa.String(20), nullable=False, server_default="new", index=True)
    channel = sa.Column(sa.String(20), nullable=False)
    conversation_id = sa.Column(sa.String(255), nullable=False, index=True)
    # Names one run of the intake in one conversation: the same run can't be stored twice.
    submission_key = sa.Column(sa.String(320), nullable=False, unique=True)
    created_at = sa.Column(UtcDateTime, nullable=False, index=True)
    closed_at = sa.Column(UtcDateTime, index=True)
    # The first of its deadlines, for lists in that order.
    due_date = sa.Column(sa.Date)
    taken_by = sa.Column(sa.String(120))  # whose request it is now: staff:<id>, slack:<team>:<user>
    taken_name = sa.Column(Private)
    taken_at = sa.Column(UtcDateTime)
    taken_after = sa.Column(sa.Integer)  # seconds from its coming in until somebody took it
    version = sa.Column(sa.Integer, nullable=False, server_default="1")

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012

    client = relationship("Client", back_populates="engagements")
    expectations = relationship(
        "Expectation", back_populates="engagement", order_by="Expectation.position"
    )
    deadlines = relationship("Deadline", back_populates="engagement", order_by="Deadline.position")
    changes = relationship("AnswerChange", back_populates="engagement", order_by="AnswerChange.id")
    notes = relationship("Note", back_populates="engagement", order_by="Note.id")


class Expectation(Base):
    """One thing that the client expects, in their own words."""

    __tablename__ = "expectations"
    __table_args__ = (sa.UniqueConstraint("engagement_id", "position"),)

    id = sa.Column(sa.Integer, primary_key=True)
    engagement_id = sa.Column(sa.ForeignKey("engagements.id", ondelete="CASCADE"), nullable=False)
    position = sa.Column(sa.Integer, nullable=False)
    text = sa.Column(Private, nullable=False)

    engagement = relationship("Engagement", back_populates="expectations")


class Deadline(Base):
    """By when: the client's words, and the day that they mean where they mean one."""

    __tablename__ = "deadlines"
    __table_args__ = (
        _one_of("kind", DEADLINE_KINDS),
        sa.CheckConstraint("(kind = 'date') = (due_date IS NOT NULL)", name="date_has_day"),
        sa.CheckConstraint("due_time IS NULL OR due_date IS NOT NULL", name="time_has_day"),
        sa.Index("ix_deadlines_due_date_engagement_id", "due_date", "engagement_id"),
    )

    id = sa.Column(sa.Integer, primary_key=True)
    engagement_id = sa.Column(
        sa.ForeignKey("engagements.id", ondelete="CASCADE"), nullable=False, index=True
    )
    position = sa.Column(sa.Integer, nullable=False, server_default="1")
    said = sa.Column(Private, nullable=False)
    purpose = sa.Column(Private)  # what is due, where the client named it: «la bozza»
    kind = sa.Column(sa.String(10), nullable=False)
    due_date = sa.Column(sa.Date)
    due_time = sa.Column(sa.Time)
    warn_on = sa.Column(sa.Date, index=True)  # a working day, firm.yml's lead days before

    engagement = relationship("Engagement", back_populates="deadlines")


class AnswerChange(Base):
    """An answer that the client changed before sending the intake, or staff afterwards."""

    __tablename__ = "answer_changes"

    id = sa.Column(sa.Integer, primary_key=True)
    engagement_id = sa.Column(
        sa.ForeignKey("engagements.id", ondelete="CASCADE"), nullable=False, index=True
    )
    field = sa.Column(sa.String(20), nullable=False)
    old = sa.Column(Private)
    new = sa.Column(Private)
    changed_at = sa.Column(UtcDateTime, nullable=False)
    changed_by = sa.Column(Private)  # the name of a member of staff; NULL: the client

    engagement = relationship("Engagement", back_populates="changes")


class Note(Base):
    """What a member of staff wrote down about an engagement, for colleagues."""

    __tablename__ = "notes"

    id = sa.Column(sa.Integer, primary_key=True)
    engagement_id = sa.Column(
        sa.ForeignKey("engagements.id", ondelete="CASCADE"), nullable=False, index=True
    )
    text = sa.Column(Private, nullable=False)
    written_by = sa.Column(sa.String(120), nullable=False)
    written_name = sa.Column(Private, nullable=False)
    written_at = sa.Column(UtcDateTime, nullable=False)

    engagement = relationship("Engagement", back_populates="notes")


class ClientTerm(Base):
    """A digest of how a word of a client begins, by which clients are found; see search.py."""

    __tablename__ = "client_terms"
    __table_args__ = (sa.UniqueConstraint("term", "client_id"),)

    id = sa.Column(sa.Integer, primary_key=True)
    term = sa.Column(sa.BigInteger, nullable=False)
    client_id = sa.Column(
        sa.ForeignKey("clients.id", ondelete="CASCADE"), nullable=False, index=True
    )


class OtherContact(Base):
    """An e-mail address or telephone of a client who stood here twice, beside the chosen one."""

    __tablename__ = "other_contacts"

    id = sa.Column(sa.Integer, primary_key=True)
    client_id = sa.Column(
        sa.ForeignKey("clients.id", ondelete="CASCADE"), nullable=False, index=True
    )
    contact = sa.Column(Private, nullable=False)
    contact_key = sa.Column(sa.String(64), nullable=False, index=True)


class PossibleDuplicate(Base):
    """A client who may be the same as that of an engagement: for staff to look at."""

    __tablename__ = "possible_duplicates"
    __table_args__ = (
        _one_of("reason", DUPLICATE_REASONS),
        sa.UniqueConstraint("engagement_id", "other_client_id", "reason"),
    )

    id = sa.Column(sa.Integer, primary_key=True)
    engagement_id = sa.Column(sa.ForeignKey("engagements.id", ondelete="CASCADE"), nullable=False)
    other_client_id = sa.Column(
        sa.ForeignKey("clients.id", ondelete="CASCADE"), nullable=False, index=True
    )
    reason = sa.Column(sa.String(10), nullable=False)
    dismissed_at = sa.Column(UtcDateTime)  # staff looked: they are two


class Consent(Base):
    """That the client agreed, to which text, when, where and how."""

    __tablename__ = "consents"
    __table_args__ = (_one_of("given_by", CONSENT_WAYS),)

    id = sa.Column(sa.Integer, primary_key=True)
    client_id = sa.Column(
        sa.ForeignKey("clients.id", ondelete="CASCADE"), nullable=False, index=True
    )
    policy_version = sa.Column(sa.String(50), nullable=False)
    notice_hash = sa.Column(sa.String(64), nullable=False)
    language = sa.Column(sa.String(2), nullable=False)
    channel = sa.Column(sa.String(20), nullable=False)
    given_by = sa.Column(sa.String(10), nullable=False, server_default="words")
    given_at = sa.Column(UtcDateTime, nullable=False)

    client = relationship("Client", back_populates="consents")


class KeptIntake(Base):
    """An intake that was put aside, to be resumed with a code that only its owner has."""

    __tablename__ = "kept_intakes"

    id = sa.Column(sa.Integer, primary_key=True)
    code_hash = sa.Column(sa.String(64), nullable=False, unique=True)
    state = sa.Column(Private, nullable=False)  # JSON: the slots of the intake
    email_key = sa.Column(sa.String(64), index=True)
    conversation_id = sa.Column(sa.String(255), nullable=False, index=True)
    run = sa.Column(sa.String(40), index=True)
    # The conversation that goes on with it, and may ask for it again until it is sent.
    resumed_by = sa.Column(sa.String(255), index=True)
    created_at = sa.Column(UtcDateTime, nullable=False)
    expires_at = sa.Column(UtcDateTime, nullable=False, index=True)


class Callback(Base):
    """Somebody wants to talk to a person."""

    __tablename__ = "callbacks"
    __table_args__ = (_one_of("status", CALLBACK_STATUSES),)

    id = sa.Column(sa.Integer, primary_key=True)
    contact = sa.Column(Private, nullable=False)  # e-mail address or telephone number
    email_key = sa.Column(sa.String(64), index=True)
    phone_key = sa.Column(sa.String(64), index=True)
    name = sa.Column(Private)
    known = sa.Column(Private)  # JSON: answers of an open intake, where there is consent
    language = sa.Column(sa.String(2), nullable=False)
    channel = sa.Column(sa.String(20), nullable=False)
    conversation_id = sa.Column(sa.String(255), nullable=False, index=True)
    status = sa.Column(sa.String(20), nullable=False, server_default="new", index=True)
    created_at = sa.Column(UtcDateTime, nullable=False, index=True)
    handled_name = sa.Column(Private)  # who called back
    handled_at = sa.Column(UtcDateTime)
    version = sa.Column(sa.Integer, nullable=False, server_default="1")

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012


class Notification(Base):
    """Something to tell the outside, written with what it tells of and sent later (an outbox)."""

    __tablename__ = "notifications"
    __table_args__ = (_one_of("topic", TOPICS),)

    id = sa.Column(sa.Integer, primary_key=True)
    key = sa.Column(sa.String(40), nullable=False, unique=True)  # the receiver's idempotency key
    topic = sa.Column(sa.String(20), nullable=False)
    payload = sa.Column(Private, nullable=False)  # JSON
    engagement_id = sa.Column(sa.ForeignKey("engagements.id", ondelete="CASCADE"), index=True)
    callback_id = sa.Column(sa.ForeignKey("callbacks.id", ondelete="CASCADE"), index=True)
    created_at = sa.Column(UtcDateTime, nullable=False)
    attempts = sa.Column(sa.Integer, nullable=False, server_default="0")
    due_at = sa.Column(UtcDateTime, index=True)  # NULL once delivered or parked
    delivered_at = sa.Column(UtcDateTime)
    parked_at = sa.Column(UtcDateTime, index=True)
    last_error = sa.Column(sa.String(200))


class Erasure(Base):
    """That somebody's data were erased: a tombstone without personal data."""

    __tablename__ = "erasures"

    id = sa.Column(sa.Integer, primary_key=True)
    via = sa.Column(sa.String(20), nullable=False)  # conversation, command, retention
    erased_at = sa.Column(UtcDateTime, nullable=False)
    rows = sa.Column(sa.Text, nullable=False)  # JSON: how many rows of which table


class FailedLookup(Base):
    """A code or a pair that did not fit: who tries too often is slowed down."""

    __tablename__ = "failed_lookups"

    id = sa.Column(sa.Integer, primary_key=True)
    kind = sa.Column(sa.String(10), nullable=False)  # status, resume, sign_in, …
    conversation_id = sa.Column(sa.String(255), nullable=False, index=True)
    failed_at = sa.Column(UtcDateTime, nullable=False, index=True)


class UnansweredQuestion(Base):
    """A question that no answer fitted, or two, with personal data masked, for staff to look at."""

    __tablename__ = "unanswered_questions"
    __table_args__ = (_one_of("reason", QUESTION_REASONS),)

    id = sa.Column(sa.Integer, primary_key=True)
    reason = sa.Column(sa.String(20), nullable=False, server_default="unanswered")
    text = sa.Column(sa.Text, nullable=False)
    language = sa.Column(sa.String(2), nullable=False)
    channel = sa.Column(sa.String(20), nullable=False)
    nearest = sa.Column(sa.Text, nullable=False)  # JSON: the nearest labels, the nearest first
    asked_at = sa.Column(UtcDateTime, nullable=False, index=True)
    draft = sa.Column(sa.String(60))  # the draft of an answer that it went into
    dealt_with_at = sa.Column(UtcDateTime, index=True)  # put into a draft, or dismissed


class WebSession(Base):
    """A visitor's way back to one conversation of the website; it knows nobody's name."""

    __tablename__ = "web_sessions"

    id = sa.Column(sa.Integer, primary_key=True)
    token_hash = sa.Column(sa.String(64), nullable=False, unique=True)
    conversation_id = sa.Column(sa.String(255), nullable=False, unique=True)
    language = sa.Column(sa.String(2), nullable=False)
    # A keyed digest of the network address, to slow down whoever opens too many; gone after a day.
    address_key = sa.Column(sa.String(64), index=True)
    created_at = sa.Column(UtcDateTime, nullable=False, index=True)
    seen_at = sa.Column(UtcDateTime, nullable=False, index=True)
    ended_at = sa.Column(UtcDateTime)


class Received(Base):
    """A message that arrived on a channel that loses nothing: the inbox."""

    __tablename__ = "inbox"
    __table_args__ = (
        sa.UniqueConstraint("conversation_id", "key"),
        sa.Index("ix_inbox_waiting", "answered_at", "conversation_id"),
        {"sqlite_autoincrement": True},
    )

    id = sa.Column(sa.Integer, primary_key=True)
    conversation_id = sa.Column(sa.String(255), nullable=False)
    channel = sa.Column(sa.String(20), nullable=False)
    key = sa.Column(sa.String(100), nullable=False)  # the sender's: the same message has the same
    button = sa.Column(sa.String(40))  # what was pressed, where nothing was typed
    text = sa.Column(Private, nullable=False)  # what was typed, or the title of the button
    digest = sa.Column(sa.String(64))  # keyed, of what arrived: tells a repetition from another
    received_at = sa.Column(UtcDateTime, nullable=False, index=True)
    attempts = sa.Column(sa.Integer, nullable=False, server_default="0")
    answered_at = sa.Column(UtcDateTime)


class Answer(Base):
    """Everything that answers one message, kept until the conversation goes: the outbox."""

    __tablename__ = "outbox"
    # A number is never given twice: clients ask for what came after the last one they saw.
    __table_args__ = ({"sqlite_autoincrement": True},)

    id = sa.Column(sa.Integer, primary_key=True)
    conversation_id = sa.Column(sa.String(255), nullable=False, index=True)
    inbox_id = sa.Column(sa.Integer, unique=True)  # NULL where the bot speaks by itself
    payload = sa.Column(Private, nullable=False)  # JSON, as the channel shows it
    created_at = sa.Column(UtcDateTime, nullable=False, index=True)


class OfferedButton(Base):
    """A button that can be pressed now; those of earlier turns are gone."""

    __tablename__ = "offered_buttons"

    id = sa.Column(sa.Integer, primary_key=True)
    token = sa.Column(sa.String(40), nullable=False, unique=True)
    conversation_id = sa.Column(sa.String(255), nullable=False, index=True)
    title = sa.Column(Private, nullable=False)
    payload = sa.Column(Private, nullable=False)


class Feedback(Base):
    """Whether an answer helped, in the eyes of who asked."""

    __tablename__ = "feedback"
    __table_args__ = (sa.Index("ix_feedback_dealt_with_at_helpful", "dealt_with_at", "helpful"),)

    id = sa.Column(sa.Integer, primary_key=True)
    outbox_id = sa.Column(sa.Integer, nullable=False, unique=True)
    conversation_id = sa.Column(sa.String(255), nullable=False, index=True)
    helpful = sa.Column(sa.Boolean, nullable=False)
    faq = sa.Column(sa.String(60))  # NULL for a passage of the documents
    question = sa.Column(sa.Text, nullable=False)  # masked
    language = sa.Column(sa.String(2), nullable=False)
    given_at = sa.Column(UtcDateTime, nullable=False, index=True)
    draft = sa.Column(sa.String(60))  # the draft of an answer that it went into
    dealt_with_at = sa.Column(UtcDateTime)  # put into a draft, or dismissed


class SlackRoute(Base):
    """How a message came from Slack, and so where its answer goes."""

    __tablename__ = "slack_routes"

    id = sa.Column(sa.Integer, primary_key=True)
    conversation_id = sa.Column(sa.String(255), nullable=False, index=True)
    inbox_id = sa.Column(sa.Integer, nullable=False, unique=True)
    kind = sa.Column(sa.String(20), nullable=False)  # text, button, date, command, help, files
    team = sa.Column(sa.String(40), nullable=False)
    member = sa.Column(sa.String(40), nullable=False)
    channel = sa.Column(sa.String(40), nullable=False)
    thread_ts = sa.Column(sa.String(30))
    response_url = sa.Column(Private)  # answers to a command go there, for half an hour
    post_key = sa.Column(sa.String(100))  # the post whose button was pressed
    created_at = sa.Column(UtcDateTime, nullable=False)


class SlackCard(Base):
    """A card in the firm's channel: about what it is, and who looks after that."""

    __tablename__ = "slack_cards"
    __table_args__ = (_one_of("topic", CARD_TOPICS),)

    id = sa.Column(sa.Integer, primary_key=True)
    topic = sa.Column(sa.String(20), nullable=False)
    engagement_id = sa.Column(sa.ForeignKey("engagements.id", ondelete="CASCADE"), unique=True)
    callback_id = sa.Column(sa.ForeignKey("callbacks.id", ondelete="CASCADE"), unique=True)
    question_id = sa.Column(
        sa.ForeignKey("unanswered_questions.id", ondelete="CASCADE"), unique=True
    )
    status = sa.Column(sa.String(20), nullable=False, server_default="new")
    taken_by = sa.Column(sa.String(80))  # team and member
    taken_name = sa.Column(Private)
    taken_at = sa.Column(UtcDateTime)
    created_at = sa.Column(UtcDateTime, nullable=False)
    # Something was done elsewhere that its post does not show yet.
    outdated = sa.Column(sa.Boolean, nullable=False, server_default=sa.false(), index=True)


class SlackStep(Base):
    """What a member of staff did on a card."""

    __tablename__ = "slack_steps"
    __table_args__ = (_one_of("step", CARD_STEPS),)

    id = sa.Column(sa.Integer, primary_key=True)
    key = sa.Column(sa.String(100), nullable=False, unique=True)  # the same click has the same
    card_id = sa.Column(
        sa.ForeignKey("slack_cards.id", ondelete="CASCADE"), nullable=False, index=True
    )
    step = sa.Column(sa.String(10), nullable=False)
    member = sa.Column(sa.String(80), nullable=False)
    name = sa.Column(Private, nullable=False)
    detail = sa.Column(Private)  # the new status, or the words of a reply
    done_at = sa.Column(UtcDateTime, nullable=False)


class SlackPost(Base):
    """A call of Slack's Web API that is to be made, once, however long Slack is away."""

    __tablename__ = "slack_posts"
    __table_args__ = (
        sa.Index("ix_slack_posts_open", "done_at", "lane", "id"),
        {"sqlite_autoincrement": True},
    )

    id = sa.Column(sa.Integer, primary_key=True)
    key = sa.Column(sa.String(100), nullable=False, unique=True)
    lane = sa.Column(sa.String(60), nullable=False)  # posts of one lane keep their order
    method = sa.Column(sa.String(40), nullable=False)
    arguments = sa.Column(Private, nullable=False)  # JSON
    parent_key = sa.Column(sa.String(100))  # the post to change, or in whose thread it goes
    conversation_id = sa.Column(sa.String(255), index=True)
    card_id = sa.Column(sa.ForeignKey("slack_cards.id", ondelete="CASCADE"), index=True)
    created_at = sa.Column(UtcDateTime, nullable=False, index=True)
    due_at = sa.Column(UtcDateTime, nullable=False)
    attempts = sa.Column(sa.Integer, nullable=False, server_default="0")
    # Set while it is not known whether the last attempt arrived.
    tried_at = sa.Column(UtcDateTime)
    done_at = sa.Column(UtcDateTime, index=True)  # delivered or given up
    ts = sa.Column(sa.String(30))  # Slack's name for it; none where it was given up
    channel = sa.Column(sa.String(40))
    last_error = sa.Column(sa.String(200))


# Rasa's tracker store keeps the dialogue in this table and would make it by itself; it stands here
# so that the migrations own every table of the database and erasure finds the events.
events = sa.Table(
    "events",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("sender_id", sa.String(255), nullable=False, index=True),
    sa.Column("type_name", sa.String(255), nullable=False),
    sa.Column("timestamp", sa.Float),
    sa.Column("intent_name", sa.String(255)),
    sa.Column("action_name", sa.String(255)),
    sa.Column("data", sa.Text),
)


class Learner(Base):
    """Somebody of the staff who practises, as a channel has verified them."""

    __tablename__ = "learners"

    id = sa.Column(sa.Integer, primary_key=True)
    # slack:<team>:<user>, terminal:<login>, staff:<random> for whoever was invited.
    key = sa.Column(sa.String(255), nullable=False, unique=True)
    name = sa.Column(Private)  # NULL where nobody told
    language = sa.Column(sa.String(2), nullable=False)
    daily_goal = sa.Column(sa.Integer, nullable=False)
    reminder_hour = sa.Column(sa.Integer)  # of the firm's day; NULL: no reminders
    reminded_on = sa.Column(sa.Date)
    created_at = sa.Column(UtcDateTime, nullable=False)


class LearnerCode(Base):
    """A code that signs a learner in, once; only its digest is kept."""

    __tablename__ = "learner_codes"

    id = sa.Column(sa.Integer, primary_key=True)
    learner_id = sa.Column(
        sa.ForeignKey("learners.id", ondelete="CASCADE"), nullable=False, index=True
    )
    code_hash = sa.Column(sa.String(64), nullable=False, unique=True)
    expires_at = sa.Column(UtcDateTime, nullable=False)


class LearnerSignIn(Base):
    """A conversation of the website in which a learner has signed in."""

    __tablename__ = "learner_sign_ins"

    id = sa.Column(sa.Integer, primary_key=True)
    learner_id = sa.Column(
        sa.ForeignKey("learners.id", ondelete="CASCADE"), nullable=False, index=True
    )
    conversation_id = sa.Column(sa.String(255), nullable=False, unique=True)
    signed_in_at = sa.Column(UtcDateTime, nullable=False)


class LearningCard(Base):
    """What a learner remembers of one question: the state of fsrs, made from the reviews."""

    __tablename__ = "learning_cards"
    __table_args__ = (sa.UniqueConstraint("learner_id", "item"),)

    id = sa.Column(sa.Integer, primary_key=True)
    learner_id = sa.Column(sa.ForeignKey("learners.id", ondelete="CASCADE"), nullable=False)
    item = sa.Column(sa.String(80), nullable=False)
    state = sa.Column(sa.Integer, nullable=False)  # 1 learning, 2 review, 3 relearning
    step = sa.Column(sa.Integer)
    stability = sa.Column(sa.Float, nullable=False)  # days
    difficulty = sa.Column(sa.Float, nullable=False)  # 1 to 10
    due = sa.Column(UtcDateTime, nullable=False, index=True)
    last_review = sa.Column(UtcDateTime, nullable=False)
    wrong = sa.Column(sa.Integer, nullable=False)  # how often


class LearningReview(Base):
    """One graded answer; these rows are the truth, the cards are computed from them."""

    __tablename__ = "learning_reviews"
    __table_args__ = (
        _one_of("result", RESULTS),
        sa.Index("ix_learning_reviews_learner_id_item", "learner_id", "item"),
    )

    id = sa.Column(sa.Integer, primary_key=True)
    learner_id = sa.Column(sa.ForeignKey("learners.id", ondelete="CASCADE"), nullable=False)
    item = sa.Column(sa.String(80), nullable=False)
    # Of the session and the place in it: an answer that is delivered twice counts once.
    delivery = sa.Column(sa.String(80), nullable=False, unique=True)
    channel = sa.Column(sa.String(20), nullable=False)
    language = sa.Column(sa.String(2), nullable=False)
    answer = sa.Column(Private)  # the learner's own words; for them alone; NULL once they expired
    result = sa.Column(sa.String(10), nullable=False)
    score = sa.Column(sa.Float, nullable=False)  # 0 to 1: the share of a matching, of key points
    sure = sa.Column(sa.Boolean)  # NULL where it was not asked or not told
    rating = sa.Column(sa.Integer, nullable=False)  # fsrs': 1 again, 2 hard, 3 good, 4 easy
    seconds = sa.Column(sa.Integer)  # from the question to the answer
    reviewed_at = sa.Column(UtcDateTime, nullable=False, index=True)
    contested_at = sa.Column(UtcDateTime)
    undone_at = sa.Column(UtcDateTime)


class StaffAccount(Base):
    """Somebody who may sign in to the back office."""

    __tablename__ = "staff_accounts"
    __table_args__ = (_one_of("role", ROLES),)

    id = sa.Column(sa.Integer, primary_key=True)
    email = sa.Column(sa.String(254), nullable=False, unique=True)  # in small letters
    name = sa.Column(sa.String(200), nullable=False)
    role = sa.Column(sa.String(10), nullable=False)
    language = sa.Column(sa.String(2), nullable=False)
    password_hash = sa.Column(sa.String(200), nullable=False)  # argon2id
    created_at = sa.Column(UtcDateTime, nullable=False)
    disabled_at = sa.Column(UtcDateTime)
    calendar_hash = sa.Column(sa.String(64), unique=True)  # of the secret address of the deadlines


class StaffSession(Base):
    """A browser in which somebody has signed in; only a digest of its secret is kept."""

    __tablename__ = "staff_sessions"

    id = sa.Column(sa.Integer, primary_key=True)
    token_hash = sa.Column(sa.String(64), nullable=False, unique=True)
    account_id = sa.Column(
        sa.ForeignKey("staff_accounts.id", ondelete="CASCADE"), nullable=False, index=True
    )
    created_at = sa.Column(UtcDateTime, nullable=False)
    seen_at = sa.Column(UtcDateTime, nullable=False, index=True)


class AuditEntry(Base):
    """Who read or changed what in the back office; the database refuses to change or delete it.

    It names the staff and, by number, what it is about; nothing of a client's data is in it.
    """

    __tablename__ = "audit_entries"
    __table_args__ = (sa.Index("ix_audit_entries_subject_subject_id", "subject", "subject_id"),)

    id = sa.Column(sa.Integer, primary_key=True)
    at = sa.Column(UtcDateTime, nullable=False, index=True)
    # staff:<id>, slack:<team>:<user>, command, nobody
    actor = sa.Column(sa.String(120), nullable=False)
    name = sa.Column(sa.String(200), nullable=False)
    action = sa.Column(sa.String(40), nullable=False)
    subject = sa.Column(sa.String(20))
    subject_id = sa.Column(sa.Integer)
    detail = sa.Column(sa.Text)  # JSON


class IntakeRun(Base):
    """How far one run of the intake came; nothing leads from it to a person once that is erased."""

    __tablename__ = "intake_runs"

    id = sa.Column(sa.Integer, primary_key=True)
    run = sa.Column(sa.String(40), nullable=False, unique=True)
    channel = sa.Column(sa.String(20), nullable=False)
    language = sa.Column(sa.String(2), nullable=False)
    started_at = sa.Column(UtcDateTime, nullable=False, index=True)
    last_field = sa.Column(sa.String(20), nullable=False)  # the question that was open last
    last_at = sa.Column(UtcDateTime, nullable=False)
    outcome = sa.Column(sa.String(20))  # one of RUN_OUTCOMES; NULL while open, or left alone


class UsageCount(Base):
    """How often something happened on a day: nothing in it is about anybody."""

    __tablename__ = "usage_counts"
    __table_args__ = (sa.UniqueConstraint("day", "channel", "kind", "name"),)

    id = sa.Column(sa.Integer, primary_key=True)
    day = sa.Column(sa.Date, nullable=False)  # of the firm's time zone
    channel = sa.Column(sa.String(20), nullable=False)
    kind = sa.Column(sa.String(20), nullable=False)  # faq, turn
    name = sa.Column(sa.String(60), nullable=False)  # the entry; what became of a message
    number = sa.Column(sa.Integer, nullable=False)
