"""Back office: accounts, sessions, audit, notes, who is in charge, search, figures."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

ADDED = {
    "clients": ["version"],
    "engagements": ["due_date", "taken_by", "taken_name", "taken_at", "taken_after", "version"],
    "callbacks": ["handled_name", "handled_at", "version"],
    "answer_changes": ["changed_by"],
    "possible_duplicates": ["dismissed_at"],
    "slack_cards": ["outdated"],
}
INDEXES = {
    "engagements": [
        ("ix_engagements_status_id", ["status", "id"]),
        ("ix_engagements_status_due_date_id", ["status", "due_date", "id"]),
        ("ix_engagements_due_date_id", ["due_date", "id"]),
        ("ix_engagements_client_id_status", ["client_id", "status"]),
        ("ix_engagements_service_id_status", ["service", "id", "status"]),
        ("ix_engagements_channel_id_status", ["channel", "id", "status"]),
        ("ix_engagements_taken_by_id_status", ["taken_by", "id", "status"]),
        ("ix_engagements_channel_created_at", ["channel", "created_at"]),
    ],
    "deadlines": [("ix_deadlines_due_date_engagement_id", ["due_date", "engagement_id"])],
    "notifications": [("ix_notifications_parked_at", ["parked_at"])],
    "unanswered_questions": [("ix_unanswered_questions_dealt_with_at", ["dealt_with_at"])],
    "feedback": [("ix_feedback_dealt_with_at_helpful", ["dealt_with_at", "helpful"])],
    "slack_cards": [("ix_slack_cards_outdated", ["outdated"])],
}
NEW = (
    "usage_counts",
    "intake_runs",
    "audit_entries",
    "staff_sessions",
    "staff_accounts",
    "client_terms",
    "notes",
)


def upgrade() -> None:
    """Apply the step."""
    _add_columns()
    _make_tables()
    # Who took a card in Slack is in charge of its request.
    for column in ("taken_by", "taken_name", "taken_at"):
        op.execute(
            f"UPDATE engagements SET {column} = (SELECT {column} FROM slack_cards "
            "WHERE slack_cards.engagement_id = engagements.id)"
        )
    op.execute("UPDATE engagements SET taken_by = 'slack:' || taken_by")
    op.execute(
        "UPDATE engagements SET due_date = (SELECT min(due_date) FROM deadlines "
        "WHERE deadlines.engagement_id = engagements.id)"
    )
    seconds = (
        "extract(epoch FROM taken_at - created_at)"
        if op.get_bind().dialect.name == "postgresql"
        else "(julianday(taken_at) - julianday(created_at)) * 86400"
    )
    op.execute(
        f"UPDATE engagements SET taken_after = CAST({seconds} AS INTEGER) "
        "WHERE taken_at IS NOT NULL"
    )
    for statement in _guards():
        op.execute(statement)


def downgrade() -> None:
    """Take the step back."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER audit_entries_change ON audit_entries")
        op.execute("DROP TRIGGER audit_entries_truncate ON audit_entries")
        op.execute("DROP FUNCTION refuse_audit_change()")
    for table in NEW:
        op.drop_table(table)
    op.create_index("ix_engagements_client_id", "engagements", ["client_id"])
    op.create_index("ix_deadlines_due_date", "deadlines", ["due_date"])
    for table, indexes in INDEXES.items():
        for name, _ in indexes:
            op.drop_index(name, table)
    for table, columns in ADDED.items():
        with op.batch_alter_table(table) as batch:
            for column in columns:
                batch.drop_column(column)


