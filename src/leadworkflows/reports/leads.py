"""Leads by what is known of them: search, filters, sorting, pages."""

from __future__ import annotations

from leadworkflows.reports.shapes import LeadLine, LeadQuery
from leadworkflows.store.database import Database


async def leads_matching(
    db: Database, query: LeadQuery, limit: int = 50, after: str | None = None
) -> tuple[list[LeadLine], str | None]:
    """A page of leads, and the cursor of the next page or None. Raises BadQuery for a cursor not of it."""
    raise NotImplementedError
