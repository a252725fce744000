"""News for pages that stay open: one look at the store a second in each process, however many look on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager

import structlog

from leadworkflows.store.errors import StoreError
from leadworkflows.store.store import Store

EVERY_S = 1.0
KEEP_ALIVE_S = 20.0
MOST = 500
"""Pages that one process keeps up to date at a time."""
ANYTHING = ""
"""What is watched by who wants to hear of every lead."""
_log = structlog.get_logger(__name__)


class TooMany(Exception):
    """Too many pages are open at once: this one is not kept up to date."""


class Pulse:
    """Tells who watches a lead, or all of them, that something was recorded."""

    def __init__(self, store: Store, every_s: float = EVERY_S) -> None:
        self._store, self._every_s = store, every_s
        self._watching: dict[asyncio.Queue[str | None], str] = {}
        self._seen: dict[str, str] = {}
        self._looking: asyncio.Task[None] | None = None
        self._closed = False

    @property
    def full(self) -> bool:
        """Whether no further page can be kept up to date."""
        return len(self._watching) >= MOST

    async def news(self, of: str, seen: str | None = None) -> AsyncGenerator[str | None]:
        """What stands of a lead (its revision) or of all, each time it changes; None to say: still here.

        `seen` is what the page shows already. Ends when the process does. Raises TooMany.
        """
        with self._watched(of) as told:
            last = seen
            while not self._closed:
                try:
                    async with asyncio.timeout(KEEP_ALIVE_S):
                        stands = await told.get()
                except TimeoutError:
                    yield None
                    continue
                if stands is not None and stands != last:
                    first, last = last is None, stands
                    if not first:
                        yield stands

    def close(self) -> None:
        """Let every page go: the process ends."""
        self._closed = True
        for told in self._watching:
            told.put_nowait(None)
        if self._looking:
            self._looking.cancel()

    @contextmanager
    def _watched(self, of: str) -> Iterator[asyncio.Queue[str | None]]:
        if self.full:
            raise TooMany
        told: asyncio.Queue[str | None] = asyncio.Queue()
        self._watching[told] = of
        if of in self._seen:
            told.put_nowait(self._seen[of])
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look())
        try:
            yield told
        finally:
            del self._watching[told]
            if of not in self._watching.values():
                self._seen.pop(of, None)

    async def _look(self) -> None:
        """While anybody watches."""
        while self._watching and not self._closed:
            try:
                await self._tell()
            except StoreError as error:
                _log.warning("pages.store_unavailable", error=type(error).__name__)
            await asyncio.sleep(self._every_s)

    async def _tell(self) -> None:
        watched = set(self._watching.values())
        found: dict[str, str] = {}
        if ANYTHING in watched:
            found[ANYTHING] = str(await self._store.leads.last_at())
        if leads := watched - {ANYTHING}:
            revisions = await self._store.leads.revisions(leads)
            found |= {lead: str(revision) for lead, revision in revisions.items()}
        new = {of: stands for of, stands in found.items() if self._seen.get(of) != stands}
        watched = set(self._watching.values())  # some may have gone while we looked
        self._seen |= {of: stands for of, stands in new.items() if of in watched}
        for told, of in list(self._watching.items()):
            if of in new:
                told.put_nowait(new[of])
