"""How often somebody may ask: counted in the memory of this process, by the `limits` library.

A signed source and a key are counted once they proved who they are, so that a stranger cannot use
up what belongs to somebody else. Strangers are counted by their address, and only where they failed;
past that limit no key from there is tried, and nothing is read that only a key would let in. A webhook
with the right signature is taken all the same: its vendor's address is also that of the vendor's other
customers.
"""

from __future__ import annotations

from collections.abc import Callable
from math import ceil

from limits import RateLimitItem, parse
from limits.storage import Storage
from limits.strategies import FixedWindowRateLimiter

from leadworkflows.api.problems import Problem, too_many
from leadworkflows.settings import Settings

PASSWORDS = "10/minute"
"""Wrong passwords from one address: people choose passwords, so guesses are slowed down further than keys."""
MAX_COUNTERS = 10_000
"""Of one limit: where more addresses fail at once than this, those that failed first are forgotten."""


class Limits:
    """The limits of one process. `clock` gives seconds."""

    def __init__(self, settings: Settings, clock: Callable[[], float]) -> None:
        self._sources = _Limit(settings.rate_limit_per_source, "webhooks of this source", clock)
        self._keys = _Limit(settings.rate_limit_per_key, "requests with this key", clock)
        self._failures = _Limit(settings.rate_limit_failures, "refused requests from this address", clock)
        self._passwords = _Limit(PASSWORDS, "wrong passwords from this address", clock)

    def count_source(self, name: str) -> None:
        """One verified webhook. Raises 429."""
        self._sources.count(name)

    def count_key(self, name: str) -> None:
        """One request with a key that fits. Raises 429."""
        self._keys.count(name)

    def count_failure(self, address: str) -> None:
        """One signature or key that does not fit. It is refused anyway, so this refuses nothing."""
        self._failures.add(address)

    def check(self, address: str) -> None:
        """Raise 429 for an address that failed too often."""
        self._failures.check(address)

    def exceeded(self, address: str) -> bool:
        """Whether `check` would raise."""
        return self._failures.exceeded(address)

    def count_password(self, address: str) -> None:
        """One password that is going to be looked at: many may come before the first was found wrong.

        Raises 429 past the limit.
        """
        self._passwords.count(address)

    def take_back_password(self, address: str) -> None:
        """One that was counted fits after all."""
        self._passwords.take_back(address)


class _Limit:
    """One limit, or none."""

    def __init__(self, rate: str | None, what: str, clock: Callable[[], float]) -> None:
        self._rate: RateLimitItem | None = parse(rate) if rate else None
        self._what, self._clock = what, clock
        self._counters = _Counters(clock)
        self._windows = FixedWindowRateLimiter(self._counters)

    def add(self, name: str) -> None:
        if self._rate is not None:
            self._windows.hit(self._rate, name)

    def take_back(self, name: str) -> None:
        key = self._rate.key_for(name) if self._rate else ""
        if self._counters.get(key):
            self._counters.incr(key, 0, -1)

    def count(self, name: str) -> None:
        if self._rate is not None and not self._windows.hit(self._rate, name):
            raise self._refusal(self._rate.key_for(name))

    def check(self, name: str) -> None:
        if self._rate is not None and self.exceeded(name):
            raise self._refusal(self._rate.key_for(name))

    def exceeded(self, name: str) -> bool:
        """Costs nothing while nobody fails."""
        return self._rate is not None and self._counters.any and not self._windows.test(self._rate, name)

    def _refusal(self, key: str) -> Problem:
        ends_at = self._counters.get_expiry(key)
        return too_many(self._what, max(1, ceil(ends_at - self._clock())))


class _Counters(Storage):
    """Counters with an end, for one event loop.

    The library's own memory storage starts a thread every 10 ms that walks over all counters, and
    keeps as many as strangers have addresses.
    """

    STORAGE_SCHEME = None

    def __init__(self, clock: Callable[[], float]) -> None:
        super().__init__()
        self._clock = clock
        self._counts: dict[str, tuple[int, float]] = {}

    @property
    def any(self) -> bool:
        """Whether anything was counted."""
        return bool(self._counts)

    @property
    def base_exceptions(self) -> type[Exception]:
        """What the library may wrap: nothing here fails."""
        return ValueError

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        """Count, and give the count; a window begins with its first."""
        count, ends_at = self._counts.get(key, (0, 0.0))
        now = self._clock()
        if ends_at <= now:
            self._make_room(now)
            count, ends_at = 0, now + expiry
        self._counts[key] = (count + amount, ends_at)
        return count + amount

    def get(self, key: str) -> int:
        """The count of the window that runs."""
        count, ends_at = self._counts.get(key, (0, 0.0))
        return count if ends_at > self._clock() else 0

    def get_expiry(self, key: str) -> float:
        """When the window ends."""
        return self._counts.get(key, (0, self._clock()))[1]

    def check(self) -> bool:
        """Memory is there."""
        return True

    def reset(self) -> int | None:
        """Forget everything."""
        known = len(self._counts)
        self._counts.clear()
        return known

    def clear(self, key: str) -> None:
        """Forget one counter."""
        self._counts.pop(key, None)

    def _make_room(self, now: float) -> None:
        if len(self._counts) < MAX_COUNTERS:
            return
        self._counts = {key: value for key, value in self._counts.items() if value[1] > now}
        for key in list(self._counts)[: len(self._counts) - MAX_COUNTERS // 2]:
            del self._counts[key]
