"""Answers as firmographic facts: numbers of employees, labels, countries, time zones, budgets."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from pydantic import ValidationError

from leadworkflows.domain.facts import Facts
from leadworkflows.sources.countries import country_code
from leadworkflows.sources.industries import industry

_NUMBER = re.compile(r"\d{1,3}(?:[.,' \u00a0\u202f]\d{3})+(?!\d)|\d+", re.ASCII)
_FEWER = re.compile(r"^\s*(<|less than|fewer than|under|up to|below|max)", re.IGNORECASE)
_LONGEST = 500
"""Characters. What is longer is a letter, and to search a megabyte for an industry takes seconds."""
_NO_BUDGET = frozenset({
    "", "0", "no", "none", "nothing", "n a", "na", "not yet", "unknown", "false", "not sure", "undecided",
    "i dont know", "dont know", "not defined", "no budget", "no budget yet", "to be defined", "tbd", "zero",
})  # fmt: skip


def read_fact(name: str, text: str) -> Any:
    """The fact that an answer states, or None where the text is no such fact."""
    if len(text) > _LONGEST:
        return None
    value: Any = text
    if name == "employees":
        value = employees(text)
    elif name == "country":
        value = country_code(text)
    elif name == "industry":
        value = industry(text)
    elif name == "time_zone":
        value = time_zones().get("_".join(text.split()).lower())
    else:
        value = _label(text)
    return None if value is None else _accepted(name, value)


@cache
def time_zones() -> dict[str, str]:
    """The IANA time zones by their names in lower case."""
    return {zone.lower(): zone for zone in available_timezones()}


def employees(text: str) -> int | None:
    """How many people the answer guarantees: a range counts by its lower end.

    "51-200" is 51, "1,000+" is 1000, "fewer than 50" is 1, "180" is 180. A lead is put in a segment of
    larger companies only when the answer says so.
    """
    numbers = _NUMBER.findall(text)
    if not numbers or len(text) > 40:
        return None
    if _FEWER.match(text):
        return 1
    scale = 1_000 if re.search(r"\d\s?k\b", text, re.IGNORECASE) else 1
    return int(re.sub(r"\D", "", numbers[0])[:12]) * scale


def states_budget(text: str) -> bool:
    """Whether an answer about the budget states one (P5)."""
    return re.sub(r"[\W_]+", " ", re.sub("['\u2019]", "", text)).strip().lower() not in _NO_BUDGET


def _label(text: str) -> str | None:
    """A label in plain ASCII. With five digits or more it is somebody's number."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode("ascii")
    plain = re.sub(r"\s*[,;|()]+\s*", " ", plain).strip()
    return plain if sum(c.isdigit() for c in plain) < 5 else None


def _accepted(name: str, value: Any) -> Any:
    try:
        return getattr(Facts.model_validate({name: value}), name)
    except ValidationError:
        return None
