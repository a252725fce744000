"""What a field of a form asks for, by its name or its title."""

from __future__ import annotations

import re

_FIRM = r"(company|organi[sz]ation|business|firm)"
_PATTERNS: dict[str, tuple[str, ...]] = {
    "anonymous_id": (r"^(anonymous|visitor) id$",),
    "email": (r"\be ?mail\b",),
    "first_name": (r"\b(first|given|fore) ?name\b", r"^(fname|vorname|prenom)$"),
    "last_name": (r"\b(last|family|sur) ?name\b", r"^(lname|nachname)$"),
    "employees": (
        rf"\bemployees\b|\bhead ?count\b|\b{_FIRM} size\b|^size$",
        rf"\bsize of (your |the )?{_FIRM}\b",
        rf"\bhow many people\b.*\b({_FIRM}|work)\b",
    ),
    "company_type": (rf"\b{_FIRM} type\b|\btype of {_FIRM}\b",),
    "industry": (r"\b(industry|sector|branche)\b",),
    "title": (
        r"\bjob ?(title|role|position)\b",
        r"^(your )?(title|role|position|function)( in the company)?$",
        r"^what is your (job|role|position|function)$",
    ),
    "company": (
        rf"^(your |current )?{_FIRM}( name)?$",
        rf"\bname of (your |the )?{_FIRM}\b",
        rf"^(what|which) (is your )?{_FIRM}( name| do you work (for|at))?$",
        r"^(employer|firma|unternehmen)$|^where do you work$",
    ),
    "phone": (r"\b(tele|mobile |cell ?)?phone\b", r"^(tel|mobile|telefon|handy)( number)?$"),
    "country": (
        r"^(your |which |what )?country( code| are you (in|from|based in)| do you live in)?$",
        r"^what is your country$",
    ),
    "time_zone": (r"\btime ?zone\b",),
    "budget": (r"\bbudget\b",),
    "channel": (r"^channel$",),
    "utm_source": (r"^utm source$",),
    "utm_medium": (r"^utm medium$",),
    "utm_campaign": (r"^utm campaign$",),
    "intent": (r"^intent$",),
    "consent": (
        r"^((email |marketing |newsletter )?(consent|opt ?in)|gdpr( consent)?|newsletter|subscribe)$",
    ),
    "name": (r"^(your |contact |full |your full |complete )?name$", r"^what is your (full )?name$"),
}
# The order counts: "company size" is about employees before it is about a company.
_RECOGNISERS = {topic: re.compile("|".join(patterns)) for topic, patterns in _PATTERNS.items()}
IGNORE = "ignore"
"""An answer that is kept nowhere."""
TOPICS = (*_PATTERNS, IGNORE)
"""What a field can be mapped to in the settings."""
_MAX_WORDS, _MAX_CHARACTERS = 14, 500
"""A longer title is a text about something else that happens to hold the word."""


def topic_of(label: str) -> str | None:
    """The topic that a field's name or title speaks of, or None."""
    if len(label) > _MAX_CHARACTERS:
        return None
    plain = _plain(label)
    if len(plain.split()) > _MAX_WORDS:
        return None
    return next((topic for topic, pattern in _RECOGNISERS.items() if pattern.search(plain)), None)


def field_key(label: str) -> str:
    """A field's name, ref or title as the settings' map knows it: case counts for nothing, `_` is a space."""
    return " ".join(label.replace("_", " ").split()).casefold()


def _plain(label: str) -> str:
    """`jobTitle`, `job_title` and "Job title *" alike."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", label)
    return re.sub(r"[\W_]+", " ", spaced.replace("'", "")).strip().lower()
