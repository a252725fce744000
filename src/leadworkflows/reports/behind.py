"""The leads behind a number, and how a page's address names them."""

from __future__ import annotations

from collections.abc import Mapping

from leadworkflows.reports.shapes import Behind, LeadLine
from leadworkflows.store.database import Database


async def leads_behind(
    db: Database, behind: Behind, zone: str, limit: int = 50, after: str | None = None
) -> tuple[list[LeadLine], str | None]:
    """A page of them, the latest first, and the cursor of the next page or None.

    One line a pass, as passes are counted. Whoever was erased is counted and not listed. Raises BadQuery
    for a cursor that is not of this list.
    """
    raise NotImplementedError


def behind_query(behind: Behind) -> dict[str, str]:
    """As parameters of an address; `behind_of` reads them."""
    raise NotImplementedError


def behind_of(query: Mapping[str, str]) -> Behind | None:
    """What the parameters of an address name; None where they name no number. Raises BadQuery."""
    raise NotImplementedError
