"""Questions that two answers fitted, and which questions somebody has dealt with."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the step."""
    for table in ("unanswered_questions", "feedback"):
        with op.batch_alter_table(table) as batch:
            batch.add_column(sa.Column("draft", sa.String(length=60), nullable=True))
            batch.add_column(sa.Column("dealt_with_at", sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table("unanswered_questions") as batch:
        batch.add_column(
            sa.Column("reason", sa.String(length=20), server_default="unanswered", nullable=False)
        )
        batch.create_check_constraint(
            op.f("ck_unanswered_questions_reason"), "reason IN ('unanswered', 'unclear')"
        )


def downgrade() -> None:
    """Take the step back; what the version before never kept goes."""
    op.execute("DELETE FROM unanswered_questions WHERE reason <> 'unanswered'")
    with op.batch_alter_table("unanswered_questions") as batch:
        batch.drop_constraint(op.f("ck_unanswered_questions_reason"), type_="check")
        batch.drop_column("reason")
    for table in ("unanswered_questions", "feedback"):
        with op.batch_alter_table(table) as batch:
            batch.drop_column("dealt_with_at")
            batch.drop_column("draft")
