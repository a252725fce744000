"""What reports count: passes through the funnel, their clocks, and what scored before sales decided.

Kept beside the timeline in the same commit, and made again from it at will. No personal data, and no
link to the lead's row: what was counted stays counted when a person is erased.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Date, Index, Numeric, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from leadworkflows.store.columns import RowId, UtcDateTime
from leadworkflows.store.models.base import Base

REACHED = ("mql", "sal", "sql", "opportunity", "customer")
"""The stages whose instants a pass has, each as `<stage>_at`."""
_TICKING = text("stopped_at IS NULL")
_MISSED = text("missed_at IS NOT NULL")
_OPEN = text("closed_at IS NULL")


_BESIDE = {"sal_at": ["accepted_by"], "ended_at": ["ended_move", "ended_by"]}
"""What the reps' report asks for with an instant: PostgreSQL counts it from the index alone."""


def _when(column: str) -> Index:
    is_set = text(f"{column} IS NOT NULL")
    beside = _BESIDE.get(column, [])
    return Index(
        f"ix_passes_{column}", column,
        sqlite_where=is_set, postgresql_where=is_set, postgresql_include=beside,
    )  # fmt: skip


class PassRow(Base):
    """One pass of a lead through the funnel: from `lead` or `recycled` to its end, each stage at most once.

    Channel, segment, persona, industry and country are what is known of the lead by now, in each of its
    passes.
    """

    __tablename__ = "passes"
    __table_args__ = (
        Index("ix_passes_began_at", "began_at"),
        *(_when(f"{stage}_at") for stage in REACHED),
        _when("ended_at"),
    )

    lead_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    pass_no: Mapped[int] = mapped_column("pass", primary_key=True, autoincrement=False)
    """1, and one more each time the lead is recycled or reopened."""
    channel: Mapped[str | None] = mapped_column(String(64))
    segment: Mapped[str | None] = mapped_column(String(64))
    persona: Mapped[str | None] = mapped_column(String(64))
    industry: Mapped[str | None] = mapped_column(String(64))
    country: Mapped[str | None] = mapped_column(String(64))
    began_at: Mapped[datetime] = mapped_column(UtcDateTime)
    began_as: Mapped[str] = mapped_column(String(16))
    """`lead`, or `recycled` for a pass that began with a return, a silence or a lost deal."""
    mql_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    sal_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    sql_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    opportunity_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    customer_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    sql_move: Mapped[str | None] = mapped_column(String(8))
    """How it became an SQL: T3, T4 or T5."""
    owner: Mapped[str | None] = mapped_column(String(64))
    """Who in sales had it last in this pass."""
    accepted_by: Mapped[str | None] = mapped_column(String(64))
    contacted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """The first contact that sales made in this pass (`contact_made`), when it was made."""
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When it was recycled or disqualified; a customer's pass has no end."""
    ended_as: Mapped[str | None] = mapped_column(String(16))
    """`recycled` or `disqualified`."""
    ended_from: Mapped[str | None] = mapped_column(String(16))
    """The stage that it was at."""
    ended_move: Mapped[str | None] = mapped_column(String(8))
    """T6, T9, T10 or T12."""
    ended_by: Mapped[str | None] = mapped_column(String(64))
    reason: Mapped[str | None] = mapped_column(String(64))
    rules: Mapped[list[str] | None]
    """Which rules had given it points when sales accepted it, or it ended; None as long as neither is so.

    What `earned` says too: beside the decision, so that rules are compared without a look at every point.
    """


class ClockRow(Base):
    """A service level that was owed to a lead in one pass."""

    __tablename__ = "clocks"
    __table_args__ = (
        Index("ix_clocks_ticking", "due_at", sqlite_where=_TICKING, postgresql_where=_TICKING),
        Index("ix_clocks_missed_at", "missed_at", sqlite_where=_MISSED, postgresql_where=_MISSED),
        Index("ix_clocks_started_at", "started_at"),
    )

    lead_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    pass_no: Mapped[int] = mapped_column("pass", primary_key=True, autoincrement=False)
    clock: Mapped[str] = mapped_column(String(64), primary_key=True)
    """Its name in the policy, such as `first_contact`."""
    code: Mapped[str] = mapped_column(String(16))
    """Its id, such as L3."""
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    """As it stands now: reassignment and pauses move it."""
    state: Mapped[str] = mapped_column(String(16))
    """`running`, `met`, `late`, `missed` or `stopped`.

    `late` was met after it was missed. `missed` is still owed, or was given up once `stopped_at` is set.
    A clock whose deed was done in time and only reported late is `met`, and not missed.
    """
    missed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    stopped_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    minutes: Mapped[int | None]
    """From its start to its stop."""
    working_minutes: Mapped[int | None]
    owner: Mapped[str | None] = mapped_column(String(64))
    """Who had the lead when it was missed or stopped; until then who has it."""
    paused: Mapped[bool]


class EarnedRow(Base):
    """What a rule gave a lead in one pass before sales decided on it."""

    __tablename__ = "earned"

    lead_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    pass_no: Mapped[int] = mapped_column("pass", primary_key=True, autoincrement=False)
    rule: Mapped[str] = mapped_column(String(64), primary_key=True)
    points: Mapped[int]
    """The sum: what was taken back again is taken off."""
    times: Mapped[int]
    """Of how many timeline entries it is the sum."""
    first_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ChannelCostRow(Base):
    """What a channel cost in a month, as somebody entered it (R8)."""

    __tablename__ = "channel_costs"

    channel: Mapped[str] = mapped_column(String(64), primary_key=True)
    month: Mapped[date] = mapped_column(Date, primary_key=True)
    """Its first day, in the company's zone."""
    amount: Mapped[Decimal] = mapped_column(Numeric(14, 2))
    currency: Mapped[str] = mapped_column(String(3))


class FindingRow(Base):
    """Something that the funnel watch found (A1, A2, R6), from its opening until it recovered."""

    __tablename__ = "findings"
    __table_args__ = (
        Index("ix_findings_open", "subject", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("ix_findings_opened_at", "opened_at"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    code: Mapped[str] = mapped_column(String(8))
    """A1, A2 or R6."""
    subject: Mapped[str] = mapped_column(String(200))
    """What it is about, such as `A1 mql-sql channel=linkedin`; open at most once."""
    summary: Mapped[str] = mapped_column(Text)
    figures: Mapped[dict[str, Any]]
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
