"""`leadworkflows bench`: measure on this machine what the README tells."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from leadworkflows.bench.api_process import ApiNotStarted
from leadworkflows.bench.ingress import IngressFigures, measure
from leadworkflows.bench.load import LoadRefused
from leadworkflows.cli.errors import NO, stop
from leadworkflows.cli.options import AsJson, check_database
from leadworkflows.serving import fast_loop

bench = typer.Typer(
    no_args_is_help=True,
    help="Measure this installation on this machine.\n\nExample: leadworkflows bench ingress --json",
)

Deliveries = Annotated[int, typer.Option("--deliveries", min=100, help="Webhooks in each round.")]
Connections = Annotated[int, typer.Option("--connections", min=1, max=1024, help="Open connections.")]
Rounds = Annotated[int, typer.Option("--rounds", min=1, help="Rounds; what is told is the median.")]
EmptyDatabase = Annotated[
    str | None,
    typer.Option(
        "--database", metavar="URL", show_default=False,
        help="An empty database to measure on; without it, SQLite in a throw-away folder.",
    ),
]  # fmt: skip


@bench.callback()
def _bench() -> None:
    """Room for further measurements."""


@bench.command("ingress")
def ingress(
    deliveries: Deliveries = 10_000,
    connections: Connections = 64,
    rounds: Rounds = 3,
    database: EmptyDatabase = None,
    as_json: AsJson = False,
) -> None:
    """Acknowledge signed webhooks, each on disk, beside what bare Temporal starts in the same time.

    Takes about a minute. Uses an API process, a Temporal server and data of its own.

    Example: leadworkflows bench ingress --json
    """
    if database is not None:
        check_database(database)
    tell = Console(stderr=True).print
    try:
        with asyncio.Runner(loop_factory=fast_loop) as runner:
            figures = runner.run(measure(deliveries, connections, rounds, database, tell))
    except (ApiNotStarted, LoadRefused) as error:
        stop(str(error), NO)
    if as_json:
        typer.echo(figures.model_dump_json(indent=2))
    else:
        Console().print(_table(figures))


def _table(figures: IngressFigures) -> Table:
    table = Table(
        "figure", "value", title=f"Ingress on {figures.database}, {figures.connections} connections"
    )
    for name, value in figures.model_dump().items():
        table.add_row(name, f"{value:,}" if isinstance(value, int | float) else str(value))
    return table
