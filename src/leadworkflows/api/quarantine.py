"""Genuine requests that could not be understood: kept without what proved them, and tried again."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from urllib.parse import parse_qsl, urlencode, urlsplit

from leadworkflows.api.adapters import Adapter
from leadworkflows.sources.base import InboundEvent, InboundRequest
from leadworkflows.store.errors import StoreError
from leadworkflows.store.quarantine import Kept, Quarantine, Refused, digest_of

LOOKED_AFTER = timedelta(seconds=5)
"""How long a process believes what it last saw waiting."""
_SAYS_WHAT = {"id", "event", "topic", "type", "timestamp", "version", "delivery", "kind", "trigger"}
_PROVES_WHO = re.compile(
    r"auth|signature|token|secret|key|cookie|session|password|credential|^sig$", re.IGNORECASE
)
_LONGEST = {"url": 8_000, "field": 500, "problem": 2_000}


class Desk:
    """What this process puts into the quarantine, and what of it came again and was understood."""

    def __init__(self, quarantine: Quarantine, public_url: str, clock: Callable[[], datetime]) -> None:
        self._quarantine, self._public_url, self._clock = quarantine, public_url, clock
        self._waiting: set[str] = set()
        self._looked_at: datetime | None = None

    async def keep(
        self, adapter: Adapter, request: InboundRequest, field: str, problem: str
    ) -> tuple[int, bool]:
        """Its number, and whether it is here for the first time. Raises `StoreError`."""
        refused = Refused(
            source=adapter.name,
            method=request.method,
            url=_storable("url", _without_secrets(request.url.removeprefix(self._public_url))),
            headers=_telling(request.headers, adapter.kept_headers),
            body=request.body,
            field=_storable("field", field),
            problem=_storable("problem", problem),
        )
        kept = await self._quarantine.keep(refused, self._clock())
        self._waiting.add(digest_of(adapter.name, request.body))
        return kept

    async def settle(self, adapter: Adapter, body: bytes) -> None:
        """A request was accepted: if it waited, it waits no more. Costs nothing while nothing waits."""
        with suppress(StoreError):  # it is accepted all the same, and a retry finds it a duplicate
            await self._look()
            if self._waiting and (digest := digest_of(adapter.name, body)) in self._waiting:
                await self._quarantine.resolve_same(adapter.name, body, self._clock())
                self._waiting.discard(digest)

    async def _look(self) -> None:
        now = self._clock()
        if self._looked_at is None or abs(now - self._looked_at) >= LOOKED_AFTER:
            self._looked_at = now  # before the answer: one request asks, the others go on
            self._waiting = await self._quarantine.waiting_digests()


def understood(adapter: Adapter, kept: Kept, public_url: str) -> list[InboundEvent]:
    """The events of a request in the quarantine. Raises `PayloadRejected`, as when it came.

    What has no time of its own, or a later one, happened when the request was received.
    """
    request = InboundRequest(kept.method, public_url + kept.url, kept.headers, kept.body)
    return [_not_after(event, kept.received_at) for event in adapter.source.translate(request)]


def _not_after(event: InboundEvent, received_at: datetime) -> InboundEvent:
    if event.occurred_at is not None and event.occurred_at <= received_at:
        return event
    return event.model_copy(update={"occurred_at": received_at})


def _telling(headers: Mapping[str, str], wanted: tuple[str, ...]) -> dict[str, str]:
    """The headers that say what came; none that proves who sent it, or tells from where."""
    return {
        name: value.replace("\x00", "")
        for name, value in headers.items()
        if not _PROVES_WHO.search(name)
        and (name == "content-type" or name in wanted or name.rpartition("-")[2] in _SAYS_WHAT)
    }


def _without_secrets(url: str) -> str:
    """Path and query; a form's token stands in the query."""
    try:
        parts = urlsplit(url)
        query = parse_qsl(parts.query, keep_blank_values=True)
    except ValueError:
        return url.partition("?")[0]
    harmless = [(name, value) for name, value in query if not _PROVES_WHO.search(name)]
    return parts.path + ("?" + urlencode(harmless) if harmless else "")


def _storable(name: str, text: str) -> str:
    """PostgreSQL's text holds no NUL and no half of a character."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode()[: _LONGEST[name]]
