"""Who may be written to: what people said about it, by address and by lead, and the secret of their links."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from leadworkflows.store.columns import RowId, UtcDateTime
from leadworkflows.store.models.base import Base


class SuppressionRow(Base):
    """An address that must not be written to, and why: about a topic, or where that is empty at all.

    It outlives the lead. Each reason has its row, so that taking back an unsubscription cannot take a
    bounce along.
    """

    __tablename__ = "suppressions"

    email: Mapped[str] = mapped_column(Text, primary_key=True)
    topic: Mapped[str] = mapped_column(String(64), primary_key=True, server_default=text("''"))
    reason: Mapped[str] = mapped_column(String(64), primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    """When it was said or happened last."""


class ResubscriptionRow(Base):
    """An unsubscription was taken back. Kept beside it, so that the later of the two counts."""

    __tablename__ = "resubscriptions"

    email: Mapped[str] = mapped_column(Text, primary_key=True)
    topic: Mapped[str] = mapped_column(String(64), primary_key=True, server_default=text("''"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class ConsentRow(Base):
    """What a person agreed to or took back, when, and how: the record that is shown to who asks for it."""

    __tablename__ = "consents"
    __table_args__ = (UniqueConstraint("source", "event_id"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    lead_id: Mapped[str] = mapped_column(ForeignKey("leads.lead_id", ondelete="CASCADE"), index=True)
    topic: Mapped[str | None] = mapped_column(String(64))
    """None where it is about all mail."""
    given: Mapped[bool]
    basis: Mapped[str | None] = mapped_column(String(64))
    """How it was given (form, import, double_opt_in, preferences…); None where it was taken back."""
    source: Mapped[str] = mapped_column(String(64))
    event_id: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class SecretRow(Base):
    """A secret that the database itself was given, once."""

    __tablename__ = "secrets"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    value: Mapped[bytes] = mapped_column(LargeBinary)
