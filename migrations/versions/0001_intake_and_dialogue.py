"""The tables of the intake and of the dialogue."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the step."""
    op.create_table(
        "clients",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("form", sa.String(length=20), nullable=False),
        sa.Column("relation", sa.String(length=20), server_default="external", nullable=False),
        sa.Column("contact_name", sa.String(length=200), nullable=True),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("phone", sa.String(length=20), nullable=True),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "form IN ('individual', 'company', 'organisation', 'government')",
            name=op.f("ck_clients_form"),
        ),
        sa.CheckConstraint(
            "relation IN ('internal', 'external', 'third_party')", name=op.f("ck_clients_relation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clients")),
    )
    op.create_index(op.f("ix_clients_email"), "clients", ["email"])
    op.create_index(op.f("ix_clients_phone"), "clients", ["phone"])

    op.create_table(
        "events",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sender_id", sa.String(length=255), nullable=False),
        sa.Column("type_name", sa.String(length=255), nullable=False),
        sa.Column("timestamp", sa.Float(), nullable=True),
        sa.Column("intent_name", sa.String(length=255), nullable=True),
        sa.Column("action_name", sa.String(length=255), nullable=True),
        sa.Column("data", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
    )
    op.create_index(op.f("ix_events_sender_id"), "events", ["sender_id"])

    op.create_table(
        "consents",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("client_id", sa.Integer(), nullable=False),
        sa.Column("policy_version", sa.String(length=50), nullable=False),
        sa.Column("notice_hash", sa.String(length=64), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["client_id"],
            ["clients.id"],
            name=op.f("fk_consents_client_id_clients"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consents")),
    )
    op.create_index(op.f("ix_consents_client_id"), "consents", ["client_id"])

    op.create_table(
        "engagements",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=20), nullable=False),
        sa.Column("client_id", sa.Integer(), nullable=False),
        sa.Column("service", sa.String(length=200), nullable=False),
        sa.Column("status", sa.String(length=20), server_default="new", nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("conversation_id", sa.String(length=255), nullable=False),
        sa.Column("submission_key", sa.String(length=320), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "status IN ('new', 'in_charge', 'accepted', 'declined', 'closed')",
            name=op.f("ck_engagements_status"),
        ),
        sa.ForeignKeyConstraint(
            ["client_id"], ["clients.id"], name=op.f("fk_engagements_client_id_clients")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_engagements")),
        sa.UniqueConstraint("reference", name=op.f("uq_engagements_reference")),
        sa.UniqueConstraint("submission_key", name=op.f("uq_engagements_submission_key")),
    )
    op.create_index(op.f("ix_engagements_client_id"), "engagements", ["client_id"])
    op.create_index(op.f("ix_engagements_conversation_id"), "engagements", ["conversation_id"])
    op.create_index(op.f("ix_engagements_created_at"), "engagements", ["created_at"])
    op.create_index(op.f("ix_engagements_status"), "engagements", ["status"])

    op.create_table(
        "deadlines",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("engagement_id", sa.Integer(), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("due_date", sa.Date(), nullable=True),
        sa.Column("due_time", sa.Time(), nullable=True),
        sa.CheckConstraint(
            "(kind = 'date') = (due_date IS NOT NULL)", name=op.f("ck_deadlines_date_has_day")
        ),
        sa.CheckConstraint("kind IN ('date', 'none', 'vague')", name=op.f("ck_deadlines_kind")),
        sa.CheckConstraint(
            "due_time IS NULL OR due_date IS NOT NULL", name=op.f("ck_deadlines_time_has_day")
        ),
        sa.ForeignKeyConstraint(
            ["engagement_id"],
            ["engagements.id"],
            name=op.f("fk_deadlines_engagement_id_engagements"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deadlines")),
    )
    op.create_index(op.f("ix_deadlines_due_date"), "deadlines", ["due_date"])
    op.create_index(op.f("ix_deadlines_engagement_id"), "deadlines", ["engagement_id"])

    op.create_table(
        "expectations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("engagement_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["engagement_id"],
            ["engagements.id"],
            name=op.f("fk_expectations_engagement_id_engagements"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_expectations")),
        sa.UniqueConstraint(
            "engagement_id", "position", name=op.f("uq_expectations_engagement_id")
        ),
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_table("expectations")
    op.drop_index(op.f("ix_deadlines_engagement_id"), "deadlines")
    op.drop_index(op.f("ix_deadlines_due_date"), "deadlines")

    op.drop_table("deadlines")
    op.drop_index(op.f("ix_engagements_status"), "engagements")
    op.drop_index(op.f("ix_engagements_created_at"), "engagements")
    op.drop_index(op.f("ix_engagements_conversation_id"), "engagements")
    op.drop_index(op.f("ix_engagements_client_id"), "engagements")

    op.drop_table("engagements")
    op.drop_index(op.f("ix_consents_client_id"), "consents")

    op.drop_table("consents")
    op.drop_index(op.f("ix_events_sender_id"), "events")

    op.drop_table("events")
    op.drop_index(op.f("ix_clients_phone"), "clients")
    op.drop_index(op.f("ix_clients_email"), "clients")

    op.drop_table("clients")
