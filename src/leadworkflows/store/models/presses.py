"""What people pressed in Slack, until it is carried out."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from leadworkflows.store.columns import UtcDateTime
from leadworkflows.store.models.base import Base

_WAITS = text("due_at IS NOT NULL")


class PressRow(Base):
    """One press of a button, or one form that was sent."""

    __tablename__ = "presses"
    __table_args__ = (
        Index("ix_presses_due_at", "due_at", sqlite_where=_WAITS, postgresql_where=_WAITS),
        Index("ix_presses_received_at", "received_at"),
    )

    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    """The same for every delivery of the same press."""
    body: Mapped[dict[str, Any]]
    """Who pressed what; emptied when it is done, because it may hold a note."""
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When it is to be carried out, or taken over from whoever claimed it and died; NULL once it is done."""
    tries: Mapped[int]
