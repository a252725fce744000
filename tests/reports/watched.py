"""Generated years as the watch sees them: entries by day, channel and persona, and who converted in time."""

from __future__ import annotations

from collections import defaultdict
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
    sums: dict[tuple[str, tuple[str, str]], list[tuple[int, int]]] = field(default_factory=dict)
    """How many entered and converted before each day."""

    def __post_init__(self) -> None:
        chance = Random(self.seed)  # noqa: S311 - a year to look at, not a secret
        found: dict[tuple[str, int, tuple[str, str]], list[int]] = defaultdict(lambda: [0, 0])
        for day in range(2 * 365):
            for _ in range(self.a_day if day % 7 < 5 else self.a_day // 3):
                self._live(chance, day, found)
        for conversion, facts in product(RATES, product(CHANNELS, PERSONAS)):
            days = [found.get((conversion, day, facts), (0, 0)) for day in range(2 * 365)]
            entered = accumulate((one for one, _other in days), initial=0)
            converted = accumulate((other for _one, other in days), initial=0)
            self.sums[conversion, facts] = list(zip(entered, converted, strict=True))

    def _live(
        self, chance: Random, day: int, found: dict[tuple[str, int, tuple[str, str]], list[int]]
    ) -> None:
        """One lead goes through the funnel as far as it gets, each stage some days later."""
        facts = chance.choice(_PEOPLE)
        for conversion, rate in RATES.items():
            counts = found[conversion, day, facts]
            counts[0] += 1
            if chance.random() >= rate * QUALITY[facts[0]] * self._kept(conversion, day, facts[0]):
                return
            counts[1] += 1
            day += chance.randint(0, 13)

    def _kept(self, conversion: str, day: int, channel: str) -> float:
        is_meant = conversion == self.of and self.channel in (None, channel)
        return 1 - self.share if is_meant and self.drop_day is not None and day >= self.drop_day else 1.0

    def cells(self, today: int) -> list[Cell]:
        """What is counted on a day: cohorts that had their 14 days."""
        until, history = today - 14, POLICY.history.seconds // DAY
        found = []
        for window in (each.seconds // DAY for each in POLICY.windows):
            for (conversion, facts), sums in self.sums.items():
                end, middle, begin = sums[until], sums[until - window], sums[until - window - history]
                now, before = Counts(*_less(end, middle)), Counts(*_less(middle, begin))
                found.append(Cell(conversion, window, facts, now, before))
        return found

    def look(self, today: int) -> list[Drop]:
        return judge_drops(self.cells(today), POLICY)

    def looks(self) -> list[tuple[int, list[Drop]]]:
        """Every week of the second year."""
        return [(day, self.look(day)) for day in range(365, 365 + 7 * LOOKS - 6, 7)]


def _less(one: tuple[int, int], other: tuple[int, int]) -> tuple[int, int]:
    return one[0] - other[0], one[1] - other[1]
