"""Cursors: where a page of a list ended, as a word that an address can hold."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from datetime import UTC, datetime

from leadworkflows.reports.periods import BadQuery

_LARGEST = 2**31
Place = Sequence[datetime | str | int]
"""What a list is sorted by, of its last line."""


def cursor(place: Place) -> str:
    """The word for a place."""
    told = [each.isoformat() if isinstance(each, datetime) else each for each in place]
    return base64.urlsafe_b64encode(json.dumps(told, separators=(",", ":")).encode()).decode().rstrip("=")


def place(word: str, kinds: Sequence[type]) -> list[datetime | str | int]:
    """The place of a word, of these types. Raises BadQuery for a word that `cursor` did not write."""
    try:
        told = json.loads(base64.urlsafe_b64decode(word.encode("ascii") + b"=" * (-len(word) % 4)))
        if not isinstance(told, list) or len(told) != len(kinds):
            raise ValueError(word)
        return [_read(each, kind) for each, kind in zip(told, kinds, strict=True)]
    except (ValueError, TypeError, OverflowError, RecursionError, binascii.Error):
        raise BadQuery(
            "after", "is no cursor of this list", "use `next` of the page before, or leave it out"
        ) from None


def _read(told: object, kind: type) -> datetime | str | int:
    if isinstance(told, str) and kind is datetime:
        at = datetime.fromisoformat(told)
        if at.tzinfo is not None:
            return at.astimezone(UTC)
    if isinstance(told, str) and kind is str and told.isascii() and told.isalnum():
        return told
    if isinstance(told, int) and kind is int and abs(told) < _LARGEST:
        return told
    raise ValueError(told)
