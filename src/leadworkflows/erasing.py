"""Erasing a person everywhere: in the store at once, then in Temporal and Slack until nothing is left."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog

from leadworkflows.domain.decisions import iso
from leadworkflows.store.erasing import Erasure
from leadworkflows.store.store import Store
from leadworkflows.vendor import (
    OutcomeUnknown,
    VendorBlocked,
    VendorRefused,
    VendorThrottled,
    VendorUnavailable,
)

_log = structlog.get_logger(__name__)
SETTLED_AFTER = timedelta(minutes=5)
"""After this nothing that was under way when the person was erased writes any more: an attempt at an action
ends within two minutes. Only what was looked at again then is finished."""
_LATER = (OutcomeUnknown, VendorBlocked, VendorThrottled, VendorUnavailable)
ForgetRuns = Callable[[str], Awaitable[int]]
"""Deletes the runs of a lead's workflow; how many there were. Raises VendorUnavailable."""
DeleteMessage = Callable[[str, str], Awaitable[None]]
"""Deletes a message in Slack, by channel and timestamp. Raises the exceptions of `vendor`."""


def _utc_now() -> datetime:
    return datetime.now(UTC)


class EraseDesk:
    """Where people are erased. What cannot be done at once is done by `finish`, which upkeep calls."""

    def __init__(
        self,
        store: Store,
        forget_runs: ForgetRuns,
        delete_message: DeleteMessage,
        clock: Callable[[], datetime] = _utc_now,
    ) -> None:
        self._store, self._clock = store, clock
        self._forget_runs, self._delete_message = forget_runs, delete_message

    async def erase(self, lead_id: str, by: str) -> Erasure:
        """Erase the person whose lead this is; the receipt. Raises UnknownLead, StoreUnavailable.

        On return nothing is left in the store. What is left elsewhere is in the receipt.
        """
        erasure = await self._store.erasures.erase(lead_id, self._clock(), by)
        _log.info("person.erased", erasure=erasure.erasure_id, leads=len(erasure.leads), by=by)
        return await self._go_on(erasure)

    async def finish(self) -> int:
        """Go on with every erasure of which something is left to do; how many were finished."""
        gone_on = [await self._go_on(each) for each in await self._store.erasures.unfinished()]
        return sum(each.finished_at is not None for each in gone_on)

    async def _go_on(self, erasure: Erasure) -> Erasure:
        """Whatever fails is tried again: nothing of it harms when it is done twice."""
        now = self._clock()
        settled = now - erasure.at >= SETTLED_AFTER
        swept = await self._store.erasures.sweep(erasure, last=settled)
        erasure = await self._delete_messages(await self._delete_runs(replace(swept, problem=None)))
        if settled and erasure.problem is None and not erasure.messages:
            erasure = replace(erasure, finished_at=now)
        await self._store.erasures.told(erasure, swept)
        return erasure

    async def _delete_runs(self, erasure: Erasure) -> Erasure:
        for lead_id in erasure.leads:
            try:
                gone = await self._forget_runs(lead_id)
            except VendorUnavailable as error:
                return replace(erasure, problem=str(error))
            erasure = replace(erasure, runs=erasure.runs + gone)
        return erasure

    async def _delete_messages(self, erasure: Erasure) -> Erasure:
        left, deleted, refused, problem = [], 0, 0, erasure.problem
        for channel, ts in erasure.messages:
            try:
                await self._delete_message(channel, ts)
                deleted += 1
            except VendorRefused:
                refused += 1
            except _LATER as error:
                left.append([channel, ts])
                problem = str(error)
        return replace(
            erasure,
            messages=left,
            deleted=erasure.deleted + deleted,
            refused=erasure.refused + refused,
            problem=problem,
        )


def receipt(erasure: Erasure) -> dict[str, Any]:
    """A receipt as it is given to whoever asked for it."""
    return {
        "erasure_id": erasure.erasure_id,
        "at": iso(erasure.at),
        "by": erasure.by,
        "leads": erasure.leads,
        "rows": erasure.rows,
        "temporal_runs_deleted": erasure.runs,
        "slack": {
            "deleted": erasure.deleted,
            "refused": erasure.refused,
            "left": len(erasure.messages),
        },
        "problem": erasure.problem,
        "finished_at": iso(erasure.finished_at) if erasure.finished_at else None,
    }
