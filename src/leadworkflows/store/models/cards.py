"""Cards in Slack, which are kept true as their lead moves."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from leadworkflows.store.columns import UtcDateTime
from leadworkflows.store.models.base import Base

_DUE = text("due_at IS NOT NULL")


class CardRow(Base):
    """One message about a lead, where it is, and what it shows. No personal data."""

    __tablename__ = "cards"
    __table_args__ = (
        Index("ix_cards_lead_id", "lead_id", "posted_at"),
        Index("ix_cards_due", "due_at", sqlite_where=_DUE, postgresql_where=_DUE),
    )

    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    """The key of the action that posted it."""
    lead_id: Mapped[str] = mapped_column(ForeignKey("leads.lead_id", ondelete="CASCADE"))
    channel: Mapped[str] = mapped_column(String(80))
    ts: Mapped[str] = mapped_column(String(255))
    template: Mapped[str] = mapped_column(String(64))
    facts: Mapped[dict[str, Any]]
    """The action's own facts: why it was posted, and about which clock."""
    policy: Mapped[str] = mapped_column(String(64))
    posted_at: Mapped[datetime] = mapped_column(UtcDateTime)
    shown: Mapped[int]
    """The revision of the snapshot that it shows."""
    digest: Mapped[str] = mapped_column(String(64))
    """Of what it shows, so that nothing is sent that changes nothing; empty where that is not known."""
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Since when it may not be true any more; None while it is."""
    not_before: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Nobody takes it before: a process has it, or Slack was told just now or asked for time."""
    claimed_by: Mapped[str | None] = mapped_column(String(64))
    tries: Mapped[int]
    """Updates in a row that did not succeed."""
    problem: Mapped[str | None] = mapped_column(Text)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Since when it is left as it is."""
