"""From the inbox to the leads' workflows: per lead in order, several leads at a time.

Handing on is repeated until it is noted as done, so a crash between the two hands an event on twice;
the lead ignores the second by its `seq`. While Temporal is away events wait, and nothing is refused.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import uuid4

import structlog
from temporalio.client import Client
from temporalio.common import WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError

from leadworkflows.domain.events import is_gathered
from leadworkflows.domain.view import workflow_id
from leadworkflows.store.claims import LEASE
from leadworkflows.store.errors import StoreError
from leadworkflows.store.records import HandOn
from leadworkflows.store.store import Store
from leadworkflows.tally import HANDED_ON
from leadworkflows.tracing.spans import resumed
from leadworkflows.workflows import options
from leadworkflows.workflows.inputs import EventBatch, LeadInput

_log = structlog.get_logger(__name__)
_PLAIN_ID = re.compile(r"(?=.*\d)[A-Za-z0-9_.:-]{1,80}")
"""What looks like an id and not like a person: short, ASCII, with a digit, and neither an @ nor a space.

A guess, so that lines stay readable: a name with a digit in it (`ada.lovelace1815`) looks like an id too."""
_BATCH = 64
"""Leads claimed at a time: few enough that a lead that asks for something waits for little before it."""
POLL_S = 0.5
"""How long a relay rests that is told of news."""
_PAUSE_S = 0.02
"""How long one rests at least between two looks at what is due."""
_CALL_S = 5.0
"""For how long one lead's call may take. It may have arrived all the same, and is repeated."""
_OF_THE_LEASE = 0.8
"""The part of the claims' time within which calls are made; then what did not get its turn is given back."""
_FIRST = 1
"""The number of a lead's first event."""
_AGAIN = timedelta(seconds=2)
"""After how long a lead that could not be handed on is tried again."""


