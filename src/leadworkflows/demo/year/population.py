"""Who comes to us in the playground's year: people of companies, through channels, on certain days.

All of it follows from a seed and the year's end: the same two give the same people.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from leadworkflows.demo.year import words
from leadworkflows.demo.year.channels import (
    CHANNELS,
    COUNTRIES,
    GERMAN,
    INDUSTRIES,
    MONTHS,
    WEEKEND,
    Channel,
)
from leadworkflows.domain.personas import classify_title
from leadworkflows.domain.policy import Policy
from leadworkflows.store.records import PersonRecord

LENGTH = timedelta(days=365)
_COLLEAGUES = 0.22
"""How often the next lead is of a company that has one already."""


@dataclass(frozen=True)
class Company:
    """An invented company."""

    name: str
    domain: str
    industry: str
    country: str
    employees: int
    startup: bool

    @property
    def facts(self) -> dict[str, Any]:
        """What a form or an enrichment says of it."""
        kind = {"company_type": "startup"} if self.startup else {}
        return {"industry": self.industry, "employees": self.employees, "country": self.country, **kind}


@dataclass(frozen=True, repr=False)
class Character:
    """One lead of the year; `quality` is how much it means to buy, 0 to 1."""

    number: int
    lead_id: str
    person: PersonRecord
    company: Company
    channel: Channel
    came_at: datetime
    quality: float
    reachable: bool
    """Whether its address takes mail."""
    known: Mapping[str, Any] = field(default_factory=dict)
    """Persona and seniority, as the policy reads its title."""

    @property
    def facts(self) -> dict[str, Any]:
        """What its first event says beside what happened."""
        language = {"language": "de"} if self.company.country in GERMAN else {}
        return {**self.company.facts, **language, **self.known, "channel": self.channel.name}


class Population:
    """Makes the leads of one year."""

    def __init__(self, seed: int, until: datetime, policy: Policy) -> None:
        self._seed, self._until, self._policy = seed, until, policy
        self._chance = Random(f"{seed}:population")  # noqa: S311 - a playground, not a secret
        self._companies: dict[str, Company] = {}
        self._addresses: set[str] = set()

    def make(self, leads: int) -> list[Character]:
        """So many leads, in the order in which they come."""
        days = _days(self._until)
        chosen = self._chance.choices(range(len(days)), [weight for _, weight in days], k=leads)
        return [self._character(number, days[day][0]) for number, day in enumerate(sorted(chosen))]

    def _character(self, number: int, day: datetime) -> Character:
        chance = self._chance
        channel = chance.choices(CHANNELS, [each.share for each in CHANNELS])[0]
        company = self._company(channel)
        title = _one(chance, words.TITLES)
        came_at = min(_at_work(chance, day, company.country), self._until - timedelta(minutes=5))
        return Character(
            number=number,
            lead_id=f"{int(came_at.timestamp() * 1000):012x}7{chance.getrandbits(76):019x}",
            person=self._person(company, title, channel),
            company=company,
            channel=channel,
            came_at=came_at,
            quality=_quality(chance, channel, company, title),
            reachable=chance.random() > 0.02,
            known=classify_title(title, self._policy),
        )

    def _company(self, channel: Channel) -> Company:
        chance = self._chance
        if self._companies and chance.random() < _COLLEAGUES and channel.name != "newsletter":
            return chance.choice(list(self._companies.values()))
        industry = _one(chance, [(name, share) for name, (share, _) in INDUSTRIES.items()])
        country = _one(chance, [(name, share) for name, (share, _) in COUNTRIES.items()])
        name = f"{chance.choice(words.NAMES)} {chance.choice(words.KINDS[industry])}"
        domain = f"{name.lower().replace(' ', '-')}.example"
        if domain in self._companies:
            return self._companies[domain]
        startup = industry in ("software", "fintech", "biotech") and chance.random() < 0.25
        employees = chance.randint(4, 45) if startup else min(4_800, int(chance.lognormvariate(4.9, 1.1)) + 3)
        made = Company(f"{name} {words.FORMS[country]}", domain, industry, country, employees, startup)
        return self._companies.setdefault(domain, made)

    def _person(self, company: Company, title: str, channel: Channel) -> PersonRecord:
        chance = self._chance
        first, last = chance.choice(words.FIRST_NAMES), chance.choice(words.LAST_NAMES)
        email, more = f"{first}.{last}@{company.domain}".lower(), 2
        while email in self._addresses:
            email, more = f"{first}.{last}{more}@{company.domain}".lower(), more + 1
        self._addresses.add(email)
        if channel.name == "newsletter" and chance.random() < 0.5:
            return PersonRecord(email, first, last, title)
        phone = _phone(chance, company.country) if chance.random() < 0.6 else None
        return PersonRecord(email, first, last, title, company.name, phone)


def _phone(chance: Random, country: str) -> str:
    """A number of those that are kept for films and never given to anybody."""
    if country == "US":
        return f"+1 202 555 01{chance.randint(0, 99):02d}"
    return f"+49 30 23125 {chance.randint(0, 999):03d}"


def starts_at(until: datetime) -> datetime:
    """The first instant of the year that ends then."""
    return until - LENGTH


def _days(until: datetime) -> list[tuple[datetime, float]]:
    """Each day of the year with how busy it is; business grows a little over the year."""
    first = starts_at(until).replace(hour=0, minute=0, second=0, microsecond=0)
    days = [first + timedelta(days=number) for number in range(LENGTH.days + 1)]
    growth = [0.8 + 0.4 * number / len(days) for number in range(len(days))]
    return [
        (day, more * MONTHS[day.month - 1] * (WEEKEND if day.weekday() >= 5 else 1))
        for day, more in zip(days, growth, strict=True)
    ]


def _at_work(chance: Random, day: datetime, country: str) -> datetime:
    """Some time of the day, mostly while people work where they are."""
    minutes = int(min(max(chance.gauss(13 * 60, 190), 6 * 60), 22 * 60))
    local = day.replace(tzinfo=ZoneInfo(COUNTRIES[country][1]))
    at = local + timedelta(minutes=minutes, seconds=chance.randint(0, 59))
    return at.astimezone(day.tzinfo)


def _quality(chance: Random, channel: Channel, company: Company, title: str) -> float:
    decides = 0.08 if title.startswith(("C", "VP", "Head", "Founder")) or "Director" in title else 0.0
    outsider = -0.4 if title in ("Student", "Intern") else 0.0
    mean = channel.quality + INDUSTRIES[company.industry][1] + decides + outsider
    return min(max(chance.gauss(mean, 0.2), 0.01), 0.99)


def _one(chance: Random, weighted: Iterable[tuple[str, float]]) -> str:
    names, weights = zip(*weighted, strict=True)
    return str(chance.choices(names, weights)[0])
