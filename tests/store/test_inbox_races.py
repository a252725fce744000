"""Many deliveries at the same moment, from several processes."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from datetime import timedelta
from itertools import chain
from pathlib import Path

import pytest
import pytest_asyncio

from leadworkflows.store import Store, migrate
from tests.store.given import ADA, BOB, MINUTE, NOON, accept, form, history, page, take

MANY = 24


async def test_first_events_of_one_new_address_make_one_lead_without_a_gap(four_stores):
    answers = await asyncio.gather(*(accept(four_stores[n % 4], form(f"d-{n}")) for n in range(MANY)))
    assert sum(answer.accepted for answer in answers) == MANY
    leads, _ = await four_stores[0].leads.find()
    assert len(leads) == 1
    found = await history(four_stores[0])
    assert [seq for seq, _ in found] == list(range(1, MANY + 1))
    assert {name for _, name in found} == {f"d-{n}" for n in range(MANY)}


async def test_the_same_delivery_many_times_at_once_is_one_row(four_stores):
    answers = await asyncio.gather(*(accept(four_stores[n % 4], form("d-1")) for n in range(MANY)))
    assert sorted(answer.accepted for answer in answers) == [0] * (MANY - 1) + [1]
    assert {tuple(answer.event_ids) for answer in answers} == {("d-1",)}
    assert await history(four_stores[0]) == [(1, "d-1")]


async def test_the_same_content_many_times_at_once_is_one_row(four_stores):
    said = form(content_hash="c0ffee", dedupe_window=timedelta(minutes=10))
    answers = await asyncio.gather(*(accept(four_stores[n % 4], said) for n in range(MANY)))
    assert sum(answer.accepted for answer in answers) == 1
    assert len(await history(four_stores[0])) == 1


async def test_a_page_view_that_races_the_form_is_never_left_behind(four_stores):
    """Whoever comes first, the view ends up with the lead."""
    for n in range(12):
        await asyncio.gather(
            accept(four_stores[0], page(f"view-{n}", visitor=f"a-{n}")),
            accept(four_stores[1], form(f"form-{n}", visitor=f"a-{n}")),
            accept(four_stores[2], page(f"other-view-{n}", visitor=f"a-{n}")),
        )
    found = await history(four_stores[0])
    assert [seq for seq, _ in found] == list(range(1, 37))
    assert len({name for _, name in found}) == 36


async def test_two_people_who_claim_one_visitor_at_once_share_nothing(four_stores):
    await accept(four_stores[0], page("view-1", visitor="a-81"))
    await asyncio.gather(
        accept(four_stores[1], form("ada-1", visitor="a-81")),
        accept(four_stores[2], form("bob-1", email=BOB, visitor="a-81")),
    )
    both = [name for _, name in await history(four_stores[0], ADA) + await history(four_stores[0], BOB)]
    assert sorted(both) == ["ada-1", "bob-1", "view-1"]


async def test_batches_about_the_same_people_in_opposite_order_both_come_through(four_stores):
    people = [f"lead{n}@example.com" for n in range(20)]
    for turn in range(4):
        one = [form(f"{turn}-one-{n}", email=email, visitor=f"v-{n}") for n, email in enumerate(people)]
        two = [form(f"{turn}-two-{n}", email=email, visitor=f"v-{n}") for n, email in enumerate(people)]
        await asyncio.gather(accept(four_stores[0], *one), accept(four_stores[1], *reversed(two)))
    for email in people:
        assert [seq for seq, _ in await history(four_stores[0], email)] == list(range(1, 9))


async def test_one_reservation_of_many_is_the_first(four_stores):
    stores = (four_stores[n % 4] for n in range(MANY))
    asked = (store.effects.reserve("lead:x:mail:1", "x", "email.send", NOON) for store in stores)
    answers = await asyncio.gather(*asked)
    assert [answer.first for answer in answers].count(True) == 1


async def test_a_hand_on_during_deliveries_keeps_every_leads_order(four_stores):
    """What is handed on while more comes in is 1, 2, 3 … for each lead, each once."""
    writing = [accept(four_stores[n % 3], form(f"d-{n}", email=(ADA, BOB)[n % 2])) for n in range(40)]
    done = asyncio.gather(*writing)
    seen: dict[str, list[int]] = {}
    while not done.done() or await four_stores[3].inbox.backlog():
        await asyncio.sleep(0)  # whoever finds nothing due has waited for nothing, and all are of one loop
        for hand_on in await take(four_stores[3]):
            seen.setdefault(hand_on.lead_id, []).extend(row.seq for row in hand_on.rows)
            await four_stores[3].claims.told([hand_on], NOON)
    await done
    assert list(seen.values()) == [list(range(1, 21))] * 2


@pytest_asyncio.fixture(loop_scope="session")
async def on_sqlite(tmp_path: Path) -> AsyncIterator[Store]:
    """A second empty store, on SQLite: both databases must agree with it."""
    url = f"sqlite:///{tmp_path / 'second.db'}"
    migrate.upgrade(url)
    async with Store.open(url) as second:
        yield second


@pytest.mark.parametrize("seed", range(2))
async def test_a_batch_has_the_same_outcome_as_its_events_alone(store, on_sqlite, seed):
    chance = random.Random(seed)  # noqa: S311 (a reproducible mix, not a secret)
    mixed = [_anything(chance, n) for n in range(40)]
    cuts = sorted(chance.sample(range(1, 40), 5))
    parts = [mixed[a:b] for a, b in zip([0, *cuts], [*cuts, 40], strict=True)]
    alone = await _outcome(store, [[each] for each in mixed])
    assert alone == await _outcome(on_sqlite, parts)


def _anything(chance: random.Random, n: int):
    email = chance.choice([None, ADA, BOB, "eve@example.com"])
    visitor = chance.choice(["a-1", "a-2", "a-3", "a-4" if email is None else None])
    person = {"title": chance.choice(["CFO", "Intern", ""]), "company": chance.choice(["", "Acme"])}
    delivery = f"d-{chance.choice([n, n, n, n // 2])}"
    at = NOON - chance.randrange(90) * MINUTE
    return page(delivery, at=at, person=person, email=email, visitor=visitor)


async def _outcome(store: Store, batches) -> list[object]:
    answers = [await accept(store, *batch) for batch in batches]
    people = [await store.leads.find(email=email) for email in (ADA, BOB, "eve@example.com")]
    events = [await store.inbox.of(lead.lead_id) for found, _ in people for lead in found]
    known = [lead.person for found, _ in people for lead in found]
    ids = list(chain.from_iterable(answer.event_ids for answer in answers))
    return [ids, sum(answer.accepted for answer in answers), events, known]
