"""What a lead decided that is not certainly on record yet."""

from __future__ import annotations

from collections.abc import Sequence

from leadworkflows.domain.decisions import TimelineEntry


class Unrecorded:
    """Entries from when they are decided until it is known that the store has them.

    An action takes them along and records them before anything else; until it has ended, nobody knows
    whether it came so far. What is recorded meanwhile holds them too, so the store never has a gap.
    """

    def __init__(self) -> None:
        self._entries: list[TimelineEntry] = []

    def __bool__(self) -> bool:
        return bool(self._entries)

    @property
    def entries(self) -> list[TimelineEntry]:
        """All of them, in order."""
        return list(self._entries)

    def add(self, entries: Sequence[TimelineEntry]) -> None:
        """Something was decided."""
        self._entries += entries

    def recorded(self, upto: int) -> None:
        """The store has every entry up to this number."""
        self._entries = [entry for entry in self._entries if entry.n > upto]
