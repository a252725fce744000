"""Keys to the API that the command line made."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from leadworkflows.store.columns import UtcDateTime
from leadworkflows.store.models.base import Base


class ApiKeyRow(Base):
    """One key. The secret itself is kept nowhere."""

    __tablename__ = "api_keys"

    key_id: Mapped[str] = mapped_column(String(16), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    scopes: Mapped[list[str]]
    digest: Mapped[str] = mapped_column(String(64))
    """SHA-256 of the secret, in hexadecimal."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_used_on: Mapped[date | None]
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
