"""What a content file may use. Every name is always there, so that a mail reads well for anybody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from leadworkflows.content.person import Recipient, Sender, one_line

_LONGEST = 120


@dataclass(frozen=True)
class _Nobody:
    """A person of whom nothing is known but an address."""

    email: str = "someone@example.com"
    first_name: str | None = None
    last_name: str | None = None
    title: str | None = None
    company: str | None = None
    phone: str | None = None


NOBODY: Recipient = _Nobody()


def values(person: Recipient, lead: Mapping[str, Any], sender: Sender) -> dict[str, Any]:
    """The variables of a content file.

    `hello` is the greeting with its comma; `first_name`, `last_name`, `title` and `company` are
    empty where unknown; `your_company` reads "your company" then; `industry` likewise; `us`, `site`
    and `signature` are the sender's.
    """
    first_name, company = plain(person.first_name), plain(person.company)
    return {
        "hello": f"Hello {first_name}," if first_name else "Hello,",
        "first_name": first_name,
        "last_name": plain(person.last_name),
        "title": plain(person.title),
        "company": company,
        "your_company": company or "your company",
        "industry": _industry(lead),
        "us": sender.company,
        "site": sender.website.rstrip("/"),
        "signature": sender.signature,
    }


def plain(value: str | None) -> str:
    """One line without control characters, short enough for a sentence."""
    line = one_line(value)
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1].rstrip()}…"


def _industry(lead: Mapping[str, Any]) -> str:
    profile = lead.get("profile")
    stated = lead.get("industry") or (profile.get("industry") if isinstance(profile, Mapping) else None)
    return plain(stated).replace("_", " ") if isinstance(stated, str) else ""
