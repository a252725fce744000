"""`/api/v1/reps` and `/api/v1/teams`: who sells, beside those whom the policy names."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import date
from typing import Annotated, Any, Literal, TypeVar

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, Field, ValidationError

from leadworkflows.api.deps import ApiDeps, Deps
from leadworkflows.api.keys import key_required
from leadworkflows.api.problems import not_found
from leadworkflows.api.requests import read_body, require_media
from leadworkflows.domain.facts import RepId
from leadworkflows.domain.policy import Policy
from leadworkflows.domain.teams import CalendarSpec, Rep, Roster, Team, TeamName
from leadworkflows.public_holidays import UnknownRegion, dates
from leadworkflows.sources.bodies import JSON, read_object
from leadworkflows.sources.rejections import FieldProblem, FieldsRejected, problems_of
from leadworkflows.store.api_keys import Scope
from leadworkflows.store.roster import KeptRep, KeptTeam

router = APIRouter(prefix="/api/v1", tags=["teams"])
_READ, _MANAGE = [key_required(Scope.READ)], [key_required(Scope.MANAGE)]
_RepInPath = Annotated[RepId, Path(description="Your own id of the person, such as rep-7; no name")]

NamedBy = Literal["policy", "api"]


class RepShape(Rep):
    """A person in sales, and the teams they are in. A team that nobody describes has the defaults."""

    teams: tuple[TeamName, ...] = Field(default=(), max_length=50)


class TeamShape(Team):
    """People among whom leads are shared out."""


class RepAnswer(RepShape):
    """A person in sales. `open` is how many leads they work; `named_by` says where they can be changed."""

    rep_id: str
    open: int
    named_by: NamedBy


class RepsAnswer(BaseModel):
    """Everybody who sells, by id."""

    reps: list[RepAnswer]


class TeamAnswer(TeamShape):
    """A team with everybody in it, whoever said so."""

    name: str
    named_by: NamedBy


class TeamsAnswer(BaseModel):
    """Every team. Actions that name none share among the first."""

    teams: list[TeamAnswer]


def _body(model: str, example: dict[str, Any]) -> dict[str, Any]:
    schema = {"$ref": f"#/components/schemas/{model}"}
    return {"requestBody": {"required": True, "content": {JSON: {"schema": schema, "example": example}}}}


_REP = _body("RepShape", {
    "name": "Bob", "slack": "U0123ABCD", "weight": 1, "capacity": 30, "countries": ["DE", "AT"],
    "teams": ["sales"],
    "calendar": {"zone": "Europe/Berlin", "hours": {"mon-fri": "09:00-18:00"}, "holidays": ["DE-BE"]},
    "away": [{"from": "2026-12-21", "to": "2027-01-02"}],
})  # fmt: skip
_TEAM = _body("TeamShape", {"reps": ["rep-7"], "manager": "rep-7", "channel": "#sales"})


@router.get("/reps", dependencies=_READ)
async def list_reps(deps: Deps) -> RepsAnswer:
    """Everybody who sells, of the policy and of the API, with how many leads each works."""
    roster = await _roster(deps)
    loads = await deps.store.routing.loads()
    ours = {each.rep_id for each in await deps.store.roster.reps()}
    reps = sorted(roster.reps)
    return RepsAnswer(reps=[_rep(rep_id, roster, loads.get(rep_id, 0), rep_id in ours) for rep_id in reps])


@router.put("/reps/{rep_id}", dependencies=_MANAGE, openapi_extra=_REP)
async def put_rep(rep_id: _RepInPath, request: Request, deps: Deps) -> RepAnswer:
    """Name a person in sales, in place of whoever had the id. Leads that they have stay theirs."""
    shape = await _read(request, RepShape)
    rep = Rep(**{name: getattr(shape, name) for name in Rep.model_fields})
    kept = KeptRep(rep_id, rep, shape.teams, await _holidays(rep.calendar))
    await deps.store.roster.put_rep(kept, deps.clock())
    loads = await deps.store.routing.loads()
    return _rep(rep_id, await _roster(deps), loads.get(rep_id, 0), ours=True)


@router.delete("/reps/{rep_id}", dependencies=_MANAGE, status_code=204)
async def delete_rep(rep_id: _RepInPath, deps: Deps) -> None:
    """Give a person no more leads. Those that they have stay theirs, until somebody takes them."""
    if not await deps.store.roster.drop_rep(rep_id):
        raise not_found("The API named nobody by this id. Whom the policy names, only the policy removes.")


@router.get("/teams", dependencies=_READ)
async def list_teams(deps: Deps) -> TeamsAnswer:
    """Every team, of the policy and of the API."""
    roster = await _roster(deps)
    ours = await _our_teams(deps)
    return TeamsAnswer(teams=[_team(name, roster, name in ours) for name in roster.teams])


@router.put("/teams/{name}", dependencies=_MANAGE, openapi_extra=_TEAM)
async def put_team(name: TeamName, request: Request, deps: Deps) -> TeamAnswer:
    """Name a team, in place of the one that had the name."""
    shape = await _read(request, TeamShape)
    _known_people(shape, await _roster(deps))
    team = Team(**{field: getattr(shape, field) for field in Team.model_fields})
    await deps.store.roster.put_team(KeptTeam(name, team, await _holidays(team.calendar)), deps.clock())
    return _team(name, await _roster(deps), ours=True)


@router.delete("/teams/{name}", dependencies=_MANAGE, status_code=204)
async def delete_team(name: TeamName, deps: Deps) -> None:
    """Forget what the API said of a team; its people stay."""
    if not await deps.store.roster.drop_team(name):
        raise not_found("The API named no team so. What the policy names, only the policy removes.")


Shape = TypeVar("Shape", bound=BaseModel)


async def _read(request: Request, model: type[Shape]) -> Shape:
    """The body. Raises FieldsRejected with every field that is wrong."""
    require_media(request.headers)
    body = read_object(await read_body(request))
    try:
        return model.model_validate(body)
    except ValidationError as error:
        raise FieldsRejected(problems_of(error)) from None


async def _holidays(calendar: CalendarSpec | None) -> dict[str, tuple[date, ...]]:
    """The public holidays of each region that the calendar names. Raises FieldsRejected."""
    regions = calendar.holidays if calendar else ()
    found: dict[str, tuple[date, ...]] = {}
    problems: list[FieldProblem] = []
    for number, region in enumerate(regions):
        try:
            found[region] = await asyncio.to_thread(dates, region)
        except UnknownRegion as unknown:
            fix = str(unknown).partition("; ")[2]  # without the value that was sent
            problems.append(FieldProblem(f"calendar.holidays[{number}]", "is no region we know", fix))
    if problems:
        raise FieldsRejected(problems)
    return found


def _known_people(team: Team, roster: Roster) -> None:
    """Refuse ids of nobody: a lead would wait for them in silence. Raises FieldsRejected."""
    if problems := list(_strangers(team, roster)):
        raise FieldsRejected(problems)


def _strangers(team: Team, roster: Roster) -> Iterator[FieldProblem]:
    fix = "put the rep first, or correct the id"
    for number, rep_id in enumerate(team.reps):
        if rep_id not in roster.reps:
            yield FieldProblem(f"reps[{number}]", "is nobody we know", fix)
    if team.manager is not None and team.manager not in roster.reps:
        yield FieldProblem("manager", "is nobody we know", fix)


async def _roster(deps: ApiDeps) -> Roster:
    """Everybody, by the policy that is active; before one was stored, whom the API named."""
    policy_id = await deps.store.policies.active() or deps.policy_id
    body = await deps.store.policies.get(policy_id)
    return await deps.store.roster.load(Policy.model_validate_json(body) if body else None)


async def _our_teams(deps: ApiDeps) -> set[str]:
    """The teams that the API named: themselves, or by their people."""
    named = {each.name for each in await deps.store.roster.teams()}
    in_use = {name for each in await deps.store.roster.reps() for name in each.teams}
    return named | in_use


def _rep(rep_id: str, roster: Roster, at_work: int, ours: bool) -> RepAnswer:  # noqa: FBT001
    rep = roster.reps[rep_id]
    teams = tuple(name for name, team in roster.teams.items() if rep_id in team.reps)
    given = {name: getattr(rep, name) for name in Rep.model_fields}
    return RepAnswer(**given, teams=teams, rep_id=rep_id, open=at_work, named_by="api" if ours else "policy")


def _team(name: str, roster: Roster, ours: bool) -> TeamAnswer:  # noqa: FBT001
    team = roster.teams[name]
    given = {field: getattr(team, field) for field in Team.model_fields}
    return TeamAnswer(**given, name=name, named_by="api" if ours else "policy")
