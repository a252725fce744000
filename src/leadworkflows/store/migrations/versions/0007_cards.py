"""Cards that are kept true, and what an action returned."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from leadworkflows.store.columns import UtcDateTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_UNKNOWN = "status IN ('reserved', 'unknown')"
_STUCK = "status IN ('reserved', 'unknown', 'stuck')"


def upgrade() -> None:
    op.add_column("effects", sa.Column("result", sa.JSON))
    op.drop_index("ix_effects_stuck", "effects")
    partial_index("ix_effects_stuck", "effects", "reserved_at", _STUCK)
    create_cards()
    op.create_index("ix_cards_lead_id", "cards", ["lead_id", "posted_at"])
    partial_index("ix_cards_due", "cards", "due_at", "due_at IS NOT NULL")


def downgrade() -> None:
    op.drop_table("cards")
    op.drop_index("ix_effects_stuck", "effects")
    op.execute("UPDATE effects SET status = 'released' WHERE status = 'stuck'")
    partial_index("ix_effects_stuck", "effects", "reserved_at", _UNKNOWN)
    op.drop_column("effects", "result")


def create_cards() -> None:
    op.create_table(
        "cards",
        sa.Column("key", sa.String(255), nullable=False),
        sa.Column("lead_id", sa.String(32), nullable=False),
        sa.Column("channel", sa.String(80), nullable=False),
        sa.Column("ts", sa.String(255), nullable=False),
        sa.Column("template", sa.String(64), nullable=False),
        sa.Column("facts", sa.JSON, nullable=False),
        sa.Column("policy", sa.String(64), nullable=False),
        sa.Column("posted_at", UtcDateTime, nullable=False),
        sa.Column("shown", sa.Integer, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("due_at", UtcDateTime),
        sa.Column("not_before", UtcDateTime),
        sa.Column("claimed_by", sa.String(64)),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("problem", sa.Text),
        sa.Column("closed_at", UtcDateTime),
        sa.ForeignKeyConstraint(
            ["lead_id"], ["leads.lead_id"], name="fk_cards_lead_id_leads", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("key", name="pk_cards"),
    )


def partial_index(name: str, table: str, column: str, where: str) -> None:
    condition = sa.text(where)
    op.create_index(name, table, [column], sqlite_where=condition, postgresql_where=condition)
