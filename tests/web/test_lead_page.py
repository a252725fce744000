from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadworkflows.api.leads import lead_object
from leadworkflows.domain.decisions import EntryKind
from leadworkflows.domain.teams import Rep
from leadworkflows.store.records import LeadRecord, PersonRecord
from leadworkflows.store.roster import KeptRep
from leadworkflows.web.acting import Acting
from leadworkflows.web.assets import inline
from leadworkflows.web.lead_page import LATEST, LeadPage
from leadworkflows.web.moments import length
from leadworkflows.web.rendering import render
from leadworkflows.web.shell import Shell, Visitor
from leadworkflows.web.spoken import clock_name, reason, spoken
from tests.web.conftest import ADA, NOW, POLICY, entry, snapshot
from tests.web.reading import Page, contrast

TYPED = st.text(max_size=60) | st.sampled_from(
    [
        "<script>alert(1)</script>",
        '"><img src=x onerror=x>',
        "' onmouseover='x",
        "{{ 7*7 }}",
        "</style>",
        "&lt;b&gt;",
    ]
)


async def test_the_page_says_who_where_and_by_when(site):
    lead_id = await site.lead()
    await site.record(lead_id, entry(1, "Demo requested", "states a budget"))
    text = Page((await site.get(lead_id)).text).text
    for words in (
        "Ada Lovelace", "CFO", "Engines GmbH", "ada@example.com", "+49 30 1234", "SQL", "attempting contact",
        "Priority", "87 of 100", "pricing page 3 times within 7 days", "+30", "evt-7", "rep-7",
        "Nurture Finance", "ROI analysis", "First contact", "in 18 min", "Demo requested", "states a budget",
    ):  # fmt: skip
        assert words in text, words


async def test_times_are_the_owners_and_machines_read_utc(site):
    lead_id = await site.lead()
    await site.record(lead_id)
    page = Page((await site.get(lead_id)).text)
    assert "Fri 6 Mar 2026, 17:50" in page.text
    assert "Times are in Europe/Berlin" in page.text
    assert "2026-03-06T16:50:00Z" in page.values("datetime")


async def test_the_owner_is_called_by_name_as_the_api_named_them(site):
    lead_id = await site.lead()
    await site.record(lead_id)
    await site.store.roster.put_rep(KeptRep("rep-7", Rep(name="Grace Hopper")), NOW)
    assert "Grace Hopper (rep-7)" in Page((await site.get(lead_id)).text).text


async def test_a_lead_that_waits_for_its_workflow_has_a_page_too(site):
    text = Page((await site.get(await site.lead())).text).text
    assert "Ada Lovelace" in text
    assert "nobody yet" in text
    assert "Nothing is on record yet" in text


async def test_what_is_under_way_says_what_holds_it_up(site):
    lead_id = await site.lead()
    waiting = [
        {"key": "k1", "name": "slack.alert", "summary": "Alert in #sales"},
        {"key": "k2", "name": "email.send", "summary": "Mail: welcome"},
    ]
    await site.store.effects.reserve("k1", lead_id, "slack.alert", NOW)
    await site.store.effects.release("k1", "Slack: 429, rate limited")
    await site.record(lead_id, pending_actions=waiting)
    text = Page((await site.get(lead_id)).text).text
    assert "Slack Alert in #sales will be tried again" in text
    assert "Slack: 429, rate limited" in text
    assert "Mail Welcome about to start" in text


async def test_the_latest_entries_come_first_and_their_number_is_bounded(site):
    lead_id = await site.lead()
    await site.record(lead_id, *(entry(n, f"Entry {n}.") for n in range(1, LATEST + 21)))
    text = Page((await site.get(lead_id)).text).text
    assert f"The latest {LATEST} of {LATEST + 20} entries" in text
    assert text.index("Entry 120.") < text.index("Entry 119.")
    assert "Entry 20." not in text
    assert "Entry 21." in text


async def test_the_run_in_temporal_is_one_click_away(site):
    lead_id = await site.lead()
    assert f"https://temporal.example.com/lead-{lead_id}" in Page((await site.get(lead_id)).text).values(
        "href"
    )


async def test_a_merged_lead_leads_to_the_one_it_turned_out_to_be(site):
    lead_id, other = await site.lead(), await site.lead("bob@example.com")
    record = await site.store.leads.get(lead_id)
    shown = html(replace(record, merged_into=other))
    assert f"/leads/{other}" in Page(shown).values("href")


async def test_a_person_who_is_not_to_be_contacted_is_marked(site):
    lead_id = await site.lead()
    await site.record(lead_id, contact={"allowed": False, "reason": "unsubscribed"})
    assert "Do not contact: unsubscribed" in Page((await site.get(lead_id)).text).text


def test_clocks_that_tick_come_before_those_that_are_over():
    clocks = [
        clock("review", state="met", stopped_at="2026-03-04T10:00:00Z"),
        clock("first_contact", due="2026-03-06T16:50:00Z", paused=True),
        clock("priority_review", state="missed", due="2026-03-06T09:50:00Z", answered=True, round=2),
    ]
    made = lead_page(sla=clocks).clocks
    assert [(line.name, line.tone) for line in made] == [
        ("Priority review", "late"), ("First contact", "soon"), ("Review", "done")
    ]  # fmt: skip
    assert [line.notes for line in made] == [("somebody has it", "round 2"), ("paused",), ()]


