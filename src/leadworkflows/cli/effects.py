"""`leadworkflows effects`: what was done in the world, and what is stuck and why."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import Annotated, Any

import typer
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from leadworkflows.cli.options import AsJson, DataDir, existing_database, settings_for
from leadworkflows.content import one_line
from leadworkflows.domain.decisions import iso
from leadworkflows.settings import Settings
from leadworkflows.store import EffectRecord, Store

effects = typer.Typer(
    no_args_is_help=True,
    help="Mails, messages and other actions in the world.\n\nExample: leadworkflows effects list --stuck",
)


@effects.command("list")
def list_(
    stuck: Annotated[
        bool, typer.Option("--stuck", help="Only those that wait for somebody, or that nobody knows of.")
    ] = False,
    lead: Annotated[str | None, typer.Option("--lead", help="Only those of this lead, by its id.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000, help="At most so many.")] = 100,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """List what was done, the newest first, or with --stuck what is not done yet, the oldest first.

    Each with its status and what to do about it. Names no person.

    Example: leadworkflows effects list --stuck
    """
    settings = existing_database(settings_for(data_dir))
    found = asyncio.run(_found(settings, stuck=stuck, lead=lead, limit=limit))
    if as_json:
        typer.echo(json.dumps([_listed(each) for each in found], indent=2))
    else:
        Console(highlight=False).print(_view(found, stuck=stuck))


async def _found(settings: Settings, *, stuck: bool, lead: str | None, limit: int) -> Sequence[EffectRecord]:
    async with Store.open(settings.database) as store:
        return await store.effects.list(limit, lead_id=lead, stuck=stuck)


_TO_DO = {
    "stuck": "mend what is said; it is tried again every 5 minutes",
    "reserved": "nothing: it is under way, or was broken off and is found out about",
}
_UNKNOWN = "look for the key at the vendor; not repeated"
_UNKNOWN_MAIL = (
    "wait for SendGrid's event webhook, which settles it; "
    "without one, look for the key in SendGrid's activity"
)


def _to_do(effect: EffectRecord) -> str | None:
    """What a person can do about it; None where all is done."""
    if effect.status == "unknown":
        return _UNKNOWN_MAIL if effect.action == "email.send" else _UNKNOWN
    return _TO_DO.get(effect.status)


def _listed(effect: EffectRecord) -> dict[str, Any]:
    return {
        "key": effect.key,
        "lead_id": effect.lead_id,
        "action": effect.action,
        "status": effect.status,
        "attempts": effect.attempts,
        "since": iso(effect.reserved_at),
        "settled_at": iso(effect.settled_at) if effect.settled_at else None,
        "detail": effect.detail,
        "to_do": _to_do(effect),
    }


def _said(effect: EffectRecord) -> str:
    return ": ".join(said for said in (effect.detail, _to_do(effect)) if said)


def _view(found: Sequence[EffectRecord], *, stuck: bool) -> RenderableType:
    if not found:
        return Text("Nothing is stuck." if stuck else "Nothing was done yet.")
    table = Table(box=None, pad_edge=False)
    for column in ("key", "lead", "action", "status", "since", "detail"):
        table.add_column(column, header_style="dim", overflow="fold")
    for each in found:
        since = f"{each.reserved_at:%Y-%m-%d %H:%M:%S}"
        cells = (each.key, each.lead_id, each.action, each.status, since, _said(each))
        table.add_row(*(Text(one_line(cell)) for cell in cells))
    return table
