"""`leadworkflows dev`: everything in one process on an embedded Temporal server."""

from __future__ import annotations

import asyncio
import json
import shlex
from functools import partial
from typing import Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from leadworkflows.cli import logs
from leadworkflows.cli.options import AsJson, DataDir, Port, TemporalPort, UiPort, settings_for
from leadworkflows.cli.policy_check import check_policy, policy_path
from leadworkflows.cli.stopping import until_stopped
from leadworkflows.dev import Instance, Ports, instance

_EVENT: dict[str, Any] = {
    "type": "demo_requested",
    "identity": {"email": "ada@example.com"},
    "person": {"first_name": "Ada", "last_name": "Lovelace", "title": "CFO", "company": "Example GmbH"},
    "facts": {"industry": "fintech", "employees": 180, "country": "DE"},
}


def dev(
    data_dir: DataDir = None,
    port: Port = Ports.api,
    temporal_port: TemporalPort = Ports.temporal,
    ui_port: UiPort = Ports.ui,
    as_json: AsJson = False,
) -> None:
    """Run API, relay and worker in one process, with a Temporal server of its own.

    Leads, mails and alerts are kept in the data folder and go on after a restart. Ctrl-C stops it.

    Example: leadworkflows dev --data-dir ./data --port 8081
    """
    logs.forward_core(as_json=False)
    settings = settings_for(data_dir)
    check_policy(policy_path(settings), settings.content_dir)
    running = instance(settings, Ports(api=port, temporal=temporal_port, ui=ui_port))
    asyncio.run(until_stopped(running, partial(_serve, as_json=as_json), _say_stopping))


async def _serve(running: Instance, *, as_json: bool) -> None:
    """Say where everything is, then wait for the server to end by itself, which it should not."""
    if as_json:
        typer.echo(json.dumps(addresses(running)))
    else:
        _announce(running)
    await running.server.watch()


def addresses(running: Instance) -> dict[str, str]:
    """Where a running instance is to be found, with its key and a command that posts an event."""
    return {
        "api": running.api_url,
        "docs": f"{running.api_url}/docs",
        "temporal": running.server.address,
        "temporal_ui": running.server.ui_url,
        "data_dir": str(running.settings.data_dir.resolve()),
        "policy": running.policy.id,
        "api_key": running.api_key,
        "curl": _curl(running),
    }


def _curl(running: Instance) -> str:
    url, key = f"{running.api_url}/api/v1/events", f"Authorization: Bearer {running.api_key}"
    words = ["curl", url, "-H", key, "-H", "Content-Type: application/json", "-d", json.dumps(_EVENT)]
    return shlex.join(words)


def _look(running: Instance) -> str:
    folder, email = str(running.settings.data_dir), _EVENT["identity"]["email"]
    return shlex.join(["leadworkflows", "lead", "show", email, "--data-dir", folder])


def _announce(running: Instance) -> None:
    console, found = Console(highlight=False), addresses(running)
    table = Table.grid(padding=(0, 2))
    names = {
        "api": "API", "docs": "API docs", "temporal": "Temporal", "temporal_ui": "Temporal UI",
        "data_dir": "Data folder", "policy": "Policy", "api_key": "API key",
    }  # fmt: skip
    for key, name in names.items():
        table.add_row(Text(name, style="bold"), Text(found[key], overflow="fold"))
    console.print("leadworkflows is running. Ctrl-C stops it.\n", style="bold green")
    if running.server.took_over:
        console.print("A Temporal server that a killed instance had left behind was stopped first.\n")
    console.print(table)
    console.print("\nPost an event:\n", style="bold")
    # One line whatever the window's width, so that it can be copied.
    console.print(Text(found["curl"]), soft_wrap=True)
    console.print("\nSee what became of it:\n", style="bold")
    console.print(Text(_look(running)), soft_wrap=True)
    console.print()


def _say_stopping() -> None:
    typer.echo("Stopping: what is under way is finished first. Ctrl-C again stops at once.", err=True)
