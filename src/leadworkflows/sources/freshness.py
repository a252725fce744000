"""Signed times: a request that was signed long ago, or in the future, is somebody's replay."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from leadworkflows.sources.base import SignatureRejected

SECONDS, MILLISECONDS = 1, 1_000
_PLAIN = re.compile(r"[1-9][0-9]{0,15}", re.ASCII)


def require_recent(stamp: str, now: datetime, tolerance: timedelta, per_second: int = SECONDS) -> None:
    """Raise `SignatureRejected` unless `stamp`, a plain number since 1970, is within the tolerance both ways.

    Compared as numbers: a time far away is no date at all.
    """
    if not _PLAIN.fullmatch(stamp):
        unit = "milliseconds" if per_second == MILLISECONDS else "seconds"
        raise SignatureRejected(f"the timestamp is not a number of {unit}")
    if abs(now.timestamp() - int(stamp) / per_second) > tolerance.total_seconds():
        minutes = int(tolerance.total_seconds() // 60)
        raise SignatureRejected(f"the timestamp is more than {minutes} minutes away from now")
