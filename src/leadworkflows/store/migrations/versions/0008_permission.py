"""Suppressions by topic, what takes them back, consent on record, and the secret of people's links."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from leadworkflows.store.columns import RowId, UtcDateTime

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_KEY = "pk_suppressions"
# An address has one row before: what lasts comes before what may be taken back.
_ALL_BUT_ONE = """
DELETE FROM suppressions WHERE topic <> '' OR reason <> (
  SELECT min(other.reason) FROM suppressions other WHERE other.email = suppressions.email AND other.topic = ''
)
"""


def upgrade() -> None:
    with op.batch_alter_table("suppressions") as table:
        table.add_column(sa.Column("topic", sa.String(64), nullable=False, server_default=sa.text("''")))
        table.drop_constraint(_KEY, type_="primary")
        table.create_primary_key(_KEY, ["email", "topic", "reason"])
    op.create_table(
        "resubscriptions",
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("topic", sa.String(64), nullable=False, server_default=sa.text("''")),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("email", "topic", name="pk_resubscriptions"),
    )
    create_consents()
    op.create_index("ix_consents_lead_id", "consents", ["lead_id"])
    op.create_table(
        "secrets",
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("value", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_secrets"),
    )


def downgrade() -> None:
    for table in ("secrets", "consents", "resubscriptions"):
        op.drop_table(table)
    op.execute(_ALL_BUT_ONE)
    with op.batch_alter_table("suppressions") as batch:
        batch.drop_constraint(_KEY, type_="primary")
        batch.drop_column("topic")
        batch.create_primary_key(_KEY, ["email"])


def create_consents() -> None:
    op.create_table(
        "consents",
        sa.Column("id", RowId, nullable=False),
        sa.Column("lead_id", sa.String(32), nullable=False),
        sa.Column("topic", sa.String(64)),
        sa.Column("given", sa.Boolean, nullable=False),
        sa.Column("basis", sa.String(64)),
        sa.Column("source", sa.String(64), nullable=False),
        sa.Column("event_id", sa.String(200), nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.ForeignKeyConstraint(
            ["lead_id"], ["leads.lead_id"], name="fk_consents_lead_id_leads", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_consents"),
        sa.UniqueConstraint("source", "event_id", name="uq_consents_source_event_id"),
    )
