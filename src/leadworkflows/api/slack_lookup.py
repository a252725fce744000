"""`/lead ada@example.com`: a lead's card, for the asker alone, from the store."""

from __future__ import annotations

import re
from typing import Any

from leadworkflows.api.deps import ApiDeps
from leadworkflows.api.leads import lead_object
from leadworkflows.api.slack_side import SlackSide
from leadworkflows.slack.lately import lately
from leadworkflows.slack.lead_card import LeadCard
from leadworkflows.slack.templates import summary
from leadworkflows.sources.identity import EmailInvalid, normalise_email
from leadworkflows.store.records import LeadRecord

_USAGE = "Write the address of a lead, or its id, after the command: `/lead ada@example.com`"
_ONE = "Ask for one lead at a time, by its address or its id: several people may share a name."
_UNKNOWN = "There is no such lead."
_MAIL_LINK = re.compile(r"<mailto:([^|>]+)(?:\|[^>]*)?>")
_ID = re.compile(r"(?:lead-)?([0-9A-Za-z]{1,64})")


async def look_up(text: str, deps: ApiDeps, side: SlackSide) -> dict[str, Any]:
    """What Slack shows the asker: the card, or a sentence that says what to write."""
    wanted = _MAIL_LINK.sub(r"\1", text).split()
    if len(wanted) != 1:
        return _sentence(_ONE if wanted else _USAGE)
    try:
        record = await _find(wanted[0], deps)
    except EmailInvalid as error:
        return _sentence(f"This is no address: {error}. {_USAGE}")
    return await _card(record, deps, side) if record else _sentence(_UNKNOWN)


async def _find(wanted: str, deps: ApiDeps) -> LeadRecord | None:
    """Raises EmailInvalid. Who turned out to be another lead is that lead."""
    lead_id: str | None = None
    if "@" in wanted:
        lead_id = await deps.store.leads.lead_id_of(normalise_email(wanted))
    elif named := _ID.fullmatch(wanted):
        lead_id = named[1]
    record = await deps.store.leads.get(lead_id) if lead_id else None
    if record and record.merged_into:
        return await deps.store.leads.get(record.merged_into)
    return record


async def _card(record: LeadRecord, deps: ApiDeps, side: SlackSide) -> dict[str, Any]:
    did = lately(await deps.store.timeline.of(record.lead_id))
    card = LeadCard.of(
        record.lead_id, record.person, lead_object(record), deps.clock(),
        side.links(record.lead_id), await side.roster(), did,
    )  # fmt: skip
    text, blocks = summary(card)
    return {**_sentence(text), "blocks": blocks}


def _sentence(text: str) -> dict[str, Any]:
    return {"response_type": "ephemeral", "text": text}
