"""Training: who practises, what they remember, and every answer."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the step."""
    op.create_table(
        "learners",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("daily_goal", sa.Integer(), nullable=False),
        sa.Column("reminder_hour", sa.Integer(), nullable=True),
        sa.Column("reminded_on", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_learners")),
        sa.UniqueConstraint("key", name=op.f("uq_learners_key")),
    )

    op.create_table(
        "learner_codes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("learner_id", sa.Integer(), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_learner_codes")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_learner_codes_code_hash")),
        _of_a_learner("learner_codes"),
    )
    op.create_index("ix_learner_codes_learner_id", "learner_codes", ["learner_id"])

    op.create_table(
        "learner_sign_ins",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("learner_id", sa.Integer(), nullable=False),
        sa.Column("conversation_id", sa.String(length=255), nullable=False),
        sa.Column("signed_in_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_learner_sign_ins")),
        sa.UniqueConstraint("conversation_id", name=op.f("uq_learner_sign_ins_conversation_id")),
        _of_a_learner("learner_sign_ins"),
    )
    op.create_index("ix_learner_sign_ins_learner_id", "learner_sign_ins", ["learner_id"])

    op.create_table(
        "learning_cards",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("learner_id", sa.Integer(), nullable=False),
        sa.Column("item", sa.String(length=80), nullable=False),
        sa.Column("state", sa.Integer(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=True),
        sa.Column("stability", sa.Float(), nullable=False),
        sa.Column("difficulty", sa.Float(), nullable=False),
        sa.Column("due", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_review", sa.DateTime(timezone=True), nullable=False),
        sa.Column("wrong", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_learning_cards")),
        sa.UniqueConstraint("learner_id", "item", name=op.f("uq_learning_cards_learner_id")),
        _of_a_learner("learning_cards"),
    )
    op.create_index("ix_learning_cards_due", "learning_cards", ["due"])

    op.create_table(
        "learning_reviews",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("learner_id", sa.Integer(), nullable=False),
        sa.Column("item", sa.String(length=80), nullable=False),
        sa.Column("delivery", sa.String(length=80), nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("result", sa.String(length=10), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("sure", sa.Boolean(), nullable=True),
        sa.Column("rating", sa.Integer(), nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=True),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("contested_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "result IN ('right', 'partly', 'wrong')", name=op.f("ck_learning_reviews_result")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_learning_reviews")),
        sa.UniqueConstraint("delivery", name=op.f("uq_learning_reviews_delivery")),
        _of_a_learner("learning_reviews"),
    )
    op.create_index(
        "ix_learning_reviews_learner_id_item", "learning_reviews", ["learner_id", "item"]
    )
    op.create_index("ix_learning_reviews_reviewed_at", "learning_reviews", ["reviewed_at"])


def downgrade() -> None:
    """Take the step back."""
    for table in (
        "learning_reviews",
        "learning_cards",
        "learner_sign_ins",
        "learner_codes",
        "learners",
    ):
        op.drop_table(table)


def _of_a_learner(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["learner_id"],
        ["learners.id"],
        name=op.f(f"fk_{table}_learner_id_learners"),
        ondelete="CASCADE",
    )
