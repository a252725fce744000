"""Years of leads by chance: events and decisions drawn from a seed, through the real core.

What is drawn is wild rather than believable: every move of the lifecycle happens, leads come back, deeds
are reported late, and months begin while leads are under way.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import insert

from leadworkflows.domain.decisions import TimelineEntry
from leadworkflows.domain.events import LeadEvent
from leadworkflows.domain.lifecycle import Stage
from leadworkflows.domain.policy import Policy
from leadworkflows.domain.simulation import Simulation
from leadworkflows.store import Store
from leadworkflows.store.models import LeadRow, PersonRow
from tests.domain.variants import DEFAULT

BEGIN = datetime(2025, 9, 1, tzinfo=UTC)
DAYS = 420
CHANNELS = ("linkedin", "webinar", "search", None)
INDUSTRIES = ("fintech", "automotive", "manufacturing", "media", "education", None)
REPS = ("rep-1", "rep-2", "rep-3")
_FACTS = ("budget", "authority", "need", "timeline")
_MAPS = ("motivation", "authority", "process", "solution_fit", "committee", "schedule")
_REASONS = ("not_ready", "wrong_profile", "incomplete_data")
Choice = tuple[str, dict[str, Any]]


@dataclass(frozen=True)
class Life:
    """What was recorded of a lead."""

    lead_id: str
    came_at: datetime
    entries: Sequence[TimelineEntry]
    snapshot: dict[str, Any]


def lives(seed: int, n: int, policy: Policy = DEFAULT) -> list[Life]:
    """So many leads, the same for the same seed."""
    drawn = [Random(f"{seed}:{number}") for number in range(n)]  # noqa: S311 - no secret
    return [_live(chance, f"{seed:04d}{number:08d}", policy) for number, chance in enumerate(drawn)]


async def record(store: Store, told: Sequence[Life], chance: Random | None = None) -> None:
    """As the inbox and the workflow would have it; with a chance, wake-up by wake-up and some twice."""
    leads = [
        {"lead_id": each.lead_id, "created_at": each.came_at, "last_seq": 1, "revision": 0} for each in told
    ]
    people = [{"lead_id": each.lead_id, **person(each.lead_id)} for each in told]
    async with store.database.writing() as connection:
        await connection.execute(insert(LeadRow), leads)
        await connection.execute(insert(PersonRow), people)
    if chance is None:
        await store.timeline.record_new(told)
        return
    for each in told:
        for part in _parts(each.entries, chance):
            await store.timeline.record(each.lead_id, part, each.snapshot, part[-1].n)


def _parts(entries: Sequence[TimelineEntry], chance: Random) -> Iterator[Sequence[TimelineEntry]]:
    at = 0
    while at < len(entries):
        end = min(at + chance.randint(1, 12), len(entries))
        yield entries[max(0, at - chance.choice([0, 0, 2])) : end]
        at = end


def person(lead_id: str) -> dict[str, str]:
    first = ("Ada", "Bob", "Cleo", "Dan")[int(lead_id) % 4]
    return {
        "email": f"{first.lower()}.{lead_id}@example.com", "first_name": first, "last_name": f"Of {lead_id}",
        "company": f"Company {int(lead_id) % 10} GmbH",
    }  # fmt: skip


def _live(chance: Random, lead_id: str, policy: Policy) -> Life:
    at = came_at = _coming(chance)
    end = BEGIN + timedelta(days=DAYS)
    simulation = Simulation(policy, lead_id)
    kind, facts = _first(chance)
    for seq in range(1, chance.randint(2, 40)):
        late = timedelta(hours=chance.choice([0, 0, 0, 0, 2, 30]))
        event = {
            "id": f"e{seq}",
            "seq": seq,
            "type": kind,
            "occurred_at": max(at - late, came_at),
            "facts": facts,
        }
        simulation.deliver(LeadEvent.model_validate(event), at=at)
        at += timedelta(seconds=chance.expovariate(1 / 86_400) * chance.choice([0.02, 1, 5, 20]))
        following = _next(chance, simulation.journey.state.stage)
        if at > end or following is None or simulation.journey.state.merged_into:
            break
        kind, facts = following
    simulation.run_until(end)
    return Life(lead_id, came_at, simulation.timeline, simulation.journey.view())


def _coming(chance: Random) -> datetime:
    """Some come within hours of a month's first midnight, which is not the same everywhere."""
    if chance.random() < 0.2:
        midnight = datetime(2026, chance.randint(1, 9), 1, tzinfo=UTC)
        return midnight + timedelta(microseconds=chance.randrange(-6 * 3600 * 10**6, 6 * 3600 * 10**6))
    return BEGIN + timedelta(microseconds=chance.randrange(DAYS * 86_400 * 10**6))


