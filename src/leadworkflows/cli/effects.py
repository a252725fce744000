"""`leadworkflows effects`: what was done in the world, and what is stuck and why."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from datetime import UTC, datetime
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


@effects.command("settle")
def settle(
    keys: Annotated[list[str], typer.Argument(metavar="KEY…", help="As `effects list --stuck` shows them.")],
    performed: Annotated[
        bool, typer.Option("--done/--not-done", help="What the vendor's own log says.", show_default=False)
    ],
    data_dir: DataDir = None,
) -> None:
    """Say what became of actions whose outcome is unknown, after a look at the vendor. Repeats nothing.

    Exit 1 where a key is not of one whose outcome is unknown.

    Example: leadworkflows effects settle lead:50f6376e212447df914883c622e21c2e:sql.1.email.send:1 --not-done
    """
    wrong = asyncio.run(_settle(existing_database(settings_for(data_dir)), keys, performed=performed))
    for key in wrong:
        typer.echo(
            f"{one_line(key)}: its outcome is not unknown; see  leadworkflows effects list --stuck", err=True
        )
    typer.echo(f"Settled {len(keys) - len(wrong)} of {len(keys)}.")
    if wrong:
        raise typer.Exit(1)


async def _settle(settings: Settings, keys: Sequence[str], *, performed: bool) -> list[str]:
    """Those that were none to settle."""
    async with Store.open(settings.database) as store:
        now = datetime.now(UTC)
        return [key for key in keys if not await store.effects.find_out(key, performed=performed, at=now)]


async def _found(settings: Settings, *, stuck: bool, lead: str | None, limit: int) -> Sequence[EffectRecord]:
    async with Store.open(settings.database) as store:
        return await store.effects.list(limit, lead_id=lead, stuck=stuck)


_TO_DO = {
    "stuck": "mend what is said; it is tried again every 5 minutes",
    "reserved": "nothing: it is under way, or was broken off and is found out about",
}
_UNKNOWN = "look for the key at the vendor, and say so with `effects settle`; not repeated"
_UNKNOWN_MAIL = (
    "wait for SendGrid's event webhook, which settles it; "
    "without one, look for the key in SendGrid's activity, and say so with `effects settle`"
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
