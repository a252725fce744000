"""What a person goes by: the leads that they are, and every name that finds them in a table or a text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, or_, select

from leadworkflows.store.errors import StoreConflict, UnknownLead
from leadworkflows.store.models import LeadRow, PersonRow, VisitorRow
from leadworkflows.store.naming import email_key

_OF_EMAIL = "email:"


@dataclass(frozen=True, repr=False)
class KnownBy:
    """One person. Personal data."""

    leads: list[str]
    emails: set[str]
    visitors: set[str]
    phones: set[str]

    def texts(self) -> list[str]:
        """To be looked for."""
        ids = [key.partition(":")[2] for key in self.visitors if not key.startswith(_OF_EMAIL)]
        return [*self.emails, *self.phones, *self.leads, *ids]

    def names(self) -> set[str]:
        """To be recognised later."""
        return {email_key(email.lower()) for email in self.emails} | self.visitors


async def known_by(connection: Any, lead_id: str, *, lock: bool = False) -> KnownBy:
    """Who the lead is. Visitors are locked before leads, as deliveries do.

    Raises UnknownLead, and where it locks StoreConflict for a lead that turned out to be another just now.
    """
    goes_on = select(func.coalesce(LeadRow.merged_into, LeadRow.lead_id)).where(LeadRow.lead_id == lead_id)
    winner = (await connection.execute(goes_on)).scalar_one_or_none()
    if winner is None:
        raise UnknownLead(f"no lead {lead_id}")
    mine = or_(LeadRow.lead_id == winner, LeadRow.merged_into == winner)
    leads = select(LeadRow.lead_id, LeadRow.merged_into).where(mine).order_by(LeadRow.lead_id)
    visitors = select(VisitorRow.key).where(VisitorRow.lead_id.in_(select(LeadRow.lead_id).where(mine)))
    visitors = visitors.order_by(VisitorRow.key)
    if lock:
        leads, visitors = leads.with_for_update(), visitors.with_for_update()
    keys = set((await connection.execute(visitors)).scalars())
    rows = (await connection.execute(leads)).all()
    ids = [row.lead_id for row in rows]
    if not ids:
        raise UnknownLead(f"no lead {lead_id}")
    if lock and any(row.lead_id == winner and row.merged_into for row in rows):  # is at another by now
        raise StoreConflict(f"lead {winner} turned out to be another")
    person = select(PersonRow.email, PersonRow.phone).where(PersonRow.lead_id.in_(ids))
    people = (await connection.execute(person)).all()
    before = {key.removeprefix(_OF_EMAIL) for key in keys if key.startswith(_OF_EMAIL)}
    phones = {row.phone for row in people if row.phone}
    return KnownBy(ids, {row.email for row in people} | before, keys, phones)
