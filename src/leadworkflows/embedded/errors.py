"""What can keep the embedded server from running. Each message is one line for the user."""

from __future__ import annotations


class EmbeddedServerError(Exception):
    """The server could not be started or has ended."""


class MissingBinary(EmbeddedServerError):
    """There is no `temporal` beside Python or on the PATH."""


class PortTaken(EmbeddedServerError):
    """Another process listens on a port that the server needs."""


class DataInUse(EmbeddedServerError):
    """Another instance runs on the same data folder."""


class StartFailed(EmbeddedServerError):
    """The server ended while starting, or did not answer in time."""


class ServerEnded(EmbeddedServerError):
    """The server ended by itself while it was needed."""
