"""What the queries of reports have in common: which passes are meant, in which groups, and how long it took.

A statement reads each table once: months are told apart by a CASE over their bounds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    Select,
    SQLColumnExpression,
    and_,
    func,
    literal,
    literal_column,
    or_,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from leadworkflows.reports.periods import cuts, months
from leadworkflows.reports.shapes import UNKNOWN, Dimension, Filters, FunnelStage, Period
from leadworkflows.store.models import PassRow

Asked = Select[*tuple[Any, ...]]
At = InstrumentedAttribute[Any]
Row = TypeVar("Row")
BEGINNINGS: tuple[FunnelStage, ...] = ("lead", "recycled")
LATER: tuple[FunnelStage, ...] = ("mql", "sal", "sql", "opportunity", "customer")
"""In the order in which a pass reaches them."""
RETURN = "T6"
_FACT_OF: dict[str, At] = {
    "channel": PassRow.channel,
    "segment": PassRow.segment,
    "persona": PassRow.persona,
    "industry": PassRow.industry,
    "country": PassRow.country,
    "owner": PassRow.owner,
}
_AT: dict[str, At] = {
    "mql": PassRow.mql_at,
    "sal": PassRow.sal_at,
    "sql": PassRow.sql_at,
    "opportunity": PassRow.opportunity_at,
    "customer": PassRow.customer_at,
}


def at_of(stage: FunnelStage) -> At:
    """When a pass entered a stage."""
    return _AT.get(stage, PassRow.began_at)


def entered(stage: FunnelStage, since: datetime, until: datetime) -> list[ColumnElement[bool]]:
    """Passes that entered a stage in a time."""
    began = [PassRow.began_as == stage] if stage in BEGINNINGS else []
    return [*began, *within(at_of(stage), since, until)]


def within(at: At, since: datetime, until: datetime) -> list[ColumnElement[bool]]:
    """From `since` up to but without `until`."""
    return [at >= since, at < until]


def reached(stage: FunnelStage) -> ColumnElement[bool]:
    """Passes that were at a stage."""
    return PassRow.began_as == stage if stage in BEGINNINGS else at_of(stage).is_not(None)


def still_open(to: FunnelStage) -> ColumnElement[bool]:
    """Passes that did not reach a stage and still can: they did not end, nor pass it over."""
    ahead = [at_of(stage).is_(None) for stage in LATER[LATER.index(to) :]]
    return and_(PassRow.ended_at.is_(None), *ahead)


def fitting(filters: Filters | None) -> list[ColumnElement[bool]]:
    """Passes that have what is asked for."""
    wanted = {each.name: getattr(filters, each.name) for each in fields(Filters)} if filters else {}
    return [_is(_FACT_OF[name], value) for name, value in wanted.items() if value is not None]


def known(column: SQLColumnExpression[Any]) -> ColumnElement[str]:
    """What is known, or the empty word."""
    return func.coalesce(column, literal_column("''"))


def fact_of(name: str) -> At:
    """The column of a fact of `FACTS`."""
    return _FACT_OF[name]


def _is(column: At, value: str) -> ColumnElement[bool]:
    return or_(column.is_(None), column == UNKNOWN) if value == UNKNOWN else column == value


def span(period: Period) -> tuple[datetime, datetime]:
    """The instants between which a period lies."""
    bounds = cuts(period)
    return bounds[0], bounds[-1]


def group(by: Dimension, at: At, period: Period) -> ColumnElement[Any]:
    """What rows are grouped by; `name_of` reads it."""
    return month_of(at, period) if by == "month" else known(_FACT_OF[by])


def month_of(at: At, period: Period) -> ColumnElement[int]:
    """The number of the month in which an instant of the period lies, from 0."""
    return Place(at, *(literal(end, at.type) for end in cuts(period)[1:-1]))


def name_of(by: Dimension, found: Any, period: Period) -> str:
    """The group that a row is of."""
    return months(period)[found] if by == "month" else str(found)


def in_order(by: Dimension, found: dict[str, Row], period: Period, none: Row) -> list[tuple[str, Row]]:
    """Every month of the period in its order; other groups as they were found."""
    if by != "month":
        return list(found.items())
    return [(month, found.get(month, none)) for month in months(period)]


class Microseconds(FunctionElement[int]):
    """How long it was from the first instant to the second, exactly, on both databases."""

    type = BigInteger()
    inherit_cache = True


@compiles(Microseconds, "postgresql")
def _on_postgresql(element: Microseconds, compiler: SQLCompiler, **options: Any) -> str:
    first, second = (compiler.process(each, **options) for each in element.clauses)
    # EXTRACT gives a numeric, which is slow; a double holds centuries to the microsecond.
    return f"CAST(round(date_part('epoch', {second} - {first}) * 1000000) AS BIGINT)"


@compiles(Microseconds, "sqlite")
def _on_sqlite(element: Microseconds, compiler: SQLCompiler, **options: Any) -> str:
    """Instants are text there, to the microsecond; its own functions of time stop at milliseconds."""
    first, second = (compiler.process(each, **options) for each in element.clauses)
    whole = f"(strftime('%s', {second}) - strftime('%s', {first}))"
    rest = f"(CAST(substr({second}, 21) AS INTEGER) - CAST(substr({first}, 21) AS INTEGER))"
    return f"({whole} * 1000000 + {rest})"


class Place(FunctionElement[int]):
    """How many of the instants that follow the first one it has reached; those are in their order."""

    type = Integer()
    inherit_cache = True


@compiles(Place, "postgresql")
def _place_on_postgresql(element: Place, compiler: SQLCompiler, **options: Any) -> str:
    at, *ends = (compiler.process(each, **options) for each in element.clauses)
    return f"width_bucket({at}, ARRAY[{', '.join(ends)}]::timestamptz[])"


@compiles(Place, "sqlite")
def _place_on_sqlite(element: Place, compiler: SQLCompiler, **options: Any) -> str:
    at, *ends = (compiler.process(each, **options) for each in element.clauses)
    return _place_among(at, list(enumerate(ends)), len(ends))


def _place_among(at: str, ends: Sequence[tuple[int, str]], otherwise: int) -> str:
    """Half of the ends are left out by each comparison: to try one after the other takes twice as long."""
    if not ends:
        return str(otherwise)
    middle = len(ends) // 2
    place, end = ends[middle]
    below, above = _place_among(at, ends[:middle], place), _place_among(at, ends[middle + 1 :], otherwise)
    return f"CASE WHEN {at} < {end} THEN {below} ELSE {above} END"
