"""The embedded Temporal server of `dev` and `demo`: the official binary as a child process."""

from leadworkflows.embedded.errors import (
    DataInUse,
    EmbeddedServerError,
    MissingBinary,
    PortTaken,
    ServerEnded,
    StartFailed,
)
from leadworkflows.embedded.server import EmbeddedServer

__all__ = [
    "DataInUse",
    "EmbeddedServer",
    "EmbeddedServerError",
    "MissingBinary",
    "PortTaken",
    "ServerEnded",
    "StartFailed",
]
