"""What was done in the world, and what stands in for it without a vendor."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from leadworkflows.store.columns import RowId, UtcDateTime
from leadworkflows.store.models.base import Base

_STUCK = text("status IN ('reserved', 'unknown', 'stuck')")


class EffectRow(Base):
    """One intent to act, reserved before the call and settled after it. No personal data."""

    __tablename__ = "effects"
    __table_args__ = (
        Index("ix_effects_lead_id", "lead_id", "reserved_at"),
        Index("ix_effects_stuck", "reserved_at", sqlite_where=_STUCK, postgresql_where=_STUCK),
    )

    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    lead_id: Mapped[str] = mapped_column(String(64))
    action: Mapped[str] = mapped_column(String(100))
    status: Mapped[str] = mapped_column(String(16))
    attempts: Mapped[int]
    reserved_at: Mapped[datetime] = mapped_column(UtcDateTime)
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    vendor_id: Mapped[str | None] = mapped_column(Text)
    detail: Mapped[str] = mapped_column(Text)
    result: Mapped[dict[str, Any] | None]
    """What the action returned to the lead beside its outcome."""


class OutboxRow(Base):
    """A mail or an alert as it would have left, rendered in full."""

    __tablename__ = "outbox"
    __table_args__ = (Index("ix_outbox_lead_id", "lead_id"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    key: Mapped[str] = mapped_column(String(255), unique=True)
    lead_id: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(16))
    to: Mapped[str | None] = mapped_column("recipient", Text)
    channel: Mapped[str | None] = mapped_column(Text)
    content: Mapped[str | None] = mapped_column(Text)
    template: Mapped[str | None] = mapped_column(Text)
    subject: Mapped[str | None] = mapped_column(Text)
    text: Mapped[str | None] = mapped_column(Text)
    html: Mapped[str | None] = mapped_column(Text)
    blocks: Mapped[list[Any] | None]
    at: Mapped[datetime] = mapped_column(UtcDateTime)
