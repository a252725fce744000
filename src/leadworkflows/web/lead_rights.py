"""`/leads/{id}/export` and `/leads/{id}/erase`: a copy of what is held on a person, and its end."""

from __future__ import annotations

import json

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from leadworkflows.api.deps import Deps
from leadworkflows.api.leads import known_lead
from leadworkflows.api.problems import not_found
from leadworkflows.api.rights import erasing
from leadworkflows.erasing import receipt
from leadworkflows.store.records import LeadRecord
from leadworkflows.web.access import PostedGiven, rights_required
from leadworkflows.web.rendering import PageRoute, page

router = APIRouter(route_class=PageRoute, dependencies=[rights_required], include_in_schema=False)
_COPY = {
    "Content-Disposition": 'attachment; filename="person.json"',
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
}


@router.get("/leads/{lead_id}/export")
async def export(lead_id: str, deps: Deps) -> Response:
    """Everything that is held on the person, to be kept as a file."""
    held = await deps.store.holdings.of((await known_lead(lead_id, deps)).lead_id)
    if held is None:
        raise not_found("There is no lead with this id.")
    text = json.dumps(held, indent=2, ensure_ascii=False)
    return Response(text, headers=_COPY, media_type="application/json")


@router.get("/leads/{lead_id}/erase")
async def ask(lead_id: str, request: Request, deps: Deps) -> HTMLResponse:
    """What is about to be lost, and a field to say that it is meant."""
    return _asked(request, await known_lead(lead_id, deps))


@router.post("/leads/{lead_id}/erase")
async def erase(lead_id: str, request: Request, deps: Deps, posted: PostedGiven) -> Response:
    """Erase the person whose address was typed."""
    record = await known_lead(lead_id, deps)
    if posted.get("email").casefold() != record.person.email.casefold():
        return _asked(request, record, wrong=True)
    erasure = await erasing(deps).erase(lead_id, "page")
    return RedirectResponse(f"/erasures/{erasure.erasure_id}", 303)


@router.get("/erasures/{erasure_id}")
async def erased(erasure_id: str, request: Request, deps: Deps) -> HTMLResponse:
    """The receipt as it stands now."""
    erasure = await deps.store.erasures.get(erasure_id) if erasure_id.isalnum() else None
    if erasure is None:
        raise not_found("There is no erasure with this id.")
    return page(request, "erased.html", said=receipt(erasure))


def _asked(request: Request, record: LeadRecord, *, wrong: bool = False) -> HTMLResponse:
    return page(request, "erase.html", 422 if wrong else 200, record=record, wrong=wrong)
