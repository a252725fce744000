"""Fills an empty store with a year: makes the people, plays each region on a core of its own, writes."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from random import Random

from leadworkflows.commands.preferences import links_of
from leadworkflows.content import ContentLibrary, MailLinks, Sender
from leadworkflows.demo.year.channels import CHANNELS, REGIONS
from leadworkflows.demo.year.lives import Year
from leadworkflows.demo.year.office import holidays
from leadworkflows.demo.year.population import Character, Population, starts_at
from leadworkflows.demo.year.sellers import SALES_TEAM, SELLERS, TEAM
from leadworkflows.demo.year.sent import Sending
from leadworkflows.demo.year.whole import whole
from leadworkflows.domain.policy import Policy
from leadworkflows.domain.state import JourneyState
from leadworkflows.policies.loader import content_folders
from leadworkflows.store import Store
from leadworkflows.store.bulk import WholeLead
from leadworkflows.store.costs import Cost
from leadworkflows.store.records import OutboxItem
from leadworkflows.store.roster import KeptRep, KeptTeam

COMPANY = Sender(company="Example Routing", website="https://routing.example", signature="", address="")
_AT_A_TIME, _MAILS_AT_A_TIME, _FEW = 100, 500, 150
Say = Callable[[str], None]


@dataclass(frozen=True)
class YearOf:
    """Which year: its seed, how many leads come in it, when it ends, and where our pages are."""

    until: datetime
    seed: int = 1
    leads: int = 2_000
    site: str = "http://localhost:8080"


@dataclass(frozen=True)
class _Task:
    """One region, as it goes to a process."""

    year: YearOf
    policy: Policy
    characters: Sequence[Character]
    links: Mapping[str, MailLinks]


@dataclass(frozen=True)
class Played:
    """What came of a region."""

    leads: Sequence[WholeLead]
    states: Sequence[JourneyState]
    turns: Mapping[str, float]
    time: float


async def fill(store: Store, year: YearOf, policy: Policy, say: Say = lambda _: None) -> list[JourneyState]:
    """Fill a store that has no leads; gives the state of every journey, to go on from.

    The same year in the same policy gives the same leads.
    """
    await _set_up(store, year, policy)
    characters = Population(year.seed, year.until, policy).make(year.leads)
    say(f"{len(characters)} leads come, from {starts_at(year.until):%d %B %Y} on")
    links = {
        who.lead_id: MailLinks(**links_of(year.site, await store.links.token(who.lead_id)))
        for who in characters
    }
    tasks = [_task(year, policy, characters, links, countries) for countries in REGIONS]
    regions = [region async for region in _write_all(store, _play_all(tasks))]
    items = sorted((item for region in regions for lead in region.leads for item in lead.outbox), key=_left)
    for first in range(0, len(items), _MAILS_AT_A_TIME):
        await store.bulk.outbox(items[first : first + _MAILS_AT_A_TIME])
    turns = {rep_id: max(region.turns[rep_id] for region in regions) for rep_id in SELLERS}
    await store.bulk.turns(TEAM, turns, min(region.time for region in regions))
    say(f"{sum(len(lead.entries) for region in regions for lead in region.leads)} entries of their timelines")
    return [state for region in regions for state in region.states]


def _task(
    year: YearOf,
    policy: Policy,
    characters: Sequence[Character],
    links: Mapping[str, MailLinks],
    countries: Sequence[str],
) -> _Task:
    mine = [who for who in characters if who.company.country in countries]
    return _Task(year, policy, mine, {who.lead_id: links[who.lead_id] for who in mine})


async def _play_all(tasks: Sequence[_Task]) -> AsyncIterator[Played]:
    """Each task in a process, as many at a time as there are cores; what comes of it is the same.

    A few leads are played here, sooner than a process starts.
    """
    if sum(len(task.characters) for task in tasks) <= _FEW:
        for task in tasks:
            yield await asyncio.to_thread(_play, task)
        return
    spawn, loop = multiprocessing.get_context("spawn"), asyncio.get_running_loop()
    with ProcessPoolExecutor(min(len(tasks), os.cpu_count() or 1), mp_context=spawn) as pool:
        for played in asyncio.as_completed([loop.run_in_executor(pool, _play, task) for task in tasks]):
            yield await played


async def _write_all(store: Store, regions: AsyncIterator[Played]) -> AsyncIterator[Played]:
    """One is written while others are still being played."""
    async for region in regions:
        for first in range(0, len(region.leads), _AT_A_TIME):
            some = region.leads[first : first + _AT_A_TIME]
            await store.bulk.begin(some)
            await store.timeline.record_new(some)
            await store.bulk.finish(some)
        yield region


def _play(task: _Task) -> Played:
    """One region's year, rendered. Runs in a process of its own."""
    year = Year(task.year.seed, task.policy, task.year.until)
    lives = year.play(task.characters)
    content = ContentLibrary.load(*content_folders(None), sender=COMPANY)
    sending = Sending(task.policy, year.office.roster, content, task.links, task.year.site)

    async def render() -> list[WholeLead]:
        return [whole(life, await sending.all_of(life, task.year.until)) for life in lives]

    leads = asyncio.run(render())
    return Played(leads, [life.state for life in lives], year.office.turns, year.office.time)


async def _set_up(store: Store, year: YearOf, policy: Policy) -> None:
    """The policy, who sells, and what the channels cost."""
    began = starts_at(year.until)
    await store.policies.save(policy.id, policy.name, policy.model_dump_json(by_alias=True), began)
    await store.policies.activate(policy.id, began, "settings")
    dates = holidays()
    await store.roster.put_team(KeptTeam(TEAM, SALES_TEAM, dates), began)
    for rep_id, (rep, _) in SELLERS.items():
        await store.roster.put_rep(KeptRep(rep_id, rep, (TEAM,), dates), began)
    await store.costs.put(costs(year))


def _left(item: OutboxItem) -> tuple[datetime, str]:
    return item.at, item.key


def costs(year: YearOf) -> list[Cost]:
    """What each channel cost in each month of the year."""
    chance, found = Random(f"{year.seed}:costs"), list[Cost]()  # noqa: S311 - a playground, not a secret
    month = starts_at(year.until).date().replace(day=1)
    while month <= year.until.date():
        for channel in CHANNELS:
            amount = Decimal(round(channel.monthly * chance.uniform(0.8, 1.25), -1))
            found.append(Cost(channel.name, month, amount, "EUR"))
        month = month.replace(year=month.year + month.month // 12, month=month.month % 12 + 1)
    return found
