"""The field's words as people read them."""

from __future__ import annotations

from leadworkflows.domain.teams import Roster
from leadworkflows.slack import words

_SHORT = {"mql": "MQL", "sal": "SAL", "sql": "SQL", "cfo": "CFO", "cto": "CTO", "ceo": "CEO"}
_CHANNELS = {"linkedin": "LinkedIn", "seo": "SEO", "youtube": "YouTube", "google_ads": "Google Ads"}


def spoken(word: str | None) -> str:
    """A word of the policy or of an event: `content_downloaded` is "Content downloaded"."""
    if not word:
        return ""
    known = {**_SHORT, **_CHANNELS}
    return known.get(word) or words.plainly(word)


def clock_name(name: str | None) -> str:
    """What a clock is called: `first_contact` is "First contact"."""
    return words.CLOCKS.get(name or "") or spoken(name)


def reason(word: str | None) -> str:
    """A reason, in words."""
    return words.reason(word) if word else ""


def person_named(roster: Roster, rep_id: str | None) -> str:
    """Who somebody in sales is: by name, else by id; empty where there is nobody."""
    rep = roster.reps.get(rep_id) if rep_id else None
    return rep.name if rep and rep.name else (rep_id or "")
