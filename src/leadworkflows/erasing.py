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


class NotGivenUp(Exception):
    """An erasure is not closed; says why."""


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

    async def give_up(self, erasure_id: str) -> Erasure:
        """Try once more, then close it: the receipt says what was not erased, and why.

        Raises NotGivenUp where there is nothing to give up, or not yet.
        """
        erasure = await self._store.erasures.get(erasure_id)
        if erasure is None:
            raise NotGivenUp("There is no erasure with this id.")
        if erasure.finished_at is not None:
            raise NotGivenUp("It is closed: nothing of it is left to do.")
        settles = erasure.at + SETTLED_AFTER
        if self._clock() < settles:
            raise NotGivenUp(f"Something may still be under way: try again after {iso(settles)}.")
        closed = await self._go_on(erasure, give_up=True)
        _log.info("erasure.closed", erasure=erasure_id, given_up=len(closed.given_up or ()))
        return closed

    async def _go_on(self, erasure: Erasure, *, give_up: bool = False) -> Erasure:
        """Whatever fails is tried again: nothing of it harms when it is done twice."""
        now = self._clock()
        settled = now - erasure.at >= SETTLED_AFTER
        swept = await self._store.erasures.sweep(erasure, last=settled)
        erasure, runs_left = await self._delete_runs(swept)
        erasure, messages_left = await self._delete_messages(erasure)
        problem = "; ".join(filter(None, (runs_left, messages_left))) or None
        erasure = replace(erasure, problem=problem)
        if settled and (problem is None or give_up):
            erasure = replace(erasure, finished_at=now)
        if problem and give_up:
            erasure = replace(erasure, given_up=_not_erased(erasure, runs_left, messages_left))
        return await self._store.erasures.told(erasure, swept)

    async def _delete_runs(self, erasure: Erasure) -> tuple[Erasure, str | None]:
        """And why some are left."""
        for lead_id in erasure.leads:
            try:
                gone = await self._forget_runs(lead_id)
            except VendorUnavailable as error:
                return erasure, str(error)
            erasure = replace(erasure, runs=erasure.runs + gone)
        return erasure, None

    async def _delete_messages(self, erasure: Erasure) -> tuple[Erasure, str | None]:
        """And why some are left."""
        left, deleted, refused, problem = [], 0, 0, None
        for channel, ts in erasure.messages:
            try:
                await self._delete_message(channel, ts)
                deleted += 1
            except VendorRefused:
                refused += 1
            except _LATER as error:
                left.append([channel, ts])
                problem = str(error)
        counted = erasure.deleted + deleted, erasure.refused + refused
        return replace(erasure, messages=left, deleted=counted[0], refused=counted[1]), problem


def _not_erased(erasure: Erasure, runs_left: str | None, messages_left: str | None) -> list[str]:
    runs = [f"Runs in Temporal of lead {each}: {runs_left}" for each in erasure.leads if runs_left]
    return runs + [f"Message {ts} in Slack's channel {on}: {messages_left}" for on, ts in erasure.messages]


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
        "given_up": erasure.given_up,
        "finished_at": iso(erasure.finished_at) if erasure.finished_at else None,
    }
