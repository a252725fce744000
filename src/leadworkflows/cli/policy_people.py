"""Who sells under a policy, and when, as rows for people."""

from __future__ import annotations

from collections.abc import Iterator

from leadworkflows.domain.policy import Policy
from leadworkflows.domain.teams import CalendarSpec, Rep


def working_time(policy: Policy) -> Iterator[tuple[str, ...]]:
    """Each calendar that the policy writes, and whose it is."""
    yield "nobody's leads", *_calendar(policy.calendar)
    for name, team in policy.teams.items():
        if team.calendar:
            yield f"team {name}", *_calendar(team.calendar)
    for rep_id, rep in policy.reps.items():
        if rep.calendar:
            yield rep_id, *_calendar(rep.calendar)


def reps(policy: Policy) -> Iterator[tuple[str, ...]]:
    """Each rep with their teams, share, and what they take."""
    for rep_id, rep in policy.reps.items():
        teams = [name for name, team in policy.teams.items() if rep_id in team.reps]
        manages = [f"manages {name}" for name, team in policy.teams.items() if team.manager == rep_id]
        capacity = "" if rep.capacity is None else str(rep.capacity)
        yield rep_id, ", ".join([*teams, *manages]), f"{rep.weight:g}", capacity, _takes(rep), _away(rep)


def _calendar(spec: CalendarSpec) -> tuple[str, str, str]:
    hours = "\n".join(f"{days} {_stretches(at)}" for days, at in spec.hours.items())
    return spec.zone, hours, ", ".join([*spec.holidays, *map(str, spec.closed)])


def _stretches(at: str | tuple[str, ...]) -> str:
    return at if isinstance(at, str) else ", ".join(at)


def _takes(rep: Rep) -> str:
    parts = (rep.countries, rep.segments, rep.languages)
    return "\n".join(", ".join(part) for part in parts if part) or "every lead"


def _away(rep: Rep) -> str:
    return "\n".join(f"{each.first} to {each.last}" for each in rep.away)
