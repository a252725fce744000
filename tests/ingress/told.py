"""A client that notes what leads are told, where Temporal would be."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from temporalio.client import (
    Client,
    Interceptor,
    OutboundInterceptor,
    StartWorkflowInput,
    WorkflowHandle,
)

from leadworkflows.relay import Relay
from leadworkflows.store import Store
from leadworkflows.store.claims import LEASE

OnTheWay = Callable[[str, list[int]], Awaitable[None]]
"""What happens to a call before it arrives: it may take its time, fail, or never come back."""


class Told(Interceptor):
    """By lead, the numbers of the events of each call that arrived, in order."""

    def __init__(self) -> None:
        self.calls: dict[str, list[list[int]]] = {}

    def arrived(self, lead_id: str, numbers: list[int]) -> None:
        self.calls.setdefault(lead_id, []).append(numbers)

    def taken(self, lead_id: str) -> list[int]:
        """What a lead's workflow takes in: nothing at or below what it had already."""
        seen: list[int] = []
        for number in (each for call in self.calls[lead_id] for each in call):
            if not seen or number > seen[-1]:
                seen.append(number)
        return seen


async def at_once(_lead_id: str, _numbers: list[int]) -> None:
    """Nothing happens on the way."""


class _Noting(Interceptor, OutboundInterceptor):
    def __init__(self, told: Told, on_the_way: OnTheWay) -> None:
        self._told, self._on_the_way = told, on_the_way

    def intercept_client(self, next: OutboundInterceptor) -> OutboundInterceptor:  # noqa: A002 (the SDK's name)
        self.next = next
        return self

    async def start_workflow(self, given: StartWorkflowInput) -> WorkflowHandle[Any, Any]:
        lead_id = given.args[0].lead_id
        signalled = given.start_signal_args[0].events if given.start_signal else given.args[0].events
        numbers = [event.seq for event in signalled]
        await self._on_the_way(lead_id, numbers)
        self._told.arrived(lead_id, numbers)
        return None  # type: ignore[return-value]  # nobody asks for it


async def relay_to(
    store: Store, told: Told, on_the_way: OnTheWay = at_once, lease: timedelta = LEASE
) -> Relay:
    """A relay of the store whose calls end in `told`."""
    client = await Client.connect("127.0.0.1:1", lazy=True, interceptors=[_Noting(told, on_the_way)])

    async def active() -> str:
        return "policy-1"

    return Relay(store, client, "leads", active, lease=lease)
