"""The first tables: leads and people, the inbox, timelines, effects, policies."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from leadworkflows.store.columns import RowId, UtcDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

LEAD_ID = sa.String(32)
JSON = sa.JSON(none_as_null=True)


def upgrade() -> None:
    create_leads()
    create_people()
    create_inbox()
    create_timeline()
    create_effects()
    create_outbox()
    create_policies()


def downgrade() -> None:
    """Children before parents; a table takes its indexes along."""
    for table in ("policy_activations", "policies", "outbox", "effects", "timeline", "inbox", "requests"):
        op.drop_table(table)
    for table in ("suppressions", "visitors", "people", "leads"):
        op.drop_table(table)


def create_leads() -> None:
    op.create_table(
        "leads",
        sa.Column("lead_id", LEAD_ID, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("last_seq", sa.Integer, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("stage", sa.String(64)),
        sa.Column("snapshot", JSON),
        sa.PrimaryKeyConstraint("lead_id", name="pk_leads"),
    )
    op.create_index("ix_leads_created_at", "leads", ["created_at", "lead_id"])
    op.create_index("ix_leads_stage", "leads", ["stage", "created_at", "lead_id"])


def create_people() -> None:
    op.create_table(
        "people",
        sa.Column("lead_id", LEAD_ID, nullable=False),
        sa.Column("email", sa.Text, nullable=False),
        *(sa.Column(name, sa.Text) for name in ("first_name", "last_name", "title", "company", "phone")),
        of_a_lead("people"),
        sa.PrimaryKeyConstraint("lead_id", name="pk_people"),
        sa.UniqueConstraint("email", name="uq_people_email"),
    )
    op.create_table(
        "visitors",
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("lead_id", LEAD_ID),
        of_a_lead("visitors"),
        sa.PrimaryKeyConstraint("key", name="pk_visitors"),
    )
    op.create_index("ix_visitors_lead_id", "visitors", ["lead_id"])
    op.create_table(
        "suppressions",
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("reason", sa.String(64), nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("email", name="pk_suppressions"),
    )


def create_inbox() -> None:
    op.create_table(
        "requests",
        sa.Column("id", RowId, nullable=False),
        sa.Column("source", sa.String(64), nullable=False),
        sa.Column("received_at", UtcDateTime, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_requests"),
    )
    op.create_table(
        "inbox",
        sa.Column("id", RowId, nullable=False),
        sa.Column("source", sa.String(64), nullable=False),
        sa.Column("event_id", sa.String(200), nullable=False),
        sa.Column("content_hash", sa.Text),
        sa.Column("type", sa.String(64), nullable=False),
        sa.Column("occurred_at", UtcDateTime, nullable=False),
        sa.Column("received_at", UtcDateTime, nullable=False),
        sa.Column("visitor", sa.Text),
        sa.Column("anonymous", sa.Boolean, nullable=False),
        sa.Column("lead_id", LEAD_ID),
        sa.Column("seq", sa.Integer),
        sa.Column("ready_at", UtcDateTime),
        sa.Column("handed_on_at", UtcDateTime),
        sa.Column("facts", JSON, nullable=False),
        sa.Column("notes", JSON),
        sa.Column("person", JSON),
        sa.Column("request_id", RowId),
        of_a_lead("inbox"),
        sa.ForeignKeyConstraint(
            ["request_id"], ["requests.id"], name="fk_inbox_request_id_requests", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_inbox"),
        sa.UniqueConstraint("lead_id", "seq", name="uq_inbox_lead_id_seq"),
        sa.UniqueConstraint("source", "event_id", name="uq_inbox_source_event_id"),
    )
    op.create_index("ix_inbox_request_id", "inbox", ["request_id"])
    index_inbox()


def index_inbox() -> None:
    """Partial, so that they hold what is still to do and not the whole record."""
    pending = "handed_on_at IS NULL AND lead_id IS NOT NULL"
    partial_index("ix_inbox_pending", "inbox", ["lead_id", "seq"], pending)
    partial_index("ix_inbox_pending_since", "inbox", ["ready_at", "id"], pending)
    partial_index("ix_inbox_waiting", "inbox", ["visitor"], "lead_id IS NULL")
    partial_index("ix_inbox_content", "inbox", ["source", "content_hash"], "content_hash IS NOT NULL")


def create_timeline() -> None:
    op.create_table(
        "timeline",
        sa.Column("lead_id", LEAD_ID, nullable=False),
        sa.Column("n", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("what", sa.Text, nullable=False),
        sa.Column("why", JSON, nullable=False),
        sa.Column("policy", sa.String(64), nullable=False),
        sa.Column("data", JSON, nullable=False),
        of_a_lead("timeline"),
        sa.PrimaryKeyConstraint("lead_id", "n", name="pk_timeline"),
    )
    op.create_index("ix_timeline_kind", "timeline", ["kind", "at"])


def create_effects() -> None:
    op.create_table(
        "effects",
        sa.Column("key", sa.String(255), nullable=False),
        sa.Column("lead_id", sa.String(64), nullable=False),
        sa.Column("action", sa.String(100), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("reserved_at", UtcDateTime, nullable=False),
        sa.Column("settled_at", UtcDateTime),
        sa.Column("vendor_id", sa.Text),
        sa.Column("detail", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_effects"),
    )
    op.create_index("ix_effects_lead_id", "effects", ["lead_id", "reserved_at"])
    partial_index("ix_effects_stuck", "effects", ["reserved_at"], "status IN ('reserved', 'unknown')")


def create_outbox() -> None:
    said = ("recipient", "channel", "content", "template", "subject", "text", "html")
    op.create_table(
        "outbox",
        sa.Column("id", RowId, nullable=False),
        sa.Column("key", sa.String(255), nullable=False),
        sa.Column("lead_id", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        *(sa.Column(name, sa.Text) for name in said),
        sa.Column("blocks", JSON),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
        sa.UniqueConstraint("key", name="uq_outbox_key"),
    )
    op.create_index("ix_outbox_lead_id", "outbox", ["lead_id"])


def create_policies() -> None:
    op.create_table(
        "policies",
        sa.Column("policy_id", sa.String(64), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("saved_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("policy_id", name="pk_policies"),
    )
    op.create_table(
        "policy_activations",
        sa.Column("id", RowId, nullable=False),
        sa.Column("policy_id", sa.String(64), nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.ForeignKeyConstraint(
            ["policy_id"], ["policies.policy_id"], name="fk_policy_activations_policy_id_policies"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_policy_activations"),
    )


def of_a_lead(table: str) -> sa.ForeignKeyConstraint:
    name = f"fk_{table}_lead_id_leads"
    return sa.ForeignKeyConstraint(["lead_id"], ["leads.lead_id"], name=name, ondelete="CASCADE")


def partial_index(name: str, table: str, columns: list[str], where: str) -> None:
    condition = sa.text(where)
    op.create_index(name, table, columns, sqlite_where=condition, postgresql_where=condition)
