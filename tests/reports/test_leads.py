"""Leads are found by how something of them begins, filtered, sorted and turned page by page."""

from __future__ import annotations

import pytest
from sqlalchemy import insert

from leadworkflows.reports.leads import leads_matching
from leadworkflows.reports.periods import BadQuery
from leadworkflows.reports.shapes import LeadQuery
from leadworkflows.store.models import LeadRow, PersonRow
from tests.reports.lives import lives, record
from tests.store.given import MINUTE, NOON

PEOPLE = {
    "a1": ("ada@acme.example", "Ada", "Lovelace", "Acme Pumps GmbH"),
    "b2": ("bob@acme.example", "Bob", "100%", "Pumps & Co"),
    "c3": ("eve_1@evil.example", "Ève", "O'Neil", None),
}


async def given(store):
    async with store.database.writing() as connection:
        for n, (lead_id, (email, first, last, company)) in enumerate(PEOPLE.items()):
            lead = {"lead_id": lead_id, "created_at": NOON + n * MINUTE, "last_seq": 1, "revision": 0}
            await connection.execute(insert(LeadRow).values(lead))
            person = {"lead_id": lead_id, "email": email, "first_name": first, "last_name": last}
            await connection.execute(insert(PersonRow).values(**person, company=company))


async def found(store, **query):
    lines, _ = await leads_matching(store.database, LeadQuery(**query))
    return [line.lead_id for line in lines]


@pytest.mark.parametrize(
    ("words", "leads"),
    [
        ("ada", ["a1"]), ("ADA lovel", ["a1"]), ("Lovelace Ada", ["a1"]), ("acme pumps g", ["a1"]),
        ("pumps", ["b2"]), ("ada@acme.example", ["a1"]), ("lace", []), ("%", []), ("100%", ["b2"]),
        ("eve_1", ["c3"]), ("evex1", []), ("o'neil", ["c3"]), ("Ève", ["c3"]), ("bob lovelace", []),
        ("   ", ["c3", "b2", "a1"]), ("\\", []),
    ],
)  # fmt: skip
@pytest.mark.parametrize("few", [0, 5_000])
async def test_a_lead_is_found_by_how_its_name_address_or_company_begins(
    store, words, leads, few, monkeypatch
):
    """Whether those who are called so are few, and looked up first, or many."""
    monkeypatch.setattr("leadworkflows.reports.leads.FEW", few)
    await given(store)
    assert await found(store, words=words) == leads


async def test_a_lead_whose_workflow_has_not_recorded_yet_is_listed_at_the_first_stage(store):
    await given(store)
    lines, _ = await leads_matching(store.database, LeadQuery())
    assert [(line.stage, line.name) for line in lines][-1] == ("lead", "Ada Lovelace")


@pytest.mark.parametrize("sort", ["newest", "score", "last", "clock"])
async def test_pages_hold_every_lead_once_and_in_order(store, sort):
    told = lives(31, 60)
    await record(store, told)
    asked, after, seen = LeadQuery(sort=sort), None, []
    while True:
        lines, after = await leads_matching(store.database, asked, 7, after)
        seen += lines
        if after is None:
            break
    by = {"newest": "created_at", "score": "score", "last": "last_at", "clock": "clock_due_at"}[sort]
    values = [getattr(line, by) for line in seen]
    assert values == sorted(values, reverse=sort != "clock")
    assert len({line.lead_id for line in seen}) == len(seen) > 0
    expected = [each for each in told if sort != "clock" or _ticks(each.snapshot)]
    assert {line.lead_id for line in seen} == {each.lead_id for each in expected}


async def test_filters_narrow_the_list_together(store):
    told = lives(32, 60)
    await record(store, told)
    for each in told[:20]:
        shot = each.snapshot
        query = {
            "stage": shot["stage"], "owner": shot["owner"] or "", "channel": shot["channel"] or "",
            "segment": shot["segment"], "min_score": shot["score"]["total"],
        }  # fmt: skip
        same = [
            one.lead_id for one in told
            if all((one.snapshot[name] or "") == query[name] for name in query if name != "min_score")
            and one.snapshot["score"]["total"] >= query["min_score"]
        ]  # fmt: skip
        assert sorted(await found(store, **query)) == sorted(same)


async def test_leads_with_a_missed_clock_are_those_that_still_owe_it(store):
    told = lives(33, 60)
    await record(store, told)
    late = {
        each.lead_id for each in told
        if any(c["state"] == "missed" and not c["stopped_at"] for c in each.snapshot["sla"])
        and not each.snapshot.get("merged_into")
    }  # fmt: skip
    assert late
    assert set(await found(store, clock="missed")) == late


async def test_a_cursor_of_another_list_is_refused(store):
    told = lives(34, 12)
    await record(store, told)
    _, after = await leads_matching(store.database, LeadQuery(), 3)
    with pytest.raises(BadQuery, match="after is no cursor"):
        await leads_matching(store.database, LeadQuery(sort="score"), 3, after)


def _ticks(snapshot):
    return any(not (clock["stopped_at"] or clock["paused"]) for clock in snapshot["sla"])
