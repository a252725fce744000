"""What the record says in ids, stamps and markup is said on pages in words."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from leadworkflows.domain.teams import Rep, Roster
from leadworkflows.store.records import EffectRecord, OutboxItem, PersonRecord
from leadworkflows.web.lead_page import LeadPage
from leadworkflows.web.moments import Moment
from leadworkflows.web.spoken import clock_name, spoken
from leadworkflows.web.told import told
from tests.web.conftest import KEY, NOW, basic, snapshot
from tests.web.reading import Page

ROSTER = Roster(reps={"anna": Rep(name="Anna Berg", slack="U0ANNA"), "helena": Rep(name="Helena Gruber")})


def moment(said):
    return Moment(datetime.fromisoformat(said).astimezone(UTC), ZoneInfo("Europe/Berlin"), NOW)


@pytest.mark.parametrize(
    ("recorded", "read"),
    [
        ("by anna", "by Anna Berg"),
        ("Owner: helena", "Owner: Helena Gruber"),
        ("Contact made by anna", "Contact made by Anna Berg"),
        ("Taken back from anna", "Taken back from Anna Berg"),
        ("anna: helena has another lead", "Anna Berg: Helena Gruber has another lead"),
        ("by somebody-else", "by somebody-else"),
        ("said by demo_requested", "said by Demo requested"),
        ("first contact at 150%: route.reassign", "first contact at 150%: Finding another owner"),
        ("Clock review stopped after 2434 min", "Clock review stopped after 1 d 16 h"),
        ("persona marketing_manager", "persona Marketing manager"),
        ("Left technical", "Left Technical"),
        ("contact_made", "contact made"),
        ("reason not_ready", "reason: Not ready to buy yet"),
        ("Clock review started, due 2026-03-06T16:50:00Z", "Clock review started, due Fri 6 Mar 2026, 17:50"),
    ],
)  # fmt: skip
def test_the_record_is_read_in_names_and_in_times_of_the_pages_zone(recorded, read):
    assert told(recorded, ROSTER, moment) == read


def test_words_of_a_policy_keep_their_capitals_and_lose_their_hyphens():
    assert [spoken(each) for each in ("manufacturing-sme", "roi-study", "diagnostic-15", "rep-1")] == [
        "Manufacturing SME", "ROI study", "Diagnostic 15", "Rep-1",
    ]  # fmt: skip
    assert clock_name("re_enrolment") == "Re-enrolment"


def test_a_kept_alert_is_listed_without_slacks_markup_and_to_a_person_by_name():
    text = "New MQL. Review due <!date^1795194000^{date_short_pretty}|2026-11-20 17:00 UTC>"
    effect = EffectRecord(
        key="k",
        action="slack.alert",
        status="confirmed",
        attempts=1,
        reserved_at=NOW,
        settled_at=None,
        detail="",
        lead_id="l",
        vendor_id=None,
    )
    item = OutboxItem(key="k", lead_id="l", kind="slack", text=text, channel="U0ANNA", at=NOW)
    page = LeadPage(PersonRecord("ada@example.com"), snapshot("l"), [], {"k": effect}, None, NOW)
    page = replace(page, roster=ROSTER, kept=[(3, item)])
    assert [(each.what, each.to) for each in page.sent] == [
        ("New MQL. Review due Fri 20 Nov 2026, 18:00", "Anna Berg")
    ]


@pytest.mark.parametrize("path", ["/nope", "/funnel/nope"])
async def test_a_person_at_a_wrong_address_is_told_so_on_a_page(site, path):
    answer = await site.client.get(path, headers={"Accept": "text/html,application/xhtml+xml"})
    assert (answer.status_code, answer.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert "There is no page at this address." in answer.text


@pytest.mark.parametrize(("path", "accept"), [("/nope", "*/*"), ("/api/v1/nope", "text/html")])
async def test_a_program_at_a_wrong_address_reads_a_problem_document(site, path, accept):
    answer = await site.client.get(path, headers={"Accept": accept})
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


async def test_who_may_look_can_go_on_from_a_wrong_address(site):
    inside = await site.client.get("/nope", headers={"Accept": "text/html", **basic("x", KEY)})
    outside = await site.client.get("/nope", headers={"Accept": "text/html"})
    assert (inside.status_code, outside.status_code) == (404, 404)
    assert "/funnel" in Page(inside.text).values("href")
    assert "/funnel" not in Page(outside.text).values("href")


@pytest.mark.parametrize(
    ("kept", "shown"),
    [
        ("score 12, threshold 100 (everyone-else)", "score 12, threshold 100 (Everyone else)"),
        ("Mail: roi-study: done", "Mail: ROI study: done"),
        ("Slack #sales: new-mql: done", "Slack #sales: New MQL: done"),
    ],
)
def test_what_the_policy_calls_something_is_told_in_words(kept, shown):
    assert told(kept, Roster(), lambda _: None) == shown


async def test_today_calls_what_is_stuck_by_what_it_does(site):
    lead_id = await site.lead()
    await site.store.effects.reserve("k1", lead_id, "slack.alert", NOW - timedelta(hours=3))
    await site.store.effects.release("k1", "not_in_channel; invite the app", "stuck")
    text = Page((await site.client.get("/", headers=basic("x", KEY))).text).text
    assert "Alert in Slack stuck: waits for a person for 3 h" in text
    assert "slack.alert" not in text
