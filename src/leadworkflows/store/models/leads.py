"""Leads, the people behind them, and the visitors they were before.

Personal data is in `people` and `visitors`, away from the lead's own numbers, so that erasing a
person is deleting rows.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, column, func, text
from sqlalchemy.orm import Mapped, mapped_column

from leadworkflows.store.columns import UtcDateTime
from leadworkflows.store.models.base import Base

_STAGED = text("stage IS NOT NULL")
_DUE = text("due_at IS NOT NULL")
_MERGED = text("merged_into IS NOT NULL")
_CLOCK = text("clock_due_at IS NOT NULL")
LISTED_BY = ("owner", "channel", "segment", "persona", "industry", "score")
"""Columns by which leads are listed, newest first."""
SEARCHED_BY = ("email", "first_name", "last_name", "company")
"""What of a person is looked for by how it begins."""
_BY_BYTES = {"lowered": "text_pattern_ops"}
_ASK = text("lead_id IS NULL AND ask_after IS NOT NULL")


class LeadRow(Base):
    """One lead: an opaque id, how far its events came, and what its workflow last recorded.

    `last_seq` and `handed_on_seq` are the two ends of what waits for the workflow. They are moved on
    this row alone, by whoever holds its lock, so that neither end can overlook the other's move.
    """

    __tablename__ = "leads"
    __table_args__ = (
        Index("ix_leads_created_at", "created_at", "lead_id"),
        Index(
            "ix_leads_stage", "stage", "created_at", "lead_id", sqlite_where=_STAGED, postgresql_where=_STAGED
        ),
        Index("ix_leads_due", "due_at", sqlite_where=_DUE, postgresql_where=_DUE),
        Index("ix_leads_clock", "clock_due_at", sqlite_where=_CLOCK, postgresql_where=_CLOCK),
        Index("ix_leads_last_at", "last_at"),
        Index("ix_leads_merged", "stage", sqlite_where=_MERGED, postgresql_where=_MERGED),
        *(Index(f"ix_leads_{name}", name, "created_at", "lead_id") for name in LISTED_BY),
    )

    lead_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_seq: Mapped[int]
    """The number of the lead's newest event in the inbox: 1, 2, … without a gap."""
    handed_on_seq: Mapped[int] = mapped_column(server_default=text("0"))
    """The number of the newest event that the workflow was told of."""
    waiting_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Since when the first event waits that the workflow was not told of; None when none does."""
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When to hand on what waits; None when nothing does."""
    claimed_by: Mapped[str | None] = mapped_column(String(64))
    """The process that is handing on now, or the last one that tried and did not succeed for certain.

    As long as it is set the workflow may know of events that are not counted as handed on.
    """
    claimed_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When that claim is void, as a dead process does not give it back."""
    merged_into: Mapped[str | None] = mapped_column(String(32))
    """The lead that this one turned out to be."""
    revision: Mapped[int]
    """The revision of `snapshot`; 0 before the workflow recorded anything."""
    stage: Mapped[str | None] = mapped_column(String(64))
    """The snapshot's stage, kept apart to be looked for."""
    snapshot: Mapped[dict[str, Any] | None]
    # The rest is the snapshot's too, kept apart to be looked for, sorted and counted.
    sub_status: Mapped[str | None] = mapped_column(String(64))
    stage_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    owner: Mapped[str | None] = mapped_column(String(64))
    channel: Mapped[str | None] = mapped_column(String(64))
    segment: Mapped[str | None] = mapped_column(String(64))
    persona: Mapped[str | None] = mapped_column(String(64))
    industry: Mapped[str | None] = mapped_column(String(64))
    country: Mapped[str | None] = mapped_column(String(64))
    priority: Mapped[bool | None]
    score: Mapped[int | None]
    threshold: Mapped[int | None]
    clock: Mapped[str | None] = mapped_column(String(64))
    """The clock that is due first of those that tick; None when none does."""
    clock_due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    pass_no: Mapped[int | None] = mapped_column("pass")
    last_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """The instant of its newest timeline entry."""
    forgotten: Mapped[int] = mapped_column(server_default=text("0"))
    """The number of the newest timeline entry that was dropped because its time was over."""
    attempt: Mapped[str | None] = mapped_column(String(96))
    """The attempt at a workflow task that recorded last; a later one compares as greater."""


class PersonRow(Base):
    """Who the lead is. One person, one e-mail address, one lead."""

    __tablename__ = "people"
    __table_args__ = tuple(
        Index(f"ix_people_{name}_search", func.lower(column(name)).label("lowered"), postgresql_ops=_BY_BYTES)
        for name in SEARCHED_BY
    )

    lead_id: Mapped[str] = mapped_column(ForeignKey("leads.lead_id", ondelete="CASCADE"), primary_key=True)
    email: Mapped[str] = mapped_column(Text, unique=True)
    first_name: Mapped[str | None] = mapped_column(Text)
    last_name: Mapped[str | None] = mapped_column(Text)
    title: Mapped[str | None] = mapped_column(Text)
    company: Mapped[str | None] = mapped_column(Text)
    phone: Mapped[str | None] = mapped_column(Text)


class VisitorRow(Base):
    """A name a visitor goes by before an e-mail address is known.

    The row exists from the first sight, without a lead: it is what two deliveries about the same
    visitor wait for, so that none is left behind when the other names the visitor.
    """

    __tablename__ = "visitors"
    __table_args__ = (Index("ix_visitors_to_ask", "ask_after", sqlite_where=_ASK, postgresql_where=_ASK),)

    key: Mapped[str] = mapped_column(Text, primary_key=True)
    """`anonymous:…`, `<vendor>:…`, or `email:…` for an address that a lead had before."""
    lead_id: Mapped[str | None] = mapped_column(ForeignKey("leads.lead_id", ondelete="CASCADE"), index=True)
    ask_after: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When the vendor is to be asked (again) who this is; None where nobody can be asked."""
