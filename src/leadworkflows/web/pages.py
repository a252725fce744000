"""`GET /leads/{id}`: one lead, for the person who is to call it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.responses import HTMLResponse

from leadworkflows.api.deps import Deps
from leadworkflows.api.leads import known_lead, lead_object
from leadworkflows.domain.teams import Roster
from leadworkflows.web import assets, outbox, preferences, press
from leadworkflows.web.access import reader_required
from leadworkflows.web.lead_page import LATEST, LeadPage
from leadworkflows.web.rendering import PageRoute, page
from leadworkflows.web.stored import stored_policy

RunUrl = Callable[[str], str | None]
"""A lead's run in the Temporal UI; None where nobody said where that is."""


@dataclass(frozen=True)
class Pages:
    """What pages link to beside themselves."""

    run_url: RunUrl


def _pages(request: Request) -> Pages:
    return cast("Pages", request.app.state.pages)


PagesGiven = Annotated[Pages, Depends(_pages)]
router = APIRouter(route_class=PageRoute, dependencies=[reader_required], include_in_schema=False)


def install(app: FastAPI, run_url: RunUrl) -> None:
    """Add the pages to an application that `create_app` made."""
    app.state.pages = Pages(run_url)
    app.include_router(assets.router)
    app.include_router(router)
    app.include_router(outbox.router)
    app.include_router(press.router)
    app.include_router(preferences.router)


@router.get("/leads/{lead_id}")
async def lead(lead_id: str, request: Request, deps: Deps, pages: PagesGiven) -> HTMLResponse:
    """The lead as its workflow last recorded it, and what happened to it."""
    record = await known_lead(lead_id, deps)
    shown = lead_object(record)
    entries = await deps.store.timeline.of(lead_id)
    effects = {effect.key: effect for effect in await deps.store.effects.of(lead_id)}
    policy = await stored_policy(deps.store, shown.get("policy"))
    kept = await deps.store.outbox.latest(1, lead_id=lead_id)
    made = LeadPage(
        person=record.person,
        lead=shown,
        entries=entries[-LATEST:],
        entries_in_all=len(entries),
        effects=effects,
        policy=policy,
        roster=await deps.store.roster.load(policy) if policy else Roster(),
        now=deps.clock(),
    )
    return page(request, "lead.html", page=made, run_url=pages.run_url(lead_id), kept=bool(kept))
