"""Whether the releases that stand side by side take every lead on."""

from __future__ import annotations

from collections.abc import Sequence

from temporalio.client import Client

from leadworkflows import bootstrap
from leadworkflows.cli.doctor_finding import Finding, Status
from leadworkflows.releases import ReleaseState
from leadworkflows.settings import Settings

_NAME = "Release"


async def releases(settings: Settings, client: Client) -> list[Finding]:
    """What was found of the worker deployment; nothing where there is none. May raise RPCError."""
    known = bootstrap.build_releases(settings, client)
    if known is None:
        return []
    return [judged(await known.states(), bootstrap.release_of(settings).build_id)]


def judged(states: Sequence[ReleaseState], own: str) -> Finding:
    """The worst that can be said of them, seen from the release `own`."""
    current = next((each for each in states if each.is_current), None)
    if current is None:
        found = "none is current yet, so no lead begins"
        return Finding(_NAME, Status.WRONG, found, "start a worker: the first release makes itself current")
    if not current.is_worked:
        found = f"{current.build_id} is current and has no worker: its leads wait, and so do new ones"
        return Finding(_NAME, Status.WRONG, found, "start its workers, or activate a release that has some")
    if left := [each for each in states if each.build_id and each.leads and not each.is_worked]:
        found = f"{sum(each.leads for each in left):,} leads wait for workers of "
        found += ", ".join(str(each.build_id) for each in left)
        return Finding(_NAME, Status.WRONG, found, "run: leadworkflows release nudge")
    if current.build_id != own:
        found = f"this is {own}, and {current.build_id} is current"
        return Finding(_NAME, Status.NOTE, found, f"to go over to it: leadworkflows release activate {own}")
    return Finding(_NAME, Status.OK, f"{own} is current and has workers")
