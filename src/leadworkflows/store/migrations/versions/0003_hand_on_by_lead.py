"""How far a lead's events were handed on is kept with the lead, and no longer on every event."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from alembic import op
from alembic.operations import BatchOperations

from leadworkflows.store.columns import RowId, UtcDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_PENDING = "handed_on_at IS NULL AND lead_id IS NOT NULL"
_TO_ASK = "lead_id IS NULL AND ask_after IS NOT NULL"
_BY_STAGE = ["stage", "created_at", "lead_id"]
_WAITING = ("ix_inbox_waiting", "inbox", ["visitor"], "lead_id IS NULL")
_CONTENT = ("ix_inbox_content", "inbox", ["source", "content_hash"], "content_hash IS NOT NULL")
_REQUEST_KEY = "fk_inbox_request_id_requests"
# Told up to the first event that was not; due at once where there is one.
_CURSORS = """
UPDATE leads SET
  handed_on_seq = coalesce((SELECT min(seq) - 1 FROM inbox
    WHERE inbox.lead_id = leads.lead_id AND handed_on_at IS NULL), last_seq),
  waiting_since = (SELECT min(ready_at) FROM inbox
    WHERE inbox.lead_id = leads.lead_id AND handed_on_at IS NULL),
  due_at = (SELECT min(ready_at) FROM inbox
    WHERE inbox.lead_id = leads.lead_id AND handed_on_at IS NULL)
"""
_TOLD_BEFORE = """
UPDATE inbox SET handed_on_at = received_at
WHERE seq <= (SELECT handed_on_seq FROM leads WHERE leads.lead_id = inbox.lead_id)
"""


def upgrade() -> None:
    op.add_column(
        "leads", sa.Column("handed_on_seq", sa.Integer, nullable=False, server_default=sa.text("0"))
    )
    for name in ("waiting_since", "due_at", "claimed_until"):
        op.add_column("leads", sa.Column(name, UtcDateTime))
    op.add_column("leads", sa.Column("claimed_by", sa.String(64)))
    op.add_column("leads", sa.Column("merged_into", sa.String(32)))
    op.execute(_CURSORS)
    partial_index("ix_leads_due", "leads", ["due_at"], "due_at IS NOT NULL")
    op.add_column("visitors", sa.Column("ask_after", UtcDateTime))
    partial_index("ix_visitors_to_ask", "visitors", ["ask_after"], _TO_ASK)
    for index in ("ix_inbox_pending", "ix_inbox_pending_since", "ix_inbox_request_id"):
        op.drop_index(index, "inbox")
    with rebuilt_inbox() as table:
        table.drop_column("handed_on_at")
        table.drop_column("ready_at")
        table.drop_constraint(_REQUEST_KEY, type_="foreignkey")
    op.drop_table("requests")
    create_requests(autoincrement=False)
    op.drop_index("ix_leads_stage", "leads")
    partial_index("ix_leads_stage", "leads", _BY_STAGE, "stage IS NOT NULL")


def downgrade() -> None:
    op.drop_index("ix_leads_stage", "leads")
    op.create_index("ix_leads_stage", "leads", _BY_STAGE)
    op.drop_table("requests")
    create_requests(autoincrement=True)
    with rebuilt_inbox() as table:
        table.add_column(sa.Column("handed_on_at", UtcDateTime))
        table.add_column(sa.Column("ready_at", UtcDateTime))
        table.create_foreign_key(_REQUEST_KEY, "requests", ["request_id"], ["id"], ondelete="SET NULL")
    op.execute("UPDATE inbox SET ready_at = received_at WHERE lead_id IS NOT NULL")
    op.execute(_TOLD_BEFORE)
    op.create_index("ix_inbox_request_id", "inbox", ["request_id"])
    partial_index("ix_inbox_pending", "inbox", ["lead_id", "seq"], _PENDING)
    partial_index("ix_inbox_pending_since", "inbox", ["ready_at", "id"], _PENDING)
    op.drop_index("ix_visitors_to_ask", "visitors")
    op.drop_column("visitors", "ask_after")
    op.drop_index("ix_leads_due", "leads")
    for name in ("merged_into", "claimed_by", "claimed_until", "due_at", "waiting_since", "handed_on_seq"):
        op.drop_column("leads", name)


def create_requests(*, autoincrement: bool) -> None:
    """Raw requests are kept for a while only; those from before are dropped, their events stay."""
    op.create_table(
        "requests",
        sa.Column("id", RowId, nullable=False, autoincrement=autoincrement),
        sa.Column("source", sa.String(64), nullable=False),
        sa.Column("received_at", UtcDateTime, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_requests"),
    )


@contextmanager
def rebuilt_inbox() -> Iterator[BatchOperations]:
    """SQLite copies the table, and would make its partial indexes whole: they are made anew after it."""
    for name, table, *_ in (_WAITING, _CONTENT):
        op.drop_index(name, table)
    with op.batch_alter_table("inbox") as batch:
        yield batch
    for index in (_WAITING, _CONTENT):
        partial_index(*index)


def partial_index(name: str, table: str, columns: list[str], where: str) -> None:
    condition = sa.text(where)
    op.create_index(name, table, columns, sqlite_where=condition, postgresql_where=condition)
