"""What a vendor may answer, sorted by what it means for an effect: done, refused, later, blocked, unknown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from leadworkflows.domain.decisions import Assignment


class VendorRefused(Exception):
    """The vendor's answer is final: trying again changes nothing. Says the code and the remedy."""


class VendorThrottled(Exception):
    """The vendor did nothing and asks to come back after `retry_after`."""

    def __init__(self, message: str, retry_after: timedelta) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class VendorBlocked(Exception):
    """The vendor did nothing and will not until somebody mends what the message names.

    The action stays stuck, shown with the remedy, and is tried again every few minutes.
    """


class VendorUnavailable(Exception):
    """The vendor certainly did nothing, and may answer later."""


class OutcomeUnknown(Exception):
    """The request was sent and no answer came back: the vendor may have acted."""


@dataclass(frozen=True)
class Receipt:
    """What the vendor said when it acted. `detail` is a sentence without personal data."""

    vendor_id: str | None = None
    detail: str = ""
    assignment: Assignment | None = None
    """Of an action of routing: whom the lead was given to."""


@dataclass(frozen=True)
class Undetermined:
    """Nobody can say whether the vendor acted; `why` is a sentence without personal data."""

    why: str


Found = Receipt | Undetermined | None
"""What a search for an earlier attempt says: done, nobody knows, or certainly not done."""
