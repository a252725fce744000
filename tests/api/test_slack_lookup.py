"""`/lead`: a lead's card for whoever asks, from the store alone."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from leadworkflows.domain.decisions import EntryKind, TimelineEntry
from leadworkflows.store.models import LeadRow
from tests.api.edge import EVENT
from tests.vendors.blockkit import walk


@pytest.fixture
async def lead(slacked):
    await slacked.edge.events(EVENT)
    return await slacked.edge.lead_id()


@pytest.mark.parametrize(
    "text",
    ["ada@example.com", " Ada@Example.com ", "<mailto:ada@example.com|ada@example.com>", "{id}", "lead-{id}"],
)
async def test_a_lead_is_shown_by_address_and_by_id(slacked, lead, text):
    answer = await slacked.slash(text.format(id=lead))
    assert "Ada Lovelace" in str(answer["blocks"])
    assert not walk(answer["blocks"])
    assert slacked.slack.calls == []


async def test_it_says_what_the_lead_did_lately(slacked, lead):
    entry = TimelineEntry(
        n=1, at=slacked.edge.now - timedelta(hours=1), kind=EntryKind.EVENT, policy="p-1",
        what="Viewed the pricing page", data={"type": "page_viewed"},
    )  # fmt: skip
    await slacked.edge.store.timeline.record(lead, [entry], {"stage": "mql", "owner": "rep-7"}, 1)
    shown = str((await slacked.slash("ada@example.com"))["blocks"])
    assert "Viewed the pricing page" in shown
    assert "<@U0ADA0001>" in shown


@pytest.mark.parametrize("text", ["bob@example.com", "0" * 32, "lead-nobody"])
async def test_a_lead_that_nobody_knows_is_a_sentence(slacked, lead, text):
    assert await slacked.slash(text) == {"response_type": "ephemeral", "text": "There is no such lead."}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "`/lead ada@example.com`"),
        ("   ", "`/lead ada@example.com`"),
        ("Ada Lovelace", "one lead at a time"),
        ("ada@example.com bob@example.com", "one lead at a time"),
        ("ada@", "no address"),
        ("'; --", "one lead at a time"),
        ("�%00", "no such lead"),
    ],
)
async def test_anything_else_says_what_to_write(slacked, lead, text, said):
    assert said in (await slacked.slash(text))["text"]


async def test_who_turned_out_to_be_another_lead_is_that_lead(slacked, lead):
    await slacked.edge.events({**EVENT, "id": "evt-18", "identity": {"email": "ada@other.example"}})
    other = await slacked.edge.lead_id("ada@other.example")
    merged = update(LeadRow).where(LeadRow.lead_id == other).values(merged_into=lead)
    async with slacked.edge.store.database.writing() as connection:
        await connection.execute(merged)
    assert "ada@example.com" in str((await slacked.slash(other))["blocks"])
