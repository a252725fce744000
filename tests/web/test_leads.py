from __future__ import annotations

from datetime import timedelta

import pytest

from leadworkflows.domain.decisions import EntryKind
from leadworkflows.reports.behind import behind_query
from leadworkflows.reports.cursors import cursor
from leadworkflows.reports.shapes import Behind, Filters
from leadworkflows.web.behind_words import behind_words, months
from tests.web.conftest import KEY, NOW, basic, entry
from tests.web.reading import Page


async def get(site, address):
    return await site.client.get(address, headers=basic("x", KEY))


async def two_leads(site):
    ada, bob = await site.lead(), await site.lead("bob@example.org", {"first_name": "Bob", "company": "Oak"})
    await site.record(ada, entry(1, "Demo requested"))
    await site.record(bob, entry(1, "Wrote"), stage="mql", sub_status="open", owner=None, sla=[])
    return ada, bob


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", {"Ada Lovelace", "Bob"}),
        ("q=lovel", {"Ada Lovelace"}),
        ("q=BOB@example", {"Bob"}),
        ("q=oak", {"Bob"}),
        ("q=nobody", set()),
        ("stage=sql", {"Ada Lovelace"}),
        ("stage=mql&owner=", {"Bob"}),
        ("owner=rep-7", {"Ada Lovelace"}),
        ("clock=ticking&sort=clock", {"Ada Lovelace"}),
        ("min_score=88", set()),
        ("min_score=87&channel=linkedin&persona=cfo&segment=everyone-else", {"Ada Lovelace", "Bob"}),
    ],
)
async def test_leads_are_found_by_what_is_known_of_them(site, query, names):
    await two_leads(site)
    text = Page((await get(site, f"/leads?{query}")).text).text
    assert {name for name in ("Ada Lovelace", "Bob") if name in text} == names
    assert names or "No lead fits." in text


@pytest.mark.parametrize("query", ["q=%25", "q=_", "q=%27%3B--", "q=%00", "q=" + "a" * 200])
async def test_odd_words_find_nobody_and_break_nothing(site, query):
    await two_leads(site)
    answer = await get(site, f"/leads?{query}")
    assert answer.status_code == 200
    assert "No lead fits." in answer.text


@pytest.mark.parametrize(
    ("query", "field"),
    [("stage=won", "stage"), ("sort=best", "sort"), ("clock=x", "clock"), ("min_score=many", "min_score"),
     ("after=nonsense", "after"), ("entered=mql&since=soon", "since"), ("q=" + "a" * 201, "q")],
)  # fmt: skip
async def test_an_address_that_cannot_be_understood_is_answered_with_the_field(site, query, field):
    answer = await get(site, f"/leads?{query}")
    assert answer.status_code == 422
    assert "Internal" not in answer.text


@pytest.mark.parametrize("path", ["/leads?owner=a%00b", "/leads?channel=%00", "/outbox?lead=%00"])
async def test_what_postgresql_takes_for_no_text_is_refused_by_its_name(site, path):
    answer = await get(site, path)
    assert (answer.status_code, "address of this page does not fit" in answer.text) == (422, True)


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
async def test_a_cursor_before_or_after_all_time_is_refused(site, at):
    for query in ("", "&entered=mql&since=1970-01-01&until=9000-01-01"):
        word = cursor([at, "a", 1] if query else [at, "a"])
        answer = await get(site, f"/leads?after={word}{query}")
        assert answer.status_code == 422, answer.text


async def test_a_long_list_goes_on_and_misses_nobody(site):
    for n in range(53):
        await site.lead(f"p{n}@example.com", {"first_name": f"Person{n:02}x"})
    first = Page((await get(site, "/leads")).text)
    following = next(each for each in first.values("href") if "after=" in each)
    second = Page((await get(site, following)).text)
    shown = [{n for n in range(53) if f"Person{n:02}x" in page.text} for page in (first, second)]
    assert [len(each) for each in shown] == [50, 3]
    assert shown[0] | shown[1] == set(range(53))
    assert not [each for each in second.values("href") if "after=" in each]


async def test_the_list_behind_a_number_says_what_it_is_of(site):
    await two_leads(site)
    month = NOW.date().replace(day=1)
    behind = Behind(
        "lead", month, (month + timedelta(days=31)).replace(day=1), filters=Filters(channel="linkedin")
    )
    query = "&".join(f"{name}={value}" for name, value in behind_query(behind).items())
    page = Page((await get(site, f"/leads?{query}")).text)
    assert "New leads, March 2026, channel LinkedIn" in page.text
    assert "form" not in page.tags


def test_a_number_is_told_in_words():
    since, until = NOW.date().replace(month=1, day=1), NOW.date().replace(month=4, day=1)
    behind = Behind("mql", since, until, not_converted="sql", reason="", filters=Filters(industry=""))
    assert behind_words(behind) == (
        "Became MQL, January to March 2026, did not become SQL, reason: none given, industry not known"
    )
    assert months(since, since.replace(month=2)) == "January 2026"
    assert months(since.replace(year=2025), since.replace(month=2)) == "January 2025 to January 2026"


async def test_today_says_what_waits_what_came_in_and_what_is_up(site):
    lead_id = await site.lead()
    started = entry(2, "Clock first contact started", kind=EntryKind.CLOCK)
    started = started.model_copy(
        update={"data": {"clock": "first_contact", "due_at": "2026-03-06T16:50:00Z"}}
    )
    born = entry(1, "Lead", kind=EntryKind.STAGE).model_copy(update={"data": {"to": "lead"}})
    await site.record(lead_id, born, started)
    page = Page((await get(site, "/")).text)
    for words in ("Waiting for sales", "Ada Lovelace", "First contact", "in 18 min", "Temporal answers",
                  "Webhooks all understood", "Nothing was missed."):  # fmt: skip
        assert words in page.text, words
    assert f"/leads/{lead_id}" in page.values("href")
    assert page.crossed == []


async def test_today_of_an_empty_installation_is_a_page_too(site):
    text = Page((await get(site, "/")).text).text
    assert "Nobody waits." in text
    assert "Nothing came in." in text
