"""The same thing said twice."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import text, update

from leadworkflows.domain.events import LeadEvent
from leadworkflows.store import Store, migrate
from leadworkflows.store.models import EventRow
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
    await accept(store, form("named-1", visitor="a-81"))
    assert (await accept(store, page("d-1", visitor="a-81"))).duplicates == 1
    assert await history(store) == [(1, "d-1"), (2, "named-1")]


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


@pytest.mark.parametrize(
    "given", ["ada@example.com/1", "Ada Lovelace 1", "ada.lovelace", "x" * 201, "+49 30 5550"]
)
async def test_a_delivery_id_that_may_be_a_name_does_not_become_an_event_id(store, given):
    answer = await accept(store, form(given))
    [name] = answer.event_ids
    assert re.fullmatch(r"id-[0-9a-f]{32}", name)
    assert (await accept(store, form(given))).event_ids == [name]
    assert (await accept(store, form(given))).duplicates == 1


async def test_a_delivery_id_that_is_an_id_stays_readable(store):
    assert (await accept(store, form("ok:1._-"))).event_ids == ["ok:1._-"]


async def test_who_guesses_an_address_cannot_tell_from_the_event_id_whether_it_was_that(store, tmp_path):
    """The same id has another hash in another installation."""
    url = f"sqlite:///{tmp_path / 'other.db'}"
    migrate.upgrade(url)
    async with Store.open(url) as other:
        for same in (form("ada@example.com"), form(content_hash="beans", dedupe_window=WINDOW)):
            assert (await accept(store, same)).event_ids != (await accept(other, same)).event_ids


@pytest.mark.parametrize(("given", "kept_as"), [
    ("ada.lovelace", "ada.lovelace"), ("ada@example.com", "sha-b5fc85e55755f9e0d030a10ab4429b6b"),
])  # fmt: skip
async def test_a_repetition_of_what_an_earlier_version_accepted_is_recognised(store, given, kept_as):
    await accept(store, form("d-1"))
    async with store.database.writing() as connection:
        await connection.execute(update(EventRow).values(event_id=kept_as))
    again = await accept(store, form(given), form(given))
    assert (again.accepted, again.duplicates, again.event_ids) == (0, 2, [kept_as, kept_as])


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
