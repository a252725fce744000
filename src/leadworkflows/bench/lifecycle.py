"""What a whole life costs on Temporal: actions by the server's own counter, and events of history."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from pydantic import BaseModel
from temporalio.api.enums.v1 import EventType as HistoryEvent

from leadworkflows import bootstrap
from leadworkflows.bench.counters import actions
from leadworkflows.bench.processes import free_port
from leadworkflows.bench.reference_life import Script, Step, reference_life, views
from leadworkflows.bench.skipping import Skipping, time_skipping
from leadworkflows.domain.events import EventType
from leadworkflows.settings import Settings
from leadworkflows.sources.base import Identity, InboundEvent
from leadworkflows.store.store import Store

_QUEUE = "bench"
_LEFT_BY_THEN = timedelta(seconds=5)
_REPORTED_WITHIN_S = 2.5
"""The server tells its counters every second."""
_OF_SKIPPING = {
    "grpc_UpdateWorkflowExecutionOptions",
    "workflow_execution_options_updated",
    "workflow_execution_time_skipping_transitioned",
}
"""What letting time pass costs: nobody pays it whose time passes by itself."""


class LifecycleFigures(BaseModel):
    """The reference life: actions by type, events by type, and what came of the lead.

    What skipping time adds to both is left out.
    """

    actions: int
    actions_by_type: dict[str, int]
    events: int
    events_by_type: dict[str, int]
    runs: int
    page_views: int
    mails: int
    stage: str


async def measure_lifecycle(tell: Callable[[str], None]) -> LifecycleFigures:
    """Play the reference life through a server that skips time, and count."""
    with TemporaryDirectory(prefix="leadworkflows-bench-") as name:
        settings = Settings(_env_file=None, data_dir=Path(name), task_queue=_QUEUE)
        metrics = free_port()
        async with _store(settings) as (store, policy_id), time_skipping(metrics) as env:
            lead_id = await _new_lead(store)
            lead = Skipping(env, lead_id, policy_id, _QUEUE)
            url = f"http://127.0.0.1:{metrics}/metrics"
            async with bootstrap.build_worker(settings, store, env.client):
                before = await actions(url)
                script = Script()
                for step in reference_life():
                    await _let(lead, store, step, script)
                await asyncio.sleep(_REPORTED_WITHIN_S)
                counted = await actions(url) - before
                figures = await _figures(lead, store, counted)
    tell(f"a whole life: {figures.actions} actions, {figures.events} events of history")
    return figures


async def _let(lead: Skipping, store: Store, step: Step, script: Script) -> None:
    if step.follows_mail:
        await lead.skip_to(await _next_mail(store, lead.lead_id))
    at = await lead.now() + step.after
    await lead.skip_to(at)
    events = script.events(step, at)
    await (lead.command(events[0]) if step.is_command else lead.tell(*events))
    await lead.settled()


async def _next_mail(store: Store, lead_id: str) -> datetime:
    """When the sequence's next mail has left for certain."""
    record = await store.leads.get(lead_id)
    nurture = ((record and record.snapshot) or {}).get("nurture")
    if nurture is None:
        raise RuntimeError("the lead is in no sequence: the reference life no longer fits the policy")
    return datetime.fromisoformat(nurture["next_at"]) + _LEFT_BY_THEN


async def _figures(lead: Skipping, store: Store, counted: Counter[str]) -> LifecycleFigures:
    histories = await lead.histories()
    events = Counter(_name(event.event_type) for each in histories for event in each.events)
    for each in _OF_SKIPPING:
        del counted[each], events[each]
    effects = await store.effects.of(lead.lead_id)
    record = await store.leads.get(lead.lead_id)
    return LifecycleFigures(
        actions=sum(counted.values()),
        actions_by_type=dict(counted.most_common()),
        events=sum(events.values()),
        events_by_type=dict(events.most_common()),
        runs=len(histories),
        page_views=views(),
        mails=sum(effect.action == "email.send" for effect in effects),
        stage=str(((record and record.snapshot) or {}).get("stage")),
    )


def _name(kind: HistoryEvent.ValueType) -> str:
    return HistoryEvent.Name(kind).removeprefix("EVENT_TYPE_").lower()


@asynccontextmanager
async def _store(settings: Settings) -> AsyncIterator[tuple[Store, str]]:
    async with await bootstrap.open_store(settings) as store:
        policy = await bootstrap.activate_policy(settings, store)
        bootstrap.install_policies(settings, policy)
        yield store, policy.id


async def _new_lead(store: Store) -> str:
    event = InboundEvent(
        delivery_id="bench", type=EventType.FACTS_UPDATED, identity=Identity(email="ada@example.com")
    )
    await store.inbox.accept("bench", [event], datetime.now(UTC), classify=lambda _: {})
    lead_id = await store.leads.lead_id_of("ada@example.com")
    if lead_id is None:
        raise RuntimeError("the lead that was accepted is not there")
    return lead_id
