"""`leadworkflows report`: the numbers of the dashboard (R1 to R8), to read, as JSON, or for a spreadsheet."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from leadworkflows.cli.errors import WrongUse
from leadworkflows.cli.options import AsJson, DataDir, existing_database, settings_for
from leadworkflows.cli.report_view import as_csv, as_json, show
from leadworkflows.cli.report_watch import watch
from leadworkflows.reports import named
from leadworkflows.reports.costs import CostsRejected, read_costs
from leadworkflows.reports.named import Name, Query, Report
from leadworkflows.reports.periods import BadQuery
from leadworkflows.reports.shapes import Dimension, Filters, FunnelStage
from leadworkflows.store import Store
from leadworkflows.store.migrate import upgrade

report = typer.Typer(
    no_args_is_help=True,
    help="The funnel in numbers.\n\nExample: leadworkflows report funnel --by channel --since 2026-01",
)

Since = Annotated[
    str | None, typer.Option("--since", metavar="MONTH", help="From this month, such as 2026-01.")
]
Until = Annotated[
    str | None,
    typer.Option("--until", metavar="MONTH", help="To the end of this month; else of ours."),
]
By = Annotated[Dimension, typer.Option("--by", help="What the rows are.")]
Channel = Annotated[str | None, typer.Option("--channel", help='Of this channel alone; "": not known.')]
Segment = Annotated[str | None, typer.Option("--segment", help="Of this segment alone.")]
Persona = Annotated[str | None, typer.Option("--persona", help="Of this persona alone.")]
Industry = Annotated[str | None, typer.Option("--industry", help="Of this industry alone.")]
Country = Annotated[str | None, typer.Option("--country", help="Of this country alone, such as DE.")]
Owner = Annotated[str | None, typer.Option("--owner", help="Of this person in sales alone, by id.")]
AsCsv = Annotated[bool, typer.Option("--csv", help="Print CSV.")]
_EXAMPLE = "\n\nExample: leadworkflows report {name} --since 2026-01{more}"
_GROUPED: dict[Name, str] = {
    "funnel": "R1: how many leads entered each stage, and what became of them.",
    "returned": "R6: the SALs that sales returned.",
}
_PLAIN: dict[Name, str] = {
    "benchmarks": "R2: conversion of MQLs to SQLs by industry, against what is usual in the sector.",
    "times": "R4: how long leads take from stage to stage: quartiles, in seconds.",
    "reasons": "R5: why leads were returned, lost, disqualified or given up.",
    "reps": "R5: what each person in sales accepted and returned.",
    "rules": "R5: which rules came before accepted leads and which before returned ones.",
    "levels": "R7: how service levels were kept.",
    "contacted": "R7: SQLs contacted within 24 hours against later.",
}


def _grouped(name: Name) -> None:
    def run(
        by: By = "month", since: Since = None, until: Until = None, channel: Channel = None,
        segment: Segment = None, persona: Persona = None, industry: Industry = None,
        country: Country = None, owner: Owner = None,
        data_dir: DataDir = None, json_: AsJson = False, csv_: AsCsv = False,
    ) -> None:  # fmt: skip
        filters = Filters(channel, segment, persona, industry, country, owner)
        _answer(name, Query(since, until, by=by, filters=filters), data_dir, json_=json_, csv_=csv_)

    more = _EXAMPLE.format(name=name, more=" --by channel --csv")
    report.command(name, help=f"{_GROUPED[name]}{more}")(run)


def _plain(name: Name) -> None:
    def run(
        since: Since = None, until: Until = None, channel: Channel = None,
        segment: Segment = None, persona: Persona = None, industry: Industry = None,
        country: Country = None, owner: Owner = None,
        data_dir: DataDir = None, json_: AsJson = False, csv_: AsCsv = False,
    ) -> None:  # fmt: skip
        filters = Filters(channel, segment, persona, industry, country, owner)
        _answer(name, Query(since, until, filters=filters), data_dir, json_=json_, csv_=csv_)

    report.command(name, help=f"{_PLAIN[name]}{_EXAMPLE.format(name=name, more='')}")(run)


@report.command("channels")
def channels(
    of: Annotated[FunnelStage, typer.Option("--of", help="Converted from this stage.")] = "mql",
    to: Annotated[FunnelStage, typer.Option("--to", help="Converted to this stage.")] = "sql",
    since: Since = None,
    until: Until = None,
    data_dir: DataDir = None,
    json_: AsJson = False,
    csv_: AsCsv = False,
) -> None:
    """R3: a conversion of each channel, month against month.

    Example: leadworkflows report channels --of mql --to sql --since 2026-01
    """
    _answer("channels", Query(since, until, of=of, to=to), data_dir, json_=json_, csv_=csv_)


@report.command("costs")
def costs(
    file: Annotated[
        Path | None,
        typer.Argument(
            metavar="[FILE]",
            help="A CSV of channel, month, amount, currency to take in.",
            show_default=False,
        ),
    ] = None,
    since: Since = None,
    until: Until = None,
    data_dir: DataDir = None,
    json_: AsJson = False,
    csv_: AsCsv = False,
) -> None:
    """R8: what a customer cost, by channel; with a file, take in first what channels cost.

    Of a channel's month the last word counts. Either every line is taken or none.

    Example: leadworkflows report costs costs.csv --since 2026-01
    """
    if file is not None:
        _take_costs(file, data_dir)
    _answer("costs", Query(since, until), data_dir, json_=json_, csv_=csv_)


@report.command("rebuild")
def rebuild(data_dir: DataDir = None, json_: AsJson = False) -> None:
    """Count everything again from the timelines, while all goes on.

    Nobody needs to, unless the database was changed by hand.

    Example: leadworkflows report rebuild
    """
    settings = existing_database(settings_for(data_dir))
    upgrade(settings.database)
    n = asyncio.run(_rebuilt(settings.database))
    leads = "lead" if n == 1 else "leads"
    typer.echo(json.dumps({"leads": n}) if json_ else f"Counted again from the timelines of {n} {leads}.")


async def _rebuilt(database: str) -> int:
    async with Store.open(database) as store:
        return await store.funnel.rebuild()


def _answer(name: Name, query: Query, data_dir: Path | None, *, json_: bool, csv_: bool) -> None:
    if json_ and csv_:
        raise WrongUse("--json and --csv: choose one of them")
    settings = existing_database(settings_for(data_dir))
    try:
        found = asyncio.run(_asked(settings.database, name, query))
    except BadQuery as bad:
        raise WrongUse(f"--{bad.field} {bad.problem}; {bad.fix}") from None
    if csv_:
        typer.echo(as_csv(found), nl=False)
    elif json_:
        typer.echo(as_json(found))
    else:
        show(found)


async def _asked(database: str, name: Name, query: Query) -> Report:
    async with Store.open(database) as store:
        return await named.report(store, name, query, datetime.now(UTC))


def _take_costs(file: Path, data_dir: Path | None) -> None:
    settings = existing_database(settings_for(data_dir))
    try:
        taken = read_costs(file.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError:
        raise WrongUse(f"{file} is no text in UTF-8: save it as CSV (UTF-8)") from None
    except CostsRejected as rejected:
        raise WrongUse(f"{file}: {rejected}") from None
    upgrade(settings.database)

    async def put() -> int:
        async with Store.open(settings.database) as store:
            return await store.costs.put(taken)

    typer.echo(f"Took in {asyncio.run(put())} costs.", err=True)


for _name in _GROUPED:
    _grouped(_name)
for _name in _PLAIN:
    _plain(_name)
report.command("watch")(watch)
