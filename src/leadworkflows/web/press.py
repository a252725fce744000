"""Buttons of kept Slack cards that work: a press goes the way of one in Slack, and the card follows.

What Slack asks in a form is asked on a page of ours, made of the same form and judged by the same rules.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any
from uuid import uuid4

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import RedirectResponse

from leadworkflows.api.deps import ApiDeps, Deps
from leadworkflows.api.problems import Problem, not_found, unavailable
from leadworkflows.api.slack_side import SlackSide
from leadworkflows.commands.errors import CommandRefused
from leadworkflows.commands.pressed import Pressed, press_key
from leadworkflows.commands.shape import Command
from leadworkflows.slack import modals
from leadworkflows.slack.buttons import WITH_MODAL
from leadworkflows.slack.lead_card import LeadCard, Links
from leadworkflows.slack.message import ANSWERED_HERE
from leadworkflows.store.records import OutboxItem
from leadworkflows.web.access import PostedGiven, seller_required
from leadworkflows.web.acting import acting, actor, remember, roster_of
from leadworkflows.web.moments import zone_named
from leadworkflows.web.outbox import kept_item
from leadworkflows.web.posted import Posted
from leadworkflows.web.rendering import PageRoute, page
from leadworkflows.web.slack_card import press_of
from leadworkflows.web.slack_form import fields_of, submitted

_CARRIED_S, _REDRAWN_S, _LOOK_S = 4.0, 1.5, 0.05
"""For how long an answer waits for the lead, and then for its card: a page that was left alone follows."""
_ONCE = re.compile(r"[0-9a-f]{32}")
_COMMANDS = {"qualify": Command.RECORD_FACTS}
Name = Annotated[str, Path(pattern=r"^[a-z_]{1,32}$")]
router = APIRouter(route_class=PageRoute, dependencies=[seller_required], include_in_schema=False)


@dataclass(frozen=True)
class _Button:
    """A button of a kept card, pressed."""

    number: int
    item: OutboxItem
    command: str
    lead: str
    seen: int | None


@router.post("/outbox/{number}/press")
async def press(number: int, request: Request, deps: Deps, posted: PostedGiven) -> Response:
    """Press a button: it is carried out, or asks for more on a page of its own."""
    button = await _button(number, posted.get("command"), deps)
    by = actor(posted)
    if button.command in WITH_MODAL:
        answer: Response = RedirectResponse(f"/outbox/{number}/forms/{button.command}", 303)
    else:
        pressed = Pressed(user=by, lead=button.lead, command=_command(button.command), seen=button.seen)
        answer = await _carried_out(button, pressed, _once(posted), deps)
    remember(answer, by, secure=request.url.scheme == "https")
    return answer


@router.get("/outbox/{number}/forms/{command}")
async def form(number: int, command: Name, request: Request, deps: Deps) -> Response:
    """What a press asks for: a reason, a note, facts, a time."""
    button = await _button(number, command, deps)
    return await _form(request, button, deps, {}, {})


@router.post("/outbox/{number}/forms/{command}")
async def fill(number: int, command: Name, request: Request, deps: Deps, posted: PostedGiven) -> Response:
    """Send the form: it is carried out, or comes back with what is to be corrected."""
    button = await _button(number, command, deps)
    by = actor(posted)
    view = submitted(await _view(button, deps), posted.fields, await _zone(button, deps))
    problems = modals.errors(view, await _policy(button, deps), deps.clock())
    said = modals.read(view)
    pressed = Pressed(
        user=by, lead=button.lead, command=_command(command), seen=button.seen,
        reason=said.reason, note=said.note, facts=said.facts,
    )  # fmt: skip
    problems = problems or _unsayable(pressed, view)
    if problems:
        return await _form(request, button, deps, posted.fields, problems)
    answer = await _carried_out(button, pressed, _once(posted), deps)
    remember(answer, by, secure=request.url.scheme == "https")
    return answer


async def _form(
    request: Request, button: _Button, deps: ApiDeps, typed: Mapping[str, str], problems: Mapping[str, str]
) -> Response:
    view, zone = await _view(button, deps), await _zone(button, deps)
    record = await deps.store.leads.get(button.lead)
    owner = ((record.snapshot or {}) if record else {}).get("owner")
    return page(
        request,
        "press_form.html",
        422 if problems else 200,
        title=view["title"]["text"],
        submit=view.get("submit", {}).get("text"),
        fields=fields_of(view, typed, problems, zone),
        button=button,
        zone=zone.key,
        acting=acting(request, await roster_of(deps), owner),
        once=uuid4().hex,
    )


async def _button(number: int, command: str, deps: ApiDeps) -> _Button:
    """Raises Problem where there is no such card, or it has no such button any more."""
    item = await kept_item(number, deps)
    if deps.settings.slack_bot_token is not None:
        raise Problem(409, "slack-is-connected", "Slack is connected: press the buttons of its own cards.")
    held = press_of(item.blocks, command) if item.kind == "slack" else None
    if held is None:
        raise Problem(
            409, "button-gone", "The card has no such button any more: go back to it to see what happened."
        )
    return _Button(number, item, command, *held)


async def _view(button: _Button, deps: ApiDeps) -> dict[str, Any]:
    """The form as it would open in Slack. Raises 404 where its lead is gone, or it has no form."""
    record = await deps.store.leads.get(button.lead)
    if record is None or button.command not in WITH_MODAL:
        raise not_found("This lead is no longer here.")
    card = LeadCard.of(button.lead, record.person, record.snapshot or {}, deps.clock(), Links())
    context = modals.ModalContext(
        lead_id=button.lead, seen=button.seen, name=card.name, stage=card.stage,
        policy=await _policy(button, deps), qualification=card.qualification,
    )  # fmt: skip
    return modals.build(button.command, context)


async def _policy(button: _Button, deps: ApiDeps) -> Any:
    record = await deps.store.leads.get(button.lead)
    return await _side(deps).policy_of(((record.snapshot or {}) if record else {}).get("policy"))


async def _zone(button: _Button, deps: ApiDeps) -> Any:
    return zone_named((await _policy(button, deps)).calendar.zone)


def _side(deps: ApiDeps) -> SlackSide:
    if deps.slack is None:
        raise unavailable("This process does not carry out what is pressed.")
    return deps.slack


def _unsayable(pressed: Pressed, view: Mapping[str, Any]) -> dict[str, str]:
    """What the command itself refuses, at the form's first input."""
    try:
        pressed.shape(pressed.user)
    except CommandRefused as refused:
        inputs = [str(each["block_id"]) for each in view["blocks"] if each["type"] == "input"]
        return {inputs[0] if inputs else "note": refused.reason}
    return {}


