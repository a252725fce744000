"""What is kept: the inbox, leads and people, timelines, effects, policies. SQLite or PostgreSQL."""

from __future__ import annotations

from leadworkflows.store.engine import make_engine, normalise_url
from leadworkflows.store.errors import StoreConflict, StoreError, StoreUnavailable, UnknownLead
from leadworkflows.store.intake import IntakeRules
from leadworkflows.store.records import (
    Accepted,
    EffectRecord,
    HandOn,
    LeadRecord,
    OutboxItem,
    PersonRecord,
    Reservation,
)
from leadworkflows.store.store import Store

__all__ = [
    "Accepted",
    "EffectRecord",
    "HandOn",
    "IntakeRules",
    "LeadRecord",
    "OutboxItem",
    "PersonRecord",
    "Reservation",
    "Store",
    "StoreConflict",
    "StoreError",
    "StoreUnavailable",
    "UnknownLead",
    "make_engine",
    "normalise_url",
]
