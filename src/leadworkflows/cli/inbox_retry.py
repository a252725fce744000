"""Requests of the quarantine, read again with today's settings."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

from leadworkflows import bootstrap, sources
from leadworkflows.api.adapters import Adapters
from leadworkflows.api.quarantine import understood
from leadworkflows.policies.loader import DEFAULT_POLICY, load_policy
from leadworkflows.settings import Settings
from leadworkflows.sources.base import PayloadRejected
from leadworkflows.store import Store
from leadworkflows.store.errors import PASSING
from leadworkflows.store.quarantine import Kept


@dataclass(frozen=True)
class StillRefused:
    """A request that cannot be understood today either."""

    id: int
    field: str
    problem: str


@dataclass
class Retried:
    """What became of the requests."""

    accepted: int = 0
    duplicates: int = 0
    refused: list[StillRefused] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """For --json."""
        return asdict(self)


async def retry_some(settings: Settings, row_ids: Sequence[int]) -> Retried:
    """Those with these numbers, resolved or not. Raises `StoreError` and `PolicyRejected`."""
    async with Store.open(settings.database) as store:
        work = _Retry(settings, store)
        for row_id in dict.fromkeys(row_ids):
            kept = await store.quarantine.get(row_id)
            if kept is None:
                work.done.refused.append(StillRefused(row_id, "", "is not in the quarantine"))
            else:
                await work.take(kept)
        return work.done


async def retry_all(settings: Settings) -> Retried:
    """Everything that waits."""
    async with Store.open(settings.database) as store:
        work = _Retry(settings, store)
        async for kept in _all(store):
            await work.take(kept)
        return work.done


async def _all(store: Store) -> AsyncIterator[Kept]:
    """Oldest first, as they came, with one body in memory at a time."""
    for row_id in await store.quarantine.waiting_ids():
        if kept := await store.quarantine.get(row_id):
            yield kept


class _Retry:
    """One run over several requests."""

    def __init__(self, settings: Settings, store: Store) -> None:
        self._settings, self._store = settings, store
        self._adapters = Adapters(settings)
        self._classify = bootstrap.classifier(load_policy(settings.policy or DEFAULT_POLICY))
        self.done = Retried()

    async def take(self, kept: Kept) -> None:
        """Into the inbox, or down as still refused."""
        try:
            adapter = self._adapters.get(kept.source)
            events = understood(adapter, kept, self._settings.public_url)
            accepted = await self._store.inbox.accept(
                kept.source, events, self._now(), raw=kept.body, classify=self._classify
            )
        except PayloadRejected as rejected:
            await self._refuse(kept, rejected.field, rejected.problem)
        except sources.UnknownSource:
            await self._refuse(kept, "", f"there is no source named {kept.source} any more")
        except PASSING:
            raise
        except Exception as defect:  # noqa: BLE001 - a plug-in may raise anything; the others go on
            await self._refuse(kept, "", f"it failed here with {type(defect).__name__}")
        else:
            await self._store.quarantine.resolve(kept.id, self._now())
            self.done.accepted += accepted.accepted
            self.done.duplicates += accepted.duplicates

    async def _refuse(self, kept: Kept, field: str, problem: str) -> None:
        await self._store.quarantine.still_refused(kept.id, field, problem, self._now())
        self.done.refused.append(StillRefused(kept.id, field, problem))

    @staticmethod
    def _now() -> datetime:
        return datetime.now(UTC)