def _command(name: str) -> Command:
    return _COMMANDS.get(name) or Command(name)


def _once(posted: Posted) -> str:
    """What tells two presses apart from one that was sent twice."""
    given = posted.get("once")
    return given if _ONCE.fullmatch(given) else uuid4().hex


async def _carried_out(button: _Button, pressed: Pressed, once: str, deps: ApiDeps) -> Response:
    """Keep the press, and lead to the card when it shows what became of it, or a little later."""
    side, key = _side(deps), press_key("outbox", button.number, button.command, once)
    kept = pressed.model_copy(update={"response_url": f"{ANSWERED_HERE}{key}"})
    if await deps.store.presses.keep(key, kept.model_dump(mode="json"), deps.clock()):
        side.on_press()
    await _seen(button, key, deps)
    return RedirectResponse(f"/outbox/{button.number}?pressed={key.removeprefix('press-')}", 303)


async def _seen(button: _Button, key: str, deps: ApiDeps) -> None:
    """Wait until it is carried out, and then until the card tells of it; not for ever."""

    async def carried_out() -> bool:
        return not await deps.store.presses.waits(key)

    await _until(carried_out, _CARRIED_S)
    await _until(partial(_tells, button, key, deps), _REDRAWN_S)


async def _until(holds: Callable[[], Awaitable[bool]], seconds: float) -> None:
    """Another process may carry it out: there is nothing to wait for but to look."""
    for _ in range(round(seconds / _LOOK_S)):
        if await holds():
            return
        await asyncio.sleep(_LOOK_S)


async def _tells(button: _Button, key: str, deps: ApiDeps) -> bool:
    """Whether the card says something else now, or there is an answer."""
    now = await deps.store.outbox.get(button.number)
    changed = now is None or now.text != button.item.text or now.blocks != button.item.blocks
    return changed or await deps.store.outbox.has(f"{ANSWERED_HERE}{key}")
