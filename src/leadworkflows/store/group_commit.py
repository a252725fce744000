"""Group commit: what arrives while one transaction is under way goes into the next, together.

A commit waits for the disk, whatever it holds. Sixty-four deliveries that come at once wait for it
once, not sixty-four times; a delivery that comes alone waits for nobody.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from leadworkflows.store.errors import StoreUnavailable

_TURNS = 3
"""Turns of the event loop in which nobody came: then nobody is on the way."""

ItemT = TypeVar("ItemT")
AnswerT = TypeVar("AnswerT")
Commit = Callable[[Sequence[ItemT]], Awaitable[Sequence[AnswerT]]]
"""Keep all of the items in one transaction and answer each, in order; or raise, and keep none."""


class GroupCommit(Generic[ItemT, AnswerT]):
    """Hands items to `commit` in groups of at most `limit` weight, one group at a time."""

    def __init__(
        self, commit: Commit[ItemT, AnswerT], weight: Callable[[ItemT], int], limit: int = 1_000
    ) -> None:
        self._commit, self._weight, self._limit = commit, weight, limit
        self._queue: deque[tuple[ItemT, asyncio.Future[AnswerT]]] = deque()
        self._working: asyncio.Task[None] | None = None

    async def submit(self, item: ItemT) -> AnswerT:
        """The item's answer once its group is on disk. Raises what `commit` raised for it.

        Who stops waiting takes nothing back: the item may be kept all the same.
        """
        answer: asyncio.Future[AnswerT] = asyncio.get_running_loop().create_future()
        self._queue.append((item, answer))
        if self._working is None or self._working.done():
            self._working = asyncio.create_task(self._work())
        return await answer

    async def drain(self) -> None:
        """Wait until nothing is under way."""
        if self._working is not None:
            await asyncio.wait([self._working])

    async def _work(self) -> None:
        while self._queue:
            await self._let_come()
            await self._keep(self._next_group())

    async def _let_come(self) -> None:
        """Those just answered come again together: as long as more arrive, the group waits for them.

        Without it the callers fall into two halves that take turns, each with a commit of its own.
        """
        before = -1
        while before < len(self._queue) < self._limit:
            before = len(self._queue)
            for _ in range(_TURNS):
                await asyncio.sleep(0)

    def _next_group(self) -> list[tuple[ItemT, asyncio.Future[AnswerT]]]:
        group = [self._queue.popleft()]
        weight = self._weight(group[0][0])
        while self._queue and (weight := weight + self._weight(self._queue[0][0])) <= self._limit:
            group.append(self._queue.popleft())
        return group

    async def _keep(self, group: list[tuple[ItemT, asyncio.Future[AnswerT]]]) -> None:
        try:
            answers = await self._commit([item for item, _ in group])
        except Exception as error:  # noqa: BLE001 - whoever waits is told, whatever it was
            await self._refuse(group, error)
            return
        for (_, waiting), answer in zip(group, answers, strict=True):
            if not waiting.done():
                waiting.set_result(answer)

    async def _refuse(self, group: list[tuple[ItemT, asyncio.Future[AnswerT]]], error: Exception) -> None:
        """One item that cannot be kept must not take the others down: each is tried alone."""
        if len(group) > 1 and not isinstance(error, StoreUnavailable):
            for one in group:
                await self._keep([one])
            return
        for _, waiting in group:
            if not waiting.done():
                waiting.set_exception(error)
