"""Nobody answers: remind, escalate, reassign, remind the new owner …, and an end that is never silent."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.domain.test_first_contact_clock import Desk, a_policy, local
from tests.domain.variants import variant

BERLIN = "Europe/Berlin"
ASKED = local(BERLIN, "2026-11-24 10:00")
TWO = (("rep-1", BERLIN), ("rep-2", BERLIN))
WHOLE = [
    ("lead:ada:sla.first_contact.50:1", 30), ("lead:ada:sla.first_contact.100:1", 60),
    ("lead:ada:sla.first_contact.150:1", 90), ("lead:ada:sla.first_contact.r2.50:1", 120),
    ("lead:ada:sla.first_contact.r2.100:1", 150), ("lead:ada:sla.first_contact.r2.last:1", 180),
]  # fmt: skip


def asked(*reps: tuple[str, str], **policy) -> Desk:
    desk = Desk(a_policy(BERLIN, off="2026-12-25", **policy), *reps)
    desk.happens(ASKED, "demo_requested")
    return desk


def after(minutes: float) -> datetime:
    return ASKED.astimezone(ZoneInfo("UTC")) + timedelta(minutes=minutes)


def climbed(desk: Desk) -> list[tuple[str, float]]:
    """Each rung's key, and how many minutes after the request it was climbed."""
    rungs = [action for action in desk.simulation.actions if ":sla." in action.key]
    return [(action.key, (action.decided_at - after(0)) / timedelta(minutes=1)) for action in rungs]


def test_nobody_answers_and_each_rung_is_climbed_once_owner_by_owner():
    desk = asked(*TWO)
    desk.simulation.run_until(after(60 * 24 * 30))
    assert climbed(desk) == WHOLE


def test_the_ladder_ends_with_the_team():
    desk = asked(*TWO)
    desk.simulation.run_until(after(60 * 24))
    last = desk.simulation.actions[-1]
    assert (last.name, last.params["to"], last.params["template"]) == ("slack.alert", "team", "unanswered")
    assert desk.simulation.journey.state.owner is None
    assert desk.clock().ticking, "a lead that nobody took is still owed a contact"


@pytest.mark.parametrize("rungs", range(6))
def test_a_claim_between_any_two_rungs_stops_the_rest(rungs):
    desk = asked(*TWO)
    desk.happens(after(30 * rungs + 15), "lead_claimed", by="rep-9")
    desk.simulation.run_until(after(60 * 24 * 30))
    assert climbed(desk) == WHOLE[:rungs]
    assert desk.simulation.journey.state.owner == "rep-9"


@pytest.mark.parametrize("rungs", range(7))
def test_contact_made_between_any_two_rungs_stops_the_clock(rungs):
    desk = asked(*TWO)
    desk.happens(after(30 * rungs + 15), "contact_made", by="rep-1")
    desk.simulation.run_until(after(60 * 24 * 30))
    assert climbed(desk) == WHOLE[:rungs]
    assert not desk.clock().ticking


def test_a_claimed_lead_that_is_not_contacted_is_missed_all_the_same():
    desk = asked(*TWO)
    desk.happens(after(15), "lead_claimed", by="rep-9")
    desk.simulation.run_until(after(61))
    assert (desk.clock().status, desk.clock().ticking) == ("missed", True)


def test_a_claim_that_races_a_rung_goes_first_and_the_record_says_so():
    desk = asked(*TWO)
    desk.happens(after(30), "lead_claimed", by="rep-9")
    assert climbed(desk) == []
    said = [(entry.what, entry.why) for entry in desk.simulation.timeline if entry.kind == "clock"]
    assert said[-1] == ("Clock first contact climbs no further", ["L3", "lead claimed"])


def test_where_routing_finds_nobody_the_team_is_told_at_once():
    desk = asked(("rep-1", BERLIN))
    desk.simulation.run_until(after(60 * 24 * 30))
    assert climbed(desk) == [*WHOLE[:3], ("lead:ada:sla.first_contact.last:1", 90)]
    ended = next(e for e in desk.simulation.timeline if e.what == "first contact: nobody took it")
    assert ended.why == ["L3", "nobody else could take it"]


def test_a_policy_says_how_many_owners_get_the_whole_ladder():
    policy = {"sla": {"first_contact": {"rounds": 1}}}
    desk = asked(*TWO, **policy)
    desk.simulation.run_until(after(60 * 24 * 30))
    assert climbed(desk) == [*WHOLE[:2], ("lead:ada:sla.first_contact.last:1", 90)]


def test_a_policy_says_what_answers_a_clock():
    policy = {"sla": {"first_contact": {"answered_by": ["contact_attempted"]}}}
    desk = asked(*TWO, **policy)
    desk.happens(after(10), "lead_claimed", by="rep-9")
    desk.happens(after(40), "contact_attempted", by="rep-9")
    desk.simulation.run_until(after(60 * 24 * 3))
    assert climbed(desk) == WHOLE[:1]


def test_without_any_team_the_ladder_ends_as_it_always_did():
    desk = Desk(variant())
    desk.simulation._route = lambda action: None  # no team is set up
    desk.happens(ASKED, "demo_requested")
    desk.simulation.run_until(after(60 * 24 * 3))
    names = [action.name for action in desk.simulation.actions if ":sla." in action.key]
    assert names == ["slack.remind", "slack.escalate", "route.reassign"]


def test_who_is_given_a_claimed_lead_gets_what_is_left_of_the_ladder():
    desk = asked(*TWO)
    desk.happens(after(10), "lead_claimed", by="rep-9")
    desk.happens(after(40), "lead_assigned", by="boss", to="rep-8")
    desk.simulation.run_until(after(95))
    assert climbed(desk) == [
        ("lead:ada:sla.first_contact.100:1", 60),
        ("lead:ada:sla.first_contact.150:1", 90),
    ]


def test_who_is_given_a_lead_long_after_it_was_missed_gets_the_whole_ladder():
    desk = asked(*TWO)
    desk.happens(after(10), "lead_claimed", by="rep-9")
    desk.happens(after(200), "lead_assigned", by="boss", to="rep-8")
    desk.simulation.run_until(after(265))
    assert climbed(desk) == [
        ("lead:ada:sla.first_contact.r2.50:1", 230), ("lead:ada:sla.first_contact.r2.100:1", 260)
    ]  # fmt: skip
    assert desk.clock().status == "missed"


def test_hours_in_which_next_to_nobody_works_hold_up_no_lead():
    hours = {"zone": BERLIN, "hours": {"mon-fri": "09:00-09:01"}}
    policy = variant(sla={"first_contact": {"within": "300 business hours"}})
    policy = policy.model_copy(update={"calendar": policy.calendar.model_validate(hours)})
    desk = Desk(policy)
    desk.happens(ASKED, "demo_requested")
    assert desk.clock().due_at > after(60 * 24 * 365 * 15)
