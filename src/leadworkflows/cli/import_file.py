"""`leadworkflows import`: lists, trade shows and referrals from a CSV file."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from pydantic import TypeAdapter, ValidationError
from rich.console import Console

from leadworkflows import bootstrap
from leadworkflows.cli.errors import NO, WrongUse, nearest
from leadworkflows.cli.import_view import preview, progress_bar
from leadworkflows.cli.options import AsJson, DataDir, settings_for
from leadworkflows.domain.events import EventType
from leadworkflows.domain.facts import Word
from leadworkflows.imports.columns import columns_of, read_maps
from leadworkflows.imports.mistakes import Mistakes
from leadworkflows.imports.rows import EVENT_TYPES, Reading
from leadworkflows.imports.run import SOURCE, Import, Outcome, only_check
from leadworkflows.imports.tabular import Table, TableUnreadable, open_table
from leadworkflows.policies.loader import DEFAULT_POLICY, load_policy
from leadworkflows.settings import Settings
from leadworkflows.sources.base import InboundEvent
from leadworkflows.store.records import Accepted

_WORD: TypeAdapter[str] = TypeAdapter(Word)

File = Annotated[
    Path, typer.Argument(metavar="FILE.csv", help="A CSV file with a row of headers.", show_default=False)
]
Map = Annotated[
    list[str] | None,
    typer.Option(
        "--map", metavar="HEADER=TOPIC", show_default=False,
        help='What a column is, such as "Firma=company" or "Fax=ignore"; repeat it for several.',
    ),
]  # fmt: skip
Channel = Annotated[
    str, typer.Option("--channel", help="Where these leads come from: trade_show, referral, list …")
]
Campaign = Annotated[
    str | None, typer.Option("--campaign", help="The campaign or trade show.", show_default=False)
]
Event = Annotated[
    str, typer.Option("--event", help="What each row is; facts_updated says who somebody is, and no more.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Check every row and import nothing.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Import without asking.")]


def import_file(
    file: File,
    maps: Map = None,
    channel: Channel = "list",
    campaign: Campaign = None,
    event: Event = EventType.FACTS_UPDATED.value,
    dry_run: DryRun = False,
    yes: Yes = False,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Import leads from a CSV file: a list, a trade show, referrals.

    Shows how the columns are understood and asks before it begins. The same row is taken once,
    however often it is imported. Rows that cannot be taken are put in FILE.errors.csv; then the exit
    status is 1. An imported lead is nurtured like any other: import only whom you may write to.

    Example: leadworkflows import fair.csv --channel trade_show --campaign hannover --map "Firma=company"
    """
    settings = settings_for(data_dir)
    console = Console(stderr=as_json, highlight=False)
    try:
        table = open_table(file)
        reading = Reading(
            columns_of(table.header, read_maps(maps or [])), _event(event),
            _word("--channel", channel), campaign and _word("--campaign", campaign),
        )  # fmt: skip
    except TableUnreadable as unreadable:
        raise WrongUse(str(unreadable)) from None
    if not as_json or not (dry_run or yes):
        preview(console, table, reading)
    if not (dry_run or yes):
        _ask(settings)
    with Mistakes(file, table.header, table.delimiter) as mistakes:
        done = _carry(settings, table, reading, mistakes, console, dry_run=dry_run)
    _tell(done, mistakes, dry_run=dry_run, as_json=as_json)
    raise typer.Exit(NO if done.refused else 0)


def _ask(settings: Settings) -> None:
    if not sys.stdin.isatty():
        raise WrongUse("Nobody is there to confirm: add --yes to import, or --dry-run to check the rows only")
    if not typer.confirm(f"\nImport into {_where(settings)}?", err=True):
        typer.echo("Nothing was imported.", err=True)
        raise typer.Exit(NO)


def _where(settings: Settings) -> str:
    return "the configured database" if settings.database_url else str(settings.data_dir)


def _carry(
    settings: Settings, table: Table, reading: Reading, mistakes: Mistakes, console: Console, *, dry_run: bool
) -> Outcome:
    with progress_bar(console, table.size) as tell:
        carried = Import(table, reading, mistakes, only_check, tell)
        try:
            asyncio.run(carried.run() if dry_run else _imported(settings, carried))
        except KeyboardInterrupt:
            _interrupted(carried.outcome)
    return carried.outcome


async def _imported(settings: Settings, carried: Import) -> None:
    classify = bootstrap.classifier(load_policy(settings.policy or DEFAULT_POLICY))
    async with await bootstrap.open_store(settings) as store:

        async def take(events: Sequence[InboundEvent]) -> Accepted:
            return await store.inbox.accept(SOURCE, events, datetime.now(UTC), classify=classify)

        carried.take = take
        await carried.run()


def _interrupted(done: Outcome) -> NoReturn:
    said = f"Stopped after {done.read:,} rows, {done.new:,} of them new; run it again to go on."
    typer.echo(f"leadworkflows: {said}", err=True)
    raise typer.Exit(NO) from None


def _tell(done: Outcome, mistakes: Mistakes, *, dry_run: bool, as_json: bool) -> None:
    errors = str(mistakes.path) if mistakes.count else None
    if as_json:
        counts: dict[str, Any] = asdict(done)
        if dry_run:
            counts = {"read": done.read, "importable": done.new, "refused": done.refused}
        typer.echo(json.dumps({**counts, "dry_run": dry_run, "errors": errors}))
        return
    if dry_run:
        typer.echo(f"{done.read:,} rows checked: {done.new:,} can be imported, {done.refused:,} cannot.")
    else:
        numbers = f"{done.new:,} new, {done.duplicates:,} duplicates, {done.refused:,} refused"
        typer.echo(f"{done.read:,} rows read: {numbers}.")
    if errors:
        typer.echo(f"What is wrong with each refused row: {errors}. Correct it there and import that file.")
    if mistakes.kept:
        typer.echo(f"The file of errors that was there before is now {mistakes.kept}.")


def _event(text: str) -> EventType:
    if text not in set(EVENT_TYPES):
        raise WrongUse(
            f"--event: a row cannot be {text!r}; {nearest(text, [each.value for each in EVENT_TYPES])}"
        )
    return EventType(text)


def _word(option: str, text: str) -> str:
    try:
        return _WORD.validate_python(text)
    except ValidationError as error:
        raise WrongUse(f"{option}: {error.errors()[0]['ctx']['error']}") from None
