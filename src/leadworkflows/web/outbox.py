"""`GET /outbox`: the mails and Slack cards that were kept because there is no key of a vendor."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Annotated, Any, Literal
from urllib.parse import urlencode
from uuid import uuid4
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse

from leadworkflows.api.deps import ApiDeps, Deps
from leadworkflows.api.problems import not_found
from leadworkflows.domain.teams import Roster
from leadworkflows.slack.message import ANSWERED_HERE
from leadworkflows.store.records import OutboxItem
from leadworkflows.web.access import reader_required
from leadworkflows.web.acting import acting, roster_of
from leadworkflows.web.moments import Moment
from leadworkflows.web.rendering import NO_NULL, PageRoute, page
from leadworkflows.web.slack_card import card_blocks
from leadworkflows.web.slack_markup import plain
from leadworkflows.web.spoken import person_named
from leadworkflows.web.stored import company_zone
from leadworkflows.web.told import in_zone

A_PAGE = 50
_LARGEST = 2**63 - 1
Kind = Literal["email", "slack"]
Number = Annotated[int, Query(ge=1, le=_LARGEST)]
Pressed = Annotated[str | None, Query(pattern=r"^[0-9a-f]{64}$")]
router = APIRouter(route_class=PageRoute, dependencies=[reader_required], include_in_schema=False)


@dataclass(frozen=True)
class Notice:
    """What became of a press; `tone` is empty while nobody knows."""

    text: str
    tone: str


@dataclass(frozen=True)
class Line:
    """An item in the list."""

    number: int
    item: OutboxItem
    at: Moment
    title: str
    kind: str
    to: str
    """An address, a channel, or a person in sales by name."""


@router.get("/outbox")
async def listed(
    request: Request,
    deps: Deps,
    lead: Annotated[str | None, Query(max_length=64, pattern=NO_NULL)] = None,
    kind: Kind | None = None,
    before: Number | None = None,
) -> HTMLResponse:
    """What is kept, the newest first; of one lead or one kind where that is asked for."""
    found = await deps.store.outbox.latest(A_PAGE + 1, before=before, lead_id=lead, kind=kind)
    shown, older = found[:A_PAGE], len(found) > A_PAGE
    zone, roster = await company_zone(deps.store), await roster_of(deps)
    return page(
        request,
        "outbox.html",
        items=[_line(number, item, zone, roster, deps) for number, item in shown],
        tabs=[(name, _address(lead, each), each == kind) for name, each in _TABS],
        older=_address(lead, kind, shown[-1][0]) if older else None,
        newest=_address(lead, kind) if before else None,
        lead=lead,
        everything=_address(None, kind),
        zone=zone.key,
    )


@router.get("/outbox/{number}")
async def shown(number: int, request: Request, deps: Deps, pressed: Pressed = None) -> HTMLResponse:
    """One mail, as text and as its reader would see it, or one Slack card with its buttons."""
    item = await kept_item(number, deps)
    line = _line(number, item, await company_zone(deps.store), await roster_of(deps), deps)
    card = await _card(request, number, item, pressed, deps) if item.kind == "slack" else None
    answer = page(
        request, "outbox_item.html", item=item, line=line, number=number, card=card,
        sender=_sender(deps) if item.kind == "email" else None, notification=plain(item.text),
    )  # fmt: skip
    answer.headers["Content-Security-Policy"] += "; frame-src 'self'"
    return answer


@router.get("/outbox/{number}/card")
async def card_now(
    number: int,
    request: Request,
    deps: Deps,
    pressed: Pressed = None,
    seen: Annotated[str, Query(alias="as", max_length=64)] = "",
) -> Response:
    """The card alone, for a page that follows it; 204 where it still says what it said."""
    item = await kept_item(number, deps)
    if item.kind != "slack":
        raise not_found("This is no card.")
    card = await _card(request, number, item, pressed, deps)
    if card["digest"] == seen:
        return Response(status_code=204, headers={"Cache-Control": "no-store"})
    return page(request, "_slack_card.html", card=card)


@router.get("/outbox/{number}/mail")
async def mail(number: int, deps: Deps) -> HTMLResponse:
    """The HTML of a mail, for the frame of its page: it runs nothing, and reaches nothing of ours."""
    item = await kept_item(number, deps)
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
_WHISPERS = {"told": "Only its reader sees this", "answer": "Only who pressed sees this", "modal": "A form"}


async def kept_item(number: int, deps: ApiDeps) -> OutboxItem:
    """Raises Problem where there is none."""
    item = await deps.store.outbox.get(number) if 0 < number <= _LARGEST else None
    if item is None:
        raise not_found("There is nothing in the outbox under this number.")
    return item


async def _card(
    request: Request, number: int, item: OutboxItem, pressed: str | None, deps: ApiDeps
) -> dict[str, Any]:
    """A card as the template draws it. `digest` changes with what it says."""
    zone, roster = await company_zone(deps.store), await roster_of(deps)
    notice = await _notice(pressed, deps)
    names = {rep.slack: rep.name or rep_id for rep_id, rep in roster.reps.items() if rep.slack}
    said = json.dumps([item.text, item.blocks, notice and notice.text], sort_keys=True, default=str)
    record = await deps.store.leads.get(item.lead_id) if item.lead_id else None
    owner = ((record.snapshot or {}) if record else {}).get("owner")
    return {
        "number": number,
        "blocks": card_blocks(item.blocks, zone, names),
        "text": plain(item.text),
        "at": Moment(item.at, zone, deps.clock()),
        "where": _where(item, roster),
        "whisper": _WHISPERS.get(item.template or ""),
        "acting": acting(request, roster, owner),
        "works": deps.settings.slack_bot_token is None and deps.slack is not None,
        "notice": notice,
        "pressed": pressed,
        "once": uuid4().hex,
        "digest": sha256(said.encode("utf-8", "replace")).hexdigest()[:32],
    }


async def _notice(pressed: str | None, deps: ApiDeps) -> Notice | None:
    """What became of a press of this page; None where none was made."""
    if pressed is None:
        return None
    key = f"press-{pressed}"
    if answer := await deps.store.outbox.under(f"{ANSWERED_HERE}{key}"):
        text = plain(answer.text)
        return Notice(text, "hot" if text.startswith("Not done") else "good")
    if await deps.store.presses.waits(key):
        return Notice("Being carried out: the card follows by itself.", "")
    return Notice("Done.", "good")


def _line(number: int, item: OutboxItem, zone: ZoneInfo, roster: Roster, deps: ApiDeps) -> Line:
    said = item.subject or plain(item.text) or item.content or item.template or "Without a subject"
    kind = "Mail" if item.kind == "email" else "Slack"

    def moment(iso: str) -> Moment:
        return Moment(datetime.fromisoformat(iso), zone, deps.clock())

    said = said if kind == "Mail" else in_zone(said, moment)
    to = item.to or _where(item, roster) or "nobody"
    return Line(number, item, Moment(item.at, zone, deps.clock()), said, kind, to)


def _sender(deps: ApiDeps) -> str:
    """Who mails are from as it is set now."""
    return f"{deps.settings.from_name} <{deps.settings.from_email}>"


def _where(item: OutboxItem, roster: Roster) -> str:
    """A channel; a direct message by the name of whom it is for."""
    channel = item.channel or ""
    return person_named(roster, roster.by_slack(channel)) or channel


def _address(lead: str | None, kind: str | None, before: int | None = None) -> str:
    given = {"lead": lead, "kind": kind, "before": before}
    asked = urlencode({name: value for name, value in given.items() if value is not None})
    return f"/outbox?{asked}" if asked else "/outbox"
