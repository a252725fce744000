"""Who a mail is for and who it is from."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Protocol

_HIDDEN = frozenset({"Cc", "Cs", "Cn", "Co"})
_TURNING = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Marks that turn the reading direction: they make a name read as another."""


def one_line(text: str | None) -> str:
    """What a stranger typed, on one line and without control characters; empty where nothing shows."""
    kept = (" " if ch.isspace() else ch for ch in text or "" if _shows(ch))
    return " ".join("".join(kept).split())


def _shows(ch: str) -> bool:
    return ch.isspace() or (ch not in _TURNING and unicodedata.category(ch) not in _HIDDEN)


class Recipient(Protocol):
    """The personal data that a mail or a card may show, read from the store just before the call."""

    @property
    def email(self) -> str:
        """The normalised address."""

    @property
    def first_name(self) -> str | None:
        """None where nobody told us; the same holds for the rest."""

    @property
    def last_name(self) -> str | None:
        """The family name."""

    @property
    def title(self) -> str | None:
        """The job title, as the person wrote it."""

    @property
    def company(self) -> str | None:
        """The company's name."""

    @property
    def phone(self) -> str | None:
        """The phone number, as the person wrote it."""


@dataclass(frozen=True)
class Sender:
    """The company that writes: `us` and `site` in content files.

    `website` starts with https:// and has no slash at the end; `address` is the postal address that
    many countries require in a commercial mail. `signature` is who signs; without one, the company's
    team does, in the mail's language.
    """

    company: str = "Example"
    website: str = "https://www.example.com"
    signature: str = ""
    address: str = ""
