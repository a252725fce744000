"""L3 in the owner's working time: Friday evening, holidays, clock changes, and a new owner elsewhere."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadworkflows.domain.decisions import Assignment
from leadworkflows.domain.events import LeadEvent
from leadworkflows.domain.simulation import Simulation
from leadworkflows.domain.state import ClockState
from leadworkflows.domain.working_time import calendar_of, near
from tests.domain.variants import variant

ZONES = [
    "Europe/Berlin", "America/New_York", "America/St_Johns", "Asia/Kolkata", "Asia/Tokyo",
    "Australia/Lord_Howe", "Pacific/Auckland",
]  # fmt: skip
MONDAY_OFF = "2026-11-23"


def local(zone: str, text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


def a_policy(zone: str, off: str = MONDAY_OFF, **more):
    return variant(calendar={"zone": zone, "closed": [off]}, **more)


class Desk:
    """One lead whose routing finds whom the test says, in turn."""

    def __init__(self, policy, *reps: tuple[str, str]) -> None:
        self.policy, self._reps, self._number = policy, list(reps), 0
        self.simulation = Simulation(policy, "ada", self._found)

    def _found(self, action):
        if action.name not in ("route.assign", "route.reassign"):
            return None
        if not self._reps:
            return Assignment(rep=None, why=["nobody else could take it"])
        rep, zone = self._reps.pop(0)
        spec = self.policy.calendar.model_copy(update={"zone": zone})
        calendar = near(calendar_of(spec, {}), action.decided_at)
        return Assignment(rep=rep, team="sales", calendar=calendar, why=["round robin"])

    def happens(self, at: datetime, kind: str, **facts) -> None:
        self._number += 1
        said = {"id": f"e{self._number}", "seq": self._number, "type": kind, "facts": facts}
        self.simulation.deliver(LeadEvent.model_validate({**said, "occurred_at": at}))

    def clock(self, name: str = "first_contact") -> ClockState:
        return next(clock for clock in self.simulation.journey.state.clocks if clock.name == name)

    def done(self) -> list[tuple[str, datetime]]:
        return [(a.name, a.decided_at) for a in self.simulation.actions if ":sla." in a.key]


@pytest.mark.parametrize("zone", ZONES)
def test_a_demo_request_on_friday_evening_is_due_on_tuesday_when_the_monday_is_off(zone):
    desk = Desk(a_policy(zone))
    desk.happens(local(zone, "2026-11-20 17:50"), "demo_requested")
    clock = desk.clock()
    assert clock.due_at == local(zone, "2026-11-24 09:50")
    assert clock.rungs == [
        local(zone, "2026-11-24 09:20"), local(zone, "2026-11-24 09:50"), local(zone, "2026-11-24 10:20"),
    ]  # fmt: skip
    desk.simulation.run_until(local(zone, "2026-11-24 12:00"))
    assert [at for _, at in desk.done()][:3] == clock.rungs


@pytest.mark.parametrize("zone", ZONES)
def test_nothing_is_climbed_while_nobody_works(zone):
    desk = Desk(a_policy(zone))
    desk.happens(local(zone, "2026-11-20 17:50"), "demo_requested")
    desk.simulation.run_until(local(zone, "2026-11-24 09:19"))
    assert desk.done() == []
    assert desk.clock().status == "running"


@pytest.mark.parametrize(
    ("zone", "asked", "due"),
    [
        ("Europe/Berlin", "2026-03-27 17:30", "2026-03-30 09:30"),  # the clocks go forward on Sunday
        ("Europe/Berlin", "2026-10-23 17:30", "2026-10-26 09:30"),  # and back
        ("America/New_York", "2026-03-06 17:30", "2026-03-09 09:30"),
        ("America/New_York", "2026-10-30 17:30", "2026-11-02 09:30"),
        ("Australia/Lord_Howe", "2026-10-02 17:30", "2026-10-05 09:30"),  # by half an hour
        ("Pacific/Auckland", "2026-04-03 17:30", "2026-04-06 09:30"),
    ],
)
def test_a_weekend_on_which_the_clocks_change_moves_no_due_time(zone, asked, due):
    desk = Desk(a_policy(zone))
    desk.happens(local(zone, asked), "demo_requested")
    assert desk.clock().due_at == local(zone, due)


@pytest.mark.parametrize(
    ("day", "due"), [("2026-03-29", "2026-03-29 04:30"), ("2026-10-25", "2026-10-25 02:30")]
)
def test_a_night_shift_counts_the_hours_that_the_night_really_has(day, due):
    policy = variant(calendar={"zone": "Europe/Berlin", "hours": {"sat-sun": "00:00-06:00"}})
    policy = policy.model_copy(
        update={"sla": {**policy.sla, "first_contact": policy.sla["first_contact"].model_copy(
            update={"within": policy.sla["first_contact"].within.times(3)})}}
    )  # fmt: skip
    desk = Desk(policy)
    asked = local("Europe/Berlin", f"{day} 00:30")
    desk.happens(asked, "demo_requested")
    assert desk.clock().due_at.astimezone(ZoneInfo("Europe/Berlin")).strftime("%Y-%m-%d %H:%M") == due
    assert desk.clock().due_at - asked.astimezone(ZoneInfo("UTC")) == timedelta(hours=3)


def test_the_clock_follows_the_owner_who_was_found_into_their_zone():
    policy = a_policy("Europe/Berlin", off="2026-12-25")
    desk = Desk(policy, ("rep-ny", "America/New_York"))
    desk.happens(local("Europe/Berlin", "2026-11-23 10:00"), "demo_requested")
    assert desk.clock().due_at == local("America/New_York", "2026-11-23 10:00")
    said = [entry.what for entry in desk.simulation.timeline if entry.kind == "clock"]
    assert said == [
        "Clock first contact started, due 2026-11-23T10:00:00Z",
        "Clock first contact is due 2026-11-23T15:00:00Z now",
    ]


def test_what_one_owner_used_up_is_not_given_to_the_next():
    desk = Desk(a_policy("Europe/Berlin", off="2026-12-25"), ("rep-berlin", "Europe/Berlin"))
    desk.happens(local("Europe/Berlin", "2026-11-23 10:00"), "demo_requested")
    calendar = calendar_of(desk.policy.calendar.model_copy(update={"zone": "America/New_York"}), {})
    half_past = local("Europe/Berlin", "2026-11-23 10:45")
    desk.happens(half_past, "lead_claimed", by="rep-ny", calendar=calendar.model_dump(mode="json"))
    assert desk.clock().due_at == local("America/New_York", "2026-11-23 09:15")


def test_reassigning_gives_the_new_owner_the_whole_hour_in_their_own_zone():
    policy = a_policy("Europe/Berlin", off="2026-12-25")
    desk = Desk(policy, ("rep-berlin", "Europe/Berlin"), ("rep-ny", "America/New_York"))
    desk.happens(local("Europe/Berlin", "2026-11-23 10:00"), "demo_requested")
    desk.simulation.run_until(local("Europe/Berlin", "2026-11-23 11:31"))
    clock = desk.clock()
    assert (clock.round, clock.due_at) == (2, local("America/New_York", "2026-11-23 10:00"))
    assert clock.status == "missed"
    desk.happens(local("America/New_York", "2026-11-23 09:20"), "contact_made", by="rep-ny")
    assert "Clock first contact met late after 320 min" in [e.what for e in desk.simulation.timeline]


def test_one_business_day_ends_at_the_same_hour_of_the_next_working_day():
    desk = Desk(a_policy("Europe/Berlin"))
    friday = local("Europe/Berlin", "2026-11-20 16:00")
    for number in range(2):
        desk.happens(friday + timedelta(minutes=number), "page_viewed", page="case_study")
    desk.happens(friday + timedelta(minutes=2), "trial_started")
    desk.happens(
        friday + timedelta(minutes=3), "form_submitted", form="contact", states_budget=True, seniority="vp"
    )
    assert desk.clock("priority_review").due_at == local("Europe/Berlin", "2026-11-24 16:03")


INSTANTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31))  # noqa: DTZ001 - placed in a zone below


@settings(max_examples=60)
@given(
    st.sampled_from(ZONES),
    INSTANTS,
    st.lists(st.tuples(st.integers(1, 3_000), st.integers(1, 6_000)), max_size=4),
)
def test_pausing_never_loses_any_working_time(zone, asked, pauses):
    policy = a_policy(zone)
    desk = Desk(policy)
    at = asked.replace(tzinfo=ZoneInfo(zone)).astimezone(ZoneInfo("UTC")).replace(microsecond=0)
    desk.happens(at, "demo_requested")
    calendar, counted, since = policy.working_time, 0, at
    for run, rest in pauses:
        paused = at + timedelta(minutes=run)
        if desk.clock().due_at <= paused:
            break
        desk.happens(paused, "clocks_paused", by="rep-1")
        counted += calendar.between(since, paused)
        at = since = paused + timedelta(minutes=rest)
        desk.happens(at, "clocks_resumed", by="rep-1")
        assert desk.clock().counted == counted
    assert counted + calendar.between(since, desk.clock().due_at) == 3600
    assert counted <= (desk.clock().due_at - desk.clock().started_at).total_seconds()


def test_a_pause_ends_by_itself_when_it_was_set_so():
    desk = Desk(a_policy("Europe/Berlin"))
    berlin = "Europe/Berlin"
    desk.happens(local(berlin, "2026-11-24 10:00"), "demo_requested")
    until = local(berlin, "2026-11-26 14:00").isoformat()
    desk.happens(local(berlin, "2026-11-24 10:20"), "clocks_paused", by="rep-1", until=until)
    assert desk.simulation.journey.view()["sla"][0]["paused"] is True
    desk.simulation.run_until(local(berlin, "2026-11-26 14:00"))
    assert desk.clock().due_at == local(berlin, "2026-11-26 14:40")
    assert desk.done() == []


def test_a_paused_clock_climbs_nothing_and_can_still_be_met():
    desk = Desk(a_policy("Europe/Berlin"))
    berlin = "Europe/Berlin"
    desk.happens(local(berlin, "2026-11-24 10:00"), "demo_requested")
    desk.happens(local(berlin, "2026-11-24 10:20"), "clocks_paused", by="rep-1")
    desk.simulation.run_until(local(berlin, "2026-11-27 10:00"))
    assert desk.done() == []
    desk.happens(local(berlin, "2026-11-27 10:00"), "contact_made", by="rep-1")
    assert desk.clock().status == "met"
    met = next(entry for entry in desk.simulation.timeline if entry.data.get("state") == "met")
    assert met.data["working_minutes"] == 20


def test_a_business_day_is_as_long_as_the_owners_whoever_was_asked_first():
    """The policy's day has nine hours, the owner's four: a day from ten o'clock is four hours of theirs."""
    policy = a_policy("Europe/Berlin", off="2026-12-25")
    calendar = policy.calendar.model_copy(update={"hours": {"mon-fri": "09:00-13:00"}})
    lead = Desk(policy)
    ten = local("Europe/Berlin", "2026-11-23 10:00")
    for number in range(2):
        lead.happens(ten + timedelta(seconds=number), "page_viewed", page="case_study")
    lead.happens(ten + timedelta(seconds=2), "trial_started")
    asks = {"form": "contact", "states_budget": True, "seniority": "vp"}
    lead.happens(ten + timedelta(seconds=3), "form_submitted", **asks)
    half = calendar_of(calendar, {}).model_dump(mode="json")
    lead.happens(ten + timedelta(seconds=3), "lead_assigned", by="boss", to="part-timer", calendar=half)
    assert lead.clock("priority_review").due_at == local("Europe/Berlin", "2026-11-24 10:00:03")
