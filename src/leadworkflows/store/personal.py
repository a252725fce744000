"""Which tables hold something of a person, and under which column: what is exported, and what is erased.

A test holds that every table is named here once, so that a new one is thought about.
"""

from __future__ import annotations

from leadworkflows.store.models import (
    AssignmentRow,
    Base,
    CardRow,
    ClockRow,
    ConsentRow,
    DeskRow,
    EarnedRow,
    EffectRow,
    EventRow,
    LeadRow,
    NoteRow,
    OutboxRow,
    PassRow,
    PersonRow,
    TimelineRow,
    VisitorRow,
)

OF_LEAD: tuple[type[Base], ...] = (
    PersonRow, VisitorRow, EventRow, ConsentRow, NoteRow, TimelineRow, EffectRow, OutboxRow, CardRow,
    AssignmentRow, DeskRow, LeadRow,
)  # fmt: skip
"""Rows with a `lead_id`, which are erased. Those that point to others come before these."""
COUNTED: tuple[type[Base], ...] = (PassRow, ClockRow, EarnedRow)
"""What reports count: it stays, under an id that nothing else knows."""
BY_ADDRESS = ("suppressions", "resubscriptions")
"""What outlives the person, under a keyed hash of the address."""
SEARCHED = ("requests", "quarantine", "presses", "outbox")
"""Where the person's names are looked for, as no column says whose a row is."""
NOBODYS = (
    "api_keys", "channel_costs", "erased", "erasures", "findings", "policies", "policy_activations", "reps",
    "secrets", "teams", "turns",
)  # fmt: skip
"""No lead in any column. What is known of sales people is their employer's, and is put by the API."""
