"""Signed times: a request that was signed long ago, or in the future, is somebody's replay."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from leadworkflows.sources.base import SignatureRejected

SECONDS, MILLISECONDS = 1, 1_000
_IN_WORDS = {3: "three", 5: "five", 10: "ten"}
_PLAIN = re.compile(r"[1-9][0-9]{0,15}", re.ASCII)


def require_recent(
    stamp: str, now: datetime, tolerance: timedelta, per_second: int = SECONDS, name: str = "the timestamp"
) -> None:
    """Raise `SignatureRejected` unless `stamp`, a plain number since 1970, is within the tolerance both ways.

    Compared as numbers: a time far away is no date at all. `name` is what the reason calls it.
    """
    if not _PLAIN.fullmatch(stamp):
        unit = "milliseconds" if per_second == MILLISECONDS else "seconds"
        raise SignatureRejected(f"{name} is not a number of {unit}")
    if abs(now.timestamp() - int(stamp) / per_second) > tolerance.total_seconds():
        minutes = int(tolerance.total_seconds() // 60)
        written = _IN_WORDS.get(minutes, str(minutes))
        raise SignatureRejected(f"{name} is more than {written} minutes away from now")
