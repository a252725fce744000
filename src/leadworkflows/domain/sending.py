"""When a mail leaves that nobody asked for: in the lead's own hours, not too many, not all at once.

The answer is one absolute instant, and what it was computed from is kept with it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache
from zlib import crc32

from leadworkflows.domain.calendars import Week, WorkCalendar
from leadworkflows.domain.country_zones import ZONE_OF
from leadworkflows.domain.mailing import MAILS_KEPT
from leadworkflows.domain.making import made
from leadworkflows.domain.policy import Policy
from leadworkflows.domain.state import Due, JourneyState

_ROUNDS = 8


def zone_of(state: JourneyState, policy: Policy) -> tuple[str, str]:
    """The lead's zone, and how it is known: stated, else by its country, else the company's own."""
    stated, country = state.profile.get("time_zone"), state.profile.get("country")
    if stated:
        return str(stated), "stated"
    if country in ZONE_OF:
        return ZONE_OF[str(country)], "country"
    return policy.sending.zone, "default"


def language_of(state: JourneyState, policy: Policy) -> str:
    """What the lead's mails are written in."""
    return spoken_language(state.profile.get("language"), policy)


def spoken_language(stated: object, policy: Policy) -> str:
    """A stated language where the policy has it, else the policy's first."""
    return str(stated) if stated in policy.languages else policy.languages[0]


def due_time(state: JourneyState, policy: Policy, base: datetime, what: str, *, mail: bool = True) -> Due:
    """When a mail may leave that is to leave at `base` or later; any other action leaves at `base`."""
    zone, known_by = zone_of(state, policy)
    if not mail:
        return made(Due, at=base, base=base, zone=zone, zone_from=known_by, moved=[])
    windows = _windows(zone, policy.sending.week)
    at, moved = base, list[str]()
    for _ in range(_ROUNDS):
        later, why = _put_off(state, policy, windows, at, what)
        if why is None:
            break
        at = later
        moved += [why] if why not in moved else []
    return made(Due, at=at, base=base, zone=zone, zone_from=known_by, moved=moved)


@lru_cache(maxsize=512)
def _windows(zone: str, week: Week) -> WorkCalendar:
    """Leads have few zones, and every mail asks."""
    return WorkCalendar(zone=zone, week=week)


def _put_off(
    state: JourneyState, policy: Policy, windows: WorkCalendar, at: datetime, what: str
) -> tuple[datetime, str | None]:
    """The next rule that puts a mail off; no reason where none does."""
    quiet = state.last_asked_mail and state.last_asked_mail + policy.sending.after_one_off.delta
    if quiet and quiet > at:
        return quiet, "after a mail it asked for"
    free = _cap_frees(state, policy, at)
    if free > at:
        return free, "frequency cap"
    opens = windows.next_start(at)
    if opens > at:
        return _spread(windows, opens, policy.sending.spread.delta, state.lead_id + what), "quiet hours"
    return at, None


def _cap_frees(state: JourneyState, policy: Policy, at: datetime) -> datetime:
    """When one more mail is within the cap."""
    cap = policy.sending.cap
    if cap is None:
        return at
    recent = [sent for sent in state.mails if sent > at - cap.within.delta]
    if len(recent) < cap.mails:
        return at
    return recent[-cap.mails] + cap.within.delta


def _spread(windows: WorkCalendar, opens: datetime, spread: timedelta, who: str) -> datetime:
    """A stable place in the beginning of the window, for each lead another."""
    seconds = int(spread.total_seconds())
    if seconds < 1:
        return opens
    placed = opens + timedelta(seconds=crc32(who.encode()) % seconds)
    return placed if windows.works_at(placed) else opens


def count(state: JourneyState, at: datetime, *, asked: bool) -> None:
    """Remember a mail, for the cap; `asked` marks one that the person asked for."""
    state.mails = sorted([*state.mails, at])[-MAILS_KEPT:]
    if asked:
        state.last_asked_mail = at
