"""Presses of Slack's buttons, until they are carried out."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from leadworkflows.store.columns import UtcDateTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "presses",
        sa.Column("key", sa.String(200), nullable=False),
        sa.Column("body", sa.JSON, nullable=False),
        sa.Column("received_at", UtcDateTime, nullable=False),
        sa.Column("due_at", UtcDateTime),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_presses"),
    )
    waits = sa.text("due_at IS NOT NULL")
    op.create_index("ix_presses_due_at", "presses", ["due_at"], sqlite_where=waits, postgresql_where=waits)
    op.create_index("ix_presses_received_at", "presses", ["received_at"])


def downgrade() -> None:
    op.drop_table("presses")
