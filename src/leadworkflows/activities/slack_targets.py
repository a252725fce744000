"""Where a card goes: a channel, the lead's owner, the owner's manager, or the owner's team."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from leadworkflows.activities.base import ActionContext
from leadworkflows.activities.services import ActionServices
from leadworkflows.domain.teams import Roster

Whom = Literal["channel", "owner", "manager", "team"]


async def targets(services: ActionServices, context: ActionContext, to: Whom, channel: str) -> Sequence[str]:
    """Where the card is to go, and after it where an earlier attempt may have put it.

    A direct message goes to a Slack member id. Where there is no owner or manager, or none whom Slack
    knows, the card goes to the channel: nobody is reminded in silence. An attempt that was made while
    somebody else was the owner went to that one.
    """
    if to == "channel":
        return [channel]
    roster, _policy = await services.roster(context.policy)
    owners = [await _owner_now(services, context), _word(context.facts.get("owner"))]
    return list(dict.fromkeys([_of(roster, owner, to) or channel for owner in owners] + [channel]))


async def _owner_now(services: ActionServices, context: ActionContext) -> str | None:
    """The desk knows first; without one, the lead itself."""
    held = await services.routing.owner_of(context.lead_id) if services.routing else None
    return held or _word(context.lead.get("owner"))


def _of(roster: Roster, owner: str | None, to: Whom) -> str | None:
    if to == "team":
        return _team_channel(roster, owner)
    person = owner if to == "owner" else roster.manager_of(owner)
    rep = roster.reps.get(person) if person else None
    return rep.slack if rep else None


def _team_channel(roster: Roster, owner: str | None) -> str | None:
    """The channel of the owner's team, or of the only one there is."""
    name = roster.team_of(owner) if owner else None
    if name is None and len(roster.teams) == 1:
        name = next(iter(roster.teams))
    return roster.teams[name].channel if name else None


def _word(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
