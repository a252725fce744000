"""When something that the watch found is over, and the words for it."""

from __future__ import annotations

from collections.abc import Collection

from leadworkflows.domain.policy import Policy
from leadworkflows.reports.drops import Counts
from leadworkflows.reports.look import Day, newest, returned_of
from leadworkflows.reports.watch import Found, is_over, percent
from leadworkflows.store.database import Database
from leadworkflows.store.findings import KeptFinding

_UNWATCHED = "The policy no longer watches it."


async def over(
    db: Database, policy: Policy, day: Day, kept: KeptFinding, found: Collection[Found] = ()
) -> str | None:
    """Why a finding is over on a day, as a sentence; None where it goes on.

    `found` is what this day's look found: what was found again is not over.
    """
    if any(each.subject == kept.subject for each in found):
        return None
    if kept.code == "A1":
        return await _drop_is_over(db, policy, day, kept)
    if kept.code == "A2":
        return "No lead waits beyond it any more." if policy.watch.missed else _UNWATCHED
    return await _returns_are_over(db, policy, day)


async def _drop_is_over(db: Database, policy: Policy, day: Day, kept: KeptFinding) -> str | None:
    """It converts again as it did before the drop, or has converted so for as long as a history is."""
    drops = policy.watch.drops
    counts = await newest(db, drops, day, kept.figures) if drops else None
    if drops is None or counts is None:
        return _UNWATCHED
    if is_over(kept.figures, counts, drops.least):
        before = Counts(*kept.figures["before"])
        return (
            f"It is {percent(counts.converted, counts.entered)} again ({counts.converted} of"
            f" {counts.entered}); before the drop it was {percent(before.converted, before.entered)}."
        )
    if day.now - kept.opened_at > drops.history.delta:
        return "It has not come back, and is what is usual by now: from here on it is compared with that."
    return None


async def _returns_are_over(db: Database, policy: Policy, day: Day) -> str | None:
    alert = policy.watch.returned
    if alert is None:
        return _UNWATCHED
    count = await returned_of(db, day, alert.window.delta.days)
    if count.returned > alert.above * count.sals:
        return None  # still above, of too few to say so again
    return f"{count.returned} of {count.sals} SALs were returned; the limit is {alert.above:.0%}."
