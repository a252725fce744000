"""Policies by the hash of their content, and which one was active when."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from leadworkflows.store.columns import RowId, UtcDateTime
from leadworkflows.store.models.base import Base


class PolicyRow(Base):
    """A frozen policy. It is never changed: another content is another id."""

    __tablename__ = "policies"

    policy_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    body: Mapped[str] = mapped_column(Text)
    saved_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ActivationRow(Base):
    """Somebody made a policy the active one. The newest row counts."""

    __tablename__ = "policy_activations"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    policy_id: Mapped[str] = mapped_column(ForeignKey("policies.policy_id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    by: Mapped[str] = mapped_column(Text)
