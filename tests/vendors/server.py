"""A vendor on a free port: real HTTP, with faults that a test asks for one request at a time."""

from __future__ import annotations

import socket
import struct
import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self


@dataclass(frozen=True)
class Answer:
    """Answer so, without looking at the request; nothing is accepted."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True)
class Hang:
    """Read the request, then say nothing. `accept`: act on it all the same."""

    accept: bool = False


class ResetBeforeReading:
    """Drop the connection as soon as it is there."""


class ResetAfterAccepting:
    """Act on the request, then drop the connection instead of answering."""


Fault = Answer | Hang | ResetBeforeReading | ResetAfterAccepting


@dataclass(frozen=True)
class Call:
    """A request as it arrived. Header names are lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


class VendorServer:
    """Listens on 127.0.0.1 while it is entered. `faults` are used up in order, one a request.

    `calls` are the requests that were read, `accepted` what the vendor acted on.
    """

    def __init__(self) -> None:
        self.faults: deque[Fault] = deque()
        self.calls: list[Call] = []
        self.accepted: list[Any] = []
        self._stopping = threading.Event()
        self._server = _Listener(("127.0.0.1", 0), _handler_of(self))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._stopping.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def fail(self, *faults: Fault) -> None:
        """What the next requests meet, in order."""
        self.faults.extend(faults)

    def answer(self, call: Call) -> Answer:
        """Judge a request as the vendor does, and keep what is accepted."""
        raise NotImplementedError

    def respond(self, call: Call, fault: Fault | None) -> Answer | None:
        """The answer, or None where the connection is dropped without one."""
        self.calls.append(call)
        match fault:
            case Answer():
                return fault
            case Hang(accept):
                if accept:
                    self.answer(call)
                self._stopping.wait(30)
                return None
            case ResetAfterAccepting():
                self.answer(call)
                return None
            case _:
                return self.answer(call)


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128  # with Python's five, some of ten that knock at once are not heard for a second

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is what half of these tests are about."""


def _handler_of(vendor: VendorServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def handle(self) -> None:
            self.fault = vendor.faults.popleft() if vendor.faults else None
            if isinstance(self.fault, ResetBeforeReading):
                self.close_connection = True
                _reset(self.connection)
                return
            super().handle_one_request()

        def _any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            answer = vendor.respond(Call(self.command, self.path, headers, body), self.fault)
            self.close_connection = True
            if answer is None:
                _reset(self.connection)
                return
            self.send_response(answer.status)
            for name, value in {**answer.headers, "Content-Length": str(len(answer.body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer.body)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _any  # noqa: N815 - the library's names

        def log_message(self, *args: Any) -> None:
            """Tests assert on `calls`; a log helps nobody."""

    return Handler


def _reset(connection: socket.socket) -> None:
    """Close with a TCP reset: no goodbye, and what was not read is lost."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()
