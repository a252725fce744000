"""What every CRM is told of a lead: how it stands now, and who owns it there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from leadworkflows.activities.base import ActionContext
from leadworkflows.activities.services import RosterOf
from leadworkflows.content.person import one_line
from leadworkflows.domain.lifecycle import Stage


def standing(context: ActionContext) -> Mapping[str, Any]:
    """The lead as it stands: the action's own facts or what is on record, whichever is newer.

    Two syncs that run in the wrong order so write the same, and the last word is the newest one.
    """
    if _revision(context.snapshot) > _revision(context.lead):
        return {**context.lead, **context.snapshot}
    return context.lead


def stage_of(lead: Mapping[str, Any]) -> Stage:
    """The stage of a lead that stands so."""
    return Stage(lead.get("stage") or Stage.LEAD)


def score_of(lead: Mapping[str, Any]) -> int | None:
    """The total, from an action's facts (a number) or from the record (with all that makes it up)."""
    score = lead.get("score")
    total = score.get("total") if isinstance(score, Mapping) else score
    return total if isinstance(total, int) and not isinstance(total, bool) else None


async def owner_in(system: str, lead: Mapping[str, Any], policy_id: str, roster_of: RosterOf) -> str | None:
    """The id that the lead's owner has in a CRM. None: nobody owns it, or nobody said the id."""
    owner = lead.get("owner")
    if not isinstance(owner, str):
        return None
    roster, _policy = await roster_of(policy_id)
    rep = roster.reps.get(owner)
    return (rep.crm.get(system) or None) if rep else None


def named(values: Mapping[str, str | None]) -> dict[str, str]:
    """Only what is known, on one line each: an empty field of ours wipes nothing out in a CRM."""
    tidy = {name: one_line(value) for name, value in values.items()}
    return {name: value for name, value in tidy.items() if value}


def _revision(facts: Mapping[str, Any]) -> int:
    revision = facts.get("revision")
    return revision if isinstance(revision, int) else 0
