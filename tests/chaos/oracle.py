"""What must be true when the storm is over: nothing lost, nothing doubled, every lead as the core says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select

from leadworkflows.domain.decisions import Action, TimelineEntry
from leadworkflows.domain.events import LeadEvent
from leadworkflows.domain.policy import Policy
from leadworkflows.domain.simulation import Simulation
from leadworkflows.store import EffectRecord, Store
from leadworkflows.store.effects import MISSED
from leadworkflows.store.models import EventRow, LeadRow
from tests.workflows.server import story

SAME = ("stage", "sub_status", "score", "priority", "persona", "segment", "contact")
"""What of a lead is compared besides its timeline."""
OPEN = ("reserved", "released", "stuck")
_IN_DOUBT = "it may have been performed"
"""So much is said of what an earlier attempt may have done before it was withheld."""


@dataclass(frozen=True)
class InTheWorld:
    """What vendors took, by our keys, each as often as it was taken."""

    mails: Counter[str]
    alerts: Counter[str]

    def of(self, action: str) -> Counter[str] | None:
        """What the vendor of an action took; None for an action that has no vendor."""
        if action == "email.send":
            return self.mails
        return self.alerts if action.startswith("slack.") else None


@dataclass
class Found:
    """What was found, and what was wrong with it; each problem a sentence."""

    problems: list[str] = field(default_factory=list)
    events: int = 0
    leads: int = 0
    stages: Counter[str] = field(default_factory=Counter)
    entries: int = 0
    effects: Counter[str] = field(default_factory=Counter)
    unknown: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Lead:
    """All that is on record of a lead."""

    lead_id: str
    events: Sequence[LeadEvent]
    timeline: Sequence[TimelineEntry]
    snapshot: Mapping[str, Any]
    effects: Sequence[EffectRecord]


async def judge(
    store: Store, policy: Policy, accepted: set[str], look: Callable[[], InTheWorld], until: datetime
) -> Found:
    """Compare everything on record with what was acknowledged, and with what vendors took.

    A lead's timeline is compared up to `until`, when nothing was sent any more. `look` tells what vendors
    took, and is asked after the record was read: what is on record as done was done before.
    """
    found = Found()
    found.problems += await _inbox_problems(store, accepted, found)
    decided: set[str] = set()
    leads = await _leads(store)
    world, now = look(), datetime.now(UTC)
    for lead in leads:
        simulated = replayed(policy, lead, until)
        due = list(simulated.actions)
        found.problems += lead_problems(lead, simulated.timeline, until)
        simulated.run_until(now)
        found.problems += state_problems(lead, simulated.journey.view())
        found.problems += effect_problems(lead.effects, due, simulated.actions, world)
        decided |= {action.key for action in simulated.actions}
        _count(found, lead)
    found.problems += vendor_problems(world, decided)
    return found


def replayed(policy: Policy, lead: Lead, until: datetime) -> Simulation:
    """The same events in memory, in the order on record: each after what the lead had done before it.

    A lead whose worker was dead may have been told of a morning's visit after a clock struck at noon. The
    record says only which came first; what comes of it is the core's.
    """
    simulation, latest = Simulation(policy, lead.lead_id), lead.events[0].occurred_at
    told = [entry for entry in lead.timeline if entry.kind != "action"]
    places = {str(entry.data["event_id"]): n for n, entry in enumerate(told) if entry.kind == "event"}
    for event in lead.events:
        before = places.get(event.id, 0)
        while len(story(simulation.timeline)) < before:
            due = simulation.journey.next_wakeup
            if due is None or due > until:
                break
            simulation.run_until(due)
        latest = max(latest, event.occurred_at)
        simulation.deliver(event, at=latest)
    simulation.run_until(until)
    return simulation


def _count(found: Found, lead: Lead) -> None:
    found.leads += 1
    found.entries += len(lead.timeline)
    found.stages[str(lead.snapshot.get("stage"))] += 1
    for effect in lead.effects:
        found.effects[f"{effect.action} {effect.status}"] += 1
    found.unknown += [effect.key for effect in lead.effects if effect.status == "unknown"]


async def _inbox_problems(store: Store, accepted: set[str], found: Found) -> list[str]:
    """Everything acknowledged is in the inbox once, and belongs to somebody."""
    async with store.database.reading() as connection:
        rows = (await connection.execute(select(EventRow.event_id, EventRow.lead_id))).all()
    kept = Counter(row.event_id for row in rows)
    found.events = len(rows)
    return [
        *(
            f"event {each} was acknowledged and is not in the inbox"
            for each in sorted(accepted - kept.keys())
        ),
        *(f"event {each} is in the inbox and nobody sent it" for each in sorted(kept.keys() - accepted)),
        *(f"event {each} is in the inbox {count} times" for each, count in kept.items() if count > 1),
        *(f"event {row.event_id} belongs to no lead" for row in rows if row.lead_id is None),
    ]


async def _leads(store: Store) -> list[Lead]:
    async with store.database.reading() as connection:
        ids = list((await connection.execute(select(LeadRow.lead_id).order_by(LeadRow.lead_id))).scalars())
    return [await _lead(store, lead_id) for lead_id in ids]


async def _lead(store: Store, lead_id: str) -> Lead:
    record = await store.leads.get(lead_id)
    return Lead(
        lead_id,
        await store.inbox.of(lead_id),
        await store.timeline.of(lead_id),
        (record.snapshot if record else None) or {},
        await store.effects.of(lead_id),
    )


def lead_problems(lead: Lead, simulated: Sequence[TimelineEntry], until: datetime) -> list[str]:
    """What its timeline says otherwise than the core does on the same events in their recorded order."""
    taken = [str(entry.data["event_id"]) for entry in lead.timeline if entry.kind == "event"]
    problems = []
    if taken != [event.id for event in lead.events]:
        missing = [event.id for event in lead.events if event.id not in taken]
        twice = [each for each, count in Counter(taken).items() if count > 1]
        problems.append(f"lead {lead.lead_id} took other events in: missing {missing}, twice {twice}")
    numbers = [entry.n for entry in lead.timeline]
    if numbers != list(range(1, len(numbers) + 1)):
        problems.append(f"lead {lead.lead_id}: the entries of its timeline are not numbered without a gap")
    told, expected = (
        story([entry for entry in entries if entry.at <= until]) for entries in (lead.timeline, simulated)
    )
    if told != expected:
        first = next((n for n, (a, b) in enumerate(zip(told, expected, strict=False)) if a != b), None)
        first = min(len(told), len(expected)) if first is None else first
        problems.append(
            f"lead {lead.lead_id} tells another story from its entry {first} on:"
            f" {told[first : first + 2]} instead of {expected[first : first + 2]}"
        )
    return problems


def state_problems(lead: Lead, view: Mapping[str, Any]) -> list[str]:
    """Where it stands elsewhere than the core says."""
    return [
        f"lead {lead.lead_id}: {what} is {lead.snapshot.get(what)} instead of {view[what]}"
        for what in SAME
        if lead.snapshot.get(what) != view[what]
    ]


def effect_problems(
    effects: Sequence[EffectRecord], due: Sequence[Action], decided: Sequence[Action], world: InTheWorld
) -> list[str]:
    """What was decided and not done, done and not decided, or done otherwise than is on record.

    `due` was decided for certain; what was decided since may or may not be under way.
    """
    known, may = {effect.key for effect in effects}, {action.key for action in decided}
    problems = [f"{action.key} was decided and never tried" for action in due if action.key not in known]
    problems += [f"{key} was tried and never decided" for key in sorted(known - may)]
    for effect in effects:
        problems += _effect_problems(effect, world.of(effect.action))
    return problems


def _effect_problems(effect: EffectRecord, taken: Counter[str] | None) -> list[str]:
    if effect.status in OPEN:
        return [f"{effect.key} is still {effect.status}: {effect.detail}"]
    if effect.status == "failed" and effect.detail != MISSED:
        return [f"{effect.key} failed: {effect.detail}"]
    if taken is None:
        return []
    return _belied(effect, was_taken=bool(taken[effect.key]))


def _belied(effect: EffectRecord, *, was_taken: bool) -> list[str]:
    """Where the vendor knows otherwise."""
    if effect.status == "confirmed" and not was_taken:
        return [f"{effect.key} is lost: it is confirmed, and the vendor never took it"]
    if effect.status == "failed" and was_taken:
        return [f"{effect.key} was settled as never performed, and the vendor took it"]
    if effect.status == "withheld" and was_taken and _IN_DOUBT not in effect.detail:
        return [f"{effect.key} was withheld, and the vendor took it"]
    return []


def vendor_problems(world: InTheWorld, decided: set[str]) -> list[str]:
    """What a vendor took twice, or without anybody's decision."""
    taken = world.mails + world.alerts
    return [
        *(f"{key} was done {count} times" for key, count in taken.items() if count > 1),
        *(f"{key} was done and never decided" for key in sorted(taken.keys() - decided)),
    ]
