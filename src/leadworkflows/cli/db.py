"""`leadworkflows db`: the database."""

from __future__ import annotations

import asyncio
import json
from typing import Annotated

import typer

from leadworkflows.cli.errors import NO, stop
from leadworkflows.cli.options import AsJson, DataDir, existing_database, settings_for
from leadworkflows.store import Store
from leadworkflows.store.migrate import current, upgrade

db = typer.Typer(no_args_is_help=True, help="The database.\n\nExample: leadworkflows db upgrade")


@db.command("upgrade")
def upgrade_database(data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """Bring the database to the tables of this version; what is there stays.

    Leads that an older version recorded are counted for the reports. `dev`, `api` and `worker` do the
    same when they start.

    Example: LEADWORKFLOWS_DATABASE_URL=postgresql://… leadworkflows db upgrade
    """
    settings = settings_for(data_dir)
    if settings.database_url is None:
        settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    before = current(settings.database)
    upgrade(settings.database)
    after = current(settings.database)
    counted = asyncio.run(_count(settings.database))
    if as_json:
        typer.echo(json.dumps({"before": before, "after": after, "counted": counted}))
        return
    if before == after:
        typer.echo(f"The database is at revision {after} already.")
    else:
        typer.echo(f"The database went from {before or 'nothing'} to revision {after}.")
    if counted:
        typer.echo(f"Leads of an older version that were counted for the reports: {counted}.")


@db.command("vacuum")
def vacuum(
    rewrite: Annotated[
        bool,
        typer.Option("--rewrite", help="PostgreSQL: write the tables anew, each locked for so long."),
    ] = False,
    data_dir: DataDir = None,
) -> None:
    """Free the space of what was deleted. A SQLite file is written anew, so that no byte of it is left.

    Exit 1 when the file is in use just now.

    Example: leadworkflows db vacuum
    """
    settings = existing_database(settings_for(data_dir))
    if not asyncio.run(_vacuum(settings.database, whole=rewrite)):
        stop("The file is in use: stop what writes to it, or try again in a moment.", NO)
    typer.echo("Done.")


async def _vacuum(url: str, *, whole: bool) -> bool:
    async with Store.open(url) as store:
        return await store.database.vacuum(whole=whole)


async def _count(url: str) -> int:
    async with Store.open(url) as store:
        return await store.funnel.catch_up()
