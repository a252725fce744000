"""The lifecycle of a lead as a state chart: every stage of domain.md section 1 and every move T1 to T12.

The chart lives over a `Standing`, whose persisted `configuration` it reads on construction, so that
restoring a lead fires nothing. Guards are pure readings of the standing; no callback has a side
effect; what is not allowed raises.
"""

from __future__ import annotations

from collections.abc import MutableSet
from enum import StrEnum
from functools import cache
from typing import Protocol

from statemachine import State, StateChart
from statemachine.exceptions import TransitionNotAllowed
from statemachine.orderedset import OrderedSet


class Stage(StrEnum):
    """Lifecycle stages S1 to S8."""

    LEAD = "lead"
    MQL = "mql"
    SAL = "sal"
    SQL = "sql"
    OPPORTUNITY = "opportunity"
    CUSTOMER = "customer"
    RECYCLED = "recycled"
    DISQUALIFIED = "disqualified"


OPEN_STAGES = frozenset(set(Stage) - {Stage.CUSTOMER, Stage.DISQUALIFIED})
WORKED_STAGES = frozenset({Stage.MQL, Stage.SAL, Stage.SQL, Stage.OPPORTUNITY})
"""Stages in which somebody in sales has the lead."""


class Move(StrEnum):
    """The moves of domain.md section 1, by the event of the chart that makes them."""

    QUALIFY = "T1"
    ACCEPT = "T2"
    REQUEST_SALES = "T3"
    REVISIT_PRICING = "T4"
    VET = "T5"
    RETURN = "T6"
    OPEN_OPPORTUNITY = "T7"
    WIN = "T8"
    LOSE = "T9"
    DISQUALIFY = "T10"
    REOPEN = "T11"
    GIVE_UP = "T12"


Place = tuple[Stage, str | None]
"""Where a lead stands: its stage, and its sub-status where the stage has any."""


class Readings(Protocol):
    """What the chart's guards read of a lead."""

    @property
    def qualifies(self) -> bool:
        """T1: the score reaches the segment's threshold, and not on weak signals alone."""

    @property
    def vetted(self) -> bool:
        """T5: BANT is complete enough by the policy."""

    @property
    def deal_ready(self) -> bool:
        """T7: MAPS is known, committee and schedule are recorded."""

    @property
    def worth_recycling(self) -> bool:
        """T9: the reason of the loss leaves hope."""

    @property
    def unanswered(self) -> bool:
        """T12: sales tried, and the policy's limit has passed without an answer."""


class Standing(Readings, Protocol):
    """What the chart needs to know of a lead: where it stands and what its guards read."""

    configuration: str | MutableSet[str]


class Lifecycle(StateChart[Standing]):
    """The chart. Event names are the moves; compound stages carry the sub-status."""

    allow_event_without_transition = False
    catch_errors_as_events = False

    lead = State("Lead", value="lead", initial=True)

    class mql(State.Compound, name="MQL", value="mql"):  # noqa: N801
        """Marketing qualified: worth an SDR's review."""

        open = State("Open", value="mql.open", initial=True)
        mql_attempting = State("Attempting contact", value="mql.attempting_contact")
        bad_timing = State("Bad timing", value="mql.bad_timing")

    sal = State("SAL", value="sal")

    class sql(State.Compound, name="SQL", value="sql"):  # noqa: N801
        """Sales qualified: it showed intent to buy, or sales vetted it."""

        sql_attempting = State("Attempting contact", value="sql.attempting_contact", initial=True)
        connected = State("Connected", value="sql.connected")

    opportunity = State("Opportunity", value="opportunity")
    customer = State("Customer", value="customer", final=True)
    recycled = State("Recycled", value="recycled")
    disqualified = State("Disqualified", value="disqualified")

    T1 = lead.to(mql, cond="qualifies") | recycled.to(mql, cond="qualifies")
    T2 = mql.to(sal)
    T3 = lead.to(sql) | recycled.to(sql) | mql.to(sql) | sal.to(sql)
    T4 = mql.to(sql) | sal.to(sql)
    T5 = sal.to(sql, cond="vetted")
    T6 = mql.to(recycled) | sal.to(recycled) | sql.to(recycled)
    T7 = sql.to(opportunity, cond="deal_ready")
    T8 = opportunity.to(customer)
    T9 = opportunity.to(recycled, cond="worth_recycling") | opportunity.to(disqualified)
    T10 = (
        lead.to(disqualified)
        | mql.to(disqualified)
        | sal.to(disqualified)
        | sql.to(disqualified)
        | opportunity.to(disqualified)
        | recycled.to(disqualified)
    )
    T11 = disqualified.to(lead)
    T12 = (
        mql.to(recycled, cond="unanswered")
        | sal.to(recycled, cond="unanswered")
        | sql.to(recycled, cond="unanswered")
    )

    attempt = mql.open.to(mql.mql_attempting) | mql.bad_timing.to(mql.mql_attempting)
    defer = mql.open.to(mql.bad_timing) | mql.mql_attempting.to(mql.bad_timing)
    connect = sql.sql_attempting.to(sql.connected)


GUARDS: dict[str, str] = {
    Move.QUALIFY: "qualifies",
    Move.VET: "vetted",
    Move.OPEN_OPPORTUNITY: "deal_ready",
    Move.LOSE: "worth_recycling",
    Move.GIVE_UP: "unanswered",
}
"""The one reading of the standing that a move of the chart depends on, where it depends on one."""


def after(place: Place, event: str, readings: Readings) -> Place | None:
    """Where a move, or a change of the sub-status, leads; None where the chart does not allow it."""
    guard = GUARDS.get(event)
    return _after(place, event, guard is None or getattr(readings, guard))


class _Standing:
    """A standing in which every guard reads the same."""

    def __init__(self, place: Place, holds: bool) -> None:  # noqa: FBT001 - what a guard says
        self.configuration = join(*place)
        self.qualifies = self.vetted = self.deal_ready = self.worth_recycling = self.unanswered = holds


@cache
def _after(place: Place, event: str, holds: bool) -> Place | None:  # noqa: FBT001 - what a guard says
    """What the chart says, remembered.

    The answer depends on nothing but these three, and building a chart takes far longer than
    remembering what it said.
    """
    standing = _Standing(place, holds)
    try:
        Lifecycle(standing, state_field="configuration").send(event)
    except TransitionNotAllowed:
        return None
    return split(standing.configuration)


def split(configuration: str | MutableSet[str]) -> Place:
    """Stage and sub-status of a configuration of the chart, such as `{mql, mql.open}`."""
    values = (configuration,) if isinstance(configuration, str) else tuple(configuration)
    stage, _, sub_status = max(values, key=len).partition(".")
    return Stage(stage), sub_status or None


def join(stage: Stage, sub_status: str | None) -> str | MutableSet[str]:
    """The configuration of the chart for a stage and its sub-status."""
    name = str(stage)
    return OrderedSet([name, f"{name}.{sub_status}"]) if sub_status else name
