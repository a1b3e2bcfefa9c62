"""Other contacts: the address and telephone that a merge does not choose stay the client's."""

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


def downgrade() -> None:
    """Take the step back."""
    op.drop_table("other_contacts")
