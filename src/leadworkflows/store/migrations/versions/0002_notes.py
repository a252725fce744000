"""Notes: what people in sales write about a lead in their own words."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from leadworkflows.store.columns import UtcDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "notes",
        sa.Column("event_id", sa.String(200), nullable=False),
        sa.Column("lead_id", sa.String(32), nullable=False),
        sa.Column("by", sa.String(64)),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.ForeignKeyConstraint(
            ["lead_id"], ["leads.lead_id"], name="fk_notes_lead_id_leads", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("event_id", name="pk_notes"),
    )
    op.create_index("ix_notes_lead_id", "notes", ["lead_id"])


def downgrade() -> None:
    op.drop_table("notes")
