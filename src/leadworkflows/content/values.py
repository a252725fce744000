"""What a content file may use. Every name is always there, so that a mail reads well for anybody.

A form is open to strangers, who could have a text of their own sent to anybody from our domain: a value
that holds a link or an address is left out.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from leadworkflows.content.industries import industry_in
from leadworkflows.content.links import MailLinks
from leadworkflows.content.person import Recipient, Sender, one_line
from leadworkflows.content.words import words_of

_LONGEST, _LONGEST_FIRST_NAME = 120, 40
_LINK = re.compile(r"://|www\.|@", re.IGNORECASE)
_LINK_OR_DOMAIN = re.compile(r"://|www\.|[@/<>\[\]]|\S[.。][^\W\d_]{2}", re.IGNORECASE)


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


def values(
    person: Recipient, lead: Mapping[str, Any], sender: Sender, language: str = "en"
) -> dict[str, Any]:
    """The variables of a content file.

    `hello` is the greeting with its comma; `first_name`, `last_name`, `title` and `company` are
    empty where unknown; `your_company` reads "your company" then, and `at_your_company` "at your
    company"; `industry` is empty too, also where we have no word for it in the language; `us`,
    `site` and `signature` are the sender's.
    """
    words = words_of(language)
    first_name, last_name, company = (
        first_name_of(person),
        harmless(person.last_name),
        _company(person.company),
    )
    full = f"{first_name} {last_name}" if last_name else ""
    called = (full if first_name else "") if words.full_name else first_name
    return {
        "hello": f"{words.hello} {called}," if called else f"{words.hello},",
        "first_name": first_name,
        "last_name": last_name,
        "title": harmless(person.title),
        "company": company,
        "your_company": company or words.your_company,
        "at_your_company": f"{words.at} {company}" if company else words.at_yours,
        "industry": industry_in(language, _industry(lead)),
        "us": sender.company,
        "site": sender.website.rstrip("/"),
        "signature": sender.signature or words.team.format(sender.company),
    }


def link_values(links: MailLinks) -> dict[str, str]:
    """The addresses made for this reader.

    There is no `confirm_url` without one: a mail that asks for a confirmation is nothing without it.
    """
    said = {"unsubscribe_url": links.unsubscribe or "", "preferences_url": links.preferences or ""}
    return said | ({"confirm_url": links.confirm} if links.confirm else {})


def plain(value: str | None) -> str:
    """One line without control characters, short enough for a sentence."""
    line = one_line(value)
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1].rstrip()}…"


def harmless(value: str | None) -> str:
    """A name or a title, empty where it holds a link, an address or markup: `Bank.example`, `<b>`."""
    return "" if _holds(_LINK_OR_DOMAIN, value) else plain(value)


def first_name_of(person: Recipient) -> str:
    """The first name; nobody is greeted by a sentence."""
    name = harmless(person.first_name)
    return name if len(name) <= _LONGEST_FIRST_NAME else ""


def _company(value: str | None) -> str:
    """Judged by links and addresses alone: `Node.js GmbH` is a company's name."""
    return "" if _holds(_LINK, value) else plain(value)


def _holds(pattern: re.Pattern[str], value: str | None) -> bool:
    """As a mail program reads it: wide letters are letters, invisible ones are not there."""
    line = unicodedata.normalize("NFKC", one_line(value))
    return bool(pattern.search("".join(ch for ch in line if unicodedata.category(ch) != "Cf")))


def _industry(lead: Mapping[str, Any]) -> str:
    profile = lead.get("profile")
    stated = lead.get("industry") or (profile.get("industry") if isinstance(profile, Mapping) else None)
    return plain(stated) if isinstance(stated, str) else ""
