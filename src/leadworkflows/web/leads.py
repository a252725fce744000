"""`/leads`: everybody, by what is known of them; and the list behind a number of another page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Annotated, Any, Literal, get_args
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from leadworkflows.api.deps import Deps
from leadworkflows.api.problems import invalid
from leadworkflows.domain.lifecycle import Stage
from leadworkflows.domain.policy import Policy
from leadworkflows.domain.teams import Roster
from leadworkflows.domain.wording import STAGE_NAMES
from leadworkflows.reports.behind import behind_of, leads_behind
from leadworkflows.reports.leads import leads_matching
from leadworkflows.reports.periods import BadQuery
from leadworkflows.reports.shapes import Behind, LeadLine, LeadQuery
from leadworkflows.sources.rejections import FieldProblem
from leadworkflows.web.access import reader_required
from leadworkflows.web.behind_words import behind_words
from leadworkflows.web.moments import Moment, zone_named
from leadworkflows.web.rendering import NO_NULL, PageRoute, page
from leadworkflows.web.spoken import clock_name, person_named, spoken
from leadworkflows.web.stored import active_policy

A_PAGE = 50
Sort = Literal["newest", "score", "clock", "last"]
Clock = Literal["ticking", "missed"]
SORTS: Mapping[str, str] = {
    "newest": "Newest first", "score": "Highest score", "clock": "Clock due first", "last": "Last heard of",
}  # fmt: skip
_CLOCKS = {"ticking": "Ticking", "missed": "Missed"}
_SOON = timedelta(minutes=30)
_Text = Annotated[str | None, Query(max_length=200, pattern=NO_NULL)]
router = APIRouter(route_class=PageRoute, dependencies=[reader_required], include_in_schema=False)


@dataclass(frozen=True)
class Select:
    """One filter with its choices, of which the chosen one is marked."""

    name: str
    title: str
    choices: Sequence[tuple[str, str]]
    chosen: str


@dataclass(frozen=True)
class LeadsPage:
    """A page of leads. `behind` is None where it is the whole list, filtered."""

    lines: Sequence[LeadLine]
    query: LeadQuery
    policy: Policy | None
    roster: Roster
    zone: ZoneInfo
    now: Any
    next: str | None
    first: str | None
    behind: Behind | None = None

    def moment(self, at: Any) -> Moment:
        """An instant, ready to be shown."""
        return Moment(at, self.zone, self.now)

    def owner(self, rep_id: str | None) -> str:
        """Who has a lead, by name."""
        return person_named(self.roster, rep_id)

    def tone(self, line: LeadLine) -> str:
        """How urgent its clock is."""
        if line.clock_due_at is None:
            return ""
        left = line.clock_due_at - self.now
        return "hot" if left <= timedelta(0) else "soon" if left < _SOON else ""

    @property
    def title(self) -> str:
        """What the list is of."""
        return behind_words(self.behind) if self.behind else "Leads"

    @property
    def selects(self) -> list[Select]:
        """The filters with a list to choose from."""
        policy, asked = self.policy, self.query
        owners = sorted(
            ((each, rep.name or each) for each, rep in self.roster.reps.items()), key=lambda o: o[1]
        )
        market = policy.market.industries if policy else ()
        return [
            _select(
                "stage", "Stage", [(stage.value, name) for stage, name in STAGE_NAMES.items()], asked.stage
            ),
            _select("owner", "Owner", owners, asked.owner),
            _select("persona", "Persona", _words(policy.personas if policy else ()), asked.persona),
            _select("segment", "Segment", _words(policy.segments if policy else ()), asked.segment),
            _select("industry", "Industry", _words(sorted(market)), asked.industry),
            _select("clock", "Clock", list(_CLOCKS.items()), asked.clock),
        ]

    @property
    def sorts(self) -> list[tuple[str, str, bool]]:
        """The orders: name, title, and whether it holds."""
        return [(name, title, name == self.query.sort) for name, title in SORTS.items()]

    @property
    def narrowed(self) -> bool:
        """Whether one of the further filters holds."""
        asked = self.query
        further = (asked.persona, asked.segment, asked.industry, asked.channel, asked.min_score)
        return any(each is not None for each in further)

    @property
    def filtered(self) -> bool:
        """Whether something was asked for."""
        return self.query != replace(LeadQuery(), sort=self.query.sort)


def _select(name: str, title: str, choices: Sequence[tuple[str, str]], chosen: str | None) -> Select:
    """What was asked for stays a choice, even where the policy does not know it any more."""
    known = {value for value, _ in choices}
    extra = [(chosen, spoken(chosen))] if chosen and chosen not in known else []
    return Select(name, title, [*choices, *extra], chosen or "")


def _words(names: Any) -> list[tuple[str, str]]:
    return [(name, spoken(name).replace("-", " ")) for name in names]


@router.get("/leads")
async def listed(
    request: Request,
    deps: Deps,
    q: Annotated[str | None, Query(max_length=200)] = None,
    stage: str | None = None,
    owner: _Text = None,
    persona: _Text = None,
    segment: _Text = None,
    channel: _Text = None,
    industry: _Text = None,
    min_score: Annotated[str | None, Query(max_length=9)] = None,
    clock: str | None = None,
    sort: str = "newest",
    after: _Text = None,
) -> HTMLResponse:
    """Leads that match, a page at a time; or those behind a number, which the address names."""
    policy, now = await active_policy(deps.store), deps.clock()
    zone, roster = zone_named(policy and policy.calendar.zone), await deps.store.roster.load(policy)
    given = {name: value for name, value in request.query_params.items() if value != ""}
    asked = LeadQuery(
        stage=_one_of("stage", stage or None, [each.value for each in Stage]),
        owner=owner or None, persona=persona or None, segment=segment or None, channel=channel or None,
        industry=industry or None, min_score=_number(min_score),
        clock=_one_of("clock", clock or None, get_args(Clock)),  # type: ignore[arg-type]
        words=(q or "").replace("\x00", "\ufffd").strip() or None,
        sort=_one_of("sort", sort or "newest", get_args(Sort)) or "newest",  # type: ignore[arg-type]
    )  # fmt: skip
    database = deps.store.database
    try:
        behind = behind_of({name: value for name, value in request.query_params.items() if name != "after"})
        if behind:
            lines, following = await leads_behind(database, behind, zone.key, A_PAGE, after or None)
        else:
            lines, following = await leads_matching(database, asked, A_PAGE, after or None)
    except BadQuery as bad:
        raise invalid([FieldProblem(bad.field, bad.problem, bad.fix)]) from None
    made = LeadsPage(
        lines, asked, policy, roster, zone, now, behind=behind,
        next=_address(given, after=following) if following else None,
        first=_address(given) if after else None,
    )  # fmt: skip
    return page(request, "leads.html", page=made, clock_name=clock_name, spoken=spoken)


def _one_of(name: str, value: str | None, known: Sequence[str]) -> str | None:
    """Raises 422 for what is not among them."""
    if value is not None and value not in known:
        raise invalid([FieldProblem(name, "is not known", f"use one of {', '.join(known)}")])
    return value


def _number(said: str | None) -> int | None:
    if not said:
        return None
    try:
        return int(said)
    except ValueError:
        raise invalid([FieldProblem("min_score", "is no number", "write a number such as 80")]) from None


def _address(given: Mapping[str, str], after: str | None = None) -> str:
    kept = {name: value for name, value in given.items() if name != "after"}
    asked = urlencode({**kept, **({"after": after} if after else {})})
    return f"/leads?{asked}" if asked else "/leads"
