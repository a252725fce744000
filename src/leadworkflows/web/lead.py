"""`/leads/{id}`: one lead, for the person who is to call it; and what that person does with it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Annotated
from uuid import uuid4

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from leadworkflows.api.deps import ApiDeps, Deps
from leadworkflows.api.leads import known_lead, lead_object
from leadworkflows.api.problems import Problem, not_found
from leadworkflows.domain.teams import Roster
from leadworkflows.slack.buttons import LABELS
from leadworkflows.store.records import LeadRecord
from leadworkflows.web.access import PostedGiven, reader_required, seller_required
from leadworkflows.web.acting import acting, actor, remember
from leadworkflows.web.given import PagesGiven
from leadworkflows.web.lead_commands import DONE, Refusal, carry_out, offers
from leadworkflows.web.lead_page import KINDS, LeadPage
from leadworkflows.web.rendering import PageRoute, page
from leadworkflows.web.spoken import clock_name, reason, spoken
from leadworkflows.web.stored import stored_policy

_MOST_KEPT = 200
Command = Annotated[str, Path(pattern=r"^[a-z_]{1,32}$")]
reading = APIRouter(route_class=PageRoute, dependencies=[reader_required], include_in_schema=False)
selling = APIRouter(route_class=PageRoute, dependencies=[seller_required], include_in_schema=False)


@dataclass(frozen=True)
class Asked:
    """What of the page is asked for, and what it says above all."""

    show: str | None = None
    all: bool = False
    done: str | None = None
    refused: Refusal | None = None


@reading.get("/leads/{lead_id}")
async def shown(
    lead_id: str,
    request: Request,
    deps: Deps,
    pages: PagesGiven,
    show: Annotated[str | None, Query(max_length=20)] = None,
    entries: Annotated[str | None, Query(max_length=20)] = None,
    done: Annotated[str | None, Query(max_length=32)] = None,
) -> HTMLResponse:
    """The lead as its workflow last recorded it, and what happened to it."""
    known = show if show in {name for name, _, _ in KINDS} else None
    asked = Asked(known, entries == "all", done if done in DONE else None)
    return await _page(request, await known_lead(lead_id, deps), deps, pages.run_url(lead_id), asked)


@selling.post("/leads/{lead_id}/commands/{command}")
async def do(
    lead_id: str, command: Command, request: Request, deps: Deps, pages: PagesGiven, posted: PostedGiven
) -> Response:
    """Carry out a command; a refusal is shown where its button is."""
    if command not in LABELS:
        raise not_found("There is no such command.")
    record, by = await known_lead(lead_id, deps), actor(posted)
    made = await _made(record, deps, Asked())
    if made.policy is None:
        raise Problem(409, "not-allowed-now", "Its workflow has not recorded it yet: try again in a moment.")
    refused = await carry_out(record, command, by, posted, made.policy, made.zone, deps)
    if refused is None:
        answer: Response = RedirectResponse(f"/leads/{lead_id}?done={command}", 303)
    else:
        answer = await _page(
            request, await known_lead(lead_id, deps), deps, pages.run_url(lead_id), Asked(refused=refused)
        )
    remember(answer, by, secure=request.url.scheme == "https")
    return answer


async def _page(
    request: Request, record: LeadRecord, deps: ApiDeps, run_url: str | None, asked: Asked
) -> HTMLResponse:
    made = await _made(record, deps, asked)
    refused = asked.refused
    choices = offers(record, made.policy, made.zone, deps, refused)
    return page(
        request,
        "lead.html",
        refused.status if refused else 200,
        page=made,
        offers=choices,
        refused=refused,
        elsewhere=refused if refused and refused.command not in {each.command for each in choices} else None,
        done=DONE.get(asked.done or ""),
        acting=acting(request, made.roster, made.lead.get("owner")),
        once=uuid4().hex,
        run_url=run_url,
        labels=LABELS,
        spoken=spoken,
        reason=reason,
        clock_name=clock_name,
    )


async def _made(record: LeadRecord, deps: ApiDeps, asked: Asked) -> LeadPage:
    store, lead_id, lead = deps.store, record.lead_id, lead_object(record)
    policy = await stored_policy(store, lead.get("policy"))
    entries, effects, kept = await asyncio.gather(
        store.timeline.of(lead_id),
        store.effects.of(lead_id),
        store.outbox.latest(_MOST_KEPT, lead_id=lead_id),
    )
    consents, suppressions, notes = await asyncio.gather(
        store.consents.of(lead_id), store.suppressions.of(record.person.email), store.notes.of(lead_id)
    )
    return LeadPage(
        person=record.person, lead=lead, entries=entries, policy=policy, now=deps.clock(), kept=kept,
        effects={effect.key: effect for effect in effects},
        roster=await store.roster.load(policy) if policy else Roster(),
        consents=consents, suppressions=suppressions, notes={note.event_id: note.text for note in notes},
        kind=asked.show, all=asked.all,
    )  # fmt: skip
