"""`leadworkflows demo`: the main job on a private instance, with its reasons."""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer
from pydantic import SecretStr
from rich.console import Console, Group
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table

from leadworkflows.demo.checks import Check, checks
from leadworkflows.demo.play import Played, Player
from leadworkflows.demo.webhooks import STANDARD_SECRET, TYPEFORM_SECRET
from leadworkflows.dev import Instance, Ports, instance
from leadworkflows.settings import Settings, SourceSettings


def demo(
    as_json: Annotated[bool, typer.Option("--json", help="Print leads, outbox and handoff_ms as JSON.")] = False,
    keep: Annotated[bool, typer.Option("--keep", help="Leave the instance running until Ctrl-C.")] = False,
    data_dir: Annotated[Path | None, typer.Option(help="Where to keep its files; a temporary folder by default.")] = None,
    port: Annotated[int, typer.Option(help="Port of the API; 0 takes a free one.")] = 0,
    temporal_port: Annotated[int, typer.Option(help="Port of Temporal; 0 takes a free one.")] = 0,
    ui_port: Annotated[int, typer.Option(help="Port of the Temporal UI; 0 takes a free one.")] = 0,
) -> None:
    """Run the main job on real input: signed webhooks in, stages, mails and alerts out.

    Exits with 1 when anything that it promises did not happen.

    Example: leadworkflows demo --keep
    """
    console = Console(stderr=as_json)
    with ExitStack() as stack:
        folder = data_dir or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="leadworkflows-demo-")))
        ports = Ports(api=port, temporal=temporal_port, ui=ui_port)
        kept = asyncio.run(_run(folder, ports, console, as_json=as_json, keep=keep))
    raise typer.Exit(0 if kept else 1)


async def _run(folder: Path, ports: Ports, console: Console, *, as_json: bool, keep: bool) -> bool:
    async with instance(_settings(folder), ports) as running:
        console.print(f"A private instance runs on {running.api_url}; its Temporal UI on {running.server.ui_url}")
        headers = {"Authorization": f"Bearer {running.api_key}"}
        async with httpx.AsyncClient(base_url=running.api_url, headers=headers, timeout=30) as http:
            played = await Player(running, http).play()
        kept = checks(played)
        if as_json:
            sys.stdout.write(json.dumps(_as_json(played), indent=2) + "\n")
        else:
            _show(console, running, played)
        _verdict(console, kept)
        if keep:
            await _until_interrupted(console, running)
    return all(ok for _, ok in kept)


def _settings(folder: Path) -> Settings:
    """A private instance: nothing of the user's own environment, above all no key that would send."""
    return Settings(
        _env_file=None,  # type: ignore[call-arg] # pydantic-settings takes it, its stub does not say so
        data_dir=folder,
        database_url=None,
        public_url="http://localhost:8080",
        policy=None,
        api_keys=[],
        sendgrid_api_key=None,
        slack_bot_token=None,
        sources={
            "typeform": SourceSettings(secrets=[SecretStr(TYPEFORM_SECRET)]),
            "standard": SourceSettings(secrets=[SecretStr(STANDARD_SECRET)]),
        },
    )


def _as_json(played: Played) -> dict[str, Any]:
    outbox = [
        {"kind": "email", "to": item.to, "content": item.content, "lead_id": item.lead_id}
        if item.kind == "email"
        else {"kind": "slack", "channel": item.channel, "template": item.template, "lead_id": item.lead_id}
        for item in played.outbox
    ]
    return {"leads": list(played.leads.values()), "outbox": outbox, "handoff_ms": played.handoff_ms}


def _show(console: Console, running: Instance, played: Played) -> None:
    for email, lead in played.leads.items():
        console.print(Panel(_lead(lead, played.timelines[email], running), title=f"[bold]{escape(email)}", expand=False))
    for item in played.outbox:
        title = f"Mail to {item.to}: {item.subject}" if item.kind == "email" else f"Slack {item.channel}: {item.template}"
        console.print(Panel(escape((item.text or "").strip()), title=escape(title), expand=False))
    console.print(f"[bold]Handoff[/] in {played.handoff_ms} ms: from the webhook to stage, mail, alert and clock")


def _lead(lead: dict[str, Any], timeline: list[dict[str, Any]], running: Instance) -> Group:
    score, table = lead["score"], Table(box=None, pad_edge=False, show_header=False)
    table.add_column(style="dim", no_wrap=True)
    table.add_column(style="cyan", no_wrap=True)
    table.add_column()
    table.add_column(style="dim")
    for entry in timeline:
        table.add_row(entry["at"][:16].replace("T", " "), entry["kind"], escape(entry["what"]), escape("; ".join(entry["why"])))
    stage = f"{lead['stage']}{' · ' + lead['sub_status'] if lead['sub_status'] else ''}"
    head = f"[bold]{stage}[/]{' · priority' if lead['priority'] else ''} · score {score['total']} of {score['threshold']}"
    return Group(head, table, f"[link]{running.run_url(lead['lead_id'])}")


def _verdict(console: Console, kept: list[Check]) -> None:
    for promise, ok in kept:
        console.print(f"[green]✓[/] {promise}" if ok else f"[bold red]✗ {promise}: it did not happen")


async def _until_interrupted(console: Console, running: Instance) -> None:
    console.print(f"Still running on {running.api_url} (key {running.api_key}). Ctrl-C stops it.")
    await asyncio.Event().wait()
