"""The durable inbox: every event that was acknowledged, and the request it came in."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from leadworkflows.store.columns import RowId, UtcDateTime
from leadworkflows.store.models.base import Base

_WAITING = text("lead_id IS NULL")
_HASHED = text("content_hash IS NOT NULL")


class RequestRow(Base):
    """A request as it arrived, byte for byte, until its time is over."""

    __tablename__ = "requests"

    id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=False)
    source: Mapped[str] = mapped_column(String(64))
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    body: Mapped[bytes] = mapped_column(LargeBinary)


class EventRow(Base):
    """One event. Without a lead it waits under its visitor; with one it has its number there.

    How far a lead's events were handed on is said by the lead, so that nothing here is ever changed
    for it, and the record may grow without slowing the work.
    """

    __tablename__ = "inbox"
    __table_args__ = (
        UniqueConstraint("source", "event_id"),
        UniqueConstraint("lead_id", "seq"),
        Index("ix_inbox_waiting", "visitor", sqlite_where=_WAITING, postgresql_where=_WAITING),
        Index("ix_inbox_content", "source", "content_hash", sqlite_where=_HASHED, postgresql_where=_HASHED),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    source: Mapped[str] = mapped_column(String(64))
    event_id: Mapped[str] = mapped_column(String(200))
    content_hash: Mapped[str | None] = mapped_column(Text)
    type: Mapped[str] = mapped_column(String(64))
    occurred_at: Mapped[datetime] = mapped_column(UtcDateTime)
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    visitor: Mapped[str | None] = mapped_column(Text)
    """The visitor key it came under while nobody was named."""
    anonymous: Mapped[bool]
    lead_id: Mapped[str | None] = mapped_column(ForeignKey("leads.lead_id", ondelete="CASCADE"))
    seq: Mapped[int | None]
    facts: Mapped[dict[str, Any]]
    notes: Mapped[dict[str, Any] | None]
    person: Mapped[dict[str, Any] | None]
    """Personal data said by a visitor who still waits for a name; emptied when claimed."""
    request_id: Mapped[int | None] = mapped_column(RowId)
    """The request it came in. No foreign key: the request is dropped long before the event."""
    trace: Mapped[str | None] = mapped_column(String(55))
    """The trace it came in with (W3C's `traceparent`), to go on with; None where nobody traces."""
