"""A lead's life, told day by day: `story.on(0, "form_submitted", form="contact")`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Self

from leadworkflows.domain import scoring
from leadworkflows.domain.decisions import EntryKind, TimelineEntry
from leadworkflows.domain.events import LeadEvent
from leadworkflows.domain.lifecycle import Stage
from leadworkflows.domain.policy import Policy
from leadworkflows.domain.simulation import Simulation
from leadworkflows.domain.state import ClockState, Contribution, EnrolmentState, JourneyState
from tests.domain.variants import DEFAULT

START = datetime(2026, 3, 2, 9, tzinfo=UTC)


def day(number: float) -> datetime:
    """An instant, in days after the start."""
    return START + timedelta(days=number)


class Story:
    """One lead in memory, under a virtual clock that starts at `START`."""

    def __init__(self, policy: Policy = DEFAULT) -> None:
        self.simulation = Simulation(policy, "ada")
        self._seq = 0
        self._last = START - timedelta(minutes=1)

    # What happens

    def event(self, number: float, kind: str, **facts: Any) -> LeadEvent:
        """The next event of the inbox, not yet delivered; `anonymous=True` for one of a visitor unnamed."""
        self._seq += 1
        unnamed = facts.pop("anonymous", False)
        said = {"id": f"e{self._seq}", "seq": self._seq, "type": kind, "anonymous": unnamed, "facts": facts}
        return LeadEvent.model_validate({**said, "occurred_at": day(number)})

    def on(self, number: float, kind: str, **facts: Any) -> Self:
        """An event on a day, delivered at once; a minute after the last one where that was as late."""
        number = max(number, (self._last + timedelta(minutes=1) - START) / timedelta(days=1))
        self._last = day(number)
        self.simulation.deliver(self.event(number, kind, **facts))
        return self

    def at(self, instant: datetime, kind: str, **facts: Any) -> Self:
        """An event at this very instant."""
        event = self.event(0, kind, **facts).model_copy(update={"occurred_at": instant})
        self.simulation.deliver(event)
        self._last = instant
        return self

    def deliver(self, *events: LeadEvent, on: float) -> Self:
        """Events delivered together on a day, whenever they happened."""
        self._last = day(on)
        self.simulation.deliver(*events, at=day(on))
        return self

    def until(self, number: float) -> Self:
        """Time passes, including what is due at that very instant."""
        self.simulation.run_until(day(number))
        self._last = max(self._last, day(number))
        return self

    def as_lead(self, number: float = 0, **facts: Any) -> Self:
        """A form that is worth no points."""
        return self.on(number, "form_submitted", form="download", **facts)

    def as_mql(self, number: float = 0, **facts: Any) -> Self:
        """A form with a budget (40), a trial (30), two case studies (40)."""
        self.on(number, "form_submitted", form="download", states_budget=True, **facts)
        self.on(number, "trial_started")
        return self.on(number, "page_viewed", page="case_study").on(number, "page_viewed", page="case_study")

    def as_sal(self, number: float = 0, **facts: Any) -> Self:
        """An MQL that sales accepted."""
        return self.as_mql(number, **facts).on(number, "lead_accepted", by="rep-1")

    def as_sql(self, number: float = 0, **facts: Any) -> Self:
        """A lead that asked for a demo."""
        return self.as_lead(number, **facts).on(number, "demo_requested")

    def as_opportunity(self, number: float = 0, **facts: Any) -> Self:
        """An SQL with MAPS, committee and schedule on record."""
        known = ("motivation", "authority", "process", "solution_fit", "committee", "schedule")
        return self.as_sql(number, **facts).on(number, "opportunity_opened", **dict.fromkeys(known, "yes"))

    def in_stage(self, stage: Stage) -> Self:
        """A lead that reached this stage on the first day."""
        if stage is Stage.CUSTOMER:
            return self.as_opportunity().on(0, "deal_won")
        if stage is Stage.RECYCLED:
            return self.as_mql().on(0, "lead_returned", reason="not_ready")
        if stage is Stage.DISQUALIFIED:
            return self.as_lead().on(0, "lead_disqualified", reason="student")
        reached: Self = getattr(self, f"as_{stage.value}")()
        return reached

    # How it stands

    @property
    def state(self) -> JourneyState:
        return self.simulation.journey.state

    @property
    def stage(self) -> str:
        """Stage and sub-status, such as `mql.open`."""
        sub_status = self.state.sub_status
        return f"{self.state.stage.value}.{sub_status}" if sub_status else self.state.stage.value

    @property
    def total(self) -> int:
        return scoring.total(self.state.score)

    def points(self, rule: str) -> list[int]:
        """What a rule has given, one number for each time."""
        return [c.points for c in self.contributions if c.rule == rule]

    @property
    def contributions(self) -> list[Contribution]:
        return self.state.score.contributions

    def clock(self, name: str) -> ClockState:
        return next(clock for clock in self.state.clocks if clock.name == name)

    @property
    def enrolment(self) -> EnrolmentState:
        assert self.state.enrolment, "no sequence runs"
        return self.state.enrolment

    # What was decided

    def entries(self, kind: str) -> list[TimelineEntry]:
        return [entry for entry in self.simulation.timeline if entry.kind is EntryKind(kind)]

    def said(self, kind: str) -> list[str]:
        return [entry.what for entry in self.entries(kind)]

    @property
    def moves(self) -> list[str]:
        """The ids of the moves made."""
        return [str(entry.data["move"]) for entry in self.entries("stage") if "move" in entry.data]

    @property
    def keys(self) -> list[str]:
        return [action.key for action in self.simulation.actions]

    def performed(self, name: str) -> list[str]:
        """What was sent or posted under an action's name: its content or template."""
        done = [action.params for action in self.simulation.actions if action.name == name]
        return [str(params.get("content") or params.get("template") or "") for params in done]

    @property
    def mails(self) -> list[str]:
        return self.performed("email.send")
