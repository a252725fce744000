"""Requests that were verified but could not be understood."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, LargeBinary, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from leadworkflows.store.columns import RowId, UtcDateTime
from leadworkflows.store.models.base import Base

_OPEN = text("resolved_at IS NULL")


class QuarantineRow(Base):
    """One request, without what proved that it was genuine: no key, token or signature is kept."""

    __tablename__ = "quarantine"
    __table_args__ = (
        UniqueConstraint("digest"),
        Index("ix_quarantine_open", "source", "id", sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("ix_quarantine_received_at", "received_at"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    source: Mapped[str] = mapped_column(String(64))
    digest: Mapped[str] = mapped_column(String(64))
    """SHA-256 of source and body: the same again is the same row."""
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    method: Mapped[str] = mapped_column(String(16))
    url: Mapped[str] = mapped_column(Text)
    """Path and query, without the query's secrets."""
    headers: Mapped[dict[str, Any]]
    body: Mapped[bytes] = mapped_column(LargeBinary)
    field: Mapped[str] = mapped_column(Text)
    problem: Mapped[str] = mapped_column(Text)
    attempts: Mapped[int]
    last_seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    resolved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
