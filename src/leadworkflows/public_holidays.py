"""Public holidays by region, as the `holidays` library knows them."""

from __future__ import annotations

from datetime import date
from difflib import get_close_matches
from functools import cache

import holidays
from holidays.registry import COUNTRIES

YEARS = range(2020, 2041)
"""The years that are looked up. A lead of ours is neither older nor due later."""


class UnknownRegion(ValueError):
    """No public holidays are known for a region. The message names the nearest that are."""


@cache
def dates(region: str) -> tuple[date, ...]:
    """The public holidays of an ISO 3166 country or part of one (DE, DE-BE, US-CA), 2020 to 2040, sorted.

    Upper and lower case are the same. A country alone has the holidays of the whole country only.
    Raises UnknownRegion.
    """
    known = _regions().get(region.strip().upper())
    if known is None:
        raise UnknownRegion(f"no public holidays are known for {region[:40]!r}; {_nearest(region)}")
    country, subdivision = known
    return tuple(sorted(holidays.country_holidays(country, subdiv=subdivision, years=YEARS)))


@cache
def _regions() -> dict[str, tuple[str, str | None]]:
    """Country and part of it, by region in upper case."""
    found: dict[str, tuple[str, str | None]] = {}
    for country, parts in holidays.list_supported_countries(include_aliases=False).items():
        found[country] = (country, None)
        found |= {f"{country}-{part}".upper(): (country, part) for part in parts}
    return found


def _nearest(region: str) -> str:
    asked, known = region[:40].strip().upper(), _regions()
    country, dash, _ = asked.partition("-")
    if dash and country in known:
        parts = [name for name in known if name.startswith(f"{country}-")]
        return f"there are {', '.join([country, *parts])}"
    codes = _codes_by_name()
    near = [codes[name] for name in get_close_matches(country.replace(" ", ""), codes, n=3, cutoff=0.75)]
    hint = f"did you mean {' or '.join(dict.fromkeys(near))}? " if near else ""
    return f"{hint}Write ISO 3166 codes such as DE, DE-BE or US-CA"


@cache
def _codes_by_name() -> dict[str, str]:
    """The country's code by whatever else people write: GERMANY, DEU, UK."""
    return {name.upper(): names[1] for names in COUNTRIES.values() for name in names}
