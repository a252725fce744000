"""`leadworkflows demo --year`: a playground with a year of leads, filled once and served like `dev`."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import typer
from rich.console import Console

from leadworkflows import bootstrap
from leadworkflows.cli import logs
from leadworkflows.cli.dev import addresses
from leadworkflows.cli.errors import WrongUse
from leadworkflows.cli.stopping import until_stopped
from leadworkflows.demo.year.fill import YearOf, fill
from leadworkflows.demo.year.waking import put_down, wake
from leadworkflows.dev import Instance, Ports, instance
from leadworkflows.policies.loader import load_policy
from leadworkflows.settings import Settings

_console = Console(stderr=True, highlight=False)


def serve_year(settings: Settings, ports: Ports, seed: int, leads: int, *, as_json: bool) -> None:
    """Fill the data folder unless a year is there, and serve it until it is stopped. Raises WrongUse.

    `as_json`: once it is served, where that is goes to standard output as `dev --json` says it.
    """
    logs.configure(quiet=True)
    asyncio.run(_fill(settings, ports, seed, leads))
    asyncio.run(until_stopped(instance(settings, ports), partial(_serve, as_json=as_json), lambda: None))


async def _fill(settings: Settings, ports: Ports, seed: int, leads: int) -> None:
    """The mark is put down last: a fill that was cut short is not taken for a year."""
    mark = settings.data_dir / "year"
    if mark.exists():
        _console.print(f"The year in {settings.data_dir} is there already ({mark.read_text().strip()}).")
        return
    async with await bootstrap.open_store(settings) as store:
        if (await store.leads.find(limit=1))[0]:
            raise WrongUse(f"{settings.data_dir} holds leads already; give an empty folder by --data-dir")
        _console.print("A year is being played. This takes less than a minute …")
        until = datetime.now(UTC).replace(second=0, microsecond=0)
        year = YearOf(until, seed, leads, f"http://localhost:{ports.api or 8080}")
        put_down(settings.data_dir, await fill(store, year, load_policy(), _say))
    mark.write_text(f"seed {seed}, {leads} leads, until {until:%Y-%m-%d %H:%M} UTC\n")


def _say(what: str) -> None:
    _console.print(f"  {what}")


async def _serve(running: Instance, *, as_json: bool) -> None:
    found = addresses(running)
    if as_json:
        typer.echo(json.dumps(found))
    _console.print(f"\nThe dashboard: {running.api_url}", style="bold green")
    _console.print(f"API docs {found['docs']}, Temporal's UI {found['temporal_ui']}, key {found['api_key']}")
    _console.print("Ctrl-C stops it; what is in the folder stays.", style="dim")
    settings, folder = running.settings, Path(running.settings.data_dir)
    waking = asyncio.create_task(wake(running.client, settings.task_queue, folder))
    try:
        await running.server.watch()
    finally:
        waking.cancel()
