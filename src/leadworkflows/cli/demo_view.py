"""How the demo shows what it did: each lead with its reasons, each mail and alert as it would look."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rich.console import Console, Group
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from leadworkflows.demo.checks import Check
from leadworkflows.demo.play import Played
from leadworkflows.demo.reading import card_lines
from leadworkflows.dev import Instance
from leadworkflows.store.records import OutboxItem


def as_json(played: Played) -> dict[str, Any]:
    """The demo's result for machines."""
    return {
        "leads": list(played.leads.values()),
        "outbox": [_item(item) for item in played.outbox],
        "handoff_ms": played.handoff_ms,
    }


def _item(item: OutboxItem) -> dict[str, Any]:
    if item.kind == "email":
        return {"kind": "email", "to": item.to, "content": item.content, "lead_id": item.lead_id}
    return {"kind": "slack", "channel": item.channel, "template": item.template, "lead_id": item.lead_id}


def show(console: Console, running: Instance, played: Played) -> None:
    """Everything that came of the demo, for a person."""
    for email, lead in played.leads.items():
        body = Group(_headline(lead), _timeline(played.timelines[email]))
        console.print(Panel(body, title=Text(email, style="bold"), title_align="left"))
        console.print(Text(f"  In Temporal: {running.run_url(lead['lead_id'])}\n"), soft_wrap=True)
    for item in played.outbox:
        console.print(Panel(Text(_body(item)), title=Text(_title(item)), title_align="left", width=90))
    console.print(
        f"[bold]Handed off in {played.handoff_ms} ms[/]: from the demo request's webhook to stage, "
        "confirmation, alert and clock.\n"
    )


def verdict(console: Console, kept: Iterable[Check]) -> None:
    """Every promise, and whether it was kept."""
    for promise, ok in kept:
        console.print(f"[green]✓[/] {promise}" if ok else f"[bold red]✗ {promise}: it did not happen[/]")


def _headline(lead: dict[str, Any]) -> str:
    score, sub_status = lead["score"], lead["sub_status"]
    parts = [
        f"[bold]{lead['stage'].upper()}[/]" + (f" ({sub_status.replace('_', ' ')})" if sub_status else ""),
        "priority" if lead["priority"] else "",
        f"score {score['total']} of {score['threshold']}",
        f"segment {lead['segment']}",
    ]
    return " · ".join(part for part in parts if part)


def _timeline(entries: list[dict[str, Any]]) -> Table:
    table = Table(box=None, pad_edge=False, show_header=False)
    for style in ("dim", "cyan", "", "dim"):
        table.add_column(style=style, no_wrap=style == "cyan", overflow="fold")
    for entry in entries:
        at, why = entry["at"][5:16].replace("T", " "), escape(" · ".join(entry["why"]))
        table.add_row(at, entry["kind"], escape(entry["what"]), why)
    return table


def _title(item: OutboxItem) -> str:
    if item.kind == "email":
        return f"Mail to {item.to}: {item.subject}"
    return f"Slack {item.channel}: {item.template}"


def _body(item: OutboxItem) -> str:
    return "\n".join(card_lines(item.blocks)) if item.blocks else (item.text or "").strip()
