"""`leadworkflows lead`: what is known of one lead. `lead_command` and `lead_rights` have the rest."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import typer
from rich.console import Console

from leadworkflows.api.leads import EntryAnswer, lead_object
from leadworkflows.cli.errors import NO, stop
from leadworkflows.cli.lead_command import command
from leadworkflows.cli.lead_rights import erase, erasures, export
from leadworkflows.cli.lead_view import lead_view
from leadworkflows.cli.options import AsJson, DataDir, existing_database, settings_for
from leadworkflows.cli.who import Who, lead_id_of
from leadworkflows.domain.decisions import TimelineEntry, iso
from leadworkflows.settings import Settings
from leadworkflows.store import LeadRecord, Store

lead = typer.Typer(no_args_is_help=True, help="Leads.\n\nExample: leadworkflows lead show ada@example.com")
lead.command("command")(command)
lead.command("export")(export)
lead.command("erase")(erase)
lead.command("erasures")(erasures)


@lead.command("show")
def show(who: Who, data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """Show a lead: who it is, where it stands and why, and everything that happened.

    Reads the database, so it works whether or not anything runs. With --json, the lead as the API
    answers it, with its timeline as `entries`. Exit 1 when there is no such lead.

    Example: leadworkflows lead show ada@example.com
    """
    settings = existing_database(settings_for(data_dir))
    record, timeline = asyncio.run(_read(settings, who))
    if record is None:
        stop("There is no such lead.", NO)
    if as_json:
        entries = [_entry(each).model_dump() for each in timeline]
        typer.echo(json.dumps({**lead_object(record), "entries": entries}, indent=2))
    else:
        Console(highlight=False).print(lead_view(record.person, lead_object(record), timeline))


async def _read(settings: Settings, who: str) -> tuple[LeadRecord | None, list[TimelineEntry]]:
    async with Store.open(settings.database) as store:
        lead_id = await lead_id_of(store, who)
        record = await store.leads.get(lead_id) if lead_id else None
        return record, await store.timeline.of(record.lead_id) if record else []


def _entry(entry: TimelineEntry) -> EntryAnswer:
    kind: Any = entry.kind.value
    return EntryAnswer(at=iso(entry.at), kind=kind, what=entry.what, why=entry.why, policy=entry.policy)
