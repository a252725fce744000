"""Asking a vendor who its contacts are, for events that came without an address.

HubSpot's CRM webhooks carry a contact's id and no e-mail address. Such an event is acknowledged and
waits; here the contact is looked up, and the answer, taken in like any event, names it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta

import structlog

from leadworkflows.hubspot.answers import LookupRefused, LookupThrottled, LookupUnavailable
from leadworkflows.hubspot.contacts import BATCH, HubSpotContacts
from leadworkflows.store.errors import StoreError
from leadworkflows.store.records import Classify
from leadworkflows.store.store import Store

_log = structlog.get_logger(__name__)
VENDOR = "hubspot"
_POLL_S = 1.0
_SOON = timedelta(minutes=1)
"""When HubSpot is asked again for what it could not say just now."""
_NEXT_DAY = timedelta(days=1)
"""When it is asked again for a contact that it does not know, or that has no address yet."""
_REFUSED = timedelta(minutes=5)


class Identification:
    """Names HubSpot's contacts until it is told to stop; any number of processes may each run one."""

    def __init__(
        self, store: Store, contacts: HubSpotContacts, classify: Classify, on_accepted: Callable[[], None]
    ) -> None:
        self._store, self._contacts = store, contacts
        self._classify, self._on_accepted = classify, on_accepted

    async def run(self) -> None:
        """Ask for ever; what goes wrong is logged and tried again. Ends by being cancelled."""
        await self._patiently(lambda: self._store.visitors.expect(VENDOR, _now()))
        while True:
            if not await self._patiently(self.ask):
                await asyncio.sleep(_POLL_S)

    async def ask(self) -> int:
        """Look up the contacts that wait for a name; how many were named."""
        keys = await self._store.visitors.to_ask(VENDOR, BATCH, _now())
        if not keys:
            return 0
        try:
            answer = await self._contacts.look_up(keys)
        except LookupThrottled as throttled:
            return await self._later(keys, timedelta(seconds=throttled.retry_after_s))
        except LookupUnavailable as error:
            _log.warning("identification.unavailable", error=str(error))
            return await self._later(keys, _SOON)
        except LookupRefused as refused:
            _log.error("identification.refused", error=refused.detail)
            return await self._later(keys, _REFUSED)
        events = [answer.found[key] for key in keys if key in answer.found]
        if events:
            await self._store.inbox.accept(VENDOR, events, _now(), classify=self._classify)
            self._on_accepted()
        await self._later(sorted(answer.missing), _NEXT_DAY)
        await self._later([key for key in keys if key not in answer.found.keys() | answer.missing], _SOON)
        return len(events)

    async def _later(self, keys: Sequence[str], after: timedelta) -> int:
        await self._store.visitors.ask_again(keys, _now() + after)
        return 0

    async def _patiently(self, step: Callable[[], Awaitable[int | None]]) -> int | None:
        try:
            return await step()
        except StoreError as error:
            _log.warning("identification.store_unavailable", error=type(error).__name__)
        except Exception as error:  # noqa: BLE001 - events wait for their names; asking must not die
            _log.error("identification.failed", error=type(error).__name__)
        return None


def _now() -> datetime:
    return datetime.now(UTC)
