"""Routing runs beside everything else: claims, assignments, returns, pauses and policies that overtake it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from leadworkflows.domain.calendars import WorkCalendar
from leadworkflows.domain.decisions import Action, ActionResult, Assignment, Decisions, Outcome, TimelineEntry
from leadworkflows.domain.events import LeadEvent
from leadworkflows.domain.journey import Journey
from leadworkflows.domain.policy import Policy
from leadworkflows.domain.state import ClockState, JourneyState
from tests.domain.variants import DEFAULT, variant

START = datetime(2026, 11, 24, 10, tzinfo=UTC)
"""A Tuesday: the default policy works until 18:00."""
REASSIGN = "sla.first_contact.150"


def after(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


class Slow:
    """A lead whose routing answers when the test says; everything else is done at once."""

    def __init__(self, *policies: Policy) -> None:
        known = {policy.id: policy for policy in (policies or (DEFAULT,))}
        first = next(iter(known))
        self.journey = Journey(JourneyState(lead_id="ada", policy_id=first), known.__getitem__)
        self.entries: list[TimelineEntry] = []
        self.actions: list[Action] = []
        self._number = 0

    def _keep(self, decided: Decisions) -> None:
        self.entries += decided.entries
        self.actions += decided.actions
        for action in decided.actions:
            if not action.name.startswith("route."):
                done = ActionResult(key=action.key, outcome=Outcome.CONFIRMED)
                self._keep(self.journey.settle([done], action.decided_at))

    def until(self, minutes: float) -> None:
        while (due := self.journey.next_wakeup) and due <= after(minutes):
            self._keep(self.journey.advance((), due))

    def happens(self, minutes: float, kind: str, heard: float | None = None, **facts) -> None:
        self.until((minutes if heard is None else heard) - 0.001)
        self._number += 1
        said = {"id": f"e{self._number}", "seq": self._number, "type": kind, "facts": facts}
        event = LeadEvent.model_validate({**said, "occurred_at": after(minutes)})
        self._keep(self.journey.advance([event], after(minutes if heard is None else heard)))

    def routed(self, minutes: float, part: str, rep: str | None, **result) -> None:
        self.until(minutes)
        key = next(key for key in self.journey.state.pending if part in key)
        found = Assignment(
            rep=rep, why=["chosen" if rep else "nobody can take it"], calendar=result.pop("cal", None)
        )
        said = {"outcome": Outcome.CONFIRMED, "assignment": found, **result}
        self._keep(self.journey.settle([ActionResult(key=key, **said)], after(minutes)))

    @property
    def clock(self) -> ClockState:
        return next(clock for clock in self.journey.state.clocks if clock.name == "first_contact")

    @property
    def owner(self) -> str | None:
        return self.journey.state.owner

    def climbed(self) -> list[str]:
        return [
            a.key.split(":")[2].removeprefix("sla.first_contact.") for a in self.actions if ":sla." in a.key
        ]

    def said(self) -> list[str]:
        return [entry.what for entry in self.entries]


def missed_by_rep_1(*policies: Policy) -> Slow:
    """Asked for a demo; rep-1 never answered, and somebody else is looked for."""
    lead = Slow(*policies)
    lead.happens(0, "demo_requested")
    lead.routed(1, "route.assign", "rep-1")
    lead.until(95)
    assert lead.climbed() == ["50", "100", "150"]
    return lead


@pytest.mark.parametrize("found", ["carol", None])
def test_whom_a_person_chose_meanwhile_keeps_the_lead_and_gets_a_round(found):
    lead = missed_by_rep_1()
    lead.happens(96, "lead_assigned", by="boss", to="bob")
    lead.routed(97, REASSIGN, found)
    assert (lead.owner, lead.clock.round) == ("bob", 2)
    lead.until(300)
    assert lead.climbed() == ["50", "100", "150", "r2.50", "r2.100", "r2.last"]


def test_who_claimed_meanwhile_is_reminded_of_nothing():
    lead = missed_by_rep_1()
    lead.happens(96, "lead_claimed", by="bob")
    lead.routed(97, REASSIGN, "carol")
    lead.until(60 * 24 * 9)
    assert (lead.owner, lead.climbed()) == ("bob", ["50", "100", "150"])


def test_what_routing_found_for_an_earlier_pass_ends_no_ladder_of_this_one():
    lead = missed_by_rep_1()
    lead.happens(96, "lead_returned", by="rep-1", reason="not_ready")
    lead.happens(97, "demo_requested")
    lead.routed(98, "route.assign:2", "rep-2")
    lead.routed(99, f"{REASSIGN}:1", None)
    assert (lead.owner, lead.clock.climbed) == ("rep-2", 0)
    assert "first contact: nobody took it" not in lead.said()


def test_an_owner_who_was_found_late_gets_a_round_of_their_own():
    """The first routing was slower than the whole ladder."""
    lead = Slow()
    lead.happens(0, "demo_requested")
    lead.until(92)
    lead.routed(93, "route.assign", "rep-1")
    lead.routed(94, REASSIGN, "rep-2")
    assert (lead.owner, lead.clock.round) == ("rep-1", 2)
    lead.until(300)
    assert lead.climbed()[3:] == ["r2.50", "r2.100", "r2.last"]


@pytest.mark.parametrize("outcome", [Outcome.FAILED, Outcome.UNKNOWN])
def test_where_finding_somebody_failed_the_team_is_told(outcome):
    lead = missed_by_rep_1()
    lead.routed(96, REASSIGN, None, outcome=outcome, assignment=None)
    assert lead.climbed()[-1] == "last"
    assert lead.entries[-2].what == "first contact: nobody took it"


def test_a_pause_outlasts_a_new_owner():
    lead = missed_by_rep_1()
    lead.happens(96, "clocks_paused", by="boss")
    lead.routed(97, REASSIGN, "carol")
    lead.until(60 * 24)
    assert lead.climbed() == ["50", "100", "150"]
    lead.happens(60 * 24 + 1, "clocks_resumed", by="boss")
    lead.until(60 * 24 + 32)
    assert lead.climbed()[3:] == ["r2.50"]


def test_a_clock_that_starts_while_all_stand_still_stands_still():
    lead = Slow()
    for number in range(2):
        lead.happens(number, "page_viewed", page="case_study", seniority="vp")
    lead.happens(2, "form_submitted", form="download", states_budget=True)
    lead.happens(3, "trial_started")
    lead.happens(4, "clocks_paused", by="rep-1")
    lead.happens(5, "sales_contacted")
    (priority,) = [c for c in lead.journey.state.clocks if c.name == "priority_review"]
    assert priority.since is None
    lead.happens(6, "clocks_resumed", by="rep-1")
    assert priority.due_at == datetime(2026, 11, 25, 10, 6, tzinfo=UTC)


RUNGS = [{"at": 60, "do": "slack.remind"}, {"at": 120, "do": "slack.escalate"}]


def test_a_policy_with_other_rungs_goes_on_with_those():
    other = variant(sla={"first_contact": {"rungs": RUNGS}})
    lead = Slow(DEFAULT, other)
    lead.happens(0, "demo_requested")
    lead.happens(40, "policy_changed", policy=other.id)
    lead.until(300)
    assert lead.climbed() == ["50", "60", "120"]
    assert lead.clock.first_due_at == after(60)


def test_a_policy_that_lost_a_clock_by_mistake_gives_it_back_with_what_it_had_left():
    without = DEFAULT.model_copy(
        update={"sla": {k: v for k, v in DEFAULT.sla.items() if k != "first_contact"}}
    )
    fewer = Policy.model_validate(without.model_dump(by_alias=True))
    lead = Slow(DEFAULT, fewer)
    lead.happens(0, "demo_requested")
    lead.happens(40, "policy_changed", policy=fewer.id)
    lead.happens(100, "policy_changed", policy=DEFAULT.id)
    assert lead.clock.ticking
    assert lead.clock.due_at == after(120)
    lead.until(121)
    assert lead.climbed() == ["50", "100"]


def test_another_calendar_takes_no_working_time_away():
    berlin = variant(calendar={"zone": "America/New_York"})
    lead = Slow(DEFAULT, berlin)
    lead.happens(0, "demo_requested")
    lead.happens(30, "policy_changed", policy=berlin.id)
    new_york_opens = datetime(2026, 11, 24, 14, tzinfo=UTC)
    assert lead.clock.due_at == new_york_opens + timedelta(minutes=30)


def test_an_event_that_comes_after_routing_counts_no_minute_twice():
    lead = Slow()
    lead.happens(0, "demo_requested")
    lead.routed(20, "route.assign", "rep-1", cal=WorkCalendar(zone="Europe/Berlin"))
    lead.happens(2, "lead_claimed", heard=21, by="rep-2", calendar=WorkCalendar().model_dump(mode="json"))
    assert lead.clock.due_at == after(60)


def test_contact_that_is_logged_late_took_as_long_as_it_took():
    lead = Slow()
    lead.happens(0, "demo_requested")
    lead.routed(50, "route.assign", "rep-1", cal=WorkCalendar(zone="Europe/Berlin"))
    lead.happens(20, "contact_made", heard=55, by="rep-1")
    (met,) = [entry for entry in lead.entries if entry.data.get("state") == "met"]
    assert (met.data["minutes"], met.data["working_minutes"]) == (20, 20)


def test_when_a_missed_clock_was_due_does_not_change_with_its_owner():
    lead = missed_by_rep_1()
    lead.routed(97, REASSIGN, "carol")
    lead.until(160)
    due = lead.clock.due_at
    lead.happens(
        170, "lead_claimed", by="dan", calendar=WorkCalendar(zone="Asia/Tokyo").model_dump(mode="json")
    )
    assert (lead.clock.due_at, lead.clock.first_due_at) == (due, after(60))


def test_a_lead_that_somebody_took_meanwhile_is_not_given_to_a_third_by_who_did_not_see_it():
    lead = Slow()
    lead.happens(0, "demo_requested")
    seen = lead.journey.state.entries
    lead.happens(1, "lead_claimed", by="rep-1")
    lead.happens(2, "lead_assigned", by="boss", to="rep-3", seen=seen)
    assert lead.owner == "rep-1"
    assert lead.said()[-1] == "rep-1 was quicker and owns the lead now"
