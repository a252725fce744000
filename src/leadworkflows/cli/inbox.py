"""`leadworkflows inbox`: what waits, and what could not be understood."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console

from leadworkflows.cli.errors import NO, WrongUse, stop
from leadworkflows.cli.inbox_retry import Retried, retry_all, retry_some
from leadworkflows.cli.inbox_view import in_full, listed, request_view, summary, waiting_view
from leadworkflows.cli.options import AsJson, DataDir, existing_database, settings_for
from leadworkflows.settings import Settings
from leadworkflows.store import Store
from leadworkflows.store.quarantine import Kept

inbox = typer.Typer(
    no_args_is_help=True,
    help="The inbox, and the webhooks that could not be understood.\n\nExample: leadworkflows inbox list",
)
Source = Annotated[str | None, typer.Option("--source", help="Only those of this source.")]
Limit = Annotated[int, typer.Option("--limit", min=1, max=10_000, help="At most so many, the newest.")]


@inbox.command("list")
def list_(
    source: Source = None, limit: Limit = 100, data_dir: DataDir = None, as_json: AsJson = False
) -> None:
    """List webhooks that were genuine and could not be understood, newest first, and what else waits.

    Names no person: fields and what is wrong with them only.

    Example: leadworkflows inbox list --source typeform
    """
    settings = existing_database(settings_for(data_dir))
    waiting, backlog, oldest = asyncio.run(_waiting(settings, source, limit))
    age = max(0.0, (datetime.now(UTC) - oldest).total_seconds()) if oldest else 0.0
    if as_json:
        kept = [listed(each) for each in waiting]
        typer.echo(json.dumps({"backlog": backlog, "oldest_seconds": age, "quarantine": kept}, indent=2))
    else:
        Console(highlight=False).print(waiting_view(waiting, backlog, age))


@inbox.command("show")
def show(
    row_id: Annotated[int, typer.Argument(metavar="ID", min=1)],
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Show one of them in full. Its body is what a visitor wrote: personal data, printed only here.

    Exit 1 when there is none.

    Example: leadworkflows inbox show 17
    """
    kept = asyncio.run(_one(existing_database(settings_for(data_dir)), row_id))
    if kept is None:
        stop("There is no such request in the quarantine: leadworkflows inbox list shows them.", NO)
    if as_json:
        typer.echo(json.dumps(in_full(kept), indent=2))
    else:
        Console(highlight=False).print(request_view(kept))


@inbox.command("retry")
def retry(
    row_ids: Annotated[list[int] | None, typer.Argument(metavar="[ID]...", show_default=False)] = None,
    all_: Annotated[bool, typer.Option("--all", help="Everything that waits.")] = False,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Read them again with today's settings, and take in what is understood now.

    Exit 1 when one of them still cannot be understood, or does not exist.

    Example: leadworkflows inbox retry 17 18
    """
    if bool(row_ids) == all_:
        raise WrongUse("name the requests by their ids, or say --all")
    settings = existing_database(settings_for(data_dir))
    done = asyncio.run(retry_all(settings) if all_ else retry_some(settings, row_ids or []))
    typer.echo(json.dumps(done.as_dict(), indent=2) if as_json else "\n".join(_told(done)))
    if done.refused:
        raise typer.Exit(NO)


def _told(done: Retried) -> list[str]:
    each = [summary(one.id, one.field, one.problem) for one in done.refused]
    return [*each, f"{done.accepted} accepted, {done.duplicates} duplicates, {len(each)} still refused"]


async def _waiting(
    settings: Settings, source: str | None, limit: int
) -> tuple[list[Kept], int, datetime | None]:
    async with Store.open(settings.database) as store:
        kept = await store.quarantine.list(limit, source.lower() if source else None)
        return list(kept), await store.inbox.backlog(), await store.inbox.oldest_waiting()


async def _one(settings: Settings, row_id: int) -> Kept | None:
    async with Store.open(settings.database) as store:
        return await store.quarantine.get(row_id)