def test_the_next_rung_of_a_ladder_is_shown_until_somebody_has_the_lead():
    rungs = [
        {"at": 50, "due_at": "2026-03-06T16:20:00Z", "done": True},
        {"at": 100, "due_at": "2026-03-06T16:50:00Z", "done": False},
    ]
    shown = [lead_page(sla=[clock("review", rungs=rungs, answered=each)]).clocks[0] for each in (False, True)]
    assert shown[0].notes == ("next step Fri 6 Mar 2026, 17:50",)
    assert shown[1].notes == ("somebody has it",)


@pytest.mark.parametrize(
    ("minutes", "said"),
    [
        (0, "0 min"),
        (59, "59 min"),
        (60, "1 h"),
        (125, "2 h 5 min"),
        (1440, "1 d"),
        (1500, "1 d 1 h"),
        (20_000, "13 d"),
    ],
)
def test_a_length_of_time_is_told_in_its_largest_units(minutes, said):
    assert length(timedelta(minutes=minutes)) == said


@pytest.mark.parametrize(
    ("typed", "dialled"), [("+49 (0)30 / 12", "+4903012"), ("030-12", "03012"), ("call me", ""), ("٣٤", "")]
)
def test_only_digits_are_dialled(typed, dialled):
    assert lead_page(person=PersonRecord("ada@example.com", phone=typed)).phone_digits == dialled


@given(TYPED, TYPED, TYPED, TYPED, TYPED)
def test_nothing_that_was_typed_becomes_markup(first, title, company, phone, why):
    """Whatever the words, the page has the same elements and attributes as with plain ones."""
    plain = shown("Ada", "CFO", "Engines", "+49 30", "a reason")
    typed = shown(f"x{first}", f"x{title}", f"x{company}", f"7{phone}", f"x{why}")
    assert typed.shape == plain.shape
    assert typed.crossed == typed.open == []


def test_a_page_that_let_markup_through_would_be_noticed():
    plain = Page("<main><p>Ada</p></main>")
    assert Page("<main><p><b>Ada</b></p></main>").shape != plain.shape
    assert Page("<main><p title='x'>Ada</p></main>").shape != plain.shape


@given(st.text(alphabet=st.characters(categories=["Cs", "Cc", "Cf"]), max_size=20))
def test_characters_that_no_one_can_see_break_no_page(odd):
    assert "<h1>" in html(record(PersonRecord("ada@example.com", first_name=odd, company=odd)))


# Accessibility


async def test_a_screen_reader_finds_its_way(site):
    lead_id = await site.lead()
    await site.record(lead_id, entry(1, "Demo requested"))
    page = Page((await site.get(lead_id)).text)
    assert [page.tags.count(tag) for tag in ("h1", "main", "nav", "footer")] == [1, 1, 2, 1]
    assert dict(page.elements[0][1]) == {"lang": "en"}
    assert set(page.values("aria-labelledby")) <= set(page.values("id"))
    assert len(page.values("id")) == len(set(page.values("id")))
    levels = [int(tag[1]) for tag in page.tags if re.fullmatch("h[1-6]", tag)]
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert {attrs.get("scope") for tag, attrs in page.elements if tag == "th"} == {"col"}
    skip = next(attrs for tag, attrs in page.elements if tag == "a")
    assert skip["href"] == "#main"


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_every_colour_of_text_can_be_read(scheme):
    block = re.findall(r":root \{(.*?)\}", inline("page.css"), re.DOTALL)[scheme]
    colours = dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{3,6})\b", block))
    for ink in ("ink", "dim", "accent", "hot", "soon", "good", "cool"):
        for ground in ("paper", "ground", "sunk", "raised"):
            assert contrast(colours[ink], colours[ground]) >= 4.5, (ink, ground)
    for tone in ("hot", "soon", "good", "cool", "accent"):
        assert contrast(colours[tone], colours[f"{tone}-soft"]) >= 4.5, tone
    assert contrast(colours["on-accent"], colours["accent"]) >= 4.5


def clock(name, *, state="running", due="2026-03-09T10:00:00Z", stopped_at=None, **more):
    return {"clock": name, "id": "L1", "state": state, "due_at": due, "stopped_at": stopped_at, **more}


def lead_page(person=None, entries=(), **changes):
    who = person or PersonRecord("ada@example.com", **ADA)
    return LeadPage(who, snapshot("a1", **changes), entries, {}, POLICY, NOW)


def record(person, merged_into=None):
    return LeadRecord("a1", NOW, person, None, 0, merged_into)


def html(record):
    return drawn(LeadPage(record.person, lead_object(record), [], {}, None, NOW))


def shown(first, title, company, phone, why):
    who = PersonRecord("ada@example.com", first_name=first, title=title, company=company, phone=phone)
    return Page(drawn(lead_page(who, [entry(1, why, why, kind=EntryKind.STAGE)])))


def drawn(made):
    text = render(
        "lead.html", shell=Shell(Visitor("here", "token"), ()), page=made, offers=[], refused=None,
        elsewhere=None, done=None, acting=Acting("you", ()), once="0", run_url=None, labels={},
        spoken=spoken, reason=reason, clock_name=clock_name,
    )  # fmt: skip
    return text.encode("utf-8", "replace").decode()
