"""Who sells, and who was given which lead."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from leadworkflows.store.columns import UtcDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _roster()
    _turns()
    _assignments()
    _desk()


def _roster() -> None:
    op.create_table(
        "reps",
        sa.Column("rep_id", sa.String(64), nullable=False),
        sa.Column("body", sa.JSON, nullable=False),
        sa.Column("teams", sa.JSON, nullable=False),
        sa.Column("holidays", sa.JSON, nullable=False),
        sa.Column("updated_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("rep_id", name="pk_reps"),
    )
    op.create_table(
        "teams",
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("body", sa.JSON, nullable=False),
        sa.Column("holidays", sa.JSON, nullable=False),
        sa.Column("updated_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_teams"),
    )


def _turns() -> None:
    turns = op.create_table(
        "turns",
        sa.Column("team", sa.String(64), nullable=False),
        sa.Column("rep_id", sa.String(64), nullable=False),
        sa.Column("turn", sa.Double, nullable=False),
        sa.PrimaryKeyConstraint("team", "rep_id", name="pk_turns"),
    )
    # What every assignment waits for.
    op.bulk_insert(turns, [{"team": "", "rep_id": "", "turn": 0.0}])


def _assignments() -> None:
    op.create_table(
        "assignments",
        sa.Column("key", sa.String(255), nullable=False),
        sa.Column("lead_id", sa.String(32), nullable=False),
        sa.Column("pass", sa.Integer, nullable=False),
        sa.Column("team", sa.String(64), nullable=False),
        sa.Column("rep_id", sa.String(64)),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("why", sa.JSON, nullable=False),
        sa.Column("passed_over", sa.JSON, nullable=False),
        sa.Column("calendar", sa.JSON),
        sa.PrimaryKeyConstraint("key", name="pk_assignments"),
        sa.ForeignKeyConstraint(
            ["lead_id"], ["leads.lead_id"], ondelete="CASCADE", name="fk_assignments_lead_id_leads"
        ),
    )
    op.create_index("ix_assignments_lead_id", "assignments", ["lead_id"])


def _desk() -> None:
    op.create_table(
        "desk",
        sa.Column("lead_id", sa.String(32), nullable=False),
        sa.Column("rep_id", sa.String(64)),
        sa.Column("held", sa.Boolean, nullable=False),
        sa.Column("open", sa.Boolean, nullable=False),
        sa.Column("company", sa.Text),
        sa.Column("since", UtcDateTime, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("lead_id", name="pk_desk"),
        sa.ForeignKeyConstraint(
            ["lead_id"], ["leads.lead_id"], ondelete="CASCADE", name="fk_desk_lead_id_leads"
        ),
    )
    at_work = sa.text("held AND open")
    op.create_index("ix_desk_at_work", "desk", ["rep_id"], sqlite_where=at_work, postgresql_where=at_work)
    op.create_index("ix_desk_company", "desk", ["company"])


def downgrade() -> None:
    for table in ("desk", "assignments", "turns", "teams", "reps"):
        op.drop_table(table)
