from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from leadworkflows.cli.stopping import SIGNALS, for_ever, until_stopped

pytestmark = pytest.mark.parametrize("sign", SIGNALS)


class Recorder:
    """A context that says what became of it, and may take for ever to enter."""

    def __init__(self, sign: signal.Signals, *, at: str) -> None:
        self.said: list[str] = []
        self._sign, self._at = sign, at

    async def reach(self, place: str) -> None:
        self.said.append(place)
        if place == self._at:
            os.kill(os.getpid(), self._sign)
            await for_ever(None)

    def stopping(self) -> None:
        self.said.append("stopping")

    @asynccontextmanager
    async def context(self) -> AsyncIterator[None]:
        await self.reach("starts")
        try:
            await self.reach("starts more")
            yield
            self.said.append("ends in good order")
        finally:
            self.said.append("let go")

    async def work(self, _: None) -> None:
        await self.reach("works")


@pytest.mark.parametrize(
    ("at", "said"),
    [
        ("starts", ["starts", "stopping"]),
        ("starts more", ["starts", "starts more", "stopping", "let go"]),
        ("works", ["starts", "starts more", "works", "stopping", "ends in good order", "let go"]),
    ],
)
async def test_a_signal_stops_it_in_good_order_wherever_it_is(sign: signal.Signals, at: str, said: list[str]):
    recorder = Recorder(sign, at=at)
    async with asyncio.timeout(5):
        await until_stopped(recorder.context(), recorder.work, recorder.stopping)
    assert recorder.said == said


async def test_its_own_end_is_raised_after_it_let_go(sign: signal.Signals):
    recorder = Recorder(sign, at="never")

    async def ends(_: None) -> None:
        raise RuntimeError("the server ended")

    with pytest.raises(RuntimeError, match="the server ended"):
        await until_stopped(recorder.context(), ends, recorder.stopping)
    assert recorder.said == ["starts", "starts more", "let go"]


async def test_what_cancels_from_within_is_no_clean_stop(sign: signal.Signals):
    recorder = Recorder(sign, at="never")

    async def cancels(_: None) -> None:
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await until_stopped(recorder.context(), cancels, recorder.stopping)
