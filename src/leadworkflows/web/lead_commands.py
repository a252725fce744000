"""What sales does on the page of a lead: the buttons and forms of its Slack cards, by the same rules."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from leadworkflows.api.deps import ApiDeps
from leadworkflows.api.leads import lead_object
from leadworkflows.commands.errors import CommandRefused, CommandUnavailable
from leadworkflows.commands.events import read_command
from leadworkflows.domain.policy import Policy
from leadworkflows.slack import modals
from leadworkflows.slack.buttons import LABELS, WITH_MODAL, offered
from leadworkflows.slack.lead_card import LeadCard, Links
from leadworkflows.sources.rejections import FieldsRejected
from leadworkflows.store.records import LeadRecord
from leadworkflows.web.posted import Posted
from leadworkflows.web.slack_form import Field, fields_of, submitted

_ALIASES = {"qualify": "record_facts"}
_ONCE = re.compile(r"[0-9a-f]{32}")
_STANDS_OUT = ("accept", "claim", "log_contact", "win")
"""The first of these that is offered."""
_RECORDED_S, _LOOK_S = 2.0, 0.05
DONE = {
    "claim": "Claimed.", "accept": "Accepted.", "return": "Returned to marketing.",
    "disqualify": "Disqualified.", "reopen": "Reopened.", "log_attempt": "Attempt noted.",
    "log_contact": "Contact noted.", "book_meeting": "Meeting noted.", "qualify": "Qualification saved.",
    "open_opportunity": "Opportunity opened.", "win": "Won. Congratulations!", "lose": "Noted as lost.",
    "pause": "Clocks paused.", "resume": "Clocks resumed.",
}  # fmt: skip
"""What is said when a command was carried out."""


@dataclass(frozen=True)
class Refusal:
    """Why a command was not carried out; `typed` is what the form held."""

    command: str
    sentence: str = ""
    problems: Mapping[str, str] = field(default_factory=dict)
    typed: Mapping[str, str] = field(default_factory=dict)
    status: int = 409


@dataclass(frozen=True)
class Offer:
    """One thing that can be done now: a button, or a form behind it."""

    command: str
    label: str
    tone: str
    fields: Sequence[Field] | None
    submit: str
    refusal: Refusal | None


def offers(
    record: LeadRecord, policy: Policy | None, zone: ZoneInfo, deps: ApiDeps, refused: Refusal | None = None
) -> list[Offer]:
    """What the lead's stage, owner and clocks allow now; nothing for one that turned out to be another."""
    if record.merged_into or record.snapshot is None or policy is None:
        return []
    card = _card(record, deps)
    names = offered(card)
    first = next((each for each in _STANDS_OUT if each in names), None)
    tones = {"disqualify": "danger", **({first: "main"} if first else {})}
    return [_offer(name, tones.get(name, ""), card, policy, zone, refused) for name in names]


def _offer(
    name: str,
    tone: str,
    card: LeadCard,
    policy: Policy,
    zone: ZoneInfo,
    refused: Refusal | None,
) -> Offer:
    own = refused if refused and refused.command == name else None
    if name not in WITH_MODAL:
        return Offer(name, LABELS[name], tone, None, LABELS[name], own)
    view = modals.build(name, _context(card, policy))
    typed, problems = (own.typed, own.problems) if own else ({}, {})
    # The first paragraph of Slack's form says who it is about, as this page does.
    fields = fields_of(view, typed, problems, zone)[1:]
    submit = view.get("submit", {}).get("text", "")
    return Offer(name, LABELS[name], tone, fields, submit, own)


async def carry_out(
    record: LeadRecord, name: str, by: str, posted: Posted, policy: Policy, zone: ZoneInfo, deps: ApiDeps
) -> Refusal | None:
    """Do it and wait until it is on record; else say why not."""
    typed = posted.fields
    try:
        body = _body(record, name, posted, policy, zone, deps)
    except _NotFilled as wrong:
        return Refusal(name, problems=wrong.problems, typed=typed, status=422)
    try:
        shape = read_command({**body, "by": by})
        lead = await deps.desk.carry_out(record.lead_id, shape, _event_id(posted))
    except FieldsRejected as rejected:
        said = "; ".join(f"{each.field} {each.problem}, {each.fix}" for each in rejected.problems)
        return Refusal(name, f"{said}.", typed=typed, status=422)
    except CommandRefused as refused:
        return Refusal(name, f"{refused.reason.rstrip('.')}.", typed=typed)
    except CommandUnavailable as away:
        return Refusal(
            name, f"It did not reach the lead: {away}. Try again in a moment.", typed=typed, status=503
        )
    await _recorded(record.lead_id, lead.get("revision"), deps)
    return None


class _NotFilled(Exception):
    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__("a form is not filled in")
        self.problems = problems


def _body(
    record: LeadRecord, name: str, posted: Posted, policy: Policy, zone: ZoneInfo, deps: ApiDeps
) -> dict[str, Any]:
    """The command as the API takes it. Raises _NotFilled."""
    body: dict[str, Any] = {"command": _ALIASES.get(name, name), "seen": _seen(posted)}
    if name not in WITH_MODAL:
        return body
    view = submitted(modals.build(name, _context(_card(record, deps), policy)), posted.fields, zone)
    if problems := modals.errors(view, policy, deps.clock()):
        raise _NotFilled(problems)
    said = modals.read(view)
    return {**body, "reason": said.reason, "note": said.note, "facts": said.facts}


def _card(record: LeadRecord, deps: ApiDeps) -> LeadCard:
    return LeadCard.of(record.lead_id, record.person, lead_object(record), deps.clock(), Links())


def _context(card: LeadCard, policy: Policy) -> modals.ModalContext:
    return modals.ModalContext(
        lead_id=card.lead_id, seen=card.seen, name=card.name, stage=card.stage, policy=policy,
        qualification=card.qualification,
    )  # fmt: skip


def _seen(posted: Posted) -> int | None:
    given = posted.get("seen")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 10 else None


def _event_id(posted: Posted) -> str:
    """A form that is sent twice counts once."""
    once = posted.get("once")
    return f"page-{once if _ONCE.fullmatch(once) else uuid4().hex}"


async def _recorded(lead_id: str, revision: Any, deps: ApiDeps) -> None:
    """The workflow answers a moment before the record has it: the page that follows is to show it."""
    if not isinstance(revision, int):
        return
    for _ in range(round(_RECORDED_S / _LOOK_S)):
        record = await deps.store.leads.get(lead_id)
        if record is None or record.revision >= revision:
            return
        await asyncio.sleep(_LOOK_S)
