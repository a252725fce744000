"""Working time: what a clock counts, in any zone, over clock changes and days off."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from leadworkflows.domain.calendars import Hours, Week, WorkCalendar

ZONES = (
    "Europe/Berlin",
    "America/New_York",
    "Asia/Kolkata",
    "Australia/Lord_Howe",  # half an hour of summer time
    "Asia/Tokyo",  # no summer time
    "Africa/Casablanca",  # none in the month of Ramadan
    "America/St_Johns",  # changed at one minute past midnight until 2011
    "Pacific/Apia",  # has no 30 December 2011
    "Pacific/Auckland",
    "America/Havana",  # changes at midnight
)
HOUR = 3600


def daily(*stretches: tuple[int, int]) -> Week:
    return (stretches,) * 7


ALWAYS, NIGHT = daily((0, 1440)), daily((60, 240))


def local(zone: str, *parts: int) -> datetime:
    return datetime(*parts, tzinfo=ZoneInfo(zone))  # type: ignore[arg-type,misc]


def on(zone: str, week: Week = ALWAYS, *days_off: date) -> WorkCalendar:
    return WorkCalendar(zone=zone, week=week, days_off=days_off)


# A demo request on a Friday evening before a long weekend.
# Of each zone a long weekend, and the weekends on which its clocks change, where they do.
FRIDAYS = {
    "Europe/Berlin": [(2026, 4, 3), (2026, 3, 27), (2026, 10, 23)],
    "America/New_York": [(2026, 5, 22), (2026, 3, 6), (2026, 10, 30)],
    "Asia/Kolkata": [(2026, 1, 23)],
    "Asia/Tokyo": [(2026, 7, 17)],
    "Australia/Lord_Howe": [(2026, 6, 5), (2026, 4, 3), (2026, 10, 2)],
    "America/St_Johns": [(2026, 5, 15), (2026, 3, 6), (2026, 10, 30)],
    "Pacific/Auckland": [(2026, 6, 5), (2026, 4, 3), (2026, 9, 25)],
    "Africa/Casablanca": [(2026, 2, 13), (2026, 3, 20)],
}
WEEKENDS = [(zone, day) for zone, days in FRIDAYS.items() for day in days]


@pytest.mark.parametrize(("zone", "friday"), WEEKENDS)
@pytest.mark.parametrize(
    ("share", "day", "hour", "minute"),
    [(50, 4, 9, 20), (100, 4, 9, 50), (150, 4, 10, 20), (10, 0, 17, 56)],
)
def test_an_hour_from_friday_17_50_with_the_monday_off_is_up_on_tuesday(
    zone, friday, share, day, hour, minute
):
    monday = date(*friday) + timedelta(days=3)
    assert monday.weekday() == 0
    calendar = WorkCalendar(zone=zone, days_off=(monday,))
    due = calendar.add(local(zone, *friday, 17, 50), HOUR * share // 100).astimezone(ZoneInfo(zone))
    assert (due.date() - date(*friday)).days == day
    assert (due.hour, due.minute, due.second) == (hour, minute, 0)


def test_work_that_fills_the_day_is_due_at_its_end_and_not_next_morning():
    calendar = WorkCalendar(zone="Europe/Berlin")
    assert calendar.add(local("Europe/Berlin", 2026, 5, 6, 17), HOUR) == local(
        "Europe/Berlin", 2026, 5, 6, 18
    )


def test_no_work_at_all_is_done_at_once_even_at_night():
    at = local("Europe/Berlin", 2026, 5, 6, 3)
    assert WorkCalendar(zone="Europe/Berlin").add(at, 0) == at


def test_a_lunch_break_does_not_count():
    halves = daily((540, 720), (780, 1080))
    due = on("Asia/Tokyo", halves).add(local("Asia/Tokyo", 2026, 5, 6, 11, 30), HOUR)
    assert due == local("Asia/Tokyo", 2026, 5, 6, 13, 30)


def test_a_lead_that_moves_to_another_zone_keeps_the_time_that_is_left():
    berlin, new_york = WorkCalendar(zone="Europe/Berlin"), WorkCalendar(zone="America/New_York")
    start, handed_over = (
        local("Europe/Berlin", 2026, 3, 27, 17, 30),
        local("Europe/Berlin", 2026, 3, 27, 17, 50),
    )
    left = HOUR - berlin.between(start, handed_over)
    # 17:50 in Berlin is 12:50 in New York, which has had summer time for three weeks already.
    assert new_york.add(handed_over, left) == local("America/New_York", 2026, 3, 27, 13, 30)


# Nights on which the clocks change.

CHANGES = [
    # zone, the day on which the clocks change, hours of 24, and of 01:00-04:00
    ("Europe/Berlin", (2026, 3, 29), 23, 2),
    ("Europe/Berlin", (2026, 10, 25), 25, 4),
    ("America/New_York", (2026, 3, 8), 23, 2),
    ("America/New_York", (2026, 11, 1), 25, 4),
    ("Australia/Lord_Howe", (2026, 10, 4), 23.5, 2.5),
    ("Australia/Lord_Howe", (2026, 4, 5), 24.5, 3.5),
    ("Africa/Casablanca", (2026, 2, 15), 25, 4),
    ("Africa/Casablanca", (2026, 3, 22), 23, 2),
    ("America/St_Johns", (2026, 3, 8), 23, 2),
    ("America/St_Johns", (2010, 3, 14), 23, 179 / 60),
    ("Pacific/Auckland", (2026, 9, 27), 23, 2),
    ("Pacific/Auckland", (2026, 4, 5), 25, 4),
    ("Asia/Kolkata", (2026, 3, 29), 24, 3),
    ("Pacific/Apia", (2011, 12, 30), 0, 0),
]


@pytest.mark.parametrize(("zone", "day", "whole", "night"), CHANGES)
def test_a_day_on_which_the_clocks_change_has_the_hours_it_really_has(zone, day, whole, night):
    start = datetime.combine(date(*day), time(), UTC) - timedelta(days=3)
    only = tuple(date(*day) + timedelta(days=n) for n in range(-9, 10) if n)
    span = (start, start + timedelta(days=6))
    assert on(zone, ALWAYS, *only).between(*span) == whole * HOUR
    assert on(zone, NIGHT, *only).between(*span) == night * HOUR


def test_a_stretch_that_begins_in_the_hour_that_is_left_out_begins_with_the_change():
    calendar = on("Europe/Berlin", daily((150, 240)))  # 02:30-04:00
    change = datetime(2026, 3, 29, 1, tzinfo=UTC)
    assert calendar.next_start(change - timedelta(hours=1)) == change
    assert calendar.add(change - timedelta(hours=1), HOUR) == change + timedelta(hours=1)


def test_a_stretch_that_ends_in_the_hour_that_is_left_out_ends_with_the_change():
    calendar = on("Europe/Berlin", daily((60, 150)))  # 01:00-02:30
    change = datetime(2026, 3, 29, 1, tzinfo=UTC)
    assert calendar.works_at(change - timedelta(seconds=1))
    assert not calendar.works_at(change)


@pytest.mark.parametrize("day", [(2026, 3, 28), (2026, 10, 24)])
def test_stretches_that_touch_within_the_changed_hour_lose_nothing_and_count_nothing_twice(day):
    two, one = daily((60, 150), (150, 240)), NIGHT
    start = datetime.combine(date(*day), time(), UTC)
    span = (start, start + timedelta(days=3))
    assert on("Europe/Berlin", two).between(*span) == on("Europe/Berlin", one).between(*span)


# What is working time.


def test_a_day_begins_to_count_at_its_first_minute_and_no_longer_at_its_last():
    calendar = WorkCalendar(zone="America/New_York")
    works = [(8, 59), (9, 0), (17, 59), (18, 0)]
    said = [calendar.works_at(local("America/New_York", 2026, 7, 1, *at)) for at in works]
    assert said == [False, True, True, False]


def test_work_begins_again_after_the_weekend_and_the_holiday():
    calendar = WorkCalendar(zone="Asia/Kolkata", days_off=(date(2026, 1, 26),))
    at_work = local("Asia/Kolkata", 2026, 1, 23, 12)
    assert calendar.next_start(at_work) == at_work
    assert calendar.next_start(local("Asia/Kolkata", 2026, 1, 23, 18)) == local(
        "Asia/Kolkata", 2026, 1, 27, 9
    )


def test_a_business_day_is_as_long_as_the_days_on_which_there_is_work():
    week: Week = (*((((540, 1020),),) * 4), ((540, 780),), (), ())
    assert on("UTC", week).day_seconds == (4 * 8 + 4) * HOUR // 5


def test_a_calendar_whose_days_are_all_off_says_so_instead_of_running_for_ever():
    off = tuple(date.fromordinal(date(2026, 1, 1).toordinal() + n) for n in range(25 * 366))
    calendar = on("Europe/Berlin", ALWAYS, *off)
    at = datetime(2026, 3, 1, tzinfo=UTC)
    with pytest.raises(ValueError, match="not so much working time in 20 years"):
        calendar.add(at, 1)
    with pytest.raises(ValueError, match="nobody works in 20 years"):
        calendar.next_start(at)
    assert not calendar.works_at(at)


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])
@pytest.mark.parametrize("at", [datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)])
def test_the_first_and_the_last_day_of_all_are_no_error(zone, at):
    calendar = on(zone)
    assert calendar.works_at(at) in {True, False}
    assert calendar.between(at, at) == 0


@pytest.mark.parametrize(
    ("hours", "said"),
    [
        (((600, 540),), "end after it begins"),
        (((600, 1441),), "between 00:00 and 24:00"),
        (((540, 720), (700, 800)), "overlap or are out of order"),
        (((800, 900), (540, 720)), "overlap or are out of order"),
        ((), "nobody ever works"),
    ],
)
def test_hours_in_disorder_are_refused_with_the_fix(hours, said):
    with pytest.raises(ValidationError, match=said):
        WorkCalendar(week=(hours, (), (), (), (), (), ()))


def test_time_does_not_run_backward():
    with pytest.raises(ValueError, match="must not be negative"):
        WorkCalendar().add(datetime(2026, 1, 1, tzinfo=UTC), -1)


def test_a_calendar_is_the_same_after_its_journey():
    calendar = WorkCalendar(
        zone="Asia/Tokyo", days_off=(date(2026, 5, 5), date(2026, 1, 1), date(2026, 5, 5))
    )
    assert calendar.days_off == (date(2026, 1, 1), date(2026, 5, 5))
    assert WorkCalendar.model_validate_json(calendar.model_dump_json()) == calendar


# What holds for every calendar.


def _hours(cuts: list[int]) -> Hours:
    return tuple(zip(cuts[::2], cuts[1::2], strict=False))


HOURS = st.lists(st.integers(0, 96), max_size=6, unique=True).map(
    lambda cuts: _hours([c * 15 for c in sorted(cuts)])
)
WEEKS = st.tuples(*[HOURS] * 7).filter(any)
# The years in which Apia left out a day, St. John's changed at 00:01, and those of today.
INSTANTS = st.builds(
    lambda day, seconds: datetime.combine(day, time(), UTC) + timedelta(seconds=seconds),
    st.one_of(
        st.dates(date(2010, 1, 1), date(2012, 3, 1)),
        st.dates(date(2025, 9, 1), date(2027, 4, 1)),
        st.sampled_from([date(*day) for _, day, _, _ in CHANGES]),
    ),
    st.one_of(st.integers(0, 86_400), st.floats(0, 86_400)),
)
WHOLE = INSTANTS.map(lambda at: at.replace(microsecond=0))
CALENDARS = st.builds(
    WorkCalendar,
    zone=st.sampled_from(ZONES),
    week=WEEKS,
    days_off=st.lists(st.dates(date(2025, 9, 1), date(2027, 4, 1)), max_size=20).map(tuple),
)
LENGTHS = st.timedeltas(timedelta(), timedelta(days=60))
SPANS = st.integers(0, 40 * HOUR)
MANY = settings(max_examples=100)


@MANY
@given(CALENDARS, INSTANTS, SPANS)
def test_what_is_added_has_passed(calendar, start, seconds):
    assert calendar.between(start, calendar.add(start, seconds)) == seconds


@MANY
@given(CALENDARS, INSTANTS, st.integers(1, 40 * HOUR))
def test_work_is_done_at_the_earliest_instant(calendar, start, seconds):
    due = calendar.add(start, seconds)
    assert calendar.works_at(due - timedelta(microseconds=1))
    assert calendar.between(start, due - timedelta(microseconds=1)) == seconds - 1


@MANY
@given(CALENDARS, INSTANTS, LENGTHS, LENGTHS)
def test_working_time_is_the_sum_of_its_parts_and_never_more_than_the_time_on_the_wall(calendar, a, ab, bc):
    b, c = a + ab, a + ab + bc
    whole, parts = calendar.between(a, c), calendar.between(a, b) + calendar.between(b, c)
    assert whole - 1 <= parts <= whole
    assert 0 <= calendar.between(a, b) <= ab.total_seconds()
    assert not calendar.between(c, a)


@MANY
@given(CALENDARS, WHOLE, LENGTHS, LENGTHS)
def test_no_whole_second_is_lost_between_the_parts(calendar, a, ab, bc):
    b = a + timedelta(seconds=int(ab.total_seconds()))
    c = b + timedelta(seconds=int(bc.total_seconds()))
    assert calendar.between(a, b) + calendar.between(b, c) == calendar.between(a, c)


@MANY
@given(CALENDARS, INSTANTS)
def test_whether_it_is_working_time_is_what_the_clock_on_the_wall_says(calendar, at):
    wall = at.astimezone(ZoneInfo(calendar.zone))
    assume(wall.replace(fold=0).utcoffset() == wall.replace(fold=1).utcoffset())  # else it says it twice
    minutes = (wall.hour * 60 + wall.minute) + wall.second / 60 + wall.microsecond / 60e6
    hours = () if wall.date() in calendar.days_off else calendar.week[wall.weekday()]
    assert calendar.works_at(at) == any(begin <= minutes < end for begin, end in hours)


@MANY
@given(CALENDARS, INSTANTS, INSTANTS, SPANS, SPANS)
def test_who_starts_later_or_needs_longer_is_never_done_earlier(calendar, one, other, short, long):
    one, other = sorted((one, other))
    short, long = sorted((short, long))
    assert one <= calendar.add(one, short) <= calendar.add(one, long)
    assert calendar.add(one, short) <= calendar.add(other, short)


@MANY
@given(CALENDARS, WHOLE, SPANS, st.floats(0, 1), st.timedeltas(timedelta(), timedelta(days=30)))
def test_a_pause_loses_nothing_and_gives_nothing(calendar, start, seconds, share, pause):
    due = calendar.add(start, seconds)
    paused = (start + (due - start) * share).replace(microsecond=0)
    worked = calendar.between(start, paused)
    resumed = paused + pause
    end = calendar.add(resumed, seconds - worked)
    assert worked + calendar.between(resumed, end) == seconds
    assert end >= due or seconds == worked


@MANY
@given(CALENDARS, CALENDARS, WHOLE, SPANS, st.floats(0, 1))
def test_another_owners_calendar_counts_on_where_the_first_left_off(first, second, start, seconds, share):
    handed_over = (start + (first.add(start, seconds) - start) * share).replace(microsecond=0)
    worked = first.between(start, handed_over)
    due = second.add(handed_over, seconds - worked)
    assert worked + second.between(handed_over, due) == seconds
    assert seconds <= (due - start).total_seconds()


@MANY
@given(CALENDARS, INSTANTS)
def test_work_begins_when_it_is_working_time(calendar, at):
    begins = calendar.next_start(at)
    assert calendar.works_at(begins)
    assert calendar.between(at, begins) == 0
    assert (begins == at) == calendar.works_at(at)


@MANY
@given(st.sampled_from(ZONES), INSTANTS, st.timedeltas(timedelta(), timedelta(days=400)))
def test_who_always_works_has_the_time_on_the_wall_in_every_zone(zone, start, length):
    assert on(zone).between(start, start + length) == length // timedelta(seconds=1)
