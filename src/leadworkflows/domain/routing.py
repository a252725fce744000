"""Who gets a lead: its own last owner, who knows the company, or whose turn it is by weight.

Turns are kept as start-time fair queueing keeps them (Goyal, Vin, Cheng 1996): each lead moves a rep's
virtual time on by 1/weight, and the least time is next. Nobody's time lies behind the team's, so that
who comes back, or is new, gets their share from then on and not all that they missed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from leadworkflows.domain.calendars import WorkCalendar
from leadworkflows.domain.teams import Rep

_LATER = "its turn comes later"


@dataclass(frozen=True)
class LeadFacts:
    """What the choice depends on. A fact that is not known shuts nobody out."""

    country: str | None = None
    segment: str | None = None
    language: str | None = None
    last_owner: str | None = None
    """Whose the lead was last."""
    account: tuple[str, ...] = ()
    """Who has, or had, other leads of its company, the nearest first."""
    had: frozenset[str] = frozenset()
    """Who had it in this pass and is not to get it again."""


@dataclass(frozen=True)
class Candidate:
    """A rep of the team as they stand: leads at work beside this one, and their virtual time."""

    rep_id: str
    rep: Rep
    calendar: WorkCalendar = field(default_factory=WorkCalendar)
    open: int = 0
    turn: float = 0.0


@dataclass(frozen=True)
class Choice:
    """Who gets the lead, why, and why nobody else does. Sentences name reps by their ids alone."""

    rep: str | None
    why: tuple[str, ...]
    passed_over: tuple[str, ...] = ()
    turn: float = 0.0
    """The virtual time of the chosen rep from now on."""
    time: float | None = None
    """The team's virtual time from now on; None leaves it."""


def choose(lead: LeadFacts, candidates: Sequence[Candidate], now: datetime) -> Choice:
    """Choose one of the candidates, or nobody where each has a reason against it."""
    over = {each.rep_id: reason for each in candidates if (reason := _unfit(lead, each, now))}
    fit = {each.rep_id: each for each in candidates if each.rep_id not in over}
    for rep_id, why, others in _own(lead):
        if chosen := fit.pop(rep_id, None):
            return _chosen(chosen, [why, *_unknown(lead, candidates)], over | dict.fromkeys(fit, others))
    return _by_turn(lead, candidates, fit, over, now)


def _own(lead: LeadFacts) -> Iterator[tuple[str, str, str]]:
    """Who comes before any turn, why, and what that is to the others."""
    if lead.last_owner:
        yield lead.last_owner, "it was theirs before", f"it was {lead.last_owner}'s before"
    for rep_id in lead.account:
        yield rep_id, "they have another lead of this company", f"{rep_id} has another lead of this company"


def _by_turn(
    lead: LeadFacts,
    candidates: Sequence[Candidate],
    fit: Mapping[str, Candidate],
    over: Mapping[str, str],
    now: datetime,
) -> Choice:
    shares = [each for each in fit.values() if each.rep.weight]
    at_work = [each for each in shares if each.calendar.works_at(now)]
    competing = at_work or shares
    reasons = {**over, **{rep_id: _no_turn(each, at_work, now) for rep_id, each in fit.items()}}
    unknown = _unknown(lead, candidates)
    if not competing:
        said = "nobody can take it now" if candidates else "nobody is in the team"
        return Choice(None, (said, *unknown), _told(reasons))
    chosen = min(competing, key=lambda each: (_finish(each), each.rep_id))
    why = [f"round robin by weight among {len(competing)}", *([] if at_work else ["nobody is at work now"])]
    del reasons[chosen.rep_id]
    return _chosen(chosen, [*why, *unknown], reasons, time=min(each.turn for each in competing))


def _chosen(
    chosen: Candidate, why: Sequence[str], over: Mapping[str, str], time: float | None = None
) -> Choice:
    return Choice(chosen.rep_id, tuple(why), _told(over), _finish(chosen), time)


def _finish(candidate: Candidate) -> float:
    """Where one lead more takes the rep's virtual time. Who has no share stays where they are."""
    return candidate.turn + (1 / candidate.rep.weight if candidate.rep.weight else 0)


def _told(reasons: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(f"{rep_id}: {reason}" for rep_id, reason in sorted(reasons.items()))


def _unfit(lead: LeadFacts, candidate: Candidate, now: datetime) -> str | None:
    """Why a rep cannot have this lead, whoever else could."""
    rep = candidate.rep
    if candidate.rep_id in lead.had:
        return "had it before in this pass"
    if rep.countries and lead.country and lead.country not in rep.countries:
        return f"outside their territory ({lead.country}; takes {', '.join(rep.countries)})"
    if rep.segments and lead.segment and lead.segment not in rep.segments:
        return f"takes other segments ({lead.segment}; takes {', '.join(rep.segments)})"
    if rep.languages and lead.language and lead.language not in rep.languages:
        return f"speaks other languages ({lead.language}; speaks {', '.join(rep.languages)})"
    if rep.capacity is not None and candidate.open >= rep.capacity:
        return f"at capacity, {candidate.open} of {rep.capacity}"
    last = _away_until(rep, now.astimezone(ZoneInfo(candidate.calendar.zone)).date())
    return f"away until {last}" if last else None


def _away_until(rep: Rep, today: date) -> date | None:
    """The last day away of who is away today."""
    return max((away.last for away in rep.away if away.first <= today <= away.last), default=None)


def _no_turn(candidate: Candidate, at_work: Sequence[Candidate], now: datetime) -> str:
    """Why a rep who could have the lead did not get it."""
    if not candidate.rep.weight:
        return "takes only own accounts (weight 0)"
    if not at_work or candidate in at_work:
        return _LATER
    try:
        begins = candidate.calendar.next_start(now).astimezone(ZoneInfo(candidate.calendar.zone))
    except ValueError:  # their calendar has no working day left
        return "off work"
    return f"off work until {begins:%Y-%m-%d %H:%M} {candidate.calendar.zone}"


def _unknown(lead: LeadFacts, candidates: Sequence[Candidate]) -> list[str]:
    """What would have told the candidates apart, and is not known."""
    asked = (
        ("country", lead.country, any(each.rep.countries for each in candidates)),
        ("segment", lead.segment, any(each.rep.segments for each in candidates)),
        ("language", lead.language, any(each.rep.languages for each in candidates)),
    )
    return [f"{name} unknown" for name, known, matters in asked if matters and not known]
