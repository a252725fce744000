"""Buttons and forms: on disk before they are acknowledged, carried out afterwards (`presses`)."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass
from typing import Any

import structlog

from leadworkflows.api.deps import ApiDeps
from leadworkflows.api.problems import unavailable
from leadworkflows.api.slack_payload import text_at, wrong
from leadworkflows.api.slack_side import SlackSide
from leadworkflows.commands.errors import CommandRefused
from leadworkflows.commands.pressed import Pressed, press_key
from leadworkflows.commands.shape import Command
from leadworkflows.slack import modals
from leadworkflows.slack.buttons import WITH_MODAL, read_value
from leadworkflows.slack.lead_card import LeadCard, Links
from leadworkflows.slack.whisper import open_form, whisper
from leadworkflows.store.errors import StoreError

_log = structlog.get_logger(__name__)
_ALIASES = {"qualify": Command.RECORD_FACTS.value}
_KNOWN = {*Command, *WITH_MODAL}
_USER = re.compile(r"[UW][A-Z0-9]{2,20}")
_LEAD = re.compile(r"[0-9A-Za-z-]{1,64}")
_CLEAR = {"response_action": "clear"}
_GONE = "This lead is no longer here."
_NO_FORM = "The form could not be opened. Press the button again."


@dataclass(frozen=True)
class _Button:
    """One button that was pressed, and where the card is that it stands on."""

    command: str
    lead: str
    seen: int | None
    user: str
    channel: str
    ts: str
    response_url: str
    private: bool


class SlackPresses:
    """Takes presses in. What Slack itself is asked for happens after the acknowledgement."""

    def __init__(self, deps: ApiDeps) -> None:
        self._deps = deps
        self._errands: set[asyncio.Task[None]] = set()

    @property
    def side(self) -> SlackSide:
        """Whom to ask about people, policies and Slack. Raises 503 where this process has none."""
        if self._deps.slack is None:
            raise unavailable("This process does not answer Slack.")
        return self._deps.slack

    async def take(self, payload: dict[str, Any]) -> dict[str, Any] | None:
        """Take in an interaction; what Slack is answered, None for nothing.

        Raises 422 for one that is not as Slack sends it, and StoreError where it is not on disk.
        """
        kind = text_at(payload, "type")
        if kind == "block_actions":
            actions = payload.get("actions")
            for action in actions if isinstance(actions, list) else []:
                await self._take_action(payload, action)
            return None
        return await self._take_form(payload) if kind == "view_submission" else None

    async def settled(self) -> None:
        """Wait for what goes on after acknowledgements."""
        await asyncio.gather(*self._errands)

    async def _take_action(self, payload: dict[str, Any], action: Any) -> None:
        """A link's press, or another app's, is acknowledged and leaves nothing to do."""
        command = text_at(action, "action_id")
        if command not in _KNOWN:
            return
        button = _button(payload, action, command)
        key = press_key("action", text_at(action, "action_ts"), command, button.ts, button.user)
        if command not in WITH_MODAL:
            await self._keep(key, _pressed(button))
        elif await self._deps.store.presses.note(key, self._deps.clock()):
            self._later(self._open(button, text_at(payload, "trigger_id")))

    async def _keep(self, key: str, pressed: Pressed) -> None:
        if await self._deps.store.presses.keep(key, pressed.model_dump(mode="json"), self._deps.clock()):
            self.side.on_press()

    async def _take_form(self, payload: dict[str, Any]) -> dict[str, Any]:
        view = payload.get("view")
        try:
            said = modals.read(view)
            errors = await self._errors(said.lead_id, view)
        except ValueError as error:
            raise wrong("payload.view", "cannot be read", str(error)) from None
        if errors:
            return {"response_action": "errors", "errors": errors}
        pressed = Pressed(
            user=_user(payload), lead=said.lead_id, command=_command(said.command), seen=said.seen,
            reason=said.reason, note=said.note, facts=said.facts,
            channel=said.channel, response_url=said.respond,
        )  # fmt: skip
        try:
            pressed.shape(pressed.user)
        except CommandRefused as refused:
            return {"response_action": "errors", "errors": {_first_block(view): refused.reason}}
        await self._keep(press_key("view", _view_id(view)), pressed)
        return _CLEAR

    async def _errors(self, lead_id: str, view: Any) -> dict[str, str]:
        record = await self._deps.store.leads.get(lead_id)
        policy_id = (record.snapshot or {}).get("policy") if record else None
        return modals.errors(view, await self.side.policy_of(policy_id), self._deps.clock())

    async def _open(self, button: _Button, trigger_id: str) -> None:
        """The trigger lives three seconds: nothing but the store is asked before."""
        problem: str | None = _NO_FORM
        try:
            view = await self._form(button)
            if view is None:
                problem = _GONE
            elif await open_form(self.side.poster, trigger_id, view):
                problem = None
        except StoreError as error:
            _log.warning("slack.store_unavailable", error=type(error).__name__)
        if problem:
            await whisper(self.side.poster, button.channel, button.user, button.response_url, problem)

    async def _form(self, button: _Button) -> dict[str, Any] | None:
        record = await self._deps.store.leads.get(button.lead)
        if record is None:
            return None
        lead = record.snapshot or {}
        card = LeadCard.of(button.lead, record.person, lead, self._deps.clock(), Links())
        context = modals.ModalContext(
            lead_id=button.lead, seen=button.seen, name=card.name, stage=card.stage,
            policy=await self.side.policy_of(lead.get("policy")),
            qualification=card.qualification,
            channel=button.channel, ts=button.ts, respond=button.response_url,
        )  # fmt: skip
        return modals.build(button.command, context)

    def _later(self, errand: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(_quietly(errand))
        self._errands.add(task)
        task.add_done_callback(self._errands.discard)


async def _quietly(errand: Coroutine[Any, Any, None]) -> None:
    try:
        await errand
    except Exception as error:  # noqa: BLE001 - nobody waits for it
        _log.error("slack.errand_failed", error=type(error).__name__)


def _button(payload: dict[str, Any], action: Any, command: str) -> _Button:
    try:
        lead, seen = read_value(action.get("value"))
    except ValueError as error:
        raise wrong("payload.actions.value", "cannot be read", str(error)) from None
    if not _LEAD.fullmatch(lead):
        raise wrong("payload.actions.value", "names no lead", "a button of ours holds a lead's id")
    container = payload.get("container")
    return _Button(
        command=command,
        lead=lead,
        seen=seen if seen is None or seen >= 0 else None,
        user=_user(payload),
        channel=text_at(container, "channel_id") or text_at(payload, "channel", "id"),
        ts=text_at(container, "message_ts"),
        response_url=text_at(payload, "response_url"),
        private=isinstance(container, Mapping) and container.get("is_ephemeral") is True,
    )


def _pressed(button: _Button) -> Pressed:
    return Pressed(
        user=button.user, lead=button.lead, command=_command(button.command), seen=button.seen,
        channel=button.channel, response_url=button.response_url, private=button.private,
    )  # fmt: skip


def _command(name: str) -> Command:
    try:
        return Command(_ALIASES.get(name, name))
    except ValueError:
        raise wrong("payload", "names no command", f"use one of {', '.join(Command)}") from None


def _user(payload: dict[str, Any]) -> str:
    user = text_at(payload, "user", "id")
    if not _USER.fullmatch(user):
        raise wrong(
            "payload.user.id", "is no member id", "Slack names the member who pressed, such as U0123ABCD"
        )
    return user


def _view_id(view: Any) -> str:
    if not (view_id := text_at(view, "id")):
        raise wrong("payload.view.id", "is missing", "Slack names the form that was sent")
    return view_id


def _first_block(view: Any) -> str:
    blocks = view.get("blocks") if isinstance(view, Mapping) else None
    inputs = [each for each in blocks if text_at(each, "type") == "input"] if isinstance(blocks, list) else []
    return text_at(inputs[0], "block_id") if inputs else "note"
