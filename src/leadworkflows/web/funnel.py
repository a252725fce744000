"""`/funnel`: how leads go on from stage to stage, how fast, and what they cost (R1 to R4, R6 to R8)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from leadworkflows.api.deps import ApiDeps, Deps
from leadworkflows.domain.policy import Policy
from leadworkflows.domain.watching import ReturnedAlert
from leadworkflows.reports.channels import channel_changes
from leadworkflows.reports.costs import CostsRejected, channel_costs, read_costs
from leadworkflows.reports.funnel import LEADERS, benchmarks, funnel
from leadworkflows.reports.levels import contacted, kept, returned
from leadworkflows.reports.shapes import ChannelCost, Contacted, Kept, Returned
from leadworkflows.reports.tests import LEAST
from leadworkflows.reports.times import times
from leadworkflows.web import report_views as views
from leadworkflows.web.access import PostedGiven, manager_required, reader_required
from leadworkflows.web.funnel_view import SHARES, STAGES, FunnelView, funnel_view
from leadworkflows.web.moments import zone_named
from leadworkflows.web.rendering import PageRoute, page
from leadworkflows.web.report_query import DIMENSIONS, FILTERED_BY, Asked, group_name, read_query
from leadworkflows.web.spoken import clock_name, spoken
from leadworkflows.web.stored import active_policy

router = APIRouter(route_class=PageRoute, include_in_schema=False)
_FEW_MINUTES = 90


@dataclass(frozen=True)
class Filter:
    """A filter of the page: what can be chosen or is proposed, and what holds. `typed`: any word is taken."""

    name: str
    title: str
    choices: Sequence[tuple[str, str]]
    chosen: str
    typed: bool


@dataclass(frozen=True)
class FunnelPage:
    """Everything that stands on the page."""

    asked: Asked
    funnel: FunnelView
    sectors: Sequence[views.SectorLine]
    changes: Sequence[views.ChangeLine]
    month: str | None
    spans: Sequence[views.SpanLine]
    returned: Sequence[Returned]
    kept: Sequence[Kept]
    contacted: Sequence[Contacted]
    costs: Sequence[ChannelCost]
    alert: float
    filters: Sequence[Filter]

    stages = STAGES
    shares = SHARES
    least = LEAST
    leaders = LEADERS

    @property
    def switch(self) -> list[tuple[str, str, bool]]:
        """The dimensions, each with its address."""
        address, by = self.asked.address, self.asked.by
        return [(each.capitalize(), address("/funnel", by=each), each == by) for each in DIMENSIONS]

    @property
    def sals(self) -> int:
        """SALs of the period."""
        return sum(each.sals for each in self.returned)

    @property
    def given_back(self) -> int:
        """Those of them that sales returned."""
        return sum(each.returned for each in self.returned)

    @property
    def paid(self) -> bool:
        """Whether costs are known."""
        return bool(self.costs)


@router.get("/funnel", dependencies=[reader_required])
async def shown(request: Request, deps: Deps) -> HTMLResponse:
    """The funnel of a period, by a dimension, filtered."""
    policy = await active_policy(deps.store)
    zone = zone_named(policy.calendar.zone if policy else None).key
    asked = read_query(request.query_params, zone, deps.clock())
    made = await _made(asked, policy, deps)
    taken = request.query_params.get("costs", "")
    return page(
        request,
        "funnel.html",
        page=made,
        charts=_charts(made),
        taken=int(taken) if taken.isdecimal() and len(taken) < 6 else None,
        duration=duration,
        clock_name=clock_name,
        group_name=group_name,
        told=views.told_changes(made.changes, made.month) if made.month else [],
    )


@router.post("/funnel/costs", dependencies=[manager_required])
async def take_costs(request: Request, deps: Deps, posted: PostedGiven) -> Response:
    """Take a CSV of what channels cost; all of it or nothing, with every line that does not fit."""
    try:
        costs = read_costs(_text(posted.files.get("file", b"")))
        count = await deps.store.costs.put(costs)
    except CostsRejected as rejected:
        return page(request, "costs_refused.html", 422, problems=rejected.problems)
    return RedirectResponse(f"/funnel?costs={count}#costs", 303)


def _text(body: bytes) -> str:
    """Raises CostsRejected for what is no text in UTF-8."""
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise CostsRejected(["The file is no text in UTF-8: save it as CSV UTF-8."]) from None


async def _made(asked: Asked, policy: Policy | None, deps: ApiDeps) -> FunnelPage:
    db, period, filters = deps.store.database, asked.period, asked.filters
    of_stages = asyncio.gather(
        funnel(db, asked.by, period, filters),
        benchmarks(db, period, filters),
        channel_changes(db, period, filters=filters),
        times(db, period, filters),
    )
    of_sales = asyncio.gather(
        returned(db, period, "month", filters),
        kept(db, period, filters),
        contacted(db, period, filters),
        channel_costs(db, period),
        deps.store.roster.load(policy),
    )
    (found, sectors, changes, spans), (gone, levels, reached, costs, roster) = await asyncio.gather(
        of_stages, of_sales
    )
    lines = views.changes(changes, asked)
    watched = policy.watch.returned if policy else None
    owners = [(rep_id, rep.name or rep_id) for rep_id, rep in roster.reps.items()]
    channels = sorted({each.channel for each in changes if each.channel})
    known = {"channel": channels, "industry": sorted(each.industry for each in sectors if each.industry)}
    return FunnelPage(
        asked=asked,
        funnel=funnel_view(found, asked, dict(owners)),
        sectors=views.sectors(sectors, asked),
        changes=lines,
        month=views.focus(lines, deps.clock(), period.zone),
        spans=views.spans(spans, asked),
        returned=gone,
        kept=levels,
        contacted=reached,
        costs=costs,
        alert=(watched or ReturnedAlert()).above,
        filters=list(_filters(asked, policy, owners, known)),
    )


def _filters(asked: Asked, policy: Policy | None, owners: list[tuple[str, str]], known: Any) -> Any:
    """The policy names segments and personas; of the others, words that were seen are proposed."""
    listed = {
        "segment": [(each, spoken(each).replace("-", " ")) for each in (policy.segments if policy else ())],
        "persona": [(each, spoken(each)) for each in (policy.personas if policy else ())],
        "owner": owners,
    }
    for name in FILTERED_BY:
        chosen = getattr(asked.filters, name) or ""
        choices = listed.get(name, [])
        if chosen and choices and chosen not in dict(choices):
            choices = [*choices, (chosen, chosen)]
        proposed = [(each, "") for each in known.get(name, ())]
        yield Filter(name, name.capitalize(), choices or proposed, chosen, typed=not choices)


def _charts(made: FunnelPage) -> dict[str, Any]:
    by_month = made.month and any(line.month == made.month for line in made.changes)
    return {
        "sectors": views.sectors_chart(made.sectors) if made.sectors else None,
        "changes": views.changes_chart(made.changes, made.month) if by_month and made.month else None,
        "returned": views.returned_chart(made.returned, made.asked, made.alert) if made.sals else None,
    }


def duration(minutes: float | None) -> str:
    """A length of time such as "42 min", "3.5 h" or "2.1 d"."""
    if minutes is None:
        return ""
    if minutes < _FEW_MINUTES:
        return f"{minutes:.0f} min"
    return f"{minutes / 60:.1f} h" if minutes < 2 * 1440 else f"{minutes / 1440:.1f} d"
