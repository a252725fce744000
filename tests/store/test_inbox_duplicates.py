"""The same thing said twice."""

from __future__ import annotations

import re
from datetime import timedelta

from sqlalchemy import text

from leadworkflows.domain.events import LeadEvent
from tests.store.given import ADA, MINUTE, NOON, accept, form, history, lead_of, page, take

WINDOW = timedelta(minutes=10)


def same_form(**rest):
    return form(content_hash="c0ffee", dedupe_window=WINDOW, **rest)


async def test_a_second_delivery_is_one_duplicate(store):
    await accept(store, form("d-1"))
    again = await accept(store, form("d-1"), form("d-2"))
    assert (again.accepted, again.duplicates, again.event_ids) == (1, 1, ["d-1", "d-2"])
    assert await history(store) == [(1, "d-1"), (2, "d-2")]


async def test_a_delivery_that_repeats_itself_is_taken_once(store):
    answer = await accept(store, form("d-1"), form("d-1"))
    assert (answer.accepted, answer.duplicates) == (1, 1)


async def test_two_sources_may_use_the_same_id(store):
    await accept(store, form("1"), source="typeform")
    assert (await accept(store, form("1"), source="form")).accepted == 1


async def test_a_visitors_event_is_known_while_it_waits_and_after_it_is_claimed(store):
    await accept(store, page("d-1", visitor="a-81"))
    assert (await accept(store, page("d-1", visitor="a-81"))).duplicates == 1
    await accept(store, form("named", visitor="a-81"))
    assert (await accept(store, page("d-1", visitor="a-81"))).duplicates == 1
    assert await history(store) == [(1, "d-1"), (2, "named")]


async def test_the_same_content_within_the_window_is_the_same_delivery(store):
    first = await accept(store, same_form(), at=NOON)
    again = await accept(store, same_form(), at=NOON + WINDOW - MINUTE)
    assert (again.accepted, again.duplicates) == (0, 1)
    assert again.event_ids == first.event_ids


async def test_the_same_content_after_the_window_is_a_new_event(store):
    first = await accept(store, same_form(), at=NOON)
    later = await accept(store, same_form(), at=NOON + WINDOW)
    assert later.accepted == 1
    assert later.event_ids != first.event_ids
    assert (await accept(store, same_form(), at=NOON + WINDOW + MINUTE)).duplicates == 1


async def test_the_same_content_in_one_batch_is_one_event(store):
    assert (await accept(store, same_form(), same_form())).accepted == 1


async def test_other_content_is_another_event(store):
    await accept(store, same_form())
    other = form(content_hash="decaf", dedupe_window=WINDOW)
    assert (await accept(store, other)).accepted == 1


async def test_an_event_that_nothing_tells_apart_is_always_new(store):
    answer = await accept(store, form(), form())
    assert answer.accepted == 2
    assert len(set(answer.event_ids)) == 2


async def test_a_delivery_id_with_personal_data_does_not_become_an_event_id(store):
    answer = await accept(store, form("ada@example.com/1"), form("x" * 201), form("ok:1._-"))
    digests = [each for each in answer.event_ids if re.fullmatch(r"sha-[0-9a-f]{32}", each)]
    assert len(digests) == 2
    assert answer.event_ids[2] == "ok:1._-"
    assert (await accept(store, form("ada@example.com/1"))).duplicates == 1


async def test_the_request_is_kept_byte_for_byte_and_only_when_it_brought_something(store):
    await accept(store, form("d-1"), raw=b'{"a": "\xff\x00"}')
    await accept(store, form("d-1"), raw=b"again")
    async with store.database.reading() as connection:
        kept = await connection.execute(
            text("SELECT body FROM requests JOIN inbox ON inbox.request_id = requests.id")
        )
        assert [bytes(row.body) for row in kept] == [b'{"a": "\xff\x00"}']
        assert (await connection.execute(text("SELECT count(*) FROM requests"))).scalar() == 1


async def test_no_personal_data_is_in_what_is_handed_on(store):
    said = {"first_name": "Ada", "last_name": "Lovelace", "company": "Acme", "phone": "+49301"}
    notes = {"message": "Call Ada"}
    await accept(store, form("ada@example.com", person=said, notes=notes, visitor="ada-laptop"))
    (hand_on,) = await take(store)
    sent = hand_on.lead_id + "".join(LeadEvent.model_dump_json(each) for each in hand_on.rows)
    for word in ("ada@", "ada-laptop", "Lovelace", "Acme", "+49301", "Call"):
        assert word.lower() not in sent.lower()
    assert hand_on.lead_id == await lead_of(store, ADA)
