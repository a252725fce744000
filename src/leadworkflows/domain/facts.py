"""What an event may say about a lead: typed facts, none of them personal.

E-mail, names, phone, company name and free text never appear here: these models travel through
Temporal, and personal data stays in the store.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from typing import Annotated, Any
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

_WORD = re.compile(r"[a-z0-9][a-z0-9_.\-/+&]{0,63}")
_LONG_NUMBER = re.compile(r"[0-9]{6}")
_KEY = re.compile(r"[A-Za-z0-9:._\-]{1,255}")
_REP = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:\-]{0,63}")


def _word(value: Any) -> Any:
    """Fold a label ("Case Study", "case-study") into one spelling ("case_study")."""
    if not isinstance(value, str):
        return value
    folded = re.sub(r"[\s\-]+", "_", value.strip().lower())
    if _LONG_NUMBER.search(folded):
        raise ValueError(
            "six digits in a row may be a phone number: shorten it, or write a date as 2026-03-02"
        )
    if not _WORD.fullmatch(folded):
        raise ValueError("expected a short word such as 'pricing' or 'case_study'")
    return folded


def _key(value: str) -> str:
    if not _KEY.fullmatch(value):
        raise ValueError(
            "expected the key of one of our actions, such as 'lead:50f6:nurture.1:1', not an address"
        )
    return value


def _rep(value: str) -> str:
    if not _REP.fullmatch(value):
        raise ValueError("expected the id of a person in sales, such as 'rep-7', not an address or a name")
    return value


@cache
def _zones() -> set[str]:
    """Listing them takes milliseconds, and every event may name one."""
    return available_timezones()


def _zone(value: str) -> str:
    if value not in _zones():
        raise ValueError("expected an IANA time zone such as 'Europe/Berlin'")
    return value


def _country(value: Any) -> Any:
    if isinstance(value, str):
        value = value.strip().upper()
        if not re.fullmatch(r"[A-Z]{2}", value):
            raise ValueError("expected an ISO 3166 code of two letters such as 'DE'")
    return value


def _language(value: Any) -> Any:
    if isinstance(value, str):
        value = re.split(r"[-_]", value.strip().lower())[0]
        if not re.fullmatch(r"[a-z]{2}", value):
            raise ValueError("expected an ISO 639 code of two letters such as 'de'")
    return value


def _utc(value: datetime) -> datetime:
    if value.tzinfo is UTC:
        return value
    if value.tzinfo is None:
        raise ValueError("expected a time with its offset, such as 2026-03-02T09:30:00Z")
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise ValueError("expected a time between the years 1 and 9999, in UTC too") from None


Word = Annotated[str, BeforeValidator(_word)]
"""A label folded to lower case and underscores, at most 64 characters, never personal.

No more than five digits stand in a row: a longer number may be somebody's phone.
"""
ActionKey = Annotated[str, AfterValidator(_key)]
"""The key of an action, which holds no address: letters, digits and `:._-`, at most 255 characters."""
RepId = Annotated[str, AfterValidator(_rep)]
"""The opaque id of a person in sales."""
LeadId = Annotated[str, Field(pattern=r"^[0-9A-Za-z-]{1,64}$")]
"""The opaque id of a lead."""
TimeZone = Annotated[str, AfterValidator(_zone)]
LanguageCode = Annotated[str, BeforeValidator(_language)]
"""An ISO 639-1 code in lower case; of `de-AT` the language is kept."""
CountryCode = Annotated[str, BeforeValidator(_country)]
Instant = Annotated[datetime, AfterValidator(_utc)]
"""An aware datetime, kept in UTC."""


class Level(StrEnum):
    """How well a qualification fact is known (domain.md section 2)."""

    UNKNOWN = "unknown"
    NO = "no"
    PARTIAL = "partial"
    YES = "yes"

    @property
    def holds(self) -> bool:
        """Whether the fact speaks for the lead, at least in part."""
        return self in (Level.PARTIAL, Level.YES)


def _level(value: Any) -> Any:
    """YAML and some forms turn yes and no into booleans."""
    if isinstance(value, bool):
        return Level.YES if value else Level.NO
    return value.strip().lower() if isinstance(value, str) else value


FactLevel = Annotated[Level, BeforeValidator(_level)]


class Seniority(StrEnum):
    """Where a person stands in a company (P12)."""

    INTERN = "intern"
    STAFF = "staff"
    MANAGER = "manager"
    DIRECTOR = "director"
    VP = "vp"
    C_LEVEL = "c_level"


class Facts(BaseModel):
    """Firmographic and demographic facts, which may come with any event and are remembered."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    industry: Word | None = None
    employees: Annotated[int, Field(ge=0, le=10_000_000)] | None = None
    company_type: Word | None = None
    country: CountryCode | None = None
    time_zone: TimeZone | None = None
    language: LanguageCode | None = None
    channel: Word | None = None
    campaign: Word | None = None
    free_email: bool | None = None
    """The address is a mailbox of a free provider, so its domain tells nothing of a company."""
    persona: Word | None = None
    seniority: Seniority | None = None


class FormFacts(Facts):
    """A submitted form; `states_budget` is P5."""

    form: Word | None = None
    states_budget: bool = False


class PageFacts(Facts):
    """A visited page; `seconds` is how long it was looked at."""

    page: Word
    seconds: Annotated[int, Field(ge=0, le=86_400)] | None = None


class AssetFacts(Facts):
    """A downloaded asset: whitepaper, ebook, case_study, api_documentation and so on."""

    asset: Word


class WebinarFacts(Facts):
    """A webinar, by its label."""

    webinar: Word | None = None


class SocialFacts(Facts):
    """Something done on a social network; `act` is follow, like, comment and so on."""

    network: Word
    act: Word | None = None


class EmailFacts(Facts):
    """What became of one of our mails; `key` is the key of the effect that sent it.

    `machine`: a scanner or a mail program did it, not a person; it scores nothing.
    """

    content: Word | None = None
    key: ActionKey | None = None
    machine: bool = False


class TopicFacts(Facts):
    """What a person no longer wants to get; without a topic, any mail."""

    topic: Word | None = None


OWN_ACT = frozenset({"preferences", "double_opt_in"})
"""Bases of a consent given from a mail of ours: nobody but the person can take an unsubscription back."""


class ConsentFacts(TopicFacts):
    """A person agreed to get mails, of a topic or of any; `basis` is how.

    form, import, double_opt_in, preferences, contract and so on. Only `double_opt_in` and `preferences`,
    where the person acted from a mail of ours, take back an unsubscription.
    """

    basis: Word = "form"


class MeetingFacts(Facts):
    """A meeting with sales."""

    starts_at: Instant | None = None
    by: RepId | None = None


class PolicyFacts(Facts):
    """Which policy a lead follows from now on."""

    policy: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,64}$")]


class MergeFacts(Facts):
    """Two leads are one person: who ends says `into` whom, who goes on whom it `absorbed`."""

    into: LeadId | None = None
    absorbed: LeadId | None = None


QUALIFICATION: tuple[str, ...] = (
    "budget", "authority", "need", "timeline",
    "capacity", "interest", "deadline",
    "motivation", "process", "solution_fit",
    "committee", "approvals", "schedule",
)  # fmt: skip
FIRMOGRAPHIC: tuple[str, ...] = tuple(Facts.model_fields)
