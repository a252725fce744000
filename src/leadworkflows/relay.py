"""From the inbox to the leads' workflows: per lead in order, several leads at a time.

Handing on is repeated until it is noted as done, so a crash between the two hands a row on twice;
the lead ignores the second by its `seq`. While Temporal is away rows wait, and nothing is refused.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import structlog
from temporalio.client import Client
from temporalio.service import RPCError

from leadworkflows.domain.view import workflow_id
from leadworkflows.store.errors import StoreError
from leadworkflows.store.records import HandOn
from leadworkflows.store.store import Store
from leadworkflows.workflows import options
from leadworkflows.workflows.inputs import EventBatch, LeadInput

_log = structlog.get_logger(__name__)
_BATCH = 500
_POLL_S = 0.5
_REST_S = 2.0


class Relay:
    """Hands rows on until it is told to stop.

    `active_policy` gives the id of the policy that new leads start under. Call `notify` when rows were
    accepted in this process; rows of other processes are found within half a second.
    """

    def __init__(
        self,
        store: Store,
        client: Client,
        task_queue: str,
        active_policy: Callable[[], Awaitable[str]],
        concurrency: int = 16,
    ) -> None:
        self._store, self._client, self._task_queue = store, client, task_queue
        self._active_policy = active_policy
        self._slots = asyncio.Semaphore(concurrency)
        self._news = asyncio.Event()

    def notify(self) -> None:
        """There may be rows to hand on."""
        self._news.set()

    async def run(self) -> None:
        """Hand on for ever; what goes wrong is logged and tried again. Ends by being cancelled."""
        while True:
            try:
                handed = await self.hand_on()
            except StoreError as error:
                _log.warning("relay.store_unavailable", error=type(error).__name__)
                handed = None
            except Exception as error:  # noqa: BLE001 - the relay must not die of a surprise; rows wait
                _log.error("relay.failed", error=type(error).__name__)
                handed = None
            if not handed:
                await self._rest(_POLL_S if handed == 0 else _REST_S)

    async def hand_on(self) -> int | None:
        """Hand on what is ready; how many rows went, or None where some could not."""
        self._news.clear()
        ready = await self._store.inbox.ready(_BATCH)
        if not ready:
            return 0
        policy_id = await self._active_policy()
        went = await asyncio.gather(*(self._hand_on(batch, policy_id) for batch in ready))
        return sum(len(batch.row_ids) for batch in ready) if all(went) else None

    async def _hand_on(self, batch: HandOn, policy_id: str) -> bool:
        async with self._slots:
            try:
                await self._signal(batch, policy_id)
            except RPCError as error:
                _log.warning("relay.temporal_unavailable", lead=batch.lead_id, status=error.status.name)
                return False
            await self._store.inbox.mark_handed_on(batch.row_ids, datetime.now(UTC))
            return True

    async def _signal(self, batch: HandOn, policy_id: str) -> None:
        lead = batch.lead_id
        await self._client.start_workflow(
            options.LEAD_WORKFLOW,
            LeadInput(lead_id=lead, policy_id=policy_id),
            id=workflow_id(lead),
            task_queue=self._task_queue,
            start_signal=options.EVENTS_SIGNAL,
            start_signal_args=[EventBatch(events=batch.rows, policy_id=policy_id)],
            static_summary=f"Lead {lead[:8]}",
        )

    async def _rest(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._news.wait(), seconds)
        except TimeoutError:
            return
