"""A load of HTTP requests over connections that are kept open.

The requests are made beforehand, and an answer is read by its status and length alone: what measures
shares the machine with what is measured, and a client library costs more than our own server does.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

ACCEPTED = b"HTTP/1.1 202"


class LoadRefused(Exception):
    """An answer was not 202: nothing was measured. The message has the first lines of the answer."""


@dataclass(frozen=True)
class Load:
    """How the requests went."""

    per_s: float
    latencies_s: list[float]
    """One for each request, sorted."""

    def percentile_ms(self, share: float) -> float:
        """The latency that this share of the requests kept within, in milliseconds."""
        return self.latencies_s[min(int(len(self.latencies_s) * share), len(self.latencies_s) - 1)] * 1000


async def run_load(port: int, requests: Sequence[bytes], connections: int) -> Load:
    """Send the requests, each connection one after the other. Raises LoadRefused."""
    rest, latencies = iter(requests), list[float]()
    started = time.perf_counter()
    await asyncio.gather(*(_connection(port, rest, latencies) for _ in range(connections)))
    return Load(len(requests) / (time.perf_counter() - started), sorted(latencies))


async def _connection(port: int, rest: Iterator[bytes], latencies: list[float]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for request in rest:
            began = time.perf_counter()
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            body = await reader.readexactly(_length(head))
            if not head.startswith(ACCEPTED):
                raise LoadRefused((head + body)[:500].decode("latin-1"))
            latencies.append(time.perf_counter() - began)
    finally:
        writer.close()


def _length(head: bytes) -> int:
    field = next(line for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:"))
    return int(field.partition(b":")[2])
