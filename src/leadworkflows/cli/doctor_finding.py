"""What one check of `doctor` found."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """`note` is worth knowing and nothing is wrong with it."""

    OK = "ok"
    NOTE = "note"
    WRONG = "wrong"


@dataclass(frozen=True)
class Finding:
    """A check's name, what it found and what to do. No secret is in either text."""

    name: str
    status: Status
    found: str
    fix: str = ""
