"""Other contacts of a client; thumbs are counted; telephones are found with their zero."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the step."""
    op.create_table(
        "other_contacts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("client_id", sa.Integer(), nullable=False),
        sa.Column("contact", sa.Text(), nullable=False),
        sa.Column("contact_key", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_other_contacts")),
        sa.ForeignKeyConstraint(
            ["client_id"],
            ["clients.id"],
            name=op.f("fk_other_contacts_client_id_clients"),
            ondelete="CASCADE",
        ),
    )
    for column in ("client_id", "contact_key"):
        op.create_index(f"ix_other_contacts_{column}", "other_contacts", [column])
    op.execute(
        "INSERT INTO usage_counts (day, channel, kind, name, number) "
        "SELECT date(given_at), 'web', 'thumb', CASE WHEN helpful THEN 'up' ELSE 'down' END, "
        "count(*) FROM feedback WHERE conversation_id LIKE 'web:%' "
        "GROUP BY date(given_at), CASE WHEN helpful THEN 'up' ELSE 'down' END"
    )
    # They are made anew at the next start, telephones with the zero before them too.
    op.execute("DELETE FROM client_terms")
    if op.get_bind().dialect.name == "sqlite":
        # There, INSERT OR REPLACE deletes without the trigger that refuses it.
        op.execute(
            "CREATE TRIGGER audit_entries_insert BEFORE INSERT ON audit_entries "
            "WHEN EXISTS (SELECT 1 FROM audit_entries WHERE id = NEW.id) "
            "BEGIN SELECT RAISE(ABORT, 'the audit can only grow'); END"
        )


def downgrade() -> None:
    """Take the step back."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER audit_entries_insert")
    op.execute("DELETE FROM usage_counts WHERE kind = 'thumb'")
    op.drop_table("other_contacts")
