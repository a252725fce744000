"""Lives from the real core, recorded wake-up by wake-up, and what is then counted of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from leadworkflows.domain.decisions import Decisions, TimelineEntry
from leadworkflows.domain.policy import Policy
from leadworkflows.domain.simulation import Route, Simulation, nobody
from leadworkflows.store import Store
from leadworkflows.store.models import ClockRow, DeskRow, EarnedRow, LeadRow, PassRow
from tests.domain.story import Story
from tests.domain.variants import DEFAULT


@dataclass(frozen=True)
class WakeUp:
    """What one wake-up records."""

    entries: Sequence[TimelineEntry]
    snapshot: dict[str, Any]

    @property
    def revision(self) -> int:
        return self.entries[-1].n

    def with_next(self, other: WakeUp) -> WakeUp:
        """Both as one, as when two things happened while the worker was away."""
        return WakeUp([*self.entries, *other.entries], other.snapshot)


class Observed(Simulation):
    """Keeps what each wake-up would record."""

    def __init__(self, policy: Policy, route: Route = nobody) -> None:
        super().__init__(policy, "ada", route)
        self.wake_ups: list[WakeUp] = []

    def _keep(self, decisions: Decisions, now: datetime) -> None:
        before = len(self.timeline)
        super()._keep(decisions, now)
        if len(self.timeline) > before:
            self.wake_ups.append(WakeUp(self.timeline[before:], self.journey.view()))


class Life(Story):
    """A story whose wake-ups can be recorded."""

    def __init__(self, policy: Policy = DEFAULT) -> None:
        super().__init__(policy)
        self.observed = self.simulation = Observed(policy)

    @property
    def wake_ups(self) -> list[WakeUp]:
        return self.observed.wake_ups


async def record(store: Store, lead_id: str, wake_ups: Sequence[WakeUp]) -> None:
    for each in wake_ups:
        await store.timeline.record(lead_id, list(each.entries), each.snapshot, each.revision)


@dataclass(frozen=True)
class Counted:
    """All that is counted of one lead, without its id."""

    passes: list[dict[str, Any]]
    clocks: list[dict[str, Any]]
    earned: list[dict[str, Any]]
    lead: dict[str, Any]
    desk: list[dict[str, Any]]

    @property
    def points(self) -> dict[tuple[int, str], tuple[int, int]]:
        """Points and times by pass and rule."""
        return {(row["pass"], row["rule"]): (row["points"], row["times"]) for row in self.earned}

    def clock(self, name: str, pass_no: int = 1) -> dict[str, Any]:
        return next(row for row in self.clocks if (row["clock"], row["pass"]) == (name, pass_no))


async def counted(store: Store, lead_id: str) -> Counted:
    async def of(table: Any, *order: Any) -> list[dict[str, Any]]:
        found = select(table.__table__).where(table.lead_id == lead_id).order_by(*order)
        async with store.database.reading() as connection:
            rows = (await connection.execute(found)).mappings().all()
        return [{name: value for name, value in row.items() if name != "lead_id"} for row in rows]

    (lead,) = await of(LeadRow)
    return Counted(
        await of(PassRow, PassRow.pass_no),
        await of(ClockRow, ClockRow.pass_no, ClockRow.clock),
        await of(EarnedRow, EarnedRow.pass_no, EarnedRow.rule),
        {name: value for name, value in lead.items() if name not in ("snapshot", "created_at")},
        [{k: v for k, v in row.items() if k != "company"} for row in await of(DeskRow)],
    )
