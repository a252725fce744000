"""Who sells, whose turn it is, who was given which lead, and what lies on whose desk."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Double, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from leadworkflows.store.columns import UtcDateTime
from leadworkflows.store.models.base import Base

_AT_WORK = text("held AND open")


class RepRow(Base):
    """A person in sales whom the API named; `body` is a `domain.teams.Rep`."""

    __tablename__ = "reps"

    rep_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    body: Mapped[dict[str, Any]]
    teams: Mapped[list[str]]
    """The teams that the rep is in, beside those that name the rep themselves."""
    holidays: Mapped[dict[str, Any]]
    """The public holidays of each region that the body names, as they were when it was put."""
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class TeamRow(Base):
    """A team that the API named; `body` is a `domain.teams.Team`."""

    __tablename__ = "teams"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    body: Mapped[dict[str, Any]]
    holidays: Mapped[dict[str, Any]]
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class TurnRow(Base):
    """How far the round robin came with each rep of a team, in virtual time.

    The empty rep id is the team's own time. The row with two empty names is what assignments wait
    for: only who holds it chooses, so that two never count the same desk.
    """

    __tablename__ = "turns"

    team: Mapped[str] = mapped_column(String(64), primary_key=True)
    rep_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    turn: Mapped[float] = mapped_column(Double)


class AssignmentRow(Base):
    """One decision of the routing, under the key of the action that asked for it."""

    __tablename__ = "assignments"

    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    lead_id: Mapped[str] = mapped_column(ForeignKey("leads.lead_id", ondelete="CASCADE"), index=True)
    pass_no: Mapped[int] = mapped_column("pass")
    team: Mapped[str] = mapped_column(String(64))
    rep_id: Mapped[str | None] = mapped_column(String(64))
    """None where nobody could take the lead."""
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    why: Mapped[list[str]]
    passed_over: Mapped[list[str]]
    calendar: Mapped[dict[str, Any] | None]


class DeskRow(Base):
    """Whose a lead is, or was last. `held` and `open` together are a lead that somebody works.

    The row stays when the lead is returned or done: it tells who knows the company.
    """

    __tablename__ = "desk"
    __table_args__ = (Index("ix_desk_at_work", "rep_id", sqlite_where=_AT_WORK, postgresql_where=_AT_WORK),)

    lead_id: Mapped[str] = mapped_column(ForeignKey("leads.lead_id", ondelete="CASCADE"), primary_key=True)
    rep_id: Mapped[str | None] = mapped_column(String(64))
    held: Mapped[bool]
    """Whether it is theirs now."""
    open: Mapped[bool]
    """Whether it stands at a stage that sales works."""
    company: Mapped[str | None] = mapped_column(Text, index=True)
    """The domain of the lead's address."""
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    """Since when it is theirs, or no longer."""
    revision: Mapped[int]
    """The number of the timeline entry up to which this row is true."""
