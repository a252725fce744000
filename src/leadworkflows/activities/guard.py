"""Keeps unforeseen errors from carrying personal data into Temporal or the log.

A database driver quotes its parameters and a plug-in may quote anything: the message of an
exception nobody foresaw is dropped, its type and the line it came from are kept.
"""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import PurePath

import structlog
from temporalio.exceptions import ApplicationError, FailureError

_log = structlog.get_logger(__name__)


@contextmanager
def unquoted(what: str) -> Iterator[None]:
    """Within it, an unforeseen exception becomes a retryable ApplicationError without its message."""
    try:
        yield
    except FailureError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is, its text must not pass
        where = _where(error)
        _log.error("activity.failed", activity=what, error=type(error).__name__, where=where)
        raise ApplicationError(
            f"{what} failed: {type(error).__name__} at {where}", type=type(error).__name__
        ) from None


def _where(error: Exception) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    return f"{PurePath(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "unknown"
