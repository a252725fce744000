"""What every group of deliveries asks, built once.

A list given when the statement runs costs a tenth of one that is built into it, value by value.
"""

from __future__ import annotations

from sqlalchemy import BindParameter, bindparam, or_, select, update

from leadworkflows.store.models import EventRow, LeadRow, PersonRow, VisitorRow
from leadworkflows.store.people import PERSON_FIELDS


def _any_of(name: str) -> BindParameter[list[str]]:
    return bindparam(name, expanding=True)


KNOWN_IDS = select(EventRow.event_id).where(
    EventRow.source == bindparam("source"), EventRow.event_id.in_(_any_of("ids"))
)
"""Those of `ids` that the `source` has delivered before."""

KNOWN_CONTENTS = (
    select(EventRow.content_hash, EventRow.event_id, EventRow.received_at)
    .where(EventRow.source == bindparam("source"), EventRow.content_hash.in_(_any_of("hashes")))
    .order_by(EventRow.id)
)
"""The events of the `source` with one of these contents, oldest first."""

VISITORS = (
    select(VisitorRow.key, VisitorRow.lead_id)
    .where(VisitorRow.key.in_(_any_of("keys")))
    .order_by(VisitorRow.key)
    .with_for_update()
)
"""Visitors by `keys`, locked in the order of their keys."""

OWNERS = select(VisitorRow.key, VisitorRow.lead_id).where(VisitorRow.key.in_(_any_of("keys")))
"""Whose the `keys` are, without a lock."""

LEADS = (
    select(
        LeadRow.lead_id,
        LeadRow.created_at,
        LeadRow.stage,
        LeadRow.last_seq,
        LeadRow.handed_on_seq,
        LeadRow.waiting_since,
        LeadRow.due_at,
        LeadRow.claimed_by,
        PersonRow.email,
        *(getattr(PersonRow, name) for name in PERSON_FIELDS),
    )
    .join(PersonRow, LeadRow.lead_id == PersonRow.lead_id)
    .where(or_(PersonRow.email.in_(_any_of("emails")), PersonRow.lead_id.in_(_any_of("lead_ids"))))
    .order_by(PersonRow.lead_id)
    .with_for_update()
)
"""Leads by address or id, locked in the order of their ids."""

WAITING = (
    select(
        EventRow.id,
        EventRow.source,
        EventRow.event_id,
        EventRow.type,
        EventRow.occurred_at,
        EventRow.visitor,
        EventRow.person,
        EventRow.facts,
    )
    .where(EventRow.lead_id.is_(None), EventRow.visitor.in_(_any_of("keys")))
    .order_by(EventRow.id)
)
"""The events that wait under one of these visitors, in order of arrival."""

LEAD_OF = update(LeadRow).where(LeadRow.lead_id == bindparam("of"))
PERSON_OF = update(PersonRow).where(PersonRow.lead_id == bindparam("of"))
EVENT_OF = update(EventRow).where(EventRow.id == bindparam("of"))
"""Set what the parameters name, on the row that each is `of`."""
