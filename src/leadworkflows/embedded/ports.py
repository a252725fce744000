"""Which ports the server gets."""

from __future__ import annotations

import contextlib
import errno
import socket

from leadworkflows.embedded.command import HOST
from leadworkflows.embedded.errors import PortTaken


def settle(wanted: dict[str, int]) -> list[int]:
    """The ports for the named options, 0 replaced by a free one.

    Asked before the server starts, because its own refusal would not name the option. Raises
    `PortTaken`.
    """
    with contextlib.ExitStack() as held:
        return [_bind(held, port, option) for option, port in wanted.items()]


def _bind(held: contextlib.ExitStack, port: int, option: str) -> int:
    sock = held.enter_context(socket.socket(socket.AF_INET, socket.SOCK_STREAM))
    # As the server does: a connection that is still closing keeps nobody away.
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((HOST, port))
    except OSError as error:
        if error.errno not in {errno.EADDRINUSE, errno.EACCES}:
            raise
        problem = "is taken" if error.errno == errno.EADDRINUSE else "is not allowed here"
        raise PortTaken(f"Port {port} {problem}: choose another with {option}.") from error
    return int(sock.getsockname()[1])
