"""`leadworkflows report watch`: what the funnel watch would find now. It opens, closes and tells nothing."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime

import typer
from rich import box
from rich.console import Console
from rich.table import Table

from leadworkflows.cli.options import AsJson, DataDir, existing_database, settings_for
from leadworkflows.policies.loader import load_policy
from leadworkflows.reports.look import Day, look
from leadworkflows.reports.named import active_policy
from leadworkflows.reports.watch import Found
from leadworkflows.store import Store


def watch(data_dir: DataDir = None, json_: AsJson = False) -> None:
    """A1, A2 and R6: what the funnel watch would find now.

    Nothing is opened, closed or told by it, and drops are looked for on any day.

    Example: leadworkflows report watch
    """
    settings = existing_database(settings_for(data_dir))
    found = asyncio.run(_found(settings.database))
    if json_:
        told = [{"code": each.code, "subject": each.subject, "summary": each.summary, "figures": each.figures}
                for each in found]  # fmt: skip
        typer.echo(json.dumps(told, indent=2, ensure_ascii=False))
    else:
        _show(found)


async def _found(database: str) -> list[Found]:
    async with Store.open(database) as store:
        policy = await active_policy(store) or load_policy()
        day = Day.at(datetime.now(UTC), policy.calendar.zone)
        return await look(store.database, policy, day, for_drops=True)


def _show(found: list[Found]) -> None:
    console = Console()
    if not found:
        console.print("Nothing is found.")
        return
    table = Table(box=box.SIMPLE_HEAD)
    table.add_column("")
    table.add_column("found", overflow="fold")
    for each in found:
        table.add_row(each.code, each.summary)
    console.print(table)
