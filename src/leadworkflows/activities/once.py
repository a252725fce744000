"""What is not about one lead, done once: reserve, find out, perform, settle, as `runner` does for leads."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import NoReturn

import structlog
from temporalio.exceptions import ApplicationError

from leadworkflows.activities.base import (
    Found,
    OutcomeUnknown,
    Receipt,
    Undetermined,
    VendorBlocked,
    VendorRefused,
    VendorThrottled,
    VendorUnavailable,
)
from leadworkflows.activities.runner import BLOCKED_WAIT
from leadworkflows.domain.decisions import EffectClass
from leadworkflows.store import Store
from leadworkflows.store.effects import Settled

_log = structlog.get_logger(__name__)
SETTLED = ("confirmed", "failed", "unknown", "withheld")
NO_LEAD = ""
"""Whose effect it is in the ledger."""


@dataclass(frozen=True)
class Deed:
    """Something to do in the world under a key of its own; `effect_class` decides where nobody knows."""

    key: str
    action: str
    perform: Callable[[], Awaitable[Receipt]]
    find: Callable[[], Awaitable[Found]]
    effect_class: EffectClass = EffectClass.RATHER_TWICE


async def do_once(store: Store, deed: Deed, now: Callable[[], datetime]) -> str:
    """Do it unless it was done; how it ended. Raises an ApplicationError that Temporal retries."""
    reserved = await store.effects.reserve(deed.key, NO_LEAD, deed.action, now())
    if reserved.status in SETTLED:
        return reserved.status
    if not reserved.first:
        found = await _found(deed)
        if isinstance(found, Receipt):
            return await _settle(store, deed, "confirmed", f"found: {found.detail}", now(), found.vendor_id)
        if found is not None and deed.effect_class is EffectClass.RATHER_MISSED:
            return await _settle(store, deed, "unknown", f"the vendor did not answer, and {found.why}", now())
    return await _perform(store, deed, now)


async def _found(deed: Deed) -> Found:
    try:
        return await deed.find()
    except (VendorThrottled, VendorUnavailable, OutcomeUnknown) as error:
        _hand_back(error)
    except (VendorBlocked, VendorRefused) as error:
        return Undetermined(str(error))


async def _perform(store: Store, deed: Deed, now: Callable[[], datetime]) -> str:
    try:
        receipt = await deed.perform()
    except VendorRefused as error:
        return await _settle(store, deed, "failed", str(error), now())
    except VendorBlocked as error:
        await store.effects.release(deed.key, str(error), "stuck")
        _hand_back(error)
    except (VendorThrottled, VendorUnavailable) as error:
        await store.effects.release(deed.key, str(error))
        _hand_back(error)
    except OutcomeUnknown as error:
        _hand_back(error)
    return await _settle(store, deed, "confirmed", receipt.detail, now(), receipt.vendor_id)


async def _settle(
    store: Store, deed: Deed, status: Settled, detail: str, at: datetime, vendor_id: str | None = None
) -> str:
    await store.effects.settle(deed.key, status, at, vendor_id, detail)
    _log.info("deed.settled", key=deed.key, outcome=status, detail=detail)
    return status


def _hand_back(error: Exception) -> NoReturn:
    """To Temporal, which counts attempts and waits, as long as the vendor asks where it does."""
    delay = error.retry_after if isinstance(error, VendorThrottled) else None
    delay = BLOCKED_WAIT if isinstance(error, VendorBlocked) else delay
    raise ApplicationError(str(error), type=type(error).__name__, next_retry_delay=delay) from None
