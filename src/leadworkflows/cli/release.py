"""`leadworkflows release`: which release runs which leads, making one current, nudging sleeping leads."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict
from typing import Annotated, TypeVar

import typer
from rich.console import Console
from rich.table import Table
from temporalio.client import Client
from temporalio.service import RPCError

from leadworkflows import bootstrap
from leadworkflows.cli.errors import NO, WrongUse, stop
from leadworkflows.cli.options import AsJson, settings_for
from leadworkflows.releases import Nudged, ReleaseRefused, Releases, ReleaseState
from leadworkflows.settings import PREFIX, Settings

release = typer.Typer(
    no_args_is_help=True,
    help="Releases side by side, in a worker deployment.\n\nExample: leadworkflows release status",
)
_T = TypeVar("_T")
_EACH = 100


@release.command("status")
def status(as_json: AsJson = False) -> None:
    """Show the releases that workers were seen of, and how many open leads stay with each.

    A release without leads needs its workers no longer.

    Example: leadworkflows release status
    """
    found = _with_releases(lambda releases: releases.states())
    if as_json:
        typer.echo(json.dumps({"releases": [asdict(each) for each in found]}, indent=2))
    else:
        Console(highlight=False).print(_table(found) if found else "No worker was seen yet.")


@release.command("activate")
def activate(
    build_id: Annotated[
        str | None,
        typer.Argument(metavar="[BUILD_ID]", help="Without one, this version.", show_default=False),
    ] = None,
) -> None:
    """Make a release current: new leads begin on it, others come over when they continue as new.

    Its workers must be running. The same command with the release before is the way back. Exit 1 when no
    worker of it was seen.

    Example: leadworkflows release activate 2026-12
    """
    chosen = build_id or bootstrap.release_of(settings_for()).build_id
    _with_releases(lambda releases: releases.make_current(chosen))
    typer.echo(f"{chosen} is current. Sleeping leads come over by: leadworkflows release nudge")


@release.command("nudge")
def nudge(
    rate: Annotated[float, typer.Option("--rate", min=0.01, max=1000, help="Leads a second.")] = 20,
    limit: Annotated[
        int | None, typer.Option("--limit", min=1, show_default=False, help="At most so many leads.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Wake sleeping leads, so that they come over to the current release.

    A lead with an action under way comes over once that has ended. A lead whose release has no worker any
    more is moved to the current one. Run it again until `release status` shows no lead elsewhere; to break
    it off does no harm. Exit 1 when the current release has no worker: leads would be woken to wait.

    Example: leadworkflows release nudge --rate 20
    """
    done = _with_releases(lambda releases: releases.nudge(rate, limit, _progress))
    if as_json:
        typer.echo(json.dumps(asdict(done)))
        return
    moved = f", {done.moved} of them moved from a release without workers" if done.moved else ""
    gone = f"; {done.gone} had come to their end" if done.gone else ""
    typer.echo(f"{done.told} leads were told{moved}{gone}.")


@asynccontextmanager
async def connected(settings: Settings) -> AsyncIterator[Client]:
    """A client of the server. Raises WrongUse where it does not answer, then or meanwhile."""
    try:
        yield await bootstrap.connect_temporal(settings)
    except (RPCError, RuntimeError) as error:  # a refused connection is a RuntimeError in the SDK
        said = error.status.name if isinstance(error, RPCError) else "no connection"
        raise WrongUse(
            f"Temporal at {settings.temporal_address} cannot be asked ({said}):"
            f" start it, or correct {PREFIX}TEMPORAL_ADDRESS"
        ) from None


def _with_releases(do: Callable[[Releases], Awaitable[_T]]) -> _T:
    settings = settings_for()
    deployment = settings.worker_deployment
    if deployment is None:
        raise WrongUse(
            f"there is no worker deployment: set {PREFIX}WORKER_DEPLOYMENT, here and for the workers"
        )

    async def done() -> _T:
        async with connected(settings) as client:
            return await do(Releases(client, settings.task_queue, deployment))

    try:
        return asyncio.run(done())
    except ReleaseRefused as error:
        stop(str(error), NO)


def _progress(done: Nudged) -> None:
    if done.told and not done.told % _EACH:
        typer.echo(f"{done.told} leads …", err=True)


def _table(found: Sequence[ReleaseState]) -> Table:
    table = Table(box=None, pad_edge=False)
    for column in ("release", "", "workers", "open leads"):
        table.add_column(column, header_style="dim")
    for each in found:
        name = each.build_id or "before there were any"
        said = "current" if each.is_current else ""
        table.add_row(name, said, "yes" if each.is_worked else "none", f"{each.leads:,}")
    return table
