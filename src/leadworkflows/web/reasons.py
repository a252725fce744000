"""`/reasons`: why sales accepts and returns, by reason, by person and by rule (R5)."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import log
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from leadworkflows.api.deps import ApiDeps, Deps
from leadworkflows.domain.policy import Policy
from leadworkflows.domain.teams import Roster
from leadworkflows.reports.reasons import reasons, rep_decisions
from leadworkflows.reports.rules import rule_records
from leadworkflows.reports.shapes import ReasonCount, RepDecisions, RuleRecord
from leadworkflows.reports.tests import LEAST
from leadworkflows.web.access import reader_required
from leadworkflows.web.charts import Chart, Series
from leadworkflows.web.moments import zone_named
from leadworkflows.web.rendering import PageRoute, page
from leadworkflows.web.report_query import Asked, read_query
from leadworkflows.web.spoken import person_named, reason, spoken
from leadworkflows.web.stored import active_policy

router = APIRouter(route_class=PageRoute, dependencies=[reader_required], include_in_schema=False)
MOVES = {
    "T6": ("Returned by sales", "chart-4"),
    "T9": ("Lost", "chart-3"),
    "T12": ("No answer", "chart-8"),
    "T10": ("Disqualified", "chart-7"),
}
"""The moves that end a pass: what they are called, and their colour."""
_MOST_BARS = 12
_CONFIDENCE = {"high": 0, "medium": 1, "low": 2, "none": 3}
_SCALE = 8.0
"""Odds are drawn from an eighth to eight times, on a logarithmic line."""


@dataclass(frozen=True)
class Total:
    """All passes that a move ended, and from which stages: more than the SALs that *Funnel* counts."""

    title: str
    n: int
    address: str
    stages: Sequence[tuple[str, int]]


@dataclass(frozen=True)
class ReasonLine:
    """How often passes ended for a reason."""

    move: str
    reason: str
    stage: str
    n: int
    address: str


@dataclass(frozen=True)
class RepLine:
    """What one person in sales decided."""

    name: str
    accepted: int
    accepted_at: str
    returned: int
    returned_at: str

    @property
    def share(self) -> float | None:
        """Returned, of all that they decided, 0 to 1."""
        both = self.accepted + self.returned
        return self.returned / both if both else None


@dataclass(frozen=True)
class RuleLine:
    """One rule before sales decided. `at`, `low` and `high` place its odds on a line of 100."""

    record: RuleRecord
    accepted_at: str
    returned_at: str
    at: float | None
    low: float | None
    high: float | None

    @property
    def share(self) -> float | None:
        """Accepted, of those that were reviewed, 0 to 1."""
        both = self.record.accepted + self.record.returned
        return self.record.accepted / both if both else None

    @property
    def changes(self) -> bool:
        """Whether the record speaks for other points than the policy gives."""
        return self.record.suggested is not None and self.record.suggested != self.record.points


@router.get("/reasons")
async def shown(request: Request, deps: Deps) -> HTMLResponse:
    """Why passes ended, who decided, and what rules are worth."""
    policy = await active_policy(deps.store)
    zone = zone_named(policy.calendar.zone if policy else None).key
    asked = read_query(request.query_params, zone, deps.clock())
    ended, decided, rules, roster = await _found(asked, policy, deps)
    lines = [_reason(each, asked) for each in ended]
    reps = sorted((_rep(each, roster, asked) for each in decided), key=lambda line: -line.accepted)
    return page(
        request,
        "reasons.html",
        asked=asked,
        lines=lines,
        totals=[_total(move, title, ended, asked) for move, (title, _) in MOVES.items()],
        moves={move: title for move, (title, _) in MOVES.items()},
        chart=_chart(ended, asked) if ended else None,
        reps=reps,
        reps_chart=_reps_chart(reps[:_MOST_BARS]) if reps else None,
        rules=_rules(rules, asked),
        least=LEAST,
        reason=reason,
        spoken=spoken,
    )  # fmt: skip


async def _found(
    asked: Asked, policy: Policy | None, deps: ApiDeps
) -> tuple[list[ReasonCount], list[RepDecisions], list[RuleRecord], Roster]:
    db, period, filters = deps.store.database, asked.period, asked.filters

    async def rules() -> list[RuleRecord]:
        return await rule_records(db, period, policy, filters) if policy else []

    return await asyncio.gather(
        reasons(db, period, filters),
        rep_decisions(db, period, filters),
        rules(),
        deps.store.roster.load(policy),
    )


def _total(move: str, title: str, ended: Sequence[ReasonCount], asked: Asked) -> Total:
    at: Counter[str] = Counter()
    for each in ended:
        if each.move == move:
            at[each.stage] += each.n
    stages = [(f"as {spoken(stage)}", n) for stage, n in at.most_common()]
    return Total(title, at.total(), asked.leads("ended", move=move), stages)


def _reason(each: ReasonCount, asked: Asked) -> ReasonLine:
    address = asked.leads("ended", move=each.move, reason=each.reason, stage=each.stage)
    return ReasonLine(each.move, each.reason, each.stage, each.n, address)


def _rep(each: RepDecisions, roster: Roster, asked: Asked) -> RepLine:
    return RepLine(
        person_named(roster, each.rep) or "Nobody named",
        each.accepted,
        asked.leads("sal", by=each.rep),
        each.returned,
        asked.leads("ended", move="T6", by=each.rep),
    )


def _chart(ended: Sequence[ReasonCount], asked: Asked) -> Chart:
    """The most frequent reasons, each bar made of the moves that it was given for."""
    totals: dict[str, int] = {}
    for each in ended:
        totals[each.reason] = totals.get(each.reason, 0) + each.n
    names = sorted(totals, key=lambda name: -totals[name])[:_MOST_BARS]
    labels = [reason(name) or "None given" for name in names]
    return Chart("rows", "Why passes ended", labels, list(_by_move(ended, names, asked)), stacked=True)


def _by_move(ended: Sequence[ReasonCount], names: Sequence[str], asked: Asked) -> Any:
    for move, (title, tone) in MOVES.items():
        counts = [sum(e.n for e in ended if e.move == move and e.reason == name) for name in names]
        if any(counts):
            links = [asked.leads("ended", move=move, reason=name) for name in names]
            yield Series(title, [count or None for count in counts], links=links, tone=tone)


def _reps_chart(reps: Sequence[RepLine]) -> Chart:
    accepted = Series(
        "Accepted",
        [each.accepted for each in reps],
        links=[each.accepted_at for each in reps],
        tone="chart-2",
    )
    returned = Series(
        "Returned",
        [each.returned for each in reps],
        links=[each.returned_at for each in reps],
        tone="chart-4",
    )
    return Chart(
        "rows", "Accepted and returned, by person", [each.name for each in reps], [accepted, returned]
    )


def _rules(records: Sequence[RuleRecord], asked: Asked) -> list[RuleLine]:
    """Those that say most come first."""
    ordered = sorted(
        records, key=lambda each: (_CONFIDENCE[each.confidence], -(each.accepted + each.returned))
    )
    return [
        RuleLine(
            each,
            asked.leads("reviewed", rule=each.rule, returned=False),
            asked.leads("reviewed", rule=each.rule, returned=True),
            *(_placed(value) for value in (each.odds, each.low, each.high)),
        )
        for each in ordered
    ]


def _placed(odds: float | None) -> float | None:
    if odds is None:
        return None
    bounded = min(max(odds, 1 / _SCALE), _SCALE)
    return round(50 + 50 * log(bounded) / log(_SCALE), 2)
