"""What an intake needs besides its answers: audit, drafts, call-backs, outbox, erasure."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from actions.store.encryption import decrypt, search_key

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# What may be encrypted from here on, in the tables of earlier steps.
PRIVATE = {
    "clients": ("name", "contact_name", "email", "phone"),
    "expectations": ("text",),
    "deadlines": ("said",),
}


def upgrade() -> None:
    """Apply the step."""
    op.create_table(
        "callbacks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contact", sa.Text(), nullable=False),
        sa.Column("email_key", sa.String(length=64), nullable=True),
        sa.Column("phone_key", sa.String(length=64), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("known", sa.Text(), nullable=True),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("conversation_id", sa.String(length=255), nullable=False),
        sa.Column("status", sa.String(length=20), server_default="new", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("status IN ('new', 'done')", name=op.f("ck_callbacks_status")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_callbacks")),
    )
    with op.batch_alter_table("callbacks") as batch_op:
        batch_op.create_index(batch_op.f("ix_callbacks_conversation_id"), ["conversation_id"])
        batch_op.create_index(batch_op.f("ix_callbacks_created_at"), ["created_at"])
        batch_op.create_index(batch_op.f("ix_callbacks_email_key"), ["email_key"])
        batch_op.create_index(batch_op.f("ix_callbacks_phone_key"), ["phone_key"])
        batch_op.create_index(batch_op.f("ix_callbacks_status"), ["status"])

    op.create_table(
        "erasures",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("via", sa.String(length=20), nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rows", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasures")),
    )
    op.create_table(
        "failed_lookups",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("conversation_id", sa.String(length=255), nullable=False),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_failed_lookups")),
    )
    with op.batch_alter_table("failed_lookups") as batch_op:
        batch_op.create_index(batch_op.f("ix_failed_lookups_conversation_id"), ["conversation_id"])
        batch_op.create_index(batch_op.f("ix_failed_lookups_failed_at"), ["failed_at"])

    op.create_table(
        "kept_intakes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("email_key", sa.String(length=64), nullable=True),
        sa.Column("conversation_id", sa.String(length=255), nullable=False),
        sa.Column("run", sa.String(length=40), nullable=True),
        sa.Column("resumed_by", sa.String(length=255), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kept_intakes")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_kept_intakes_code_hash")),
    )
    with op.batch_alter_table("kept_intakes") as batch_op:
        batch_op.create_index(batch_op.f("ix_kept_intakes_run"), ["run"])
        batch_op.create_index(batch_op.f("ix_kept_intakes_resumed_by"), ["resumed_by"])
        batch_op.create_index(batch_op.f("ix_kept_intakes_conversation_id"), ["conversation_id"])
        batch_op.create_index(batch_op.f("ix_kept_intakes_email_key"), ["email_key"])
        batch_op.create_index(batch_op.f("ix_kept_intakes_expires_at"), ["expires_at"])

    op.create_table(
        "answer_changes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("engagement_id", sa.Integer(), nullable=False),
        sa.Column("field", sa.String(length=20), nullable=False),
        sa.Column("old", sa.Text(), nullable=True),
        sa.Column("new", sa.Text(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["engagement_id"],
            ["engagements.id"],
            name=op.f("fk_answer_changes_engagement_id_engagements"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answer_changes")),
    )
    with op.batch_alter_table("answer_changes") as batch_op:
        batch_op.create_index(batch_op.f("ix_answer_changes_engagement_id"), ["engagement_id"])

    op.create_table(
        "notifications",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("topic", sa.String(length=20), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("engagement_id", sa.Integer(), nullable=True),
        sa.Column("callback_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("parked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.String(length=200), nullable=True),
        sa.CheckConstraint("topic IN ('intake', 'callback')", name=op.f("ck_notifications_topic")),
        sa.ForeignKeyConstraint(
            ["callback_id"],
            ["callbacks.id"],
            name=op.f("fk_notifications_callback_id_callbacks"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["engagement_id"],
            ["engagements.id"],
            name=op.f("fk_notifications_engagement_id_engagements"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notifications")),
        sa.UniqueConstraint("key", name=op.f("uq_notifications_key")),
    )
    with op.batch_alter_table("notifications") as batch_op:
        batch_op.create_index(batch_op.f("ix_notifications_callback_id"), ["callback_id"])
        batch_op.create_index(batch_op.f("ix_notifications_due_at"), ["due_at"])
        batch_op.create_index(batch_op.f("ix_notifications_engagement_id"), ["engagement_id"])

    op.create_table(
        "possible_duplicates",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("engagement_id", sa.Integer(), nullable=False),
        sa.Column("other_client_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=10), nullable=False),
        sa.CheckConstraint(
            "reason IN ('email', 'phone', 'name')", name=op.f("ck_possible_duplicates_reason")
        ),
        sa.ForeignKeyConstraint(
            ["engagement_id"],
            ["engagements.id"],
            name=op.f("fk_possible_duplicates_engagement_id_engagements"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["other_client_id"],
            ["clients.id"],
            name=op.f("fk_possible_duplicates_other_client_id_clients"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_possible_duplicates")),
        sa.UniqueConstraint(
            "engagement_id",
            "other_client_id",
            "reason",
            name=op.f("uq_possible_duplicates_engagement_id"),
        ),
    )
    with op.batch_alter_table("possible_duplicates") as batch_op:
        batch_op.create_index(
            batch_op.f("ix_possible_duplicates_other_client_id"), ["other_client_id"]
        )

    with op.batch_alter_table("clients") as batch_op:
        batch_op.add_column(sa.Column("email_key", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("phone_key", sa.String(length=64), nullable=True))
        batch_op.alter_column(
            "name", existing_type=sa.VARCHAR(length=200), type_=sa.Text(), existing_nullable=False
        )
        batch_op.alter_column(
            "contact_name",
            existing_type=sa.VARCHAR(length=200),
            type_=sa.Text(),
            existing_nullable=True,
        )
        batch_op.alter_column(
            "email", existing_type=sa.VARCHAR(length=254), type_=sa.Text(), existing_nullable=True
        )
        batch_op.alter_column(
            "phone", existing_type=sa.VARCHAR(length=20), type_=sa.Text(), existing_nullable=True
        )
        batch_op.drop_index(batch_op.f("ix_clients_email"))
        batch_op.drop_index(batch_op.f("ix_clients_phone"))
        batch_op.create_index(batch_op.f("ix_clients_email_key"), ["email_key"])
        batch_op.create_index(batch_op.f("ix_clients_phone_key"), ["phone_key"])

    with op.batch_alter_table("consents") as batch_op:
        batch_op.add_column(
            sa.Column("given_by", sa.String(length=10), server_default="words", nullable=False)
        )
        batch_op.create_check_constraint(
            op.f("ck_consents_given_by"), "given_by IN ('button', 'words')"
        )

    with op.batch_alter_table("deadlines") as batch_op:
        batch_op.add_column(sa.Column("position", sa.Integer(), server_default="1", nullable=False))
        batch_op.add_column(sa.Column("purpose", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("warn_on", sa.Date(), nullable=True))
        batch_op.create_index(batch_op.f("ix_deadlines_warn_on"), ["warn_on"])

    with op.batch_alter_table("engagements") as batch_op:
        batch_op.add_column(sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index(batch_op.f("ix_engagements_closed_at"), ["closed_at"])
    _fill_keys()


def downgrade() -> None:
    """Take it back."""
    _decrypt()
    # ### commands auto generated by Alembic - please adjust! ###
    with op.batch_alter_table("engagements") as batch_op:
        batch_op.drop_index(batch_op.f("ix_engagements_closed_at"))
        batch_op.drop_column("closed_at")

    with op.batch_alter_table("deadlines") as batch_op:
        batch_op.drop_index(batch_op.f("ix_deadlines_warn_on"))
        batch_op.drop_column("warn_on")
        batch_op.drop_column("purpose")
        batch_op.drop_column("position")

    with op.batch_alter_table("consents") as batch_op:
        batch_op.drop_constraint(op.f("ck_consents_given_by"), type_="check")
        batch_op.drop_column("given_by")

    with op.batch_alter_table("clients") as batch_op:
        batch_op.drop_index(batch_op.f("ix_clients_phone_key"))
        batch_op.drop_index(batch_op.f("ix_clients_email_key"))
        batch_op.create_index(batch_op.f("ix_clients_phone"), ["phone"])
        batch_op.create_index(batch_op.f("ix_clients_email"), ["email"])
        batch_op.alter_column(
            "phone", existing_type=sa.Text(), type_=sa.VARCHAR(length=20), existing_nullable=True
        )
        batch_op.alter_column(
            "email", existing_type=sa.Text(), type_=sa.VARCHAR(length=254), existing_nullable=True
        )
        batch_op.alter_column(
            "contact_name",
            existing_type=sa.Text(),
            type_=sa.VARCHAR(length=200),
            existing_nullable=True,
        )
        batch_op.alter_column(
            "name", existing_type=sa.Text(), type_=sa.VARCHAR(length=200), existing_nullable=False
        )
        batch_op.drop_column("phone_key")
        batch_op.drop_column("email_key")

    with op.batch_alter_table("possible_duplicates") as batch_op:
        batch_op.drop_index(batch_op.f("ix_possible_duplicates_other_client_id"))

    op.drop_table("possible_duplicates")
    with op.batch_alter_table("notifications") as batch_op:
        batch_op.drop_index(batch_op.f("ix_notifications_engagement_id"))
        batch_op.drop_index(batch_op.f("ix_notifications_due_at"))
        batch_op.drop_index(batch_op.f("ix_notifications_callback_id"))

    op.drop_table("notifications")
    with op.batch_alter_table("answer_changes") as batch_op:
        batch_op.drop_index(batch_op.f("ix_answer_changes_engagement_id"))

    op.drop_table("answer_changes")
    with op.batch_alter_table("kept_intakes") as batch_op:
        batch_op.drop_index(batch_op.f("ix_kept_intakes_expires_at"))
        batch_op.drop_index(batch_op.f("ix_kept_intakes_email_key"))
        batch_op.drop_index(batch_op.f("ix_kept_intakes_run"))
        batch_op.drop_index(batch_op.f("ix_kept_intakes_resumed_by"))
        batch_op.drop_index(batch_op.f("ix_kept_intakes_conversation_id"))

    op.drop_table("kept_intakes")
    with op.batch_alter_table("failed_lookups") as batch_op:
        batch_op.drop_index(batch_op.f("ix_failed_lookups_failed_at"))
        batch_op.drop_index(batch_op.f("ix_failed_lookups_conversation_id"))

    op.drop_table("failed_lookups")
    op.drop_table("erasures")
    with op.batch_alter_table("callbacks") as batch_op:
        batch_op.drop_index(batch_op.f("ix_callbacks_status"))
        batch_op.drop_index(batch_op.f("ix_callbacks_phone_key"))
        batch_op.drop_index(batch_op.f("ix_callbacks_email_key"))
        batch_op.drop_index(batch_op.f("ix_callbacks_created_at"))
        batch_op.drop_index(batch_op.f("ix_callbacks_conversation_id"))

    op.drop_table("callbacks")


def _fill_keys():
    clients = sa.table(
        "clients", *map(sa.column, ("id", "email", "phone", "email_key", "phone_key"))
    )
    connection = op.get_bind()
    for row in connection.execute(sa.select(clients)).fetchall():
        keys = {
            f"{name}_key": search_key(getattr(row, name)) if getattr(row, name) else None
            for name in ("email", "phone")
        }
        connection.execute(sa.update(clients).where(clients.c.id == row.id).values(**keys))


def _decrypt():
    """Leave plain texts: the earlier version knows of no keys."""
    connection = op.get_bind()
    for name, columns in PRIVATE.items():
        table = sa.table(name, *map(sa.column, ("id", *columns)))
        for row in connection.execute(sa.select(table)).fetchall():
            plain = {
                column: decrypt(getattr(row, column))
                for column in columns
                if getattr(row, column) is not None
            }
            connection.execute(sa.update(table).where(table.c.id == row.id).values(**plain))
