"""Slack: how messages came, what is to be posted, the firm's cards and what staff did on them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the step."""
    op.create_table(
        "slack_routes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("conversation_id", sa.String(length=255), nullable=False),
        sa.Column("inbox_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("team", sa.String(length=40), nullable=False),
        sa.Column("member", sa.String(length=40), nullable=False),
        sa.Column("channel", sa.String(length=40), nullable=False),
        sa.Column("thread_ts", sa.String(length=30), nullable=True),
        sa.Column("response_url", sa.Text(), nullable=True),
        sa.Column("post_key", sa.String(length=100), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slack_routes")),
        sa.UniqueConstraint("inbox_id", name=op.f("uq_slack_routes_inbox_id")),
    )
    op.create_index("ix_slack_routes_conversation_id", "slack_routes", ["conversation_id"])

    op.create_table(
        "slack_cards",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("topic", sa.String(length=20), nullable=False),
        sa.Column("engagement_id", sa.Integer(), nullable=True),
        sa.Column("callback_id", sa.Integer(), nullable=True),
        sa.Column("question_id", sa.Integer(), nullable=True),
        sa.Column("status", sa.String(length=20), server_default="new", nullable=False),
        sa.Column("taken_by", sa.String(length=80), nullable=True),
        sa.Column("taken_name", sa.Text(), nullable=True),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "topic IN ('intake', 'callback', 'question')", name=op.f("ck_slack_cards_topic")
        ),
        *(
            sa.ForeignKeyConstraint(
                [column],
                [f"{table}.id"],
                name=op.f(f"fk_slack_cards_{column}_{table}"),
                ondelete="CASCADE",
            )
            for column, table in (
                ("engagement_id", "engagements"),
                ("callback_id", "callbacks"),
                ("question_id", "unanswered_questions"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slack_cards")),
        *(
            sa.UniqueConstraint(column, name=op.f(f"uq_slack_cards_{column}"))
            for column in ("engagement_id", "callback_id", "question_id")
        ),
    )

    op.create_table(
        "slack_steps",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=100), nullable=False),
        sa.Column("card_id", sa.Integer(), nullable=False),
        sa.Column("step", sa.String(length=10), nullable=False),
        sa.Column("member", sa.String(length=80), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("step IN ('take', 'status', 'reply')", name=op.f("ck_slack_steps_step")),
        sa.ForeignKeyConstraint(
            ["card_id"],
            ["slack_cards.id"],
            name=op.f("fk_slack_steps_card_id_slack_cards"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slack_steps")),
        sa.UniqueConstraint("key", name=op.f("uq_slack_steps_key")),
    )
    op.create_index("ix_slack_steps_card_id", "slack_steps", ["card_id"])

    op.create_table(
        "slack_posts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=100), nullable=False),
        sa.Column("lane", sa.String(length=60), nullable=False),
        sa.Column("method", sa.String(length=40), nullable=False),
        sa.Column("arguments", sa.Text(), nullable=False),
        sa.Column("parent_key", sa.String(length=100), nullable=True),
        sa.Column("conversation_id", sa.String(length=255), nullable=True),
        sa.Column("card_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("tried_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ts", sa.String(length=30), nullable=True),
        sa.Column("channel", sa.String(length=40), nullable=True),
        sa.Column("last_error", sa.String(length=200), nullable=True),
        sa.ForeignKeyConstraint(
            ["card_id"],
            ["slack_cards.id"],
            name=op.f("fk_slack_posts_card_id_slack_cards"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slack_posts")),
        sa.UniqueConstraint("key", name=op.f("uq_slack_posts_key")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_slack_posts_card_id", "slack_posts", ["card_id"])
    op.create_index("ix_slack_posts_conversation_id", "slack_posts", ["conversation_id"])
    op.create_index("ix_slack_posts_created_at", "slack_posts", ["created_at"])
    op.create_index("ix_slack_posts_done_at", "slack_posts", ["done_at"])
    op.create_index("ix_slack_posts_open", "slack_posts", ["done_at", "lane", "id"])


def downgrade() -> None:
    """Take the step back."""
    for table in ("slack_posts", "slack_steps", "slack_cards", "slack_routes"):
        op.drop_table(table)
