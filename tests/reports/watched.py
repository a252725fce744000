"""Generated years as the watch sees them: entries by day, channel and persona, and who converted in time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import accumulate, product
from random import Random

from leadworkflows.domain.spans import Span
from leadworkflows.domain.watching import Drops
from leadworkflows.reports.drops import LOOKS, Cell, Counts, Drop, judge_drops

DAY = 86_400
CHANNELS = {"linkedin": 5, "search": 4, "webinar": 3, "referral": 2, "partner": 2}
PERSONAS = {"cfo": 2, "technical_director": 3, "marketing_manager": 2}
RATES = {"lead-mql": 0.5, "mql-sql": 0.35, "sql-opportunity": 0.4}
"""Of each conversion, before channel and persona make it better or worse."""
QUALITY = {"linkedin": 0.9, "search": 1.0, "webinar": 0.8, "referral": 1.4, "partner": 1.1}
_PEOPLE = [
    (channel, persona)
    for channel, often in CHANNELS.items()
    for persona, times in PERSONAS.items()
    for _ in range(often * times)
]
"""As often as each comes."""
_DAYS = 2 * 365
_SLOWEST = 14
"""In fewer days than these a lead converts that does."""
_Found = dict[tuple[str, tuple[str, str]], tuple[list[int], list[int]]]
"""Of each conversion and group, how many entered on each day, and how many of those converted."""
POLICY = Drops(
    conversions={name: Span(seconds=14 * DAY) for name in RATES},
    by=("channel", "persona"),
    windows=(Span(seconds=28 * DAY), Span(seconds=84 * DAY)),
)


@dataclass
class Year:
    """Two years of entries, of which the second is looked at every week. Rates fall on `drop_day`."""

    seed: int
    a_day: int = 12
    drop_day: int | None = None
    of: str = "mql-sql"
    channel: str | None = None
    share: float = 0.4
    sums: _Found = field(default_factory=dict)
    """How many entered and converted before each day."""

    def __post_init__(self) -> None:
        chance = Random(self.seed)  # noqa: S311 - a year to look at, not a secret
        days = _DAYS + len(RATES) * _SLOWEST
        found = {each: ([0] * days, [0] * days) for each in product(RATES, product(CHANNELS, PERSONAS))}
        for day in range(_DAYS):
            for _ in range(self.a_day if day % 7 < 5 else self.a_day // 3):
                self._live(chance.random, day, found)
        for each, (entered, converted) in found.items():
            self.sums[each] = _so_far(entered), _so_far(converted)

    def _live(self, chance: Callable[[], float], day: int, found: _Found) -> None:
        """One lead goes through the funnel as far as it gets, each stage some days later."""
        facts = _PEOPLE[int(chance() * len(_PEOPLE))]
        for conversion, rate in RATES.items():
            entered, converted = found[conversion, facts]
            entered[day] += 1
            if chance() >= rate * QUALITY[facts[0]] * self._kept(conversion, day, facts[0]):
                return
            converted[day] += 1
            day += int(chance() * _SLOWEST)

    def _kept(self, conversion: str, day: int, channel: str) -> float:
        if self.drop_day is None or day < self.drop_day or conversion != self.of:
            return 1.0
        return 1 - self.share if self.channel in (None, channel) else 1.0

    def cells(self, today: int) -> list[Cell]:
        """What is counted on a day: cohorts that had their 14 days."""
        until, history = today - 14, POLICY.history.seconds // DAY
        found = []
        for window in (each.seconds // DAY for each in POLICY.windows):
            middle, begin = until - window, until - window - history
            for (conversion, facts), (came, became) in self.sums.items():
                now = Counts(came[until] - came[middle], became[until] - became[middle])
                before = Counts(came[middle] - came[begin], became[middle] - became[begin])
                found.append(Cell(conversion, window, facts, now, before))
        return found

    def look(self, today: int) -> list[Drop]:
        return judge_drops(self.cells(today), POLICY)

    def looks(self) -> list[tuple[int, list[Drop]]]:
        """Every week of the second year."""
        return [(day, self.look(day)) for day in range(365, 365 + 7 * LOOKS - 6, 7)]


def _so_far(days: list[int]) -> list[int]:
    return list(accumulate(days[:_DAYS], initial=0))
