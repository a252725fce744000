"""Raw requests are kept for a while only; what they brought stays."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest_asyncio
from sqlalchemy import delete, func, select, update

from leadworkflows.domain.decisions import EntryKind, TimelineEntry
from leadworkflows.domain.events import EventType
from leadworkflows.sources.base import Identity, InboundEvent
from leadworkflows.store import Store, migrate
from leadworkflows.store.models import LeadRow, PassRow, RequestRow
from leadworkflows.store.quarantine import Refused
from leadworkflows.upkeep import Upkeep

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
MONTH = timedelta(days=30)


@pytest_asyncio.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    url = f"sqlite:///{tmp_path / 'leads.db'}"
    migrate.upgrade(url)
    async with Store.open(url) as opened:
        yield opened


async def delivered(store: Store, number: int, at: datetime) -> None:
    event = InboundEvent(
        delivery_id=f"d-{number}",
        type=EventType.FORM_SUBMITTED,
        identity=Identity(email="ada@example.com"),
    )
    await store.inbox.accept("form", [event], at, raw=b"email=ada", classify=lambda _: {})


async def requests(store: Store) -> int:
    async with store.database.reading() as connection:
        return (await connection.execute(select(func.count()).select_from(RequestRow))).scalar_one()


async def test_a_raw_request_is_dropped_after_its_time_and_its_event_stays(store):
    await delivered(store, 1, NOON)
    await delivered(store, 2, NOON + timedelta(days=20))
    assert await Upkeep(store, MONTH).drop(NOON + MONTH + timedelta(hours=1)) == 1
    assert await requests(store) == 1
    lead_id = await store.leads.lead_id_of("ada@example.com")
    assert [event.id for event in await store.inbox.of(lead_id)] == ["d-1", "d-2"]


async def test_many_are_dropped_in_several_transactions(store, monkeypatch):
    monkeypatch.setattr("leadworkflows.upkeep._AT_ONCE", 4)
    for number in range(10):
        await delivered(store, number, NOON)
    assert await Upkeep(store, MONTH).drop(NOON + 2 * MONTH) == 10
    assert await requests(store) == 0


async def test_what_is_within_its_time_stays(store):
    await delivered(store, 1, NOON)
    assert await Upkeep(store, MONTH).drop(NOON + timedelta(days=29)) == 0
    assert await requests(store) == 1


async def test_the_quarantine_forgets_too(store):
    refused = Refused(
        source="typeform", method="POST", url="/webhooks/typeform", headers={}, body=b"{}", field="body",
        problem="is empty",
    )  # fmt: skip
    await store.quarantine.keep(refused, NOON)
    assert await Upkeep(store, MONTH).drop(NOON + 2 * MONTH) == 1
    assert await store.quarantine.list() == []


async def test_what_a_version_recorded_that_did_not_count_is_counted_by_the_way(store):
    await delivered(store, 1, NOON)
    lead_id = await store.leads.lead_id_of("ada@example.com")
    opened = TimelineEntry(
        n=1, at=NOON, kind=EntryKind.STAGE, what="Lead", policy="default-1", data={"to": "lead"}
    )
    await store.timeline.record(lead_id, [opened], {"stage": "lead"}, 1)
    async with store.database.writing() as connection:
        await connection.execute(update(LeadRow).values(last_at=None))
        await connection.execute(delete(PassRow))
    assert await Upkeep(store, MONTH).count() == 1
    async with store.database.reading() as connection:
        assert (await connection.execute(select(PassRow.began_at))).scalars().all() == [NOON]
    assert await Upkeep(store, MONTH).count() == 0
