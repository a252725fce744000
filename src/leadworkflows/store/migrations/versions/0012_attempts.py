"""Which attempt at a workflow task recorded a lead last, so that one that was given up can be told."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("leads", sa.Column("attempt", sa.String(96)))


def downgrade() -> None:
    with op.batch_alter_table("leads") as leads:
        leads.drop_column("attempt")
