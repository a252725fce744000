"""Public holidays: looked up by region when a policy is loaded, and kept in it."""

from __future__ import annotations

import re
from datetime import date

import pytest

from leadworkflows.policies.loader import load_policy
from leadworkflows.public_holidays import UnknownRegion, dates
from tests.policies.files import DEFAULT_TEXT, line_of, problems, written

UNITY, WOMENS_DAY = date(2026, 10, 3), date(2026, 3, 8)


PARTS = re.compile(r"^(calendar|holidays|teams|reps):.*\n([ #].*\n)*", re.MULTILINE)


def policy_with(folder, text):
    """The default policy with these calendars, teams and reps instead of its own."""
    return written(folder, f"{PARTS.sub('', DEFAULT_TEXT)}\n{text}\n")


def test_a_region_has_the_holidays_of_the_country_and_its_own():
    assert UNITY in dates("DE")
    assert WOMENS_DAY not in dates("DE")
    assert {UNITY, WOMENS_DAY} <= set(dates("DE-BE"))
    assert date(2026, 11, 30) in dates("GB-SCT")
    assert date(2026, 7, 3) in dates("US-CA")  # the fourth is a Saturday


def test_holidays_are_sorted_and_cover_the_years_of_any_lead():
    assert list(dates("DE")) == sorted(set(dates("DE")))
    assert {day.year for day in dates("DE")} == set(range(2020, 2041))


def test_upper_and_lower_case_are_the_same():
    assert dates("de-be") == dates("DE-BE")


@pytest.mark.parametrize(
    ("region", "hint"),
    [
        ("UK", "did you mean GB"),
        ("Germany", "did you mean DE?"),
        ("USA", "did you mean US"),
        ("DE-XX", "there are DE, DE-BB, DE-BE"),
        ("Atlantis", "Write ISO 3166 codes such as DE, DE-BE or US-CA"),
        ("", "Write ISO 3166 codes"),
    ],
)
def test_an_unknown_region_names_the_nearest_known(region, hint):
    with pytest.raises(UnknownRegion) as refused:
        dates(region)
    assert hint in str(refused.value)


CALENDARS = """
calendar: {zone: Europe/Berlin, holidays: DE}
teams:
  amer: {reps: [rep-2], calendar: {zone: America/New_York, holidays: [US]}}
reps:
  rep-1: {calendar: {zone: Europe/Berlin, holidays: [DE-BE, DE]}}
  rep-2: {}
"""


def test_a_policy_holds_the_dates_of_every_region_that_its_calendars_name(tmp_path):
    policy = load_policy(policy_with(tmp_path, CALENDARS))
    assert policy.holidays == {region: dates(region) for region in ("DE", "DE-BE", "US")}


def test_a_policy_that_names_no_region_holds_none():
    assert load_policy().holidays == {}


def test_holidays_written_by_hand_stand(tmp_path):
    policy = load_policy(policy_with(tmp_path, f"{CALENDARS}\nholidays: {{DE: [2026-12-24], ours: []}}"))
    assert policy.holidays["DE"] == (date(2026, 12, 24),)
    assert policy.holidays["DE-BE"] == dates("DE-BE")


def test_a_region_of_ones_own_is_written_by_hand(tmp_path):
    text = "calendar: {holidays: plant-2}\nholidays: {plant-2: [2026-08-03]}"
    assert load_policy(policy_with(tmp_path, text)).holidays == {"plant-2": (date(2026, 8, 3),)}


def test_the_name_of_a_policy_says_which_days_are_off(tmp_path):
    text = "calendar: {holidays: DE}"
    looked_up = load_policy(policy_with(tmp_path, text)).id
    assert load_policy(policy_with(tmp_path, text)).id == looked_up
    by_hand = load_policy(policy_with(tmp_path, f"{text}\nholidays: {{DE: [2026-12-24]}}")).id
    assert by_hand != looked_up


def test_every_unknown_region_is_told_with_its_line_and_what_else_is_wrong(tmp_path):
    path = policy_with(tmp_path, CALENDARS.replace("DE-BE, DE", "DE, DE-XX").replace("US", "USA"))
    path.write_text(path.read_text("utf-8").replace("rep-2: {}", "rep-2: {wieght: 2}"), "utf-8")
    usa, xx, weight = problems(path)
    assert usa.startswith(f"line {line_of(path, 'amer:')}: teams.amer.calendar.holidays.0: ")
    assert "'USA'; did you mean US" in usa
    assert xx.startswith(f"line {line_of(path, 'DE-XX')}: reps.rep-1.calendar.holidays.1: ")
    assert "there are DE, DE-BB" in xx
    assert weight.startswith(f"line {line_of(path, 'wieght')}: reps.rep-2.wieght: ")


@pytest.mark.parametrize(
    ("text", "field", "fix"),
    [
        ('calendar: {hours: {mon: "9 to 5"}}', "calendar.hours", "'9 to 5' is no stretch of a day; write"),
        ("calendar: {holidays: 5}", "calendar.holidays", "expected a list"),
        ("calendar: often", "calendar", "expected fields with values"),
        ("teams: [emea]", "teams", "expected fields with values"),
        ("holidays: [DE]\ncalendar: {holidays: DE}", "holidays", "expected fields with values"),
        (
            "reps: {rep-1: {away: [{from: 2026-08-05, to: 2026-08-01}]}}",
            "reps.rep-1.away.0",
            "put the earlier day in from",
        ),
    ],
)
def test_calendars_that_are_none_are_told_by_their_field(tmp_path, text, field, fix):
    found = problems(policy_with(tmp_path, text))
    assert any(f": {field}: " in problem and fix in problem for problem in found), found
