"""Every decision carries the policy that made it, and a worker finds a policy it has never seen."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from temporalio.testing import WorkflowEnvironment

from leadworkflows.domain.policy import Policy
from leadworkflows.store.store import Store
from leadworkflows.workflows.policies import PolicyRegistry, PolicyUnknown
from tests.workflows.conftest import LeadMaker
from tests.workflows.events import Script
from tests.workflows.server import ServerLead, soon

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.temporal]


async def stored_variant(store: Store, policy: Policy, name: str) -> Policy:
    """A policy that stands in the store and that no worker has resolved."""
    variant = policy.model_copy(update={"name": name})
    variant = Policy.model_validate_json(variant.model_dump_json(by_alias=True))
    await store.policies.save(
        variant.id, variant.name, variant.model_dump_json(by_alias=True), datetime.now(UTC)
    )
    return variant


async def test_a_lead_starts_under_a_policy_that_its_worker_finds_in_the_store(
    new_lead: LeadMaker, env: WorkflowEnvironment, store: Store, policy: Policy
) -> None:
    variant = await stored_variant(store, policy, "autumn")
    lead = ServerLead(env, store, variant, (await new_lead()).lead_id)
    await lead.deliver(Script(soon()).event("demo_requested"))
    assert (await lead.settled_view())["policy"] == variant.id
    assert {entry.policy for entry in await lead.timeline()} == {variant.id}


async def test_a_lead_follows_the_policy_that_became_active_since(
    new_lead: LeadMaker, env: WorkflowEnvironment, store: Store, policy: Policy
) -> None:
    lead, script = await new_lead(), Script(soon())
    await lead.deliver(script.event("form_submitted"))
    variant = await stored_variant(store, policy, "winter")
    later = ServerLead(env, store, variant, lead.lead_id)
    await later.signal(script.event("page_viewed", page="blog"))
    timeline = await later.timeline()
    assert [e.policy for e in timeline if e.what == "Viewed the blog page"] == [variant.id]
    assert "Follows winter from now on" in [e.what for e in timeline]


async def test_a_policy_that_is_nowhere_is_named() -> None:
    with pytest.raises(PolicyUnknown, match="p-0123"):
        PolicyRegistry(lambda _: None).get("p-0123")
