"""Who was erased, the receipts, and how far a lead's timeline was forgotten."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from leadworkflows.store.columns import UtcDateTime

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("leads", sa.Column("forgotten", sa.Integer, nullable=False, server_default=sa.text("0")))
    op.create_table(
        "erased",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("back_at", UtcDateTime),
        sa.PrimaryKeyConstraint("digest", name="pk_erased"),
    )
    op.create_table(
        "erasures",
        sa.Column("erasure_id", sa.String(32), nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("by", sa.String(64), nullable=False),
        *(sa.Column(name, sa.JSON, nullable=False) for name in ("leads", "rows", "messages")),
        *(sa.Column(name, sa.Integer, nullable=False) for name in ("runs", "deleted", "refused")),
        sa.Column("problem", sa.Text),
        sa.Column("finished_at", UtcDateTime),
        sa.PrimaryKeyConstraint("erasure_id", name="pk_erasures"),
    )
    unfinished = sa.text("finished_at IS NULL")
    op.create_index(
        "ix_erasures_unfinished", "erasures", ["at"], sqlite_where=unfinished, postgresql_where=unfinished
    )
    op.create_index("ix_erasures_at", "erasures", ["at"])


def downgrade() -> None:
    for table in ("erasures", "erased"):
        op.drop_table(table)
    with op.batch_alter_table("leads") as leads:
        leads.drop_column("forgotten")
