"""`leadworkflows key`: make, list and revoke keys to the API."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from leadworkflows import bootstrap
from leadworkflows.api.keyring import TRUSTED_FOR, new_key
from leadworkflows.cli.errors import NO, stop
from leadworkflows.cli.options import AsJson, DataDir, existing_database, settings_for
from leadworkflows.content import one_line
from leadworkflows.domain.decisions import iso
from leadworkflows.settings import Settings
from leadworkflows.store import Store
from leadworkflows.store.api_keys import ApiKey, Scope

key = typer.Typer(
    no_args_is_help=True,
    help="Keys to the API, each with what it may do.\n\nExample: leadworkflows key create crm --scope ingest",
)

Scopes = Annotated[
    list[Scope],
    typer.Option(
        "--scope", help="What it opens: hand in events, read leads, do things with them, export and erase."
    ),
]


@key.command("create")
def create(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Who or what uses the key.")],
    scope: Scopes,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Make a key and print it, this once: only a digest of it is kept.

    A running API knows it within a second.

    Example: leadworkflows key create website --scope ingest --scope read
    """
    made, secret = new_key(name.strip()[:200] or "unnamed", scope, datetime.now(UTC))
    asyncio.run(_add(settings_for(data_dir), made))
    if as_json:
        typer.echo(json.dumps({**_shown(made), "key": secret}, indent=2))
    else:
        typer.echo(secret)
        typer.echo(f"This is shown once. Revoke it with: leadworkflows key revoke {made.key_id}", err=True)


@key.command("list")
def list_(data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """List the keys, without their secrets. Those of LEADWORKFLOWS_API_KEYS are not among them.

    Example: leadworkflows key list --json
    """
    keys = asyncio.run(_all(existing_database(settings_for(data_dir))))
    if as_json:
        typer.echo(json.dumps({"keys": [_shown(each) for each in keys]}, indent=2))
    else:
        Console(highlight=False).print(_table(keys))


@key.command("revoke")
def revoke(
    key_id: Annotated[str, typer.Argument(metavar="ID", help="The key's id, as `key list` shows it.")],
    data_dir: DataDir = None,
) -> None:
    """Revoke a key for ever. A running API refuses it within five seconds. Exit 1 when there is none.

    Example: leadworkflows key revoke 3f9c21ab
    """
    if not asyncio.run(_revoke(existing_database(settings_for(data_dir)), key_id)):
        stop("There is no key with this id: leadworkflows key list shows them.", NO)
    typer.echo(f"Revoked. Every process refuses it within {TRUSTED_FOR.total_seconds():g} seconds.")


async def _add(settings: Settings, made: ApiKey) -> None:
    """The first key may be made before anything else has run."""
    async with await bootstrap.open_store(settings) as store:
        await store.api_keys.add(made)


async def _all(settings: Settings) -> list[ApiKey]:
    async with Store.open(settings.database) as store:
        return await store.api_keys.all()


async def _revoke(settings: Settings, key_id: str) -> bool:
    async with Store.open(settings.database) as store:
        return await store.api_keys.revoke(key_id, datetime.now(UTC))


def _shown(each: ApiKey) -> dict[str, Any]:
    return {
        "id": each.key_id,
        "name": each.name,
        "scopes": sorted(each.scopes),
        "created_at": iso(each.created_at),
        "last_used_on": each.last_used_on.isoformat() if each.last_used_on else None,
        "revoked_at": iso(each.revoked_at) if each.revoked_at else None,
    }


def _table(keys: list[ApiKey]) -> Table:
    table = Table(box=None, pad_edge=False)
    for column in ("id", "name", "scopes", "created", "last used", "revoked"):
        table.add_column(column, header_style="dim")
    for each in map(_shown, keys):
        days = [each["created_at"][:10], each["last_used_on"] or "", (each["revoked_at"] or "")[:10]]
        cells = [each["id"], one_line(each["name"]), " ".join(each["scopes"]), *days]
        table.add_row(*map(Text, cells))
    return table
