"""Whom a command is about."""

from __future__ import annotations

from typing import Annotated

import typer

from leadworkflows.sources.identity import normalise_email
from leadworkflows.store import Store

Who = Annotated[
    str, typer.Argument(metavar="ID_OR_EMAIL", help="A lead's id, its workflow's id, or an address.")
]


async def lead_id_of(store: Store, who: str) -> str | None:
    """The lead that a user means; None where nobody has this address. Raises EmailInvalid."""
    if "@" in who:
        return await store.leads.lead_id_of(normalise_email(who))
    return who.removeprefix("lead-")
