"""Lives that together take a lead's workflow through each of its branches, for the stored histories."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from temporalio import activity
from temporalio.client import WorkflowHistory, WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError
from temporalio.testing import WorkflowEnvironment

from leadworkflows import bootstrap
from leadworkflows.activities.inputs import ActionInput
from leadworkflows.activities.record import RecordActivities
from leadworkflows.activities.runner import ActionRunner
from leadworkflows.domain.decisions import ActionResult
from leadworkflows.domain.events import LeadEvent
from leadworkflows.domain.policy import Policy
from leadworkflows.policies.loader import load_policy
from leadworkflows.releases import FirstRelease, NoSuchRelease, Releases
from leadworkflows.runs import delete_runs
from leadworkflows.settings import Settings
from leadworkflows.store.store import Store
from leadworkflows.worker import make_worker
from leadworkflows.workflows import options
from leadworkflows.workflows.inputs import LeadInput
from tests.domain.variants import variant
from tests.workflows.conftest import LeadMaker
from tests.workflows.events import Script, whole_life
from tests.workflows.server import ServerLead, soon

AROUND = {"mon-fri": "00:00-24:00", "sat-sun": "00:00-24:00"}
_PATIENCE_S = 60


@dataclass
class Stage:
    """A real server, a store and a worker on the queue of `settings`."""

    env: WorkflowEnvironment
    settings: Settings
    store: Store

    async def lead(self, policy: Policy | None = None, queue: str | None = None) -> ServerLead:
        """A lead that nothing happened to yet, under the default policy or another."""
        chosen, queue = policy or load_policy(), queue or self.settings.task_queue
        body = chosen.model_dump_json(by_alias=True)
        await self.store.policies.save(chosen.id, chosen.name, body, datetime.now(UTC))
        lead_id = (await LeadMaker(self.env, self.store, chosen)(queue)).lead_id
        return ServerLead(self.env, self.store, chosen, lead_id, queue)


Scenario = Callable[[Stage], Awaitable[list[WorkflowHistory]]]


async def stages(stage: Stage) -> list[WorkflowHistory]:
    """From the form to the customer, by way of a return; three runs."""
    lead = await stage.lead()
    for event in whole_life(Script(soon())):
        await lead.deliver(event)
    return await ended(lead)


async def sequences(stage: Stage) -> list[WorkflowHistory]:
    """A nurture sequence to its end, silence, a re-entry, and no more mail from then on."""
    lead, script = await stage.lead(), Script(soon())
    await lead.deliver(script.event("newsletter_subscribed", persona="cfo", industry="fintech"))
    await lead.run_until(script.start + timedelta(days=100))
    await lead.deliver(script.event("unsubscribed", day=101))
    return await ended(lead)


async def ladder(stage: Stage) -> list[WorkflowHistory]:
    """Nobody answers: every rung, for two owners, then the team."""
    reps = {"rep-1": {"slack": "U0REP1"}, "rep-2": {"slack": "U0REP2"}, "boss": {"slack": "U0B", "weight": 0}}
    team = {"reps": ["rep-1", "rep-2"], "manager": "boss", "channel": "#sales"}
    lead = await stage.lead(variant(calendar={"hours": AROUND}, reps=reps, teams={"sales": team}))
    await lead.deliver(Script(soon()).event("demo_requested"))
    await lead.settled()
    await lead.run_until(await lead.now() + timedelta(hours=30))
    return await ended(lead)


async def commands(stage: Stage) -> list[WorkflowHistory]:
    """Accepted, refused before and after it was taken in, disqualified and reopened."""
    queue = f"own-{uuid4().hex[:8]}"
    settings = stage.settings.model_copy(update={"task_queue": queue})
    lead, script = await stage.lead(queue=queue), Script(soon())
    facts: dict[str, Any] = {"industry": "manufacturing", "employees": 50}
    visits = [script.event("page_viewed", anonymous=True, page="pricing") for _ in range(3)]
    form = script.event("form_submitted", states_budget=True, **facts)
    async with bootstrap.build_worker(settings, stage.store, stage.env.client):
        await lead.deliver(*visits, form, script.event("social_engaged", network="linkedin"))
        await lead.settled()
        await command(lead, script.event("lead_accepted", by="rep-1"))
    presses = [script.event("lead_returned", by=f"rep-{n}", reason="not_ready") for n in range(3)]
    pressed = [asyncio.create_task(command(lead, press)) for press in presses]
    await asyncio.sleep(2)  # nobody works: all three arrive, and each is possible when it is looked at
    async with bootstrap.build_worker(settings, stage.store, stage.env.client):
        await asyncio.gather(*pressed, return_exceptions=True)
        with suppress(WorkflowUpdateFailedError):
            await command(lead, script.event("deal_won", by="rep-1"))
        await command(lead, script.event("lead_disqualified", by="rep-1", reason="wrong_profile"))
        await command(lead, script.event("lead_reopened", by="rep-1"))
        return await ended(lead)


async def late(stage: Stage) -> list[WorkflowHistory]:
    """Events that come late, twice, and again after continue-as-new."""
    lead, script = await stage.lead(), Script(soon())
    first = script.event("page_viewed", page="pricing")
    await lead.deliver(first)
    await lead.deliver(script.event("page_viewed", day=9, page="pricing"))
    missed = [script.event("page_viewed", day=day, page="pricing") for day in (5, 4)]
    await lead.deliver(*missed, at=missed[0].occurred_at + timedelta(days=5))
    for n in range(30):
        await lead.deliver(script.event("page_viewed", day=11 + n / 100, page="blog"))
    await lead.signal(first)
    return await ended(lead)


async def resync(stage: Stage) -> list[WorkflowHistory]:
    """Another policy is activated, and facts are corrected."""
    lead, script = await stage.lead(), Script(soon())
    await lead.deliver(script.event("form_submitted", form="contact", industry="fintech"))
    body = load_policy().model_copy(update={"name": "winter"}).model_dump_json(by_alias=True)
    winter = Policy.model_validate_json(body)
    await stage.store.policies.save(winter.id, winter.name, body, datetime.now(UTC))
    later = ServerLead(stage.env, stage.store, winter, lead.lead_id, stage.settings.task_queue)
    await later.signal(script.event("facts_updated", industry="education", employees=20))
    return await ended(later)


async def merged(stage: Stage) -> list[WorkflowHistory]:
    """Two leads of one person: one takes the other in, which closes once its actions are done."""
    winner, loser, script = await stage.lead(), await stage.lead(), Script(soon())
    await winner.deliver(script.event("form_submitted", form="contact"))
    await winner.deliver(script.event("lead_merged", absorbed=loser.lead_id))
    await loser.deliver(script.event("demo_requested"), script.event("lead_merged", into=winner.lead_id))
    await loser.handle.result()
    return [*await ended(winner), *await loser.histories()]


async def erased(stage: Stage) -> list[WorkflowHistory]:
    """Its run is terminated, as `lead erase` does before it deletes it."""
    lead = await stage.lead()
    await lead.deliver(Script(soon()).event("demo_requested"))
    await lead.settled()
    await lead.handle.terminate(reason="erased")
    histories = await lead.histories()
    await delete_runs(stage.env.client, lead.handle.id)
    return histories


async def begun(stage: Stage) -> list[WorkflowHistory]:
    """It begins with its events, as the relay starts a lead of which Temporal knows nothing."""
    lead, script = await stage.lead(), Script(soon())
    policy_id, first = load_policy().id, [script.event("page_viewed", anonymous=True, page="pricing")]
    await stage.env.client.start_workflow(
        options.LEAD_WORKFLOW,
        LeadInput(lead_id=lead.lead_id, policy_id=policy_id, events=[*first, script.event("demo_requested")]),
        id=lead.handle.id,
        task_queue=stage.settings.task_queue,
    )
    return await ended(lead)


async def broken(stage: Stage) -> list[WorkflowHistory]:
    """An action that breaks for good fails alone; the lead goes on."""
    return await with_actions(stage, {"slack.alert": _break}, runs=1)


async def carried_over(stage: Stage) -> list[WorkflowHistory]:
    """A vendor is away for so long that the lead continues as new with an action under way."""
    return await with_actions(stage, {"slack.alert": _away}, runs=2)


async def moved(stage: Stage) -> list[WorkflowHistory]:
    """Nudged without a newer release, and again with one, to which it moves."""
    name = f"leads-{uuid4().hex[:8]}"
    own = stage.settings.model_copy(update={"worker_deployment": name, "task_queue": name})
    releases = Releases(stage.env.client, name, name)
    with stage.env.with_time_skipping_disabled():
        async with bootstrap.build_worker(
            own.model_copy(update={"build_id": "1"}), stage.store, stage.env.client
        ):
            await FirstRelease(releases, "1").run()
            lead = await stage.lead(queue=name)
            await lead.signal(Script(datetime.now(UTC)).event("form_submitted", form="contact"))
            await lead.settled()
            await lead.handle.signal(options.NUDGE_SIGNAL)
            await lead.view()
            second = own.model_copy(update={"build_id": "2"})
            async with (
                bootstrap.build_worker(second, stage.store, stage.env.client),
                asyncio.timeout(_PATIENCE_S),
            ):
                while not await _current(releases, "2"):
                    await asyncio.sleep(0.1)
                while len(await lead.histories()) < 2:
                    await releases.nudge(1000)
                    await asyncio.sleep(0.2)
        return await lead.histories()


SCENARIOS: dict[str, Scenario] = {
    scenario.__name__.replace("_", "-"): scenario
    for scenario in (
        stages, sequences, ladder, commands, late, resync, merged, erased, begun, broken, carried_over, moved,
    )
}  # fmt: skip


async def ended(lead: ServerLead) -> list[WorkflowHistory]:
    """The histories once nothing is under way."""
    await lead.settled()
    return await lead.histories()


async def command(lead: ServerLead, event: LeadEvent) -> None:
    """A command has no place in the inbox, and so no number; it is given now."""
    given = event.model_copy(update={"seq": 0, "occurred_at": await lead.now()})
    await lead.handle.execute_update(options.COMMAND_UPDATE, given, id=given.id)


async def with_actions(
    stage: Stage, otherwise: dict[str, Callable[[], None]], runs: int
) -> list[WorkflowHistory]:
    """A lead that asks for a demo, some actions of its first run going otherwise; it looks around until
    it is in its last run."""
    queue = f"own-{uuid4().hex[:8]}"
    actions = bootstrap.make_actions(stage.settings, stage.store)
    runner = _Otherwise(stage.store, actions, lambda: datetime.now(UTC))
    runner.otherwise = otherwise
    async with make_worker(stage.env.client, queue, actions, runner, RecordActivities(stage.store)):
        lead, script = await stage.lead(queue=queue), Script(soon())
        await lead.deliver(script.event("demo_requested", seniority="c_level"))
        with stage.env.with_time_skipping_disabled():
            first = (await lead.handle.describe()).run_id
            while runs > 1 and (await lead.handle.describe()).run_id == first:
                await lead.signal(script.event("page_viewed", page="blog"))
                await lead.view()
            return await ended(lead)


class _Otherwise(ActionRunner):
    """Performs actions, but for those of a lead's first run that are to go otherwise."""

    otherwise: dict[str, Callable[[], None]]
    first: str | None = None

    async def run(self, request: ActionInput) -> ActionResult:
        self.first = self.first or activity.info().workflow_run_id
        if request.name in self.otherwise and activity.info().workflow_run_id == self.first:
            self.otherwise[request.name]()
        return await super().run(request)


def _break() -> None:
    raise ApplicationError("broken", type="Broken", non_retryable=True)


def _away() -> None:
    raise ApplicationError("away", type="VendorUnavailable", next_retry_delay=timedelta(hours=1))


async def _current(releases: Releases, build_id: str) -> bool:
    try:
        await releases.make_current(build_id)
    except NoSuchRelease:
        return False
    return True
