"""What is watched in the funnel, and what is told of it: alerts (A1, A2, R6) and regular reports."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from leadworkflows.domain.grammar import Part
from leadworkflows.domain.spans import Span
from leadworkflows.domain.teams import SlackChannel

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
WEEKDAYS: tuple[Weekday, ...] = (
    "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday",
)  # fmt: skip
WATCHABLE = (
    "lead-mql", "lead-sql", "lead-customer", "mql-sal", "mql-sql", "sal-sql", "sql-opportunity",
    "opportunity-customer", "recycled-mql",
)  # fmt: skip
"""The conversions that can be watched, from and to."""
_HOUR = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
_PERCENT = re.compile(r"(\d{1,3}(?:\.\d+)?)\s*%")
_LONGEST_WATCH = 3 * 366 * 86_400


def _hour(value: str) -> str:
    found = _HOUR.fullmatch(value.strip())
    if not found:
        raise ValueError('expected an hour of the day such as "08:00"')
    return f"{int(found[1]):02}:{found[2]}"


def _share(value: Any) -> Any:
    found = _PERCENT.fullmatch(value.strip()) if isinstance(value, str) else None
    if isinstance(value, str) and not found:
        raise ValueError("expected a share such as 10%")
    return float(found[1]) / 100 if found else value


def _whole_days(span: Span) -> Span:
    if span.business or not span.seconds or span.seconds % 86_400 or span.seconds > _LONGEST_WATCH:
        raise ValueError("expected whole days such as 28d, three years at most")
    return span


HourOfDay = Annotated[str, AfterValidator(_hour)]
"""Such as `08:00`."""
Share = Annotated[float, BeforeValidator(_share), Field(gt=0, lt=1)]
Days = Annotated[Span, AfterValidator(_whole_days)]
Day = Annotated[Weekday, BeforeValidator(lambda v: v.strip().lower() if isinstance(v, str) else v)]
_SPELT = {"lead-mql": 14, "lead-sql": 14, "mql-sal": 7, "mql-sql": 30, "sql-opportunity": 30,
          "opportunity-customer": 60}  # fmt: skip


class Drops(Part):
    """A1: when a conversion has dropped.

    Looked at once a week. Those that entered a stage in the newest of the `windows` that is old enough
    are compared with those of the `history` before it, each given the same time to convert.
    """

    on: Day = "monday"
    conversions: dict[str, Days] = Field(
        default={name: Span(seconds=days * 86_400) for name, days in _SPELT.items()}
    )
    """Which are watched, and how long a lead is given: later conversions count nowhere."""
    by: tuple[Literal["channel", "segment", "persona", "industry", "country"], ...] = (
        "channel", "segment", "persona", "industry",
    )  # fmt: skip
    """By what leads are grouped, beside all of them."""
    windows: tuple[Days, ...] = (Span(seconds=28 * 86_400), Span(seconds=84 * 86_400))
    history: Days = Span(seconds=182 * 86_400)
    least: int = Field(default=30, ge=5, le=100_000)
    """How many must have entered, in the window and in the history, for a group to be judged."""
    error_rate: Share = 0.05
    """How likely a whole year in which nothing changes brings one false alarm or more, at most."""

    @model_validator(mode="after")
    def _readable(self) -> Self:
        unknown = [name for name in self.conversions if name not in WATCHABLE]
        if unknown:
            raise ValueError(
                f"conversions: there is none called {unknown[0]!r}; there are {', '.join(WATCHABLE)}"
            )
        lengths = [window.seconds for window in self.windows]
        if not lengths or lengths != sorted(set(lengths)):
            raise ValueError("windows: give one or more, the shorter before the longer, such as [28d, 84d]")
        return self


class ReturnedAlert(Part):
    """R6: when too large a share of SALs is returned."""

    above: Share = 0.10
    least: int = Field(default=30, ge=1, le=100_000)
    """How many SALs there must be for a share to mean something."""
    window: Days = Span(seconds=28 * 86_400)


class WeeklyReport(Part):
    """A report on the week that ended."""

    on: Day = "monday"
    at: HourOfDay = "08:30"
    channel: SlackChannel | None = None
    """None: it goes by mail alone."""


class MonthlyReport(Part):
    """A report on the month that ended."""

    day: int = Field(default=1, ge=1, le=28)
    at: HourOfDay = "09:00"
    channel: SlackChannel | None = None


class Watch(Part):
    """What is looked at every day in the company's zone (that of `calendar`), and where it is said.

    Policies from before there was a watch find things, which the dashboard shows, and post nothing.
    """

    channel: SlackChannel | None = None
    """Where findings are told; None: they are shown on the dashboard alone."""
    at: HourOfDay = "08:00"
    drops: Drops | None = Drops()
    missed: bool = True
    """A2: whether leads that wait beyond their clock are a finding."""
    returned: ReturnedAlert | None = ReturnedAlert()
    weekly: WeeklyReport | None = None
    monthly: MonthlyReport | None = None


def pair_of(name: str) -> tuple[str, str]:
    """The stages of a conversion's name: `mql-sql` is from mql to sql."""
    of, _, to = name.partition("-")
    return of, to


def day_number(day: Weekday) -> int:
    """0 for Sunday, 1 for Monday, as calendars of schedules count."""
    return (WEEKDAYS.index(day) + 1) % 7


def spelt(conversions: Mapping[str, Span]) -> str:
    """Conversions and their times in words, for a page."""
    return ", ".join(f"{name.replace('-', ' → ')} within {span}" for name, span in conversions.items())
