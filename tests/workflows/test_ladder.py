"""Nobody answers, on the real server: remind, escalate, reassign, remind the new owner …, each once."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from temporalio.testing import WorkflowEnvironment

from leadworkflows.domain.policy import Policy
from leadworkflows.store.store import Store
from tests.domain.variants import variant
from tests.workflows.conftest import LeadMaker
from tests.workflows.events import Script
from tests.workflows.server import ServerLead, soon

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.temporal]

AROUND = {"mon-fri": "00:00-24:00", "sat-sun": "00:00-24:00"}
REPS: dict[str, dict[str, Any]] = {
    "rep-1": {"slack": "U0REP1"},
    "rep-2": {"slack": "U0REP2"},
    "boss": {"slack": "U0BOSS", "weight": 0},
}
LADDER = [
    "sla.first_contact.50", "sla.first_contact.100", "sla.first_contact.150",
    "sla.first_contact.r2.50", "sla.first_contact.r2.100", "sla.first_contact.r2.last",
]  # fmt: skip
"""A rung every half hour: two owners, then the team."""


@pytest.fixture(scope="module")
def desk_policy() -> Policy:
    team = {"reps": ["rep-1", "rep-2"], "manager": "boss", "channel": "#sales"}
    return variant(calendar={"hours": AROUND}, reps=REPS, teams={"sales": team})


@pytest.fixture
def make(env: WorkflowEnvironment, store: Store, new_lead: LeadMaker, desk_policy: Policy):
    """A lead that asked for a demo, under a policy with two reps."""

    async def asked() -> tuple[ServerLead, Script]:
        body = desk_policy.model_dump_json(by_alias=True)
        await store.policies.save(desk_policy.id, desk_policy.name, body, datetime.now(UTC))
        script = Script(soon())
        lead = ServerLead(env, store, desk_policy, (await new_lead()).lead_id)
        await lead.deliver(script.event("demo_requested"))
        await lead.settled()
        return lead, script

    return asked


async def climbed(store: Store, lead: ServerLead) -> list[str]:
    """What the ladder did, in order: the effect of each rung, once confirmed."""
    effects = [effect for effect in await store.effects.of(lead.lead_id) if ":sla." in effect.key]
    assert {effect.status for effect in effects} <= {"confirmed"}
    return [effect.key.split(":")[2] for effect in effects]


async def sent_to(store: Store, lead: ServerLead) -> list[tuple[str | None, str | None]]:
    return [
        (item.template, item.channel) for item in await store.outbox.of(lead.lead_id) if item.kind == "slack"
    ]


async def test_nobody_answers_and_everybody_is_told_in_turn_each_once(store: Store, make) -> None:
    lead, _ = await make()
    first = (await lead.view())["owner"]
    await lead.run_until(await lead.now() + timedelta(hours=30))
    assert await climbed(store, lead) == LADDER
    other = {"rep-1": "rep-2", "rep-2": "rep-1"}[first]
    member = {name: str(rep["slack"]) for name, rep in REPS.items()}
    assert await sent_to(store, lead) == [
        ("hot-lead", "#sales"), ("assigned", member[first]),
        ("reminder", member[first]), ("escalation", member["boss"]),
        ("assigned", member[other]), ("reminder", member[other]), ("escalation", member["boss"]),
        ("unanswered", "#sales"),
    ]  # fmt: skip
    view = await lead.view()
    assert (view["owner"], view["sla"][0]["state"], view["sla"][0]["round"]) == (None, "missed", 2)


@pytest.mark.parametrize("rungs", range(len(LADDER)))
async def test_a_claim_between_any_two_rungs_stops_the_rest(store: Store, make, rungs: int) -> None:
    lead, script = await make()
    await lead.run_until(script.start + timedelta(minutes=30 * rungs + 15))
    claim = script.event("lead_claimed", by="rep-9").model_copy(
        update={"seq": 0, "occurred_at": await lead.now()}
    )
    view = await lead.handle.execute_update("command", claim, id=claim.id)
    assert view["owner"] == "rep-9"
    await lead.run_until(await lead.now() + timedelta(hours=30))
    assert await climbed(store, lead) == LADDER[:rungs]


async def test_a_lead_is_reassigned_while_a_claim_is_on_its_way_and_has_one_owner(store: Store, make) -> None:
    lead, script = await make()
    await lead.run_until(script.start + timedelta(minutes=89, seconds=50))
    claim = script.event("lead_claimed", by="rep-9").model_copy(
        update={"seq": 0, "occurred_at": await lead.now()}
    )
    reassigned = lead.run_until(await lead.now() + timedelta(minutes=1))
    await asyncio.gather(reassigned, lead.handle.execute_update("command", claim, id=claim.id))
    await lead.settled()
    view = await lead.view()
    assert view["owner"] == "rep-9"
    assert await store.routing.owner_of(lead.lead_id) == "rep-9"
