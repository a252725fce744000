"""What a page of reports is asked, and the addresses of the leads behind its numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from typing import Any, get_args
from urllib.parse import urlencode

from leadworkflows.api.problems import Problem
from leadworkflows.reports.addresses import behind_query
from leadworkflows.reports.periods import BadQuery, firsts, months, period_of
from leadworkflows.reports.shapes import UNKNOWN, Behind, Dimension, Entered, Filters, Period
from leadworkflows.web.behind_words import months as spoken_months
from leadworkflows.web.spoken import spoken

FILTERED_BY = tuple(each.name for each in fields(Filters))
DIMENSIONS: tuple[Dimension, ...] = get_args(Dimension)
_LONGEST = 64
_OPEN_TO_ALL: tuple[Dimension, ...] = ("month",)


@dataclass(frozen=True)
class Asked:
    """A period, filters and a dimension, as the address of a page names them."""

    by: Dimension
    period: Period
    filters: Filters
    given: Mapping[str, str]
    """What stood in the address, to be kept by the page's own links."""

    @property
    def words(self) -> str:
        """Such as "January to March 2026"."""
        return spoken_months(self.period.since, self.period.until)

    @property
    def since(self) -> str:
        """Its first month, such as 2026-01."""
        return f"{self.period.since:%Y-%m}"

    @property
    def until(self) -> str:
        """Its last month."""
        return months(self.period)[-1]

    def address(self, path: str, **changes: str) -> str:
        """The address of a page of reports on the same, but for what changes."""
        return f"{path}?{urlencode({**self.given, **changes})}"

    def narrowed(self, by: Dimension, group: str) -> tuple[date, date, Filters]:
        """The period and the filters of one group: a month, or those of whom a fact is so."""
        period = self.period
        if by in _OPEN_TO_ALL:
            at = months(period).index(group)
            days = firsts(period)
            return days[at], days[at + 1], self.filters
        return period.since, period.until, replace(self.filters, **{by: group})

    def leads(self, entered: Entered, where: tuple[date, date, Filters] | None = None, **more: Any) -> str:
        """The list of the leads behind a number of the period, or of one group."""
        since, until, filters = where or (self.period.since, self.period.until, self.filters)
        return leads_address(Behind(entered, since, until, filters=filters, **more))


def leads_address(behind: Behind) -> str:
    """Where the leads behind a number are listed."""
    return f"/leads?{urlencode(behind_query(behind))}"


def group_name(by: str, group: str) -> str:
    """A group in words: a month, a fact, or that the fact is not known."""
    if by == "month":
        return f"{date.fromisoformat(f'{group}-01'):%b %Y}"
    if group == UNKNOWN:
        return "Nobody" if by == "owner" else "Not known"
    return group if by in ("owner", "country") else spoken(group).replace("-", " ")


def read_query(query: Mapping[str, str], zone: str, now: datetime) -> Asked:
    """What an address asks. An empty field counts as none. Raises 422 with the field that does not fit."""
    given = {name: value.strip() for name, value in query.items() if value.strip()}
    by = given.get("by", "month")
    if by not in DIMENSIONS:
        raise _wrong("by", "is not known", f"use one of {', '.join(DIMENSIONS)}")
    for name in FILTERED_BY:
        if len(given.get(name, "")) > _LONGEST or "\x00" in given.get(name, ""):
            raise _wrong(name, "is no name of ours", f"write at most {_LONGEST} letters")
    try:
        period = period_of(given.get("since"), given.get("until"), zone, now)
    except BadQuery as bad:
        raise _wrong(bad.field, bad.problem, bad.fix) from None
    filters = Filters(**{name: given[name] for name in FILTERED_BY if name in given})
    kept = {name: given[name] for name in ("by", "since", "until", *FILTERED_BY) if name in given}
    return Asked(by, period, filters, kept)


def _wrong(field: str, problem: str, fix: str) -> Problem:
    return Problem(422, "invalid-fields", f"In the address of this page `{field}` {problem}: {fix}.")
