"""Reports by name, as rows for a machine or a spreadsheet: what the API and the command line answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Literal, get_args

from leadworkflows.domain.policy import Policy
from leadworkflows.reports.channels import channel_changes
from leadworkflows.reports.costs import channel_costs
from leadworkflows.reports.funnel import benchmarks, funnel
from leadworkflows.reports.levels import contacted, kept, returned
from leadworkflows.reports.periods import BadQuery, period_of
from leadworkflows.reports.reasons import reasons, rep_decisions
from leadworkflows.reports.rules import rule_records
from leadworkflows.reports.shapes import (
    PAIRS,
    Conversion,
    Dimension,
    Filters,
    FunnelRow,
    FunnelStage,
    Period,
)
from leadworkflows.reports.times import times
from leadworkflows.store import Store

Cell = str | int | float | None
Row = Mapping[str, Cell]
Name = Literal[
    "funnel", "benchmarks", "channels", "times", "reasons", "reps", "rules", "returned", "levels",
    "contacted", "costs",
]  # fmt: skip
NAMES: tuple[Name, ...] = get_args(Name)
_GROUPED = ("funnel", "returned")
_ROUNDED = 6


@dataclass(frozen=True)
class Query:
    """What a report is asked: months, whom it is about, by what it is grouped. None is as usual."""

    since: str | None = None
    until: str | None = None
    by: Dimension | None = None
    of: FunnelStage | None = None
    to: FunnelStage | None = None
    filters: Filters = field(default_factory=Filters)


@dataclass(frozen=True)
class Report:
    """Rows of the same columns; `total` has them too, where rows add up."""

    name: Name
    period: Period
    rows: Sequence[Row]
    total: Row | None = None


async def active_policy(store: Store) -> Policy | None:
    """The policy that is active; None where none is yet."""
    policy_id = await store.policies.active()
    body = await store.policies.get(policy_id) if policy_id else None
    return _read(body) if body else None


async def report(store: Store, name: Name, query: Query, now: datetime) -> Report:
    """A report, its months cut in the zone of the active policy's calendar; without one, in UTC.

    Raises BadQuery for what cannot be asked.
    """
    _check(name, query)
    policy = await active_policy(store)
    period = period_of(query.since, query.until, policy.calendar.zone if policy else "UTC", now)
    rows, total = await _MADE[name](store, period, query, policy)
    return Report(name, period, rows, total)


@lru_cache(maxsize=8)
def _read(body: str) -> Policy:
    return Policy.model_validate_json(body)


def _check(name: Name, query: Query) -> None:
    """What does not apply is refused rather than overlooked."""
    if query.by is not None and name not in _GROUPED:
        raise BadQuery("by", f"does not apply to {name}", f"it groups {' and '.join(_GROUPED)} alone")
    if name != "channels" and (query.of or query.to):
        said = "of" if query.of else "to"
        raise BadQuery(said, f"does not apply to {name}", "`of` and `to` are for channels alone")
    if name == "channels" and (query.of or "mql", query.to or "sql") not in PAIRS:
        known = ", ".join(f"{of} to {to}" for of, to in PAIRS)
        raise BadQuery("of", "and `to` are no conversion that is counted", f"ask for one of {known}")
    filtered_by = [name for name, value in asdict(query.filters).items() if value is not None]
    if name == "costs" and filtered_by:
        raise BadQuery(filtered_by[0], "does not apply to costs", "a cost is known of a whole channel alone")


_Made = tuple[Sequence[Row], Row | None]


async def _funnel(store: Store, period: Period, query: Query, _: Policy | None) -> _Made:
    found = await funnel(store.database, query.by or "month", period, query.filters)
    return [_funnel_row(row) for row in found.rows], {**_funnel_row(found.total), "group": "total"}


def _funnel_row(row: FunnelRow) -> Row:
    counts: dict[str, Cell] = {"group": row.group, **dict(row.entered.items())}
    for each in row.conversions:
        name = f"{each.of}_to_{each.to}"
        counts |= {name: each.converted, f"{name}_open": each.open, f"{name}_rate": _rounded(each.rate)}
    return counts


async def _benchmarks(store: Store, period: Period, query: Query, _: Policy | None) -> _Made:
    found = await benchmarks(store.database, period, query.filters)
    return [
        {"industry": each.industry, **_said(each.conversion), "usual": each.usual} for each in found
    ], None


async def _channels(store: Store, period: Period, query: Query, _: Policy | None) -> _Made:
    of, to = query.of or "mql", query.to or "sql"
    found = await channel_changes(store.database, period, of, to, query.filters)
    return [
        {
            "channel": each.channel, "month": each.month, **_said(each.now),
            **{f"before_{name}": value for name, value in _said(each.before).items()}, "p": _rounded(each.p),
        }
        for each in found
    ], None  # fmt: skip


async def _times(store: Store, period: Period, query: Query, _: Policy | None) -> _Made:
    return _rows(await times(store.database, period, query.filters))


async def _reasons(store: Store, period: Period, query: Query, _: Policy | None) -> _Made:
    return _rows(await reasons(store.database, period, query.filters))


async def _reps(store: Store, period: Period, query: Query, _: Policy | None) -> _Made:
    return _rows(await rep_decisions(store.database, period, query.filters))


async def _rules(store: Store, period: Period, query: Query, policy: Policy | None) -> _Made:
    if policy is None:
        return [], None  # nothing was decided yet
    return _rows(await rule_records(store.database, period, policy, query.filters))


async def _returned(store: Store, period: Period, query: Query, _: Policy | None) -> _Made:
    found = await returned(store.database, period, query.by or "month", query.filters)
    return [{**_flat(each), "rate": _rounded(each.rate)} for each in found], None


async def _levels(store: Store, period: Period, query: Query, _: Policy | None) -> _Made:
    found = await kept(store.database, period, query.filters)
    return [{**_flat(each), "rate": _rounded(each.rate)} for each in found], None


async def _contacted(store: Store, period: Period, query: Query, _: Policy | None) -> _Made:
    return _rows(await contacted(store.database, period, query.filters))


async def _costs(store: Store, period: Period, _query: Query, _: Policy | None) -> _Made:
    found = await channel_costs(store.database, period)
    return [{**_flat(each), "per_customer": _cell(each.per_customer)} for each in found], None


def _said(conversion: Conversion) -> dict[str, Cell]:
    counts: dict[str, Cell] = {"entered": conversion.entered, "converted": conversion.converted}
    return {**counts, "open": conversion.open, "rate": _rounded(conversion.rate)}


def _rows(found: Sequence[object]) -> _Made:
    return [_flat(each) for each in found], None


def _flat(each: object) -> dict[str, Cell]:
    return {name: _cell(value) for name, value in asdict(each).items()}  # type: ignore[call-overload]


def _cell(value: Decimal | Cell) -> Cell:
    """Money stays a text, so that nobody's spreadsheet rounds it."""
    return (
        str(value) if isinstance(value, Decimal) else _rounded(value) if isinstance(value, float) else value
    )


def _rounded(share: float | None) -> float | None:
    return None if share is None else round(share, _ROUNDED)


_MADE: Mapping[Name, Callable[[Store, Period, Query, Policy | None], Awaitable[_Made]]] = {
    "funnel": _funnel, "benchmarks": _benchmarks, "channels": _channels, "times": _times,
    "reasons": _reasons, "reps": _reps, "rules": _rules, "returned": _returned, "levels": _levels,
    "contacted": _contacted, "costs": _costs,
}  # fmt: skip
