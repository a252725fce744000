"""The timeline: what the core decided, entry by entry."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from leadworkflows.store.columns import UtcDateTime
from leadworkflows.store.models.base import Base


class TimelineRow(Base):
    """One entry of a lead's timeline, numbered from 1."""

    __tablename__ = "timeline"
    __table_args__ = (Index("ix_timeline_kind", "kind", "at"),)

    lead_id: Mapped[str] = mapped_column(ForeignKey("leads.lead_id", ondelete="CASCADE"), primary_key=True)
    n: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    kind: Mapped[str] = mapped_column(String(32))
    what: Mapped[str] = mapped_column(Text)
    why: Mapped[list[str]]
    policy: Mapped[str] = mapped_column(String(64))
    data: Mapped[dict[str, Any]]
