"""What becomes of a mail that could not leave when it was decided.

It keeps to quiet hours all the same; after long it is sent, dropped or spread, as the policy says. How
long it waited is told by the Temporal server's clock alone: from the decision (the workflow's time) to
the moment at which the server started this attempt.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zlib import crc32

from leadworkflows.activities.base import ActionContext, VendorThrottled, Withheld
from leadworkflows.domain.calendars import WorkCalendar
from leadworkflows.domain.mailing import Sending

AT_ONCE = timedelta(minutes=30)
"""Up to here it left as decided, and the core saw to the hours."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NEVER = datetime.max.replace(tzinfo=UTC)
_PLACES = 10
"""A place is a tenth of `spread`: wide enough to be met by an attempt that comes a little late."""


def is_nurture(context: ActionContext) -> bool:
    """Whether nobody asked for the mail: what somebody asked for, a confirmation, is sent however late."""
    return context.facts.get("one_off") is False


def is_held_up(context: ActionContext) -> bool:
    """Whether it is a sequence's mail that did not leave when it was decided."""
    return is_nurture(context) and context.waited > AT_ONCE


def check_overdue(context: ActionContext, sending: Sending) -> None:
    """Raises Withheld for a mail to drop, VendorThrottled for one whose time is not now."""
    if not is_held_up(context):
        return
    late, now = context.waited > sending.late.delta, context.decided_at + context.waited
    if late and sending.overdue == "drop":
        raise Withheld("overdue, dropped by the policy")
    if late and sending.overdue == "latest" and _next_at(context) <= now:
        raise Withheld("overdue, and the next step's time has come")
    windows = WorkCalendar(zone=_zone(context, sending), week=sending.week)
    if (opens := windows.next_start(now)) > now:
        raise VendorThrottled("quiet hours", opens - now)
    wait = _until_its_place(context.key, now, sending.spread.delta)
    if late and sending.overdue == "spread" and wait and windows.works_at(now + wait):
        raise VendorThrottled("overdue, spread by the policy", wait)


def _zone(context: ActionContext, sending: Sending) -> str:
    """The zone that the due time was computed in; after a last step no snapshot tells it any more."""
    zone = context.facts.get("zone")
    return zone if isinstance(zone, str) else sending.zone


def _next_at(context: ActionContext) -> datetime:
    """When the sequence's next step was to be, as planned with this one; never after its last."""
    nurture = _nurture(context)
    same = nurture.get("sequence") == context.facts.get("sequence")
    planned = nurture.get("next_at") if same else None
    return datetime.fromisoformat(planned) if isinstance(planned, str) else _NEVER


def _nurture(context: ActionContext) -> Mapping[str, Any]:
    nurture = context.snapshot.get("nurture")
    return nurture if isinstance(nurture, Mapping) else {}


def _until_its_place(key: str, now: datetime, spread: timedelta) -> timedelta:
    """A mail's own place in each `spread`, by its key: the same for every attempt and every process."""
    if not spread:
        return timedelta(0)
    place = spread * (crc32(key.encode()) / 2**32)
    since = (now - _EPOCH - place) % spread
    return timedelta(0) if since < spread / _PLACES else spread - since
