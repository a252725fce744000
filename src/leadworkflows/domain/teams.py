"""Who sells: teams and reps as a policy or the API writes them, and the roster that both together give."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, field_validator, model_validator
from pydantic_core import InitErrorDetails

from leadworkflows.domain.facts import CountryCode, LanguageCode, RepId, TimeZone
from leadworkflows.domain.grammar import Part, problem
from leadworkflows.domain.hours import read_week

SlackUser = Annotated[str, Field(pattern=r"^[UW][A-Z0-9]{2,20}$")]
SlackChannel = Annotated[str, Field(pattern=r"^(#[^\s#@<>|]{1,79}|[CGD][A-Z0-9]{6,20})$")]
TeamName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]
_LONGEST_AWAY = 3 * 366
"""Days. Whoever is away for longer has left, and their days off would fill what travels with a lead."""


def _one_or_more(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


class CalendarSpec(Part):
    """Working time as people write it: `{zone: Europe/Berlin, hours: {mon-fri: "09:00-18:00"}}`."""

    zone: TimeZone = "UTC"
    hours: dict[str, str | tuple[str, ...]] = Field(default={"mon-fri": "09:00-18:00"})
    """By day or days (`mon`, `mon-fri`, `sat,sun`): one stretch `09:00-18:00` or several.

    A stretch `22:00-06:00` ends on the next day.
    """
    holidays: Annotated[tuple[str, ...], BeforeValidator(_one_or_more)] = ()
    """Regions whose public holidays are off: ISO 3166 codes such as DE, DE-BE, US-CA."""
    closed: tuple[date, ...] = ()
    """Further days on which nobody works."""

    @field_validator("hours")
    @classmethod
    def _readable(cls, hours: dict[str, str | tuple[str, ...]]) -> dict[str, str | tuple[str, ...]]:
        read_week(hours)
        return hours


class Away(Part):
    """Days on which a person is away, both ends included, in their own zone."""

    first: date = Field(alias="from")
    last: date = Field(alias="to")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.last < self.first:
            raise ValueError(f"from {self.first} to {self.last} is no day; put the earlier day in from")
        if (self.last - self.first).days > _LONGEST_AWAY:
            raise ValueError("longer than three years is no absence; take the person out of the team instead")
        return self


class Rep(Part):
    """A person in sales. Empty criteria take every lead."""

    name: str = Field(default="", max_length=200)
    """Shown to people; it never reaches Temporal."""
    slack: SlackUser | None = None
    """The Slack member id, such as U0123ABCD, for direct messages and for whoever presses a button."""
    weight: float = Field(default=1, ge=0, le=100)
    """Share of the leads, against the others; 0 takes only its own accounts."""
    capacity: int | None = Field(default=None, ge=0)
    """Most leads worked at a time (mql, sal, sql, opportunity)."""
    countries: tuple[CountryCode, ...] = ()
    segments: tuple[str, ...] = ()
    languages: tuple[LanguageCode, ...] = ()
    calendar: CalendarSpec | None = None
    """Unset: the team's, or else the policy's."""
    away: tuple[Away, ...] = ()
    crm: dict[str, str] = Field(default_factory=dict)
    """Owner ids in other systems: `{hubspot: "5123", salesforce: 005…}`."""


class Team(Part):
    """People among whom leads are shared out."""

    reps: tuple[RepId, ...] = ()
    manager: RepId | None = None
    channel: SlackChannel = "#sales"
    calendar: CalendarSpec | None = None


class UnknownRep(LookupError):
    """Nobody on the roster has this id; the message names those who are."""


@dataclass(frozen=True)
class Roster:
    """Everybody who sells, from the policy and from the API (which wins where both name somebody)."""

    reps: Mapping[str, Rep] = field(default_factory=dict)
    teams: Mapping[str, Team] = field(default_factory=dict)
    holidays: Mapping[str, tuple[date, ...]] = field(default_factory=dict)
    """Public holidays of the regions that people named by the API, which the policy may not know."""

    def by_slack(self, user: str) -> str | None:
        """The rep with this Slack member id."""
        return next((rep_id for rep_id, rep in self.reps.items() if rep.slack == user), None)

    def team_of(self, rep_id: str) -> str | None:
        """The first team that a rep is in."""
        return next((name for name, team in self.teams.items() if rep_id in team.reps), None)

    def manager_of(self, rep_id: str | None) -> str | None:
        """Who is told when a rep does not act: the manager of their team, or of the only team."""
        name = self.team_of(rep_id) if rep_id else None
        only = next(iter(self.teams.values())) if len(self.teams) == 1 else None
        team = self.teams.get(name or "") or only
        return team.manager if team else None


def faults(
    calendar: CalendarSpec,
    holidays: Mapping[str, tuple[date, ...]],
    teams: Mapping[str, Team],
    reps: Mapping[str, Rep],
) -> Iterator[InitErrorDetails]:
    """What is wrong with a policy's teams and calendars that no part of it can tell alone.

    A team may name somebody unknown, who can come by the API later.
    """
    yield from _without_dates(calendar, holidays, "calendar")
    for part, members in (("teams", teams), ("reps", reps)):
        for name, member in members.items():
            if member.calendar:
                yield from _without_dates(member.calendar, holidays, part, name, "calendar")
    yield from _shared_accounts(reps)


def _without_dates(
    calendar: CalendarSpec, holidays: Mapping[str, tuple[date, ...]], *field: str
) -> Iterator[InitErrorDetails]:
    for number, region in enumerate(calendar.holidays):
        if region not in holidays:
            fix = f"no dates are given for {region}; add them to the policy's holidays"
            yield problem(fix, *field, "holidays", number)


def _shared_accounts(reps: Mapping[str, Rep]) -> Iterator[InitErrorDetails]:
    owners: dict[str, str] = {}
    for rep_id, rep in reps.items():
        if rep.slack and owners.setdefault(rep.slack, rep_id) != rep_id:
            fix = f"{rep.slack} is the Slack member of {owners[rep.slack]} too; give each their own"
            yield problem(fix, "reps", rep_id, "slack")
