"""Reps and teams that the API named, and the roster that they give together with a policy's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Select, delete, select

from leadworkflows.domain.policy import Policy
from leadworkflows.domain.teams import Rep, Roster, Team
from leadworkflows.store.database import Database
from leadworkflows.store.models import Base, RepRow, TeamRow

Holidays = Mapping[str, tuple[date, ...]]
"""Public holidays by region."""
_holidays = TypeAdapter(dict[str, tuple[date, ...]])


@dataclass(frozen=True)
class KeptRep:
    """A rep as the API named them, with the teams they are in and their regions' holidays."""

    rep_id: str
    rep: Rep
    teams: tuple[str, ...] = ()
    holidays: Holidays | None = None


@dataclass(frozen=True)
class KeptTeam:
    """A team as the API named it."""

    name: str
    team: Team
    holidays: Holidays | None = None


# Built once: every card and every assignment asks who sells.
_REPS: Select[Any] = select(RepRow.__table__).order_by(RepRow.rep_id)
_TEAMS: Select[Any] = select(TeamRow.__table__).order_by(TeamRow.name)


class RosterStore:
    """Who sells. What the API names wins over what a policy names by the same id."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def load(self, policy: Policy | None) -> Roster:
        """Everybody, of the policy, where there is one, and of the API. A team lists nobody unknown."""
        reps, teams = await self.reps(), await self.teams()
        known = {**(policy.reps if policy else {}), **{each.rep_id: each.rep for each in reps}}
        named = {**(policy.teams if policy else {}), **{each.name: each.team for each in teams}}
        for team in (name for each in reps for name in each.teams):
            named.setdefault(team, Team())
        joined = {name: _with_members(name, team, reps, known) for name, team in named.items()}
        holidays = {**_regions(each.holidays for each in teams), **_regions(each.holidays for each in reps)}
        return Roster(reps=known, teams=joined, holidays=holidays)

    async def reps(self) -> list[KeptRep]:
        """The API's reps, by id."""
        rows = await self._rows(_REPS)
        return [
            KeptRep(row["rep_id"], Rep.model_validate(row["body"]), tuple(row["teams"]), _days(row))
            for row in rows
        ]

    async def teams(self) -> list[KeptTeam]:
        """The API's teams, by name."""
        rows = await self._rows(_TEAMS)
        return [KeptTeam(row["name"], Team.model_validate(row["body"]), _days(row)) for row in rows]

    async def put_rep(self, kept: KeptRep, at: datetime) -> None:
        """Keep a rep, in place of the one with the same id."""
        row = {"rep_id": kept.rep_id, "teams": list(kept.teams), **_body(kept.rep, kept.holidays, at)}
        await self._put(RepRow, "rep_id", row)

    async def put_team(self, kept: KeptTeam, at: datetime) -> None:
        """Keep a team, in place of the one with the same name."""
        await self._put(TeamRow, "name", {"name": kept.name, **_body(kept.team, kept.holidays, at)})

    async def drop_rep(self, rep_id: str) -> bool:
        """Whether the API had named this rep, who is forgotten. A policy's own stays the policy's."""
        return await self._drop(RepRow, RepRow.rep_id == rep_id)

    async def drop_team(self, name: str) -> bool:
        """Whether the API had named this team, which is forgotten. A policy's own stays the policy's."""
        return await self._drop(TeamRow, TeamRow.name == name)

    async def _rows(self, wanted: Select[Any]) -> Sequence[Mapping[str, Any]]:
        async with self._database.looking_up() as connection:
            return [dict(row) for row in (await connection.execute(wanted)).mappings()]

    async def _put(self, table: type[Base], key: str, row: dict[str, Any]) -> None:
        written = self._database.insert(table).values(**row)
        rest = {name: value for name, value in row.items() if name != key}
        async with self._database.writing() as connection:
            await connection.execute(written.on_conflict_do_update(index_elements=[key], set_=rest))

    async def _drop(self, table: type[Base], which: Any) -> bool:
        async with self._database.writing() as connection:
            return (await connection.execute(delete(table).where(which))).rowcount > 0


def _regions(known: Iterable[Holidays | None]) -> dict[str, tuple[date, ...]]:
    return {region: days for each in known for region, days in (each or {}).items()}


def _with_members(name: str, team: Team, reps: Sequence[KeptRep], known: Mapping[str, Rep]) -> Team:
    joining = [each.rep_id for each in reps if name in each.teams]
    members = tuple(rep_id for rep_id in dict.fromkeys((*team.reps, *joining)) if rep_id in known)
    return team.model_copy(update={"reps": members})


def _body(part: Rep | Team, holidays: Holidays | None, at: datetime) -> dict[str, Any]:
    body = part.model_dump(mode="json", by_alias=True)
    return {
        "body": body,
        "holidays": _holidays.dump_python(dict(holidays or {}), mode="json"),
        "updated_at": at,
    }


def _days(row: Mapping[str, Any]) -> dict[str, tuple[date, ...]]:
    return _holidays.validate_python(row["holidays"])
