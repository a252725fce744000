"""`GET /outbox`: the mails and Slack cards that were kept because there is no key of a vendor."""

from __future__ import annotations

from typing import Annotated, Literal
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse

from leadworkflows.api.deps import ApiDeps, Deps
from leadworkflows.api.problems import not_found
from leadworkflows.store.records import OutboxItem
from leadworkflows.web.access import reader_required
from leadworkflows.web.card_text import lines, words
from leadworkflows.web.lead_page import Moment
from leadworkflows.web.rendering import PageRoute, page

A_PAGE = 50
_UTC = ZoneInfo("UTC")
_LARGEST = 2**63 - 1
Kind = Literal["email", "slack"]
Number = Annotated[int, Query(ge=1, le=_LARGEST)]


class OutboxRoute(PageRoute):
    """A number that is none is a page that is not there."""

    missing = "There is nothing in the outbox at this address: a number of the list, or a kind, is wrong."


router = APIRouter(route_class=OutboxRoute, dependencies=[reader_required], include_in_schema=False)


@router.get("/outbox")
async def listed(
    deps: Deps,
    lead: Annotated[str | None, Query(max_length=64)] = None,
    kind: Kind | None = None,
    before: Number | None = None,
) -> HTMLResponse:
    """What is kept, the newest first; of one lead or one kind where that is asked for."""
    found = await deps.store.outbox.latest(A_PAGE + 1, before=before, lead_id=lead, kind=kind)
    shown, older = found[:A_PAGE], len(found) > A_PAGE
    return page(
        "outbox.html",
        items=[(number, item, _title(item), _moment(item, deps)) for number, item in shown],
        tabs=[(name, _address(lead, each), each == kind) for name, each in _TABS],
        older=_address(lead, kind, shown[-1][0]) if older else None,
        newest=_address(lead, kind) if before else None,
        lead=lead,
        everything=_address(None, kind),
    )


@router.get("/outbox/{number}")
async def shown(number: int, deps: Deps) -> HTMLResponse:
    """One mail, as text and as its reader would see it, or one Slack card in words."""
    item = await _item(number, deps)
    card = lines(item.blocks or []) if item.kind == "slack" else []
    answer = page(
        "outbox_item.html",
        item=item,
        number=number,
        title=_title(item),
        sender=_sender(deps) if item.kind == "email" else None,
        at=_moment(item, deps),
        card=card,
    )
    answer.headers["Content-Security-Policy"] += "; frame-src 'self'"
    return answer


@router.get("/outbox/{number}/mail")
async def mail(number: int, deps: Deps) -> HTMLResponse:
    """The HTML of a mail, for the frame of its page: it runs nothing, and reaches nothing of ours."""
    item = await _item(number, deps)
    if item.html is None:
        raise not_found("This has no HTML: it is no mail.")
    return HTMLResponse(item.html.encode("utf-8", "replace"), headers=_FRAME)


_TABS: tuple[tuple[str, Kind | None], ...] = (
    ("Everything", None), ("Mails", "email"), ("Slack", "slack")
)  # fmt: skip
_FRAME = {
    # The styles of a mail stand in it. `sandbox` holds also for who opens this address by itself.
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src https:; sandbox;"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'self'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex, nofollow",
}


async def _item(number: int, deps: ApiDeps) -> OutboxItem:
    """Raises Problem where there is none."""
    item = await deps.store.outbox.get(number) if 0 < number <= _LARGEST else None
    if item is None:
        raise not_found("There is nothing in the outbox under this number.")
    return item


def _title(item: OutboxItem) -> str:
    return item.subject or words(item.text) or item.content or item.template or "Without a subject"


def _sender(deps: ApiDeps) -> str:
    """Who mails are from as it is set now."""
    return f"{deps.settings.from_name} <{deps.settings.from_email}>"


def _moment(item: OutboxItem, deps: ApiDeps) -> Moment:
    return Moment(item.at, _UTC, deps.clock())


def _address(lead: str | None, kind: str | None, before: int | None = None) -> str:
    given = {"lead": lead, "kind": kind, "before": before}
    asked = urlencode({name: value for name, value in given.items() if value is not None})
    return f"/outbox?{asked}" if asked else "/outbox"
