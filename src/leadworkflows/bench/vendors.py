"""Stand-ins of Slack and SendGrid that cost next to nothing: they accept, and note when they were asked.

How strictly a vendor judges is what the tests' own stand-ins know; here only the moment counts.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from typing import Self

SLACK, SENDGRID = "/api/chat.postMessage", "/v3/mail/send"


class Vendors:
    """Both vendors on one free port while entered. `calls` has the moment of each request, by path.

    Moments are `time.perf_counter()` seconds.
    """

    def __init__(self) -> None:
        self.calls: dict[str, list[float]] = {SLACK: [], SENDGRID: []}
        self._news = asyncio.Event()
        self._port = 0
        self._server: asyncio.Server | None = None
        self._numbers = itertools.count(1)

    @property
    def url(self) -> str:
        """Where both listen."""
        return f"http://127.0.0.1:{self._port}"

    async def called(self, path: str, times: int, within_s: float = 60.0) -> float:
        """The moment of the call of that number, once it came. Raises TimeoutError."""
        async with asyncio.timeout(within_s):
            while len(self.calls[path]) < times:
                self._news.clear()
                await self._news.wait()
        return self.calls[path][times - 1]

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, backlog=1024)
        self._port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._server is not None:
            self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                arrived = time.perf_counter()
                await reader.readexactly(_length(head))
                path = head.split(" ", 2)[1].partition("?")[0]
                self.calls.setdefault(path, []).append(arrived)
                self._news.set()
                writer.write(self._answer(path))
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            writer.close()

    def _answer(self, path: str) -> bytes:
        number = next(self._numbers)
        if path == SENDGRID:
            return f"HTTP/1.1 202 Accepted\r\nX-Message-Id: m{number}\r\nContent-Length: 0\r\n\r\n".encode()
        said = {"ok": True, "channel": "C0BENCH00", "ts": f"1700000000.{number:06d}"}
        body = json.dumps(said).encode()
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        return head.encode() + body


def _length(head: str) -> int:
    fields = (line.partition(":") for line in head.lower().split("\r\n"))
    return next((int(value) for name, _, value in fields if name == "content-length"), 0)
