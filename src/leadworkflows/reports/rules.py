"""R5: which rules came before accepted leads and which before returned ones, and what that suggests.

What is judged are MQLs that sales reviewed: those that it accepted, and those that it returned instead.
Who was accepted and returned later was a mistake too and counts as returned.
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from math import exp, log, sqrt
from typing import Any, Literal

from sqlalchemy import ColumnElement, Text, and_, cast, func, or_, select

from leadworkflows.domain.policy import Policy
from leadworkflows.reports.counting import RETURN, fitting, span, within
from leadworkflows.reports.shapes import Filters, Period, RuleRecord
from leadworkflows.reports.tests import LEAST, fisher
from leadworkflows.store.database import Database
from leadworkflows.store.models import PassRow

_95 = 1.959964
_SURE = 0.05


def reviewed(since: datetime, until: datetime) -> ColumnElement[bool]:
    """Passes whose MQL sales accepted or returned in a time."""
    instead = and_(PassRow.sal_at.is_(None), PassRow.ended_move == RETURN, PassRow.ended_from == "mql")
    returned_then = and_(instead, *within(PassRow.ended_at, since, until))
    return or_(and_(*within(PassRow.sal_at, since, until)), returned_then)


def decided_at() -> ColumnElement[Any]:
    """When sales accepted or returned a pass that was reviewed."""
    return func.coalesce(PassRow.sal_at, PassRow.ended_at)


async def rule_records(
    db: Database, period: Period, policy: Policy, filters: Filters | None = None
) -> list[RuleRecord]:
    """R5: each rule of the policy, and each other that gave points, against what sales decided.

    The odds are those of acceptance with the rule to those without it, half a lead added to each of the
    four counts so that none is infinite. `suggested` is the rule's points times the end of the 95%
    interval that is nearer to 1: what the record speaks for at the least, from nothing to double; the
    same points where the interval holds 1. Nothing is suggested below `LEAST` reviewed leads with the
    rule or without it. Confidence is `low` where the interval holds 1, `medium` where it does not, `high`
    where Fisher's test says so for all rules at once (Bonferroni).
    """
    meant = [reviewed(*span(period)), *fitting(filters)]
    # Leads that went the same way share a list: there are far fewer lists to read than passes.
    rules = cast(PassRow.rules, Text)
    counts = (func.count().filter(~_returned()), func.count().filter(_returned()))
    async with db.reading() as connection:
        lists = (await connection.execute(select(rules, *counts).where(*meant).group_by(rules))).all()
    every, found = _Decided(0, 0), defaultdict[str, _Decided](lambda: _Decided(0, 0))
    for written, *decided in lists:
        these = _Decided(*decided)
        every = every.plus(these)
        for rule in json.loads(written or "null") or ():
            found[rule] = found[rule].plus(these)
    known = _rules(policy)
    names = [*known, *sorted(found.keys() - known.keys())]
    return [_record(name, known.get(name), found[name], every, len(names))
            for name in names]  # fmt: skip


@dataclass(frozen=True)
class _Decided:
    accepted: int
    returned: int

    @property
    def both(self) -> int:
        return self.accepted + self.returned

    def plus(self, other: _Decided) -> _Decided:
        return _Decided(self.accepted + other.accepted, self.returned + other.returned)

    def less(self, other: _Decided) -> _Decided:
        return _Decided(self.accepted - other.accepted, self.returned - other.returned)


@dataclass(frozen=True)
class _Rule:
    title: str
    points: int


def _returned() -> ColumnElement[bool]:
    """Never NULL, so that its opposite is true for a pass that goes on."""
    return func.coalesce(PassRow.ended_move, "") == RETURN


def _rules(policy: Policy) -> dict[str, _Rule]:
    scoring = {rule.id: _Rule(rule.title or rule.id, rule.points) for rule in policy.scoring}
    fit = {rule.id: _Rule(rule.title or rule.id, rule.points) for rule in policy.fit}
    silence = {policy.decay.id: _Rule(f"{policy.decay.every} without interaction", -policy.decay.points)}
    return scoring | fit | silence


def _record(name: str, rule: _Rule | None, having: _Decided, every: _Decided, rules: int) -> RuleRecord:
    without = every.less(having)
    title, points = (rule.title, rule.points) if rule else (name, None)
    if min(having.both, without.both) < LEAST:
        return RuleRecord(
            name, title, having.accepted, having.returned, points, None, None, None, None, "none"
        )
    odds, low, high = _odds(having, without)
    return RuleRecord(
        name, title, having.accepted, having.returned, points, odds, low, high,
        None if points is None else _suggested(points, low, high),
        _confidence(having, without, low, high, rules),
    )  # fmt: skip


def _odds(having: _Decided, without: _Decided) -> tuple[float, float, float]:
    """The odds ratio and its 95% interval (Woolf, with half a lead added to each count)."""
    a, b, c, d = (n + 0.5 for n in (having.accepted, having.returned, without.accepted, without.returned))
    middle, wide = log(a * d / (b * c)), _95 * sqrt(1 / a + 1 / b + 1 / c + 1 / d)
    return exp(middle), exp(middle - wide), exp(middle + wide)


def _suggested(points: int, low: float, high: float) -> int:
    """Points that are taken away grow where acceptance is less likely, others where it is likelier."""
    nearest = low if low > 1 else min(high, 1.0)
    factor = min(nearest if points >= 0 else 1 / nearest, 2.0)
    return points if nearest == 1 else round(points * factor)


def _confidence(
    having: _Decided, without: _Decided, low: float, high: float, rules: int
) -> Literal["low", "medium", "high"]:
    if low <= 1 <= high:
        return "low"
    p = fisher(having.accepted, having.returned, without.accepted, without.returned)
    return "high" if p < _SURE / rules else "medium"
