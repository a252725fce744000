"""Who was erased, so that nothing brings them back, and what is still to be done about it elsewhere."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from leadworkflows.store.columns import UtcDateTime
from leadworkflows.store.models.base import Base

_UNFINISHED = text("finished_at IS NULL")


class ErasedRow(Base):
    """A name that an erased person went by, known only to whoever says it again. No personal data."""

    __tablename__ = "erased"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    """HMAC-SHA256 of the name, under a secret of the database; in hexadecimal."""
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    """When the person was erased, last."""
    back_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Since when the person is a lead again, by something that they did themselves."""


class ErasureRow(Base):
    """One erasure, and its receipt: how much went, and what is left to do. No personal data."""

    __tablename__ = "erasures"
    __table_args__ = (
        Index("ix_erasures_unfinished", "at", sqlite_where=_UNFINISHED, postgresql_where=_UNFINISHED),
        Index("ix_erasures_at", "at"),
    )

    erasure_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    by: Mapped[str] = mapped_column(String(64))
    """Which way it was asked for: the command line, the API, a page."""
    leads: Mapped[list[str]]
    """The opaque ids of the leads that the person was."""
    rows: Mapped[dict[str, Any]]
    """How many rows went, by table."""
    messages: Mapped[list[Any]]
    """Messages in Slack that are still to be deleted, each as channel and timestamp."""
    runs: Mapped[int]
    """Runs of workflows that were deleted in Temporal."""
    deleted: Mapped[int]
    """Messages in Slack that were deleted."""
    refused: Mapped[int]
    """Messages that Slack did not let us delete."""
    problem: Mapped[str | None] = mapped_column(Text)
    """Why the rest is not done yet."""
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    given_up: Mapped[list[str] | None]
    """What was not erased, and why, where somebody closed the erasure all the same."""
