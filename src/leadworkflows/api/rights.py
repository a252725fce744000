"""`GET …/leads/{id}/export` and `DELETE …/leads/{id}`: what people may ask of who holds their data."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel

from leadworkflows.api.deps import ApiDeps, Deps
from leadworkflows.api.keys import key_required
from leadworkflows.api.leads import known_lead
from leadworkflows.api.problems import not_found, unavailable
from leadworkflows.erasing import EraseDesk, receipt
from leadworkflows.store.api_keys import Scope

router = APIRouter(prefix="/api/v1", tags=["rights"], dependencies=[key_required(Scope.RIGHTS)])


class SlackMessages(BaseModel):
    """Messages in Slack about the person. Those that Slack refused are to be deleted there by hand."""

    deleted: int
    refused: int
    left: int


class ReceiptAnswer(BaseModel):
    """What became of an erasure, without personal data. `finished_at` is null while something is left to do.

    `rows` counts what went, by table; `leads` are the opaque ids that the person had. `given_up` says
    what was not erased, and why, where somebody closed the erasure all the same.
    """

    erasure_id: str
    at: str
    by: str
    leads: list[str]
    rows: dict[str, int]
    temporal_runs_deleted: int
    slack: SlackMessages
    problem: str | None
    given_up: list[str] | None
    finished_at: str | None


@router.get("/leads/{lead_id}/export")
async def export_lead(lead_id: str, deps: Deps) -> dict[str, list[dict[str, Any]]]:
    """Everything that is held on the person, by table, as it is kept. Personal data."""
    held = await deps.store.holdings.of((await known_lead(lead_id, deps)).lead_id)
    if held is None:
        raise not_found("There is no lead with this id.")
    return held


@router.delete("/leads/{lead_id}")
async def erase_lead(lead_id: str, deps: Deps) -> ReceiptAnswer:
    """Erase the person: every row, raw request, mail, note and run. It cannot be undone.

    Reports keep their counts, and what comes late about the person brings nobody back.
    """
    await known_lead(lead_id, deps)
    erasure = await erasing(deps).erase(lead_id, "API")
    return ReceiptAnswer.model_validate(receipt(erasure))


@router.get("/erasures/{erasure_id}")
async def get_erasure(erasure_id: str, deps: Deps) -> ReceiptAnswer:
    """The receipt of an erasure as it stands now."""
    erasure = await deps.store.erasures.get(erasure_id) if erasure_id.isalnum() else None
    if erasure is None:
        raise not_found("There is no erasure with this id.")
    return ReceiptAnswer.model_validate(receipt(erasure))


def erasing(deps: ApiDeps) -> EraseDesk:
    """Where people are erased. Raises 503 where nothing connects to Temporal."""
    if deps.erasing is None:
        raise unavailable("Nobody can be erased here: this process does not reach Temporal.")
    return deps.erasing