class Relay:
    """Hands events on until it is told to stop; any number of processes may each run one.

    `active_policy` gives the id of the policy that new leads start under; `lease` is after how long
    others take over what this process had claimed when it died. Call `notify` when events were
    accepted in this process; those of other processes are found within `poll_s` seconds.
    `eager` lets a worker of this process begin with a new lead, past the server's choice of one.
    """

    def __init__(
        self,
        store: Store,
        client: Client,
        task_queue: str,
        active_policy: Callable[[], Awaitable[str]],
        concurrency: int = 16,
        lease: timedelta = LEASE,
        poll_s: float = POLL_S,
        *,
        eager: bool = True,
    ) -> None:
        self._store, self._client, self._task_queue = store, client, task_queue
        self._active_policy, self._lease, self._poll_s = active_policy, lease, poll_s
        self._eager = eager
        self._slots = asyncio.Semaphore(concurrency)
        self._news = asyncio.Event()
        self._owner = uuid4().hex

    def notify(self) -> None:
        """There may be events to hand on."""
        self._news.set()

    async def run(self) -> None:
        """Hand on for ever; what goes wrong is logged and tried again. Ends by being cancelled."""
        while True:
            try:
                if not await self.hand_on():
                    await self._rest(await self._until_due())
            except StoreError as error:
                _log.warning("relay.store_unavailable", error=type(error).__name__)
                await asyncio.sleep(_AGAIN.total_seconds())
            except Exception as error:  # noqa: BLE001 - the relay must not die of a surprise; events wait
                _log.error("relay.failed", error=type(error).__name__)
                await asyncio.sleep(_AGAIN.total_seconds())

    async def hand_on(self) -> int:
        """Hand on what is due; how many events went. What could not go is tried again a little later."""
        self._news.clear()
        claimed = await self._store.claims.take(self._owner, _BATCH, _now(), self._lease)
        if not claimed:
            return 0
        try:
            return await self._hand_on_all(claimed)
        except asyncio.CancelledError:  # whoever comes next need not wait for the claims to run out
            rest = [batch.lead_id for batch in claimed]
            await asyncio.shield(self._store.claims.give_back(rest, _now()))
            raise

    async def _hand_on_all(self, claimed: list[HandOn]) -> int:
        until = asyncio.get_running_loop().time() + self._lease.total_seconds() * _OF_THE_LEASE
        policy_id = await self._active_policy()
        went = await asyncio.gather(*(self._hand_on(batch, policy_id, until) for batch in claimed))
        told = [batch for batch, done in zip(claimed, went, strict=True) if done]
        await self._store.claims.told(told, _now())
        count = sum(len(batch.rows) for batch in told)
        HANDED_ON.inc(count)
        rest = [batch.lead_id for batch, done in zip(claimed, went, strict=True) if not done]
        await self._store.claims.give_back(rest, _now() + _AGAIN)
        return count

    async def _hand_on(self, batch: HandOn, policy_id: str, until: float) -> bool:
        """Whether the lead's workflow has these events for certain."""
        try:
            async with asyncio.timeout_at(until), self._slots, asyncio.timeout(_CALL_S):
                with resumed(_trace_of(batch)):
                    await self._tell(batch, policy_id)
        except WorkflowAlreadyStartedError:
            return True  # it came to its end, with a pointer: this is a repetition that is late
        except (RPCError, RuntimeError, TimeoutError) as error:  # a refused connection is a RuntimeError
            status = error.status.name if isinstance(error, RPCError) else "UNREACHABLE"
            _log.warning("relay.temporal_unavailable", lead=batch.lead_id, status=status)
            return False
        except Exception as error:  # noqa: BLE001 - what is wrong with one lead holds up no other
            _log.error("relay.lead_failed", lead=batch.lead_id, error=type(error).__name__)
            return False
        workflow, events = workflow_id(batch.lead_id), [_opaque(each.id) for each in batch.rows]
        _log.info("relay.handed_on", lead=batch.lead_id, workflow=workflow, events=events)
        return True

    async def _tell(self, batch: HandOn, policy_id: str) -> None:
        """A lead of which Temporal knows nothing is started with its events, which saves it a round."""
        if batch.rows and batch.rows[0].seq == _FIRST:
            with suppress(WorkflowAlreadyStartedError):
                await self._start(batch, policy_id)
                return
        await self._signal(batch, policy_id)

    async def _start(self, batch: HandOn, policy_id: str) -> None:
        """Begin the lead's workflow; a worker in this process is handed its first task at once."""
        lead = batch.lead_id
        await self._client.start_workflow(
            options.LEAD_WORKFLOW,
            LeadInput(lead_id=lead, policy_id=policy_id, events=batch.rows),
            id=workflow_id(lead),
            task_queue=self._task_queue,
            static_summary=f"Lead …{lead[-8:]}",
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY,
            request_eager_start=self._eager,
            rpc_timeout=timedelta(seconds=_CALL_S),
        )

    async def _signal(self, batch: HandOn, policy_id: str) -> None:
        """Signal, or start with the signal; a run that completed was merged and is not begun anew."""
        lead = batch.lead_id
        await self._client.start_workflow(
            options.LEAD_WORKFLOW,
            LeadInput(lead_id=lead, policy_id=policy_id),
            id=workflow_id(lead),
            task_queue=self._task_queue,
            start_signal=options.EVENTS_SIGNAL,
            start_signal_args=[EventBatch(events=batch.rows, policy_id=policy_id)],
            static_summary=f"Lead …{lead[-8:]}",
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY,
            rpc_timeout=timedelta(seconds=_CALL_S),
        )

    async def _until_due(self) -> float:
        """Seconds until the next lead is due; other processes' events may come any time.

        What is due and was not ours to take is another process's: that is looked at again, not spun on.
        """
        if self._poll_s <= _PAUSE_S:
            return self._poll_s  # nothing that is due could shorten so short a rest
        due = await self._store.claims.next_due()
        wait = max((due - _now()).total_seconds(), _PAUSE_S) if due else self._poll_s
        return min(wait, self._poll_s)

    async def _rest(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._news.wait(), seconds)
        except TimeoutError:
            return


def _trace_of(batch: HandOn) -> str | None:
    """The trace to go on with: of the last event that asks for something, else of the last."""
    traced = [(event, trace) for event, trace in zip(batch.rows, batch.traces, strict=False) if trace]
    asking = [trace for event, trace in traced if not is_gathered(event.type)]
    return next(reversed(asking or [trace for _, trace in traced]), None)


def _opaque(event_id: str) -> str:
    """An event's id for the log: senders choose it, and one may have put an address into it."""
    return (
        event_id if _PLAIN_ID.fullmatch(event_id) else f"sha256:{sha256(event_id.encode()).hexdigest()[:16]}"
    )


def _now() -> datetime:
    return datetime.now(UTC)
