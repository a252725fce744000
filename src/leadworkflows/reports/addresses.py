"""How the address of a page names the leads behind a number."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import date
from typing import Any, get_args

from leadworkflows.reports.periods import BadQuery
from leadworkflows.reports.shapes import Behind, ClockOutcome, ContactedWhen, Filters, FunnelStage

_STAGES: tuple[str, ...] = get_args(FunnelStage)
_ENTERED = (*_STAGES, "ended", "reviewed", "clock")
_FILTERS = tuple(each.name for each in fields(Filters))
_WORDS = ("move", "reason", "stage", "by", "rule", "clock")
_CHOICES: Mapping[str, tuple[str, ...]] = {
    "converted": _STAGES,
    "not_converted": _STAGES,
    "outcome": get_args(ClockOutcome),
    "contacted": get_args(ContactedWhen),
}
_YES_NO = ("open", "returned")
_LONGEST = 200
PARAMETERS = ("entered", "since", "until", *_CHOICES, *_YES_NO, *_WORDS, *_FILTERS)
"""Every parameter that names something; a list of leads reads the others."""


def behind_query(behind: Behind) -> dict[str, str]:
    """As parameters of an address; `behind_of` reads them."""
    own = ("entered", "since", "until", *_CHOICES, *_YES_NO, *_WORDS)
    told = {name: getattr(behind, name) for name in own}
    told |= {name: getattr(behind.filters, name) for name in _FILTERS}
    return {name: _said(value) for name, value in told.items() if value is not None}


def behind_of(query: Mapping[str, str]) -> Behind | None:
    """What the parameters of an address name; None where they name no number. Raises BadQuery.

    A filter that is there and empty means that it is not known.
    """
    if "entered" not in query:
        return None
    chosen: dict[str, Any] = {name: _one_of(name, query[name], choices)
                              for name, choices in _CHOICES.items() if name in query}  # fmt: skip
    chosen |= {name: _one_of(name, query[name], ("yes", "no")) == "yes" for name in _YES_NO if name in query}
    chosen |= {name: _short(name, query[name]) for name in _WORDS if name in query}
    filters = Filters(**{name: _short(name, query[name]) for name in _FILTERS if name in query})
    entered: Any = _one_of("entered", query["entered"], _ENTERED)
    since, until = _day("since", query), _day("until", query)
    if since >= until:
        raise BadQuery("until", "is not after since", "write a later day")
    return Behind(entered, since, until, filters=filters, **chosen)


def _said(value: object) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def _one_of(name: str, value: str, choices: Iterable[str]) -> str:
    if value not in choices:
        raise BadQuery(name, "is not known", f"write one of {', '.join(choices)}")
    return value


def _short(name: str, value: str) -> str:
    if len(value) > _LONGEST or "\x00" in value:
        raise BadQuery(name, "is no name of ours", f"write at most {_LONGEST} letters")
    return value


def _day(name: str, query: Mapping[str, str]) -> date:
    try:
        day = date.fromisoformat(query.get(name, ""))
    except ValueError:
        raise BadQuery(name, "is no day", "write it as 2026-01-31") from None
    if not 1970 <= day.year <= 9000:
        raise BadQuery(name, "is no day", "write it as 2026-01-31")
    return day
