"""`GET /api/v1/leads…`: what stands about leads, from the store alone."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel

from leadworkflows.api.deps import Deps, LeadObject
from leadworkflows.api.keys import key_required
from leadworkflows.api.problems import invalid, not_found
from leadworkflows.domain.decisions import TimelineEntry, iso
from leadworkflows.domain.lifecycle import Stage
from leadworkflows.sources.identity import EmailInvalid, normalise_email
from leadworkflows.sources.rejections import FieldProblem
from leadworkflows.store.api_keys import Scope
from leadworkflows.store.records import LeadRecord

_NOT_BEGUN = {"status": "waiting", "detail": ""}

router = APIRouter(prefix="/api/v1", tags=["leads"], dependencies=[key_required(Scope.READ)])


class LeadsAnswer(BaseModel):
    """A page of leads; `next` is the `after` of the next page."""

    leads: list[dict[str, Any]]
    next: str | None


class EntryAnswer(BaseModel):
    """One line of a lead's history, with its reasons."""

    at: str
    kind: str
    what: str
    why: list[str]
    policy: str


class TimelineAnswer(BaseModel):
    """A lead's history, oldest first."""

    entries: list[EntryAnswer]


@router.get("/leads")
async def list_leads(
    deps: Deps,
    email: Annotated[str | None, Query(description="Any spelling of the address")] = None,
    stage: Stage | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    after: Annotated[str | None, Query(description="`next` of the page before")] = None,
) -> LeadsAnswer:
    """Leads, a page at a time."""
    try:
        found, cursor = await deps.store.leads.find(
            email=_normalised(email), stage=stage and stage.value, limit=limit, after=after
        )
    except ValueError:
        raise invalid([FieldProblem("after", "is no cursor", "use `next` of the page before")]) from None
    return LeadsAnswer(leads=[lead_object(record) for record in found], next=cursor)


@router.get("/leads/{lead_id}")
async def get_lead(lead_id: str, deps: Deps) -> LeadObject:
    """One lead: stage, score with each point and its rule, clocks, nurture, contact permission.

    An action that is not done yet says in `status` and `detail` what it waits for.
    """
    return await _with_what_waits(lead_object(await known_lead(lead_id, deps)), deps)


@router.get("/leads/{lead_id}/timeline")
async def get_timeline(lead_id: str, deps: Deps) -> TimelineAnswer:
    """What happened to a lead and why."""
    await known_lead(lead_id, deps)
    return TimelineAnswer(entries=[_entry(entry) for entry in await deps.store.timeline.of(lead_id)])


async def known_lead(lead_id: str, deps: Deps) -> LeadRecord:
    """The lead's record. Raises 404."""
    record = await deps.store.leads.get(lead_id) if lead_id.isalnum() and len(lead_id) <= 64 else None
    if record is None:
        raise not_found("There is no lead with this id.")
    return record


def lead_object(record: LeadRecord) -> LeadObject:
    """The lead as its workflow recorded it; a lead that waits for its workflow has nothing but its stage."""
    merged = {"merged_into": record.merged_into} if record.merged_into else {}
    return {**_waiting(record.lead_id), **(record.snapshot or {}), **merged}


async def _with_what_waits(lead: LeadObject, deps: Deps) -> LeadObject:
    """The lead's pending actions with how each stands: `stuck` ones name the remedy."""
    pending = [each for each in lead.get("pending_actions") or [] if isinstance(each, dict)]
    if not pending:
        return lead
    effects = await deps.store.effects.among([str(each.get("key")) for each in pending])
    known = {key: {"status": each.status, "detail": each.detail} for key, each in effects.items()}
    shown = [{**each, **known.get(str(each.get("key")), _NOT_BEGUN)} for each in pending]
    return {**lead, "pending_actions": shown}


def _waiting(lead_id: str) -> LeadObject:
    return {
        "lead_id": lead_id,
        "workflow_id": f"lead-{lead_id}",
        "stage": Stage.LEAD.value,
        "sub_status": None,
        "score": {"total": 0, "fit": 0, "engagement": 0, "threshold": None, "contributions": []},
        "persona": None,
        "segment": None,
        "priority": False,
        "channel": None,
        "owner": None,
        "sla": [],
        "nurture": None,
        "contact": {"allowed": True, "reason": None},
        "policy": None,
        "next_wakeup": None,
    }


def _entry(entry: TimelineEntry) -> EntryAnswer:
    return EntryAnswer(
        at=iso(entry.at), kind=entry.kind.value, what=entry.what, why=entry.why, policy=entry.policy
    )


def _normalised(email: str | None) -> str | None:
    """A space inside is a plus that was not escaped: an address has no space, and a query's plus is one."""
    try:
        return normalise_email(email.strip().replace(" ", "+")) if email is not None else None
    except EmailInvalid as error:
        raise invalid([FieldProblem("email", "is not valid", str(error))]) from None
