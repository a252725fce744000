"""What sales writes in its own words."""

from __future__ import annotations

from tests.store.given import MINUTE, NOON, lead_of


async def test_notes_come_back_in_the_order_in_which_they_were_written(store):
    lead_id = await lead_of(store)
    await store.notes.add(lead_id, "cmd-2", None, "later", NOON + MINUTE)
    await store.notes.add(lead_id, "cmd-1", "rep-7", "Ada calls back at four", NOON)
    first, second = await store.notes.of(lead_id)
    assert (first.event_id, first.by, first.text, first.at) == (
        "cmd-1", "rep-7", "Ada calls back at four", NOON,
    )  # fmt: skip
    assert (second.by, second.text) == (None, "later")


async def test_a_note_written_twice_is_kept_once(store):
    lead_id = await lead_of(store)
    for text in ("first", "second"):
        await store.notes.add(lead_id, "cmd-1", None, text, NOON)
    assert [note.text for note in await store.notes.of(lead_id)] == ["first"]


async def test_a_note_can_be_taken_back(store):
    lead_id = await lead_of(store)
    await store.notes.add(lead_id, "cmd-1", None, "never mind", NOON)
    await store.notes.remove("cmd-1")
    assert await store.notes.of(lead_id) == []


async def test_a_notes_text_is_not_shown_by_accident(store):
    lead_id = await lead_of(store)
    await store.notes.add(lead_id, "cmd-1", None, "call Ada", NOON)
    assert "Ada" not in repr(await store.notes.of(lead_id))
