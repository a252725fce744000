"""What reports count and leads are listed by, beside the timeline that it is made from."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.types import TypeEngine

from leadworkflows.store.columns import RowId, UtcDateTime

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_REACHED = ("mql_at", "sal_at", "sql_at", "opportunity_at", "customer_at", "ended_at")
_LISTED_BY = ("owner", "channel", "segment", "persona", "industry", "score")
_BESIDE = {"ix_passes_sal_at": ["accepted_by"], "ix_passes_ended_at": ["ended_move", "ended_by"]}
_SEARCHED = ("email", "first_name", "last_name", "company")
_OF_LEADS: dict[str, type[TypeEngine[Any]] | TypeEngine[Any]] = {
    **dict.fromkeys(("sub_status", "owner", "channel", "segment"), sa.String(64)),
    **dict.fromkeys(("persona", "industry", "country", "clock"), sa.String(64)),
    **dict.fromkeys(("stage_since", "clock_due_at", "last_at"), UtcDateTime),
    **dict.fromkeys(("score", "threshold", "pass"), sa.Integer),
    "priority": sa.Boolean,
}


def upgrade() -> None:
    for column, kind in _OF_LEADS.items():
        op.add_column("leads", sa.Column(column, kind))
    for name in _LISTED_BY:
        op.create_index(f"ix_leads_{name}", "leads", [name, "created_at", "lead_id"])
    _create_where_set("ix_leads_clock", "leads", "clock_due_at")
    op.create_index("ix_leads_last_at", "leads", ["last_at"])
    merged = sa.text("merged_into IS NOT NULL")
    op.create_index("ix_leads_merged", "leads", ["stage"], sqlite_where=merged, postgresql_where=merged)
    # Whoever looks for somebody types how a name begins: a range of an index that is sorted by bytes.
    for name in _SEARCHED:
        lowered = sa.func.lower(sa.column(name)).label("lowered")
        ops = {"lowered": "text_pattern_ops"}
        op.create_index(f"ix_people_{name}_search", "people", [lowered], postgresql_ops=ops)
    _create_passes()
    _create_clocks()
    _create_earned()
    op.create_table(
        "channel_costs",
        sa.Column("channel", sa.String(64), nullable=False),
        sa.Column("month", sa.Date, nullable=False),
        sa.Column("amount", sa.Numeric(14, 2), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.PrimaryKeyConstraint("channel", "month", name="pk_channel_costs"),
    )
    _create_findings()


def downgrade() -> None:
    for table in ("findings", "channel_costs", "earned", "clocks", "passes"):
        op.drop_table(table)
    for name in (*_LISTED_BY, "clock", "last_at", "merged"):
        op.drop_index(f"ix_leads_{name}", "leads")
    with op.batch_alter_table("leads") as leads:
        for column in _OF_LEADS:
            leads.drop_column(column)
    for name in _SEARCHED:
        op.drop_index(f"ix_people_{name}_search", "people")


def _create_passes() -> None:
    words = (
        "channel",
        "segment",
        "persona",
        "industry",
        "country",
        "owner",
        "accepted_by",
        "ended_by",
        "reason",
    )
    op.create_table(
        "passes",
        sa.Column("lead_id", sa.String(32), nullable=False),
        sa.Column("pass", sa.Integer, nullable=False),
        sa.Column("began_at", UtcDateTime, nullable=False),
        sa.Column("began_as", sa.String(16), nullable=False),
        *(sa.Column(name, UtcDateTime) for name in (*_REACHED, "contacted_at")),
        *(sa.Column(name, sa.String(64)) for name in words),
        *(sa.Column(name, sa.String(16)) for name in ("ended_as", "ended_from")),
        *(sa.Column(name, sa.String(8)) for name in ("sql_move", "ended_move")),
        sa.Column("rules", sa.JSON),
        sa.PrimaryKeyConstraint("lead_id", "pass", name="pk_passes"),
    )
    op.create_index("ix_passes_began_at", "passes", ["began_at"])
    for name in _REACHED:
        _create_where_set(f"ix_passes_{name}", "passes", name)


def _create_clocks() -> None:
    op.create_table(
        "clocks",
        sa.Column("lead_id", sa.String(32), nullable=False),
        sa.Column("pass", sa.Integer, nullable=False),
        sa.Column("clock", sa.String(64), nullable=False),
        sa.Column("code", sa.String(16), nullable=False),
        *(sa.Column(name, UtcDateTime, nullable=False) for name in ("started_at", "due_at")),
        sa.Column("state", sa.String(16), nullable=False),
        *(sa.Column(name, UtcDateTime) for name in ("missed_at", "stopped_at")),
        *(sa.Column(name, sa.Integer) for name in ("minutes", "working_minutes")),
        sa.Column("owner", sa.String(64)),
        sa.Column("paused", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("lead_id", "pass", "clock", name="pk_clocks"),
    )
    ticking = sa.text("stopped_at IS NULL")
    op.create_index("ix_clocks_ticking", "clocks", ["due_at"], sqlite_where=ticking, postgresql_where=ticking)
    _create_where_set("ix_clocks_missed_at", "clocks", "missed_at")
    op.create_index("ix_clocks_started_at", "clocks", ["started_at"])


def _create_earned() -> None:
    op.create_table(
        "earned",
        sa.Column("lead_id", sa.String(32), nullable=False),
        sa.Column("pass", sa.Integer, nullable=False),
        sa.Column("rule", sa.String(64), nullable=False),
        sa.Column("points", sa.Integer, nullable=False),
        sa.Column("times", sa.Integer, nullable=False),
        sa.Column("first_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("lead_id", "pass", "rule", name="pk_earned"),
    )


def _create_findings() -> None:
    op.create_table(
        "findings",
        sa.Column("id", RowId, nullable=False),
        sa.Column("code", sa.String(8), nullable=False),
        sa.Column("subject", sa.String(200), nullable=False),
        sa.Column("summary", sa.Text, nullable=False),
        sa.Column("figures", sa.JSON, nullable=False),
        sa.Column("opened_at", UtcDateTime, nullable=False),
        sa.Column("closed_at", UtcDateTime),
        sa.PrimaryKeyConstraint("id", name="pk_findings"),
    )
    is_open = sa.text("closed_at IS NULL")
    op.create_index(
        "ix_findings_open",
        "findings",
        ["subject"],
        unique=True,
        sqlite_where=is_open,
        postgresql_where=is_open,
    )
    op.create_index("ix_findings_opened_at", "findings", ["opened_at"])


def _create_where_set(name: str, table: str, column: str) -> None:
    is_set = sa.text(f"{column} IS NOT NULL")
    beside = _BESIDE.get(name, [])
    op.create_index(
        name, table, [column], sqlite_where=is_set, postgresql_where=is_set, postgresql_include=beside
    )
