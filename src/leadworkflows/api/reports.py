"""`GET /api/v1/reports/{name}`: the numbers of the dashboard; `PUT /api/v1/channel-costs`: what R8 needs."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from leadworkflows.api.deps import Deps
from leadworkflows.api.keys import key_required
from leadworkflows.api.problems import invalid
from leadworkflows.api.requests import read_body, require_media
from leadworkflows.reports import named
from leadworkflows.reports.named import Cell, Name, report
from leadworkflows.reports.periods import BadQuery
from leadworkflows.reports.shapes import Dimension, Filters, FunnelStage
from leadworkflows.sources.bodies import JSON, read_object
from leadworkflows.sources.rejections import FieldProblem, FieldsRejected, problems_of
from leadworkflows.store.api_keys import Scope
from leadworkflows.store.costs import Cost

router = APIRouter(prefix="/api/v1", tags=["reports"])
_READ, _MANAGE = [key_required(Scope.READ)], [key_required(Scope.MANAGE)]


def _text(value: str | None) -> str | None:
    if value is not None and "\x00" in value:
        raise ValueError("no name of ours has a null character; leave it out")
    return value


_Month = Annotated[str | None, Field(description="A month, such as 2026-03", max_length=7)]
_Fact = Annotated[
    str | None, Field(description="Only these; empty: not known", max_length=64), AfterValidator(_text)
]


class ReportQuery(BaseModel):
    """What a report may be asked. A word that is not known is refused: its numbers would be of all leads."""

    model_config = ConfigDict(extra="forbid")

    since: _Month = None
    until: _Month = None
    by: Annotated[Dimension | None, Field(description="Groups of `funnel` and `returned`")] = None
    of: Annotated[FunnelStage | None, Field(description="For `channels`: converted from")] = None
    to: Annotated[FunnelStage | None, Field(description="For `channels`: converted to")] = None
    channel: _Fact = None
    segment: _Fact = None
    persona: _Fact = None
    industry: _Fact = None
    country: _Fact = None
    owner: _Fact = None

    @property
    def filters(self) -> Filters:
        """Whom it is about."""
        return Filters(self.channel, self.segment, self.persona, self.industry, self.country, self.owner)


class ReportAnswer(BaseModel):
    """A report. Months are cut in `zone`; `until` is the first day that is not counted any more."""

    report: str
    since: date
    until: date
    zone: str
    rows: list[dict[str, Cell]]
    total: dict[str, Cell] | None = None


class CostShape(BaseModel):
    """What a channel cost in a month, in place of what was said of that month before."""

    channel: str = Field(min_length=1, max_length=64, pattern=r"^[^\x00]*$")
    month: str = Field(pattern=r"^(19[7-9]|[2-8]\d\d)\d-(0[1-9]|1[0-2])$")
    amount: Decimal = Field(ge=0, lt=Decimal(10) ** 12, decimal_places=2)
    currency: str = Field(pattern=r"^[A-Z]{3}$")


class CostsShape(BaseModel):
    """Costs, kept all together or not at all."""

    costs: list[CostShape] = Field(max_length=10_000)


class CostsAnswer(BaseModel):
    """How many months of channels were taken."""

    kept: int


_EXAMPLE = {"costs": [{"channel": "linkedin", "month": "2026-03", "amount": "1200.50", "currency": "EUR"}]}
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {JSON: {"schema": {"$ref": "#/components/schemas/CostsShape"}, "example": _EXAMPLE}},
    }
}


@router.get("/reports/{name}", dependencies=_READ)
async def get_report(name: Name, deps: Deps, query: Annotated[ReportQuery, Query()]) -> ReportAnswer:
    """A report of whole months, from `since` to the end of `until`; the last twelve where neither is said.

    What is counted and how: docs/reports.md.
    """
    asked = named.Query(query.since, query.until, query.by, query.of, query.to, query.filters)
    try:
        found = await report(deps.store, name, asked, deps.clock())
    except BadQuery as bad:
        raise invalid([FieldProblem(bad.field, bad.problem, bad.fix)]) from None
    when = found.period
    rows, total = [dict(row) for row in found.rows], dict(found.total) if found.total else None
    return ReportAnswer(
        report=name, since=when.since, until=when.until, zone=when.zone, rows=rows, total=total
    )


@router.put("/channel-costs", dependencies=_MANAGE, openapi_extra=_BODY)
async def put_costs(request: Request, deps: Deps) -> CostsAnswer:
    """Say what channels cost in months (R8). Of a channel's month that comes twice, the last counts."""
    require_media(request.headers)
    body = read_object(await read_body(request))
    try:
        shape = CostsShape.model_validate(body)
    except ValidationError as error:
        raise FieldsRejected(problems_of(error)) from None
    return CostsAnswer(kept=await deps.store.costs.put([_cost(each) for each in shape.costs]))


def _cost(said: CostShape) -> Cost:
    return Cost(said.channel, date(int(said.month[:4]), int(said.month[5:]), 1), said.amount, said.currency)