def _first(chance: Random) -> Choice:
    known = {
        "channel": chance.choice(CHANNELS), "industry": chance.choice(INDUSTRIES),
        "country": chance.choice(["DE", "FR", None]), "employees": chance.choice([40, 4000]),
        "persona": chance.choice(["cfo", "technical_director", None]),
        "seniority": chance.choice(["director", "staff", None]),
    }  # fmt: skip
    kind = chance.choice(["form_submitted", "form_submitted", "form_submitted", "demo_requested"])
    said = {"form": "download", "states_budget": chance.random() < 0.4}
    return kind, {**said, **{name: value for name, value in known.items() if value is not None}}


def _next(chance: Random, stage: Stage) -> Choice | None:
    rep: dict[str, Any] = {"by": chance.choice(REPS)}
    if chance.random() < 0.01:
        return "lead_merged", {"into": "somebodyelse"}
    if chance.random() < 0.04:
        return "lead_disqualified", {**rep, "reason": chance.choice(["student", "competitor"])}
    if chance.random() < 0.3:
        return _interest(chance)
    if stage in (Stage.LEAD, Stage.RECYCLED):
        return _interest(chance)
    if stage is Stage.DISQUALIFIED:
        return ("lead_reopened", rep) if chance.random() < 0.4 else None
    return None if stage is Stage.CUSTOMER else _of_sales(chance, stage, rep)


def _interest(chance: Random) -> Choice:
    interests: list[Choice] = [
        ("page_viewed", {"page": "pricing"}),
        ("page_viewed", {"page": "case_study"}),
        ("content_downloaded", {"asset": "whitepaper"}),
        ("trial_started", {}),
        ("webinar_attended", {"webinar": "spring"}),
        ("email_replied", {}),
        ("form_submitted", {"states_budget": True}),
        ("social_engaged", {"network": "linkedin"}),
        ("facts_updated", {"industry": chance.choice(INDUSTRIES[:4])}),
        ("demo_requested", {}),
    ]
    return chance.choice(interests)


def _of_sales(chance: Random, stage: Stage, rep: dict[str, Any]) -> Choice:
    returned = (
        "lead_returned",
        {**rep, "reason": chance.choice(["not_ready", "wrong_profile", "incomplete_data"])},
    )
    contact = [
        ("contact_made", rep),
        ("contact_attempted", {**rep, "outcome": "no_answer"}),
        ("lead_claimed", rep),
    ]
    own: dict[Stage, list[Choice]] = {
        Stage.MQL: [("lead_accepted", rep)] * 4 + [returned],
        Stage.SAL: [("qualification_recorded", {**rep, **dict.fromkeys(_FACTS, "yes")})] * 3 + [returned],
        Stage.SQL: [("opportunity_opened", {**rep, **dict.fromkeys(_MAPS, "yes")})] * 3 + [returned],
        Stage.OPPORTUNITY: [("deal_won", rep), ("deal_lost", {**rep, "reason": "price"}),
                            ("deal_lost", {**rep, "reason": "competitor"})],
    }  # fmt: skip
    choices: list[Choice] = own[stage] + contact
    return chance.choice(choices)
