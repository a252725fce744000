"""What was verified and not understood waits, once, until it is."""

from __future__ import annotations

from leadworkflows.store.quarantine import Refused, digest_of
from tests.store.given import MINUTE, NOON


def refused(body: bytes = b"{}", source: str = "typeform", problem: str = "is missing") -> Refused:
    return Refused(
        source=source, method="POST", url="/webhooks/typeform", headers={"content-type": "application/json"},
        body=body, field="email", problem=problem,
    )  # fmt: skip


async def test_a_request_comes_back_byte_for_byte(store):
    body = bytes(range(256))
    row_id, first = await store.quarantine.keep(refused(body), NOON)
    kept = await store.quarantine.get(row_id)
    assert first
    assert (kept.body, kept.headers, kept.url) == (
        body, {"content-type": "application/json"}, "/webhooks/typeform",
    )  # fmt: skip
    assert (kept.field, kept.problem, kept.attempts) == ("email", "is missing", 1)
    assert (kept.received_at, kept.last_seen_at, kept.resolved_at) == (NOON, NOON, None)


async def test_its_repetition_is_the_same_request_with_what_is_wrong_today(store):
    row_id, _ = await store.quarantine.keep(refused(), NOON)
    assert await store.quarantine.keep(refused(problem="is not valid"), NOON + MINUTE) == (row_id, False)
    kept = await store.quarantine.get(row_id)
    assert (kept.attempts, kept.problem) == (2, "is not valid")
    assert (kept.received_at, kept.last_seen_at) == (NOON, NOON + MINUTE)
    assert await store.quarantine.count() == 1


async def test_the_same_body_from_another_source_is_another_request(store):
    one, _ = await store.quarantine.keep(refused(), NOON)
    other, first = await store.quarantine.keep(refused(source="tally"), NOON)
    assert first
    assert one != other


async def test_those_that_wait_are_listed_newest_first_by_source(store):
    ids = [(await store.quarantine.keep(refused(bytes([n])), NOON))[0] for n in range(3)]
    await store.quarantine.keep(refused(source="tally"), NOON)
    await store.quarantine.resolve(ids[1], NOON)
    assert [kept.id for kept in await store.quarantine.list(source="typeform")] == [ids[2], ids[0]]
    assert [kept.source for kept in await store.quarantine.list(limit=1)] == ["tally"]
    assert await store.quarantine.count() == 3
    waiting = {digest_of("typeform", b"\x00"), digest_of("typeform", b"\x02"), digest_of("tally", b"{}")}
    assert await store.quarantine.waiting_digests() == waiting


async def test_the_first_time_it_was_resolved_stands(store):
    row_id, _ = await store.quarantine.keep(refused(), NOON)
    await store.quarantine.resolve_same("typeform", b"{}", NOON)
    await store.quarantine.resolve(row_id, NOON + MINUTE)
    assert (await store.quarantine.get(row_id)).resolved_at == NOON


async def test_what_comes_again_after_it_was_resolved_waits_again_as_of_now(store):
    row_id, _ = await store.quarantine.keep(refused(), NOON)
    await store.quarantine.resolve(row_id, NOON)
    assert await store.quarantine.keep(refused(), NOON + MINUTE) == (row_id, False)
    kept = await store.quarantine.get(row_id)
    assert (kept.resolved_at, kept.received_at) == (None, NOON + MINUTE)


async def test_a_retry_in_vain_is_written_down(store):
    row_id, _ = await store.quarantine.keep(refused(), NOON)
    await store.quarantine.still_refused(row_id, "title", "is too long", NOON + MINUTE)
    kept = await store.quarantine.get(row_id)
    assert (kept.field, kept.problem, kept.attempts) == ("title", "is too long", 2)


async def test_old_requests_are_forgotten_a_few_at_a_time(store):
    for n in range(5):
        await store.quarantine.keep(refused(bytes([n])), NOON + n * MINUTE)
    assert await store.quarantine.drop_before(NOON + 3 * MINUTE, limit=2) == 2
    assert await store.quarantine.drop_before(NOON + 3 * MINUTE, limit=2) == 1
    assert [kept.body for kept in await store.quarantine.list()] == [b"\x04", b"\x03"]


async def test_a_body_is_not_shown_by_accident(store):
    row_id, _ = await store.quarantine.keep(refused(b'{"email": "ada@example.com"}'), NOON)
    assert "ada" not in repr(await store.quarantine.get(row_id))


async def test_what_is_not_there_is_none(store):
    assert await store.quarantine.get(1) is None
