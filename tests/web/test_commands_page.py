from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from html import unescape
from urllib.parse import unquote

import pytest

from leadworkflows.commands.errors import CommandRefused, CommandUnavailable
from leadworkflows.web.pulse import ANYTHING, Pulse
from tests.web.conftest import KEY, basic, entry
from tests.web.reading import Page

AS = basic("x", KEY)


class Desk:
    """Stands where Temporal does: takes the event, and records what the lead then is."""

    def __init__(self, site):
        self.site, self.told, self.answer = site, [], None
        site.app.state.deps = replace(site.app.state.deps, command=self.take)
        site.app.state.parts.deps = site.app.state.deps

    async def take(self, lead_id, event):
        if self.answer:
            raise self.answer
        self.told.append((lead_id, event))
        await self.site.record(lead_id, entry(9, "Done"), revision=9)
        return {"lead_id": lead_id, "revision": 9}


@pytest.fixture
def desk(site):
    return Desk(site)


async def an_sql(site, **changes):
    lead_id = await site.lead()
    await site.record(lead_id, entry(1, "Demo requested"), revision=1, **changes)
    return lead_id


async def press(site, lead_id, command, **fields):
    shown = (await site.get(lead_id)).text
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', shown))
    given = {**hidden, "by": "rep-7", **fields}
    return await site.client.post(f"/leads/{lead_id}/commands/{command}", data=given, headers=AS)


async def test_a_lead_offers_what_its_stage_allows_and_nothing_else(site):
    text = (await site.get(await an_sql(site))).text
    offered = re.findall(r"/commands/(\w+)", text)
    assert {"log_contact", "return", "open_opportunity", "pause"} <= set(offered)
    assert not {"accept", "win", "reopen", "resume"} & set(offered)
    other = await site.lead("bob@example.com")
    assert "/commands/" not in (await site.get(other)).text


async def test_a_button_tells_the_lead_and_leads_back_to_what_was_recorded(site, desk):
    lead_id = await an_sql(site)
    answer = await press(site, lead_id, "log_contact")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/leads/{lead_id}?done=log_contact")
    ((told, event),) = desk.told
    assert (told, event.type, event.where("by"), event.where("seen")) == (lead_id, "contact_made", "rep-7", 1)
    assert "Contact noted." in (await site.client.get(answer.headers["location"], headers=AS)).text


async def test_a_return_needs_a_reason_and_keeps_the_note_out_of_temporal(site, desk):
    lead_id = await an_sql(site)
    empty = await press(site, lead_id, "return", note="Call Ada in June")
    assert empty.status_code == 422
    assert "Say why." in Page(empty.text).text
    assert "Call Ada in June" in empty.text
    assert desk.told == []
    done = await press(site, lead_id, "return", reason="not_ready", note="Call Ada in June")
    assert done.status_code == 303
    event = desk.told[0][1]
    assert event.where("reason") == "not_ready"
    assert "June" not in event.model_dump_json()
    assert [note.text for note in await site.store.notes.of(lead_id)] == ["Call Ada in June"]


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [(CommandRefused("The lead has moved on since"), 409, "The lead has moved on since."),
     (CommandUnavailable("Temporal cannot be reached"), 503, "Temporal cannot be reached")],
)  # fmt: skip
async def test_a_refusal_is_said_where_the_button_is_and_nothing_is_lost(site, desk, error, status, said):
    lead_id = await an_sql(site)
    desk.answer = error
    answer = await press(site, lead_id, "return", reason="not_ready", note="Call in June")
    assert answer.status_code == status
    page = Page(answer.text)
    assert said in page.text
    assert "Call in June" in page.text
    assert await site.store.notes.of(lead_id) == []


async def test_what_is_sent_twice_is_the_same_event(site, desk):
    lead_id = await an_sql(site)
    for _ in range(2):
        await press(site, lead_id, "log_contact", once="a" * 32)
    assert len({event.id for _, event in desk.told}) == 1


@pytest.mark.parametrize(
    ("command", "fields", "status"),
    [("fly", {}, 404), ("Return", {}, 422), ("log_contact", {"by": "a b@c"}, 422),
     ("log_contact", {"csrf": ""}, 403), ("return", {"reason": "no_such_reason"}, 422)],
)  # fmt: skip
async def test_what_no_form_of_ours_sends_is_refused(site, desk, command, fields, status):
    lead_id = await an_sql(site)
    assert (await press(site, lead_id, command, **fields)).status_code == status
    assert desk.told == []


async def test_who_may_only_read_may_not_sell(site, desk):
    lead_id = await an_sql(site)
    assert (await site.client.post(f"/leads/{lead_id}/commands/log_contact")).status_code == 401


# Live


async def test_a_page_hears_of_its_own_lead_and_of_no_other(site):
    pulse, lead_id, other = (
        Pulse(site.store, every_s=0.01),
        await an_sql(site),
        await site.lead("b@example.com"),
    )
    async with asyncio.timeout(20):
        news = pulse.news(lead_id, seen="1")
        waiting = asyncio.ensure_future(anext(news))
        await site.record(other, entry(5, "Elsewhere"))
        await site.record(lead_id, entry(7, "Moved"), revision=7)
        assert await waiting == "7"
        await news.aclose()


async def test_nobody_waits_for_news_of_what_no_lead_can_be(site):
    """PostgreSQL takes no null character: one such page would keep the news from all."""
    async with asyncio.timeout(20):
        assert (await site.client.get("/live/leads/a%00b", headers=AS)).status_code == 422


async def test_a_page_that_is_behind_hears_so_at_once(site):
    pulse, lead_id = Pulse(site.store, every_s=0.01), await an_sql(site)
    async with asyncio.timeout(20):
        news = pulse.news(lead_id, seen="0")
        assert await anext(news) == "1"
        await news.aclose()


async def test_today_hears_of_what_was_recorded_between_its_page_and_its_stream(site):
    lead_id = await an_sql(site)
    page = await site.client.get("/", headers=basic("anybody", KEY))
    asked = re.search(r'sse-connect="/live/today\?seen=([^"]+)"', page.text)
    assert asked
    await site.record(lead_id, entry(20, "Moved"))
    async with asyncio.timeout(20):
        news = Pulse(site.store, every_s=0.01).news(ANYTHING, seen=unquote(unescape(asked[1])))
        assert await anext(news) == str(await site.store.leads.last_at())
        await news.aclose()


async def test_today_hears_of_everybody_and_ends_with_the_process(site):
    pulse, lead_id = Pulse(site.store, every_s=0.01), await an_sql(site)
    async with asyncio.timeout(20):
        news = pulse.news(ANYTHING, seen="nothing yet")
        assert await anext(news)
        waiting = asyncio.ensure_future(anext(news, "over"))
        await site.record(lead_id, entry(20, "Moved"))
        assert await waiting != "over"
        ending = asyncio.ensure_future(anext(news, "over"))
        await asyncio.sleep(0)
        pulse.close()
        assert await ending == "over"
