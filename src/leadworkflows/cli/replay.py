"""`leadworkflows replay`: whether this code can go on with the leads of a running server."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from temporalio.client import Client, WorkflowHistory

from leadworkflows import bootstrap
from leadworkflows.cli.errors import NO, WrongUse
from leadworkflows.cli.options import AsJson, DataDir, existing_database, settings_for
from leadworkflows.cli.release import connected
from leadworkflows.policies.loader import DEFAULT_POLICY, load_policy
from leadworkflows.replaying import ADVICE, Replayed, histories, keep, replayed
from leadworkflows.settings import Settings

replay = typer.Typer(
    no_args_is_help=True,
    help="Whether this code goes on with what other code began.\n\nExample: leadworkflows replay check",
)
_SPAN = re.compile(r"([1-9][0-9]{0,4})([dh])", re.ASCII)
_SHOWN = 20


@replay.command("check")
def check(
    since: Annotated[str, typer.Option("--since", metavar="SPAN", help="Such as 30d or 12h.")] = "30d",
    limit: Annotated[
        int | None, typer.Option("--limit", min=1, show_default=False, help="At most so many, the newest.")
    ] = None,
    into: Annotated[
        Path | None,
        typer.Option("--keep", show_default=False, help="A folder that failing histories are written to."),
    ] = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Replay the histories of a running server with this code: the gate before a release.

    Every open run, however old, and those that began or ended since. Run it with the new version and the
    settings of the installation; nothing is performed and nothing is written. Exit 1 when one of them
    cannot go on with this code.

    Example: leadworkflows replay check --since 30d
    """
    started = datetime.now(UTC) - _span(since)
    settings = existing_database(settings_for(data_dir))
    if into is not None:
        into.mkdir(parents=True, exist_ok=True)
    done = asyncio.run(_check(settings, started, limit, into))
    _tell(done, as_json=as_json)
    if any(each.problem for each in done):
        raise typer.Exit(NO)


def _span(said: str) -> timedelta:
    found = _SPAN.fullmatch(said.strip())
    if not found:
        raise WrongUse(f"--since {said!r}: expected a number and d or h, such as 30d")
    return timedelta(days=int(found[1])) if found[2] == "d" else timedelta(hours=int(found[1]))


async def _check(settings: Settings, since: datetime, limit: int | None, into: Path | None) -> list[Replayed]:
    bootstrap.install_policies(settings, load_policy(settings.policy or DEFAULT_POLICY))
    async with connected(settings) as client:
        fetched = _counted(client, settings, since, limit)
        done = [each async for each in replayed(fetched)]
        if into is not None:
            for each in done:
                if each.problem:
                    run = client.get_workflow_handle(each.workflow_id, run_id=each.run_id)
                    keep(await run.fetch_history(), into)
        return done


async def _counted(
    client: Client, settings: Settings, since: datetime, limit: int | None
) -> AsyncIterator[WorkflowHistory]:
    """The histories, with a word of progress now and then: thousands take minutes."""
    count = 0
    async for history in histories(client, settings.task_queue, since, limit):
        yield history
        count += 1
        if not count % 500:
            typer.echo(f"{count} histories …", err=True)


def _tell(done: list[Replayed], *, as_json: bool) -> None:
    failed = [each for each in done if each.problem]
    if as_json:
        said = {"replayed": len(done), "events": sum(each.events for each in done)}
        failures = [asdict(each) for each in failed]
        typer.echo(json.dumps({**said, "failed": failures, "advice": ADVICE if failed else None}, indent=2))
        return
    for each in failed[:_SHOWN]:
        typer.echo(f"{each.workflow_id} (run {each.run_id}): {each.problem}")
    if len(failed) > _SHOWN:
        typer.echo(f"… and {len(failed) - _SHOWN} more: --json lists all")
    if failed:
        typer.echo(f"{len(failed)} of {len(done)} runs cannot go on with this code.\n{ADVICE}")
    else:
        typer.echo(f"All {len(done)} runs go on with this code.")
