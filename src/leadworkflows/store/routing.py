"""Assignments: who was given which lead, one choice at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table, and_, bindparam, insert, or_, select

from leadworkflows.domain.calendars import WorkCalendar
from leadworkflows.domain.decisions import Assignment
from leadworkflows.domain.lifecycle import WORKED_STAGES
from leadworkflows.domain.routing import Candidate, Choice, LeadFacts, choose
from leadworkflows.store import desk
from leadworkflows.store.database import Database, Transaction
from leadworkflows.store.models import AssignmentRow, DeskRow, TurnRow
from leadworkflows.store.timeline import lock_lead

_TABLE = cast("Table", AssignmentRow.__table__)
# Built once: under the one lock, putting a statement together would cost more than running it.
_LOCK = select(TurnRow.turn).where(TurnRow.team == "", TurnRow.rep_id == "").with_for_update()
_EARLIER = (
    select(_TABLE)
    .where(
        or_(
            _TABLE.c.key == bindparam("of"),
            and_(_TABLE.c.lead_id == bindparam("lead"), _TABLE.c["pass"] == bindparam("pass_no")),
        )
    )
    .order_by(_TABLE.c.at, _TABLE.c.key)
)
_TURNS = select(TurnRow.rep_id, TurnRow.turn).where(
    TurnRow.team == bindparam("team"),
    TurnRow.rep_id.in_(bindparam("reps", expanding=True)),
)
_ADD = insert(_TABLE)


@dataclass(frozen=True)
class RouteRequest:
    """Who is to get a lead, as an action asks it.

    `again` takes the lead from whoever had it in this pass, `owner` being the last of them. `company` is
    the mail domain that tells the account; None for a free mailbox. `revision` is the number of the
    lead's last timeline entry when this was decided.
    """

    key: str
    lead_id: str
    pass_no: int
    team: str
    candidates: Sequence[Candidate]
    at: datetime
    lead: LeadFacts = field(default_factory=LeadFacts)
    company: str | None = None
    again: bool = False
    owner: str | None = None
    revision: int = 0


@dataclass(frozen=True)
class _Standing:
    """What stands about the lead, under its lock."""

    open: bool
    row: Mapping[str, Any] | None
    earlier: Sequence[Mapping[Any, Any]]
    """Its assignments in this pass, the oldest first."""

    @property
    def holder(self) -> str | None:
        """Whose it is now."""
        return self.row["rep_id"] if self.row and self.row["held"] else None


class Routing:
    """Chooses, in one transaction that no other choice can come between."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._desk = desk.Desk(database)
        made = database.insert(TurnRow)
        self._move = made.on_conflict_do_update(
            index_elements=["team", "rep_id"], set_={"turn": made.excluded.turn}
        )
        self._turn = asyncio.Lock()  # so that one connection of the pool waits for the others, and not all

    async def assign(self, request: RouteRequest) -> Assignment:
        """Whom the lead goes to. The same key always gives the same answer.

        In the same pass a lead stays with its owner, unless it is to go on to somebody else (`again`).
        Raises `UnknownLead`.
        """
        async with self._turn, self._database.writing() as connection:
            revision, stage = await lock_lead(connection, request.lead_id)
            earlier = await _earlier(connection, request)
            if request.key in earlier:
                return _assignment(earlier[request.key])
            at_work = stage in WORKED_STAGES if revision > request.revision else True
            standing = await _standing(connection, request, list(earlier.values()), at_work=at_work)
            assignment = _kept(request, standing)
            if assignment is None:
                await self._lock(connection)
                assignment = await self._choose(connection, request, standing)
            await connection.execute(_ADD, _row(request, assignment))
        return assignment

    async def of_key(self, key: str) -> Assignment | None:
        """What an action was answered; None where it never was."""
        async with self._database.reading() as connection:
            found = select(_TABLE).where(_TABLE.c.key == key)
            row = (await connection.execute(found)).mappings().one_or_none()
        return _assignment(dict(row)) if row else None

    async def owner_of(self, lead_id: str) -> str | None:
        """Whose the lead is now, claims and all."""
        found = select(DeskRow.rep_id).where(DeskRow.lead_id == lead_id, DeskRow.held)
        async with self._database.reading() as connection:
            owner: str | None = (await connection.execute(found)).scalar_one_or_none()
        return owner

    async def loads(self) -> dict[str, int]:
        """How many leads each rep works."""
        async with self._database.reading() as connection:
            return await desk.loads(connection)

    async def _lock(self, connection: Transaction) -> None:
        """Wait for the other choices, of every process. The row is there since the migration."""
        if (await connection.execute(_LOCK)).one_or_none() is None:
            made = self._database.insert(TurnRow).values(team="", rep_id="", turn=0.0)
            await connection.execute(made.on_conflict_do_nothing())
            await connection.execute(_LOCK)

    async def _choose(
        self, connection: Transaction, request: RouteRequest, standing: _Standing
    ) -> Assignment:
        candidates = await _as_they_stand(connection, request)
        lead = await _lead(connection, request, standing)
        choice = choose(lead, candidates, request.at)
        if choice.rep is not None:
            await self._advance(connection, request.team, choice)
            await self._desk.put(connection, _given(request, standing, choice.rep))
        return Assignment(
            rep=choice.rep,
            team=request.team,
            calendar=_calendar(request, choice.rep),
            why=list(choice.why),
            passed_over=list(choice.passed_over),
        )

    async def _advance(self, connection: Transaction, team: str, choice: Choice) -> None:
        turns = [{"team": team, "rep_id": choice.rep, "turn": choice.turn}]
        if choice.time is not None:
            turns.append({"team": team, "rep_id": "", "turn": choice.time})
        await connection.execute(self._move, turns)


