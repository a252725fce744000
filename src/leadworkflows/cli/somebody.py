"""Somebody of whom everything is known: for whom contents are checked and previewed."""

from __future__ import annotations

from leadworkflows.store import PersonRecord

SOMEBODY = PersonRecord("ada@example.com", "Ada", "Lovelace", "CFO", "Example GmbH", "+49 30 1234")
SOME_FACTS = {"industry": "manufacturing", "stage": "sql", "score": {"total": 85}}