def _add_columns() -> None:
    def version() -> sa.Column:
        return sa.Column("version", sa.Integer(), nullable=False, server_default="1")

    def moment(name: str) -> sa.Column:
        return sa.Column(name, sa.DateTime(timezone=True))

    op.add_column("clients", version())
    op.add_column("engagements", sa.Column("due_date", sa.Date()))
    op.add_column("engagements", sa.Column("taken_by", sa.String(length=120)))
    op.add_column("engagements", sa.Column("taken_name", sa.Text()))
    op.add_column("engagements", moment("taken_at"))
    op.add_column("engagements", sa.Column("taken_after", sa.Integer()))
    op.add_column("engagements", version())
    op.add_column("callbacks", sa.Column("handled_name", sa.Text()))
    op.add_column("callbacks", moment("handled_at"))
    op.add_column("callbacks", version())
    op.add_column("answer_changes", sa.Column("changed_by", sa.Text()))
    op.add_column("possible_duplicates", moment("dismissed_at"))
    op.add_column(
        "slack_cards",
        sa.Column("outdated", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    # The one on client and status does its work too.
    op.drop_index("ix_engagements_client_id", "engagements")
    op.drop_index("ix_deadlines_due_date", "deadlines")
    for table, indexes in INDEXES.items():
        for name, columns in indexes:
            op.create_index(name, table, columns)


def _make_tables() -> None:
    op.create_table(
        "notes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("engagement_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("written_by", sa.String(length=120), nullable=False),
        sa.Column("written_name", sa.Text(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notes")),
        sa.ForeignKeyConstraint(
            ["engagement_id"],
            ["engagements.id"],
            name=op.f("fk_notes_engagement_id_engagements"),
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_notes_engagement_id", "notes", ["engagement_id"])

    op.create_table(
        "client_terms",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("term", sa.BigInteger(), nullable=False),
        sa.Column("client_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_client_terms")),
        sa.UniqueConstraint("term", "client_id", name=op.f("uq_client_terms_term")),
        sa.ForeignKeyConstraint(
            ["client_id"],
            ["clients.id"],
            name=op.f("fk_client_terms_client_id_clients"),
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_client_terms_client_id", "client_terms", ["client_id"])

    op.create_table(
        "staff_accounts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("role", sa.String(length=10), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True)),
        sa.Column("calendar_hash", sa.String(length=64)),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_accounts")),
        sa.UniqueConstraint("email", name=op.f("uq_staff_accounts_email")),
        sa.UniqueConstraint("calendar_hash", name=op.f("uq_staff_accounts_calendar_hash")),
        sa.CheckConstraint(
            "role IN ('reader', 'staff', 'admin')", name=op.f("ck_staff_accounts_role")
        ),
    )

    op.create_table(
        "staff_sessions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_sessions")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_staff_sessions_token_hash")),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["staff_accounts.id"],
            name=op.f("fk_staff_sessions_account_id_staff_accounts"),
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_staff_sessions_account_id", "staff_sessions", ["account_id"])
    op.create_index("ix_staff_sessions_seen_at", "staff_sessions", ["seen_at"])

    op.create_table(
        "audit_entries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=120), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=20)),
        sa.Column("subject_id", sa.Integer()),
        sa.Column("detail", sa.Text()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entries")),
    )
    op.create_index("ix_audit_entries_at", "audit_entries", ["at"])
    op.create_index(
        "ix_audit_entries_subject_subject_id", "audit_entries", ["subject", "subject_id"]
    )

    op.create_table(
        "intake_runs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run", sa.String(length=40), nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_field", sa.String(length=20), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.String(length=20)),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_intake_runs")),
        sa.UniqueConstraint("run", name=op.f("uq_intake_runs_run")),
    )
    op.create_index("ix_intake_runs_started_at", "intake_runs", ["started_at"])

    op.create_table(
        "usage_counts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_usage_counts")),
        sa.UniqueConstraint("day", "channel", "kind", "name", name=op.f("uq_usage_counts_day")),
    )


def _guards() -> list[str]:
    """Return what makes the audit append-only, whoever connects."""
    if op.get_bind().dialect.name == "postgresql":
        return [
            "CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$ "
            "BEGIN RAISE EXCEPTION 'the audit can only grow'; END $$",
            "CREATE TRIGGER audit_entries_change BEFORE UPDATE OR DELETE ON audit_entries "
            "FOR EACH ROW EXECUTE FUNCTION refuse_audit_change()",
            "CREATE TRIGGER audit_entries_truncate BEFORE TRUNCATE ON audit_entries "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change()",
        ]
    return [
        f"CREATE TRIGGER audit_entries_{event.lower()} BEFORE {event} ON audit_entries "
        "BEGIN SELECT RAISE(ABORT, 'the audit can only grow'); END"
        for event in ("UPDATE", "DELETE")
    ]
