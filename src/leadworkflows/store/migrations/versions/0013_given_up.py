"""What an erasure that was closed all the same did not reach."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("erasures", sa.Column("given_up", sa.JSON))


def downgrade() -> None:
    with op.batch_alter_table("erasures") as erasures:
        erasures.drop_column("given_up")
