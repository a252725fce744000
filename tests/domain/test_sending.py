"""When a mail leaves: in the lead's own hours, over clock changes and midnight, not too often, spread."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadworkflows.domain.calendars import WorkCalendar
from leadworkflows.domain.country_zones import ZONE_OF
from leadworkflows.domain.sending import count, due_time, zone_of
from leadworkflows.domain.state import JourneyState
from tests.domain.story import Story, day
from tests.domain.variants import DEFAULT, any_time, variant

WEEK = {"mon-fri": "09:00-17:00"}
NIGHT = {"mon-fri": "22:00-02:00"}
ZONES = ["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Apia"]


def windows(hours: dict[str, str], **sending):
    quiet = dict.fromkeys(("cap",)) | {"after_one_off": "0s", "spread": "0s"}
    policy = variant(sending={**quiet, **sending})
    return policy.model_copy(update={"sending": policy.sending.model_validate(
        {**policy.sending.model_dump(by_alias=True), "hours": hours})})  # fmt: skip


def lead(**profile) -> JourneyState:
    return JourneyState(lead_id="ada", policy_id=DEFAULT.id, profile=profile)


def local(zone: str, text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


@pytest.mark.parametrize(
    ("profile", "zone"),
    [
        ({"time_zone": "Asia/Tokyo", "country": "DE"}, ("Asia/Tokyo", "stated")),
        ({"country": "DE"}, ("Europe/Berlin", "country")),
        ({"country": "US"}, ("America/New_York", "country")),
        ({"country": "XX"}, ("Europe/Madrid", "default")),
        ({}, ("Europe/Madrid", "default")),
    ],
)
def test_a_leads_zone_is_stated_else_its_countrys_else_the_companys(profile, zone):
    assert zone_of(lead(**profile), windows(WEEK, zone="Europe/Madrid")) == zone


def test_every_country_has_a_zone_that_exists():
    assert len(ZONE_OF) > 240
    assert [ZoneInfo(zone).key for zone in ZONE_OF.values()] == list(ZONE_OF.values())


@pytest.mark.parametrize("zone", ZONES)
def test_a_mail_waits_for_the_morning_where_the_lead_is(zone):
    due = due_time(lead(time_zone=zone), windows(WEEK), local(zone, "2026-11-20 17:30"), "x")
    assert due.at == local(zone, "2026-11-23 09:00")
    assert (due.zone, due.moved) == (zone, ["quiet hours"])


@pytest.mark.parametrize(
    ("zone", "asked", "leaves"),
    [
        ("Europe/Berlin", "2026-03-28 12:00", "2026-03-30 09:00"),  # the clocks go forward that night
        ("Europe/Berlin", "2026-10-24 12:00", "2026-10-26 09:00"),
        ("Australia/Lord_Howe", "2026-10-03 12:00", "2026-10-05 09:00"),
        ("Asia/Tokyo", "2026-03-28 12:00", "2026-03-30 09:00"),
    ],
)
def test_nine_in_the_morning_is_nine_in_the_morning_whatever_the_clocks_do(zone, asked, leaves):
    due = due_time(lead(time_zone=zone), windows(WEEK), local(zone, asked), "x")
    assert due.at == local(zone, leaves)


@pytest.mark.parametrize(
    ("asked", "leaves"),
    [
        ("2026-11-23 21:00", "2026-11-23 22:00"),
        ("2026-11-23 23:30", "2026-11-23 23:30"),
        ("2026-11-24 01:30", "2026-11-24 01:30"),
        ("2026-11-24 02:00", "2026-11-24 22:00"),
        ("2026-11-28 01:00", "2026-11-28 01:00"),  # Saturday, still in Friday's window
        ("2026-11-28 03:00", "2026-11-30 22:00"),
    ],
)
def test_a_window_may_cross_midnight(asked, leaves):
    zone = "Europe/Berlin"
    due = due_time(lead(time_zone=zone), windows(NIGHT), local(zone, asked), "x")
    assert due.at == local(zone, leaves)


@settings(deadline=None, max_examples=200)
@given(
    st.sampled_from(ZONES),
    st.sampled_from([WEEK, NIGHT, {"sat-sun": "00:30-03:30"}, {"mon": "23:00-24:00"}]),
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)),  # noqa: DTZ001 - placed in a zone below
    st.sampled_from(["0s", "30m", "6h"]),
)
def test_a_mail_leaves_in_a_window_and_never_before_it_should(zone, hours, asked, spread):
    policy = windows(hours, spread=spread)
    base = asked.replace(tzinfo=UTC)
    due = due_time(lead(time_zone=zone), policy, base, "x")
    calendar = WorkCalendar(zone=zone, week=policy.sending.week)
    assert calendar.works_at(due.at)
    assert due.at >= base
    assert due_time(lead(time_zone=zone), policy, due.at, "x").at == due.at
    opened = calendar.next_start(base)
    assert opened <= due.at <= opened + policy.sending.spread.delta


def test_mails_that_wait_for_the_morning_are_spread_over_its_beginning():
    policy = windows(WEEK, spread="30m")
    base = local("UTC", "2026-11-22 12:00")
    leaves = [
        due_time(JourneyState(lead_id=f"lead{n}", policy_id="p"), policy, base, "x").at for n in range(300)
    ]
    opened = local("UTC", "2026-11-23 09:00")
    minutes = {int((at - opened) / timedelta(minutes=1)) for at in leaves}
    assert minutes == set(range(30))
    again = due_time(JourneyState(lead_id="lead7", policy_id="p"), policy, base, "x").at
    assert again == leaves[7], "the same lead leaves at the same time, whoever asks"


def test_a_cap_holds_over_everything_that_was_sent():
    policy = any_time(sending={"cap": {"mails": 2, "within": "7d"}})
    state = lead()
    for number, asked in ((0, True), (1, False)):
        count(state, day(number), asked=asked)
    due = due_time(state, policy, day(3), "x")
    assert (due.at, due.moved) == (day(7), ["frequency cap"])
    assert due_time(state, policy, day(7.5), "x").at == day(7.5)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.integers(0, 60 * 24 * 20), min_size=1, max_size=30), st.integers(1, 4))
def test_however_many_are_due_a_cap_is_never_passed(minutes, most):
    policy = variant(sending={"cap": {"mails": most, "within": "7d"}, "after_one_off": "0s"})
    state = lead()
    left: list[datetime] = []
    for minute in sorted(minutes):
        due = due_time(state, policy, day(minute / 1440), "x").at
        due = max([due, *left])
        due = due_time(state, policy, due, "x").at
        count(state, due, asked=False)
        left.append(due)
    for at in left:
        assert len([sent for sent in left if at - timedelta(days=7) < sent <= at]) <= most


def test_after_a_mail_that_the_lead_asked_for_a_sequence_keeps_still():
    policy = any_time(sending={"after_one_off": "2d"})
    state = lead()
    count(state, day(0), asked=True)
    due = due_time(state, policy, day(1), "x")
    assert (due.at, due.moved) == (day(2), ["after a mail it asked for"])


def test_what_a_lead_asked_for_leaves_on_a_sunday_night():
    sunday = 5.7  # the story begins on a Monday
    story = Story().on(sunday, "demo_requested", time_zone="Europe/Berlin")
    (mail,) = [action for action in story.simulation.actions if action.name == "email.send"]
    assert (mail.decided_at, mail.facts["one_off"]) == (day(sunday), True)


def test_a_step_that_was_planned_is_put_off_when_the_cap_was_used_up_meanwhile():
    policy = any_time(
        sending={"cap": {"mails": 1, "within": "3d"}}, repeated_request=[], enrolment={"hot": None}
    )
    story = Story(policy).as_lead(persona="cfo")
    count(story.state, day(0.5), asked=True)
    story.until(2)
    assert story.mails == []
    assert story.enrolment.next_at == day(3.5)
    assert story.entries("nurture")[-1].why == ["put off", "frequency cap"]
    assert story.until(4).mails == ["roi-study"]


def test_the_due_time_is_kept_with_what_it_was_computed_from():
    story = Story().as_lead(persona="cfo", country="IN").until(1.01)
    due = story.enrolment.due
    assert due is not None
    assert (due.base, due.zone, due.zone_from) == (day(6), "Asia/Kolkata", "country")
    assert due.moved == ["quiet hours"]
    assert due.at == story.enrolment.next_at
