"""Somebody of whom everything is known: for whom contents are checked and previewed."""

from __future__ import annotations

from leadworkflows.content import MailLinks
from leadworkflows.store import PersonRecord

SOMEBODY = PersonRecord("ada@example.com", "Ada", "Lovelace", "CFO", "Example GmbH", "+49 30 1234")
SOME_FACTS = {"industry": "manufacturing", "stage": "sql", "score": {"total": 85}}
SOME_LINKS = MailLinks(
    unsubscribe="https://example.com/unsubscribe",
    preferences="https://example.com/preferences",
    confirm="https://example.com/confirm",
)
"""Real ones would unsubscribe a lead whose mail is only looked at."""