async def _earlier(connection: Transaction, request: RouteRequest) -> dict[str, Mapping[Any, Any]]:
    """The lead's assignments in this pass, and the one of this key, by their keys."""
    named = {"of": request.key, "lead": request.lead_id, "pass_no": request.pass_no}
    return {row["key"]: row for row in (await connection.execute(_EARLIER, named)).mappings()}


async def _standing(
    connection: Transaction, request: RouteRequest, earlier: Sequence[Mapping[Any, Any]], *, at_work: bool
) -> _Standing:
    row = await desk.row_of(connection, request.lead_id)
    newer = row is not None and row["revision"] > request.revision
    return _Standing(open=row["open"] if row and newer else at_work, row=row, earlier=earlier)


def _kept(request: RouteRequest, standing: _Standing) -> Assignment | None:
    """The owner that the lead has already, or that came while this was under way."""
    holder, row = standing.holder, standing.row
    if holder is None or row is None:
        return None
    given = [each for each in standing.earlier if each["rep_id"]]
    meanwhile, known = row["revision"] >= request.revision, holder == request.owner
    if request.again:
        stays = meanwhile and not known
        return _staying(request, given, holder, f"{holder} took it meanwhile") if stays else None
    stays = meanwhile or known or bool(given)
    return _staying(request, given, holder, f"{holder} has it already") if stays else None


def _staying(request: RouteRequest, given: Sequence[Mapping[Any, Any]], rep_id: str, why: str) -> Assignment:
    before = next((each["calendar"] for each in reversed(given) if each["rep_id"] == rep_id), None)
    calendar = _calendar(request, rep_id) or (WorkCalendar.model_validate(before) if before else None)
    return Assignment(rep=rep_id, team=request.team, calendar=calendar, why=[why])


async def _as_they_stand(connection: Transaction, request: RouteRequest) -> list[Candidate]:
    """The candidates with their open leads and turns; nobody's turn lies behind the team's time."""
    names = [each.rep_id for each in request.candidates]
    asked = {"team": request.team, "reps": ["", *names]}
    turns: dict[str, float] = {row.rep_id: row.turn for row in await connection.execute(_TURNS, asked)}
    time, loads = turns.get("", 0.0), await desk.loads_beside(connection, names, request.lead_id)
    return [
        replace(each, open=loads.get(each.rep_id, 0), turn=max(turns.get(each.rep_id, time), time))
        for each in request.candidates
    ]


async def _lead(connection: Transaction, request: RouteRequest, standing: _Standing) -> LeadFacts:
    account = await desk.owners(connection, request.company, request.lead_id) if request.company else ()
    last = standing.row["rep_id"] if standing.row else None
    had = _had(request, standing) if request.again else set()
    return replace(request.lead, last_owner=last, account=account, had=frozenset(had))


def _had(request: RouteRequest, standing: _Standing) -> set[str]:
    """Who was given it in this pass, or took it since it was given for the first time."""
    had = {each["rep_id"] for each in standing.earlier} | {request.owner, standing.holder}
    row = standing.row
    if row and standing.earlier and row["since"] >= standing.earlier[0]["at"]:
        had.add(row["rep_id"])
    return {each for each in had if each}


def _given(request: RouteRequest, standing: _Standing, rep_id: str) -> dict[str, Any]:
    row = standing.row or {"company": request.company, "revision": 0}
    return {
        "lead_id": request.lead_id,
        "rep_id": rep_id,
        "held": True,
        "open": standing.open,
        "company": request.company or row["company"],
        "since": request.at,
        "revision": max(row["revision"], request.revision),
    }


def _calendar(request: RouteRequest, rep_id: str | None) -> WorkCalendar | None:
    return next((each.calendar for each in request.candidates if each.rep_id == rep_id), None)


def _row(request: RouteRequest, assignment: Assignment) -> dict[str, Any]:
    return {
        "key": request.key,
        "lead_id": request.lead_id,
        "pass": request.pass_no,
        "team": request.team,
        "rep_id": assignment.rep,
        "at": request.at,
        "why": assignment.why,
        "passed_over": assignment.passed_over,
        "calendar": assignment.calendar.model_dump(mode="json") if assignment.calendar else None,
    }


def _assignment(row: Mapping[str, Any]) -> Assignment:
    return Assignment(
        rep=row["rep_id"],
        team=row["team"],
        calendar=row["calendar"],
        why=row["why"],
        passed_over=row["passed_over"],
    )
