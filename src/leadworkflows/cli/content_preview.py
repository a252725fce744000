"""Whom a content is previewed for, and where the preview is kept."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from leadworkflows.api.leads import lead_object
from leadworkflows.cli.errors import NO, stop
from leadworkflows.cli.options import existing_database
from leadworkflows.cli.policy_check import policy_path
from leadworkflows.cli.policy_parts import variant_for
from leadworkflows.cli.somebody import SOME_FACTS, SOMEBODY
from leadworkflows.cli.who import lead_id_of
from leadworkflows.content import Recipient, Rendered, one_line
from leadworkflows.domain.sending import spoken_language
from leadworkflows.policies.loader import load_policy
from leadworkflows.settings import Settings
from leadworkflows.store import LeadRecord, Store


@dataclass(frozen=True, repr=False)
class Reader:
    """Whom a mail is rendered for, and what the policy would choose for them."""

    person: Recipient
    lead: Mapping[str, Any]
    called: str
    language: str
    variant: str | None


def reader(settings: Settings, content: str, who: str | None) -> Reader:
    """The lead, or somebody made up where none is asked for. Ends the command where there is no such lead."""
    policy = load_policy(policy_path(settings))
    if who is None:
        return Reader(SOMEBODY, SOME_FACTS, "somebody of whom everything is known", policy.languages[0], None)
    record = asyncio.run(_read(existing_database(settings), who))
    if record is None:
        stop("There is no such lead.", NO)
    lead = lead_object(record)
    return Reader(
        person=record.person,
        lead=lead,
        called=one_line(record.person.email),
        language=spoken_language(lead.get("language"), policy),
        variant=variant_for(policy, content, lead.get("industry")),
    )


def keep(mail: Rendered, out: Path | None) -> Path:
    """Write the HTML, to a folder that only this user can read where no file is named."""
    file = out or Path(tempfile.mkdtemp(prefix="leadworkflows-")) / f"{mail.source}.html"
    file.write_text(mail.html, encoding="utf-8")
    return file


async def _read(settings: Settings, who: str) -> LeadRecord | None:
    async with Store.open(settings.database) as store:
        lead_id = await lead_id_of(store, who)
        return await store.leads.get(lead_id) if lead_id else None
