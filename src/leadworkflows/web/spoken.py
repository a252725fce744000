"""The field's words as people read them."""

from __future__ import annotations

import re

from leadworkflows.domain.teams import Roster
from leadworkflows.slack import words

_SHORT = {"mql": "MQL", "sal": "SAL", "sql": "SQL", "cfo": "CFO", "cto": "CTO", "ceo": "CEO"}
_CHANNELS = {"linkedin": "LinkedIn", "seo": "SEO", "youtube": "YouTube", "google_ads": "Google Ads"}
_LETTERS = re.compile(r"\b(sme|roi|crm|api|mql|sal|sql|cfo|cto|ceo|cmo|vp)\b", re.IGNORECASE)
_JOINED = re.compile(r"(?<=[a-z]{2})-(?=[a-z]{2}|\d{2})")


def spoken(word: str | None) -> str:
    """A word of the policy or of an event: `demo_requested` is "Demo requested", `roi-study` "ROI study"."""
    if not word:
        return ""
    known = {**_SHORT, **_CHANNELS}
    plainly = words.plainly(_JOINED.sub(" ", word))
    return known.get(word) or _LETTERS.sub(lambda found: found[0].upper(), plainly)


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
