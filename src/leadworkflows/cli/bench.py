"""`leadworkflows bench`: measure on this machine what the README tells."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from functools import partial
from typing import Annotated, Any, TypeVar

import typer
from pydantic import BaseModel
from rich.console import Console
from temporalio.service import RPCError

from leadworkflows.bench.api_process import ApiNotStarted
from leadworkflows.bench.core import measure_core
from leadworkflows.bench.handoff import measure_handoff
from leadworkflows.bench.ingress import measure
from leadworkflows.bench.lifecycle import measure_lifecycle
from leadworkflows.bench.load import LoadRefused
from leadworkflows.bench.processes import Installation, beside_bare_workflows
from leadworkflows.bench.report import QUICK, Report, Sizes, measure_all
from leadworkflows.bench.sleeping import measure_sleeping
from leadworkflows.bench.throughput import measure_throughput
from leadworkflows.cli.bench_view import figures_table, targets_table
from leadworkflows.cli.errors import NO, stop
from leadworkflows.cli.options import AsJson, check_database
from leadworkflows.embedded.errors import EmbeddedServerError
from leadworkflows.serving import fast_loop

_SIZES = Sizes()
_Figures = TypeVar("_Figures", bound=BaseModel)

bench = typer.Typer(
    help="Measure all of it on this machine, or one thing by its name.\n\nExample: leadworkflows bench --json"
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
Quick = Annotated[bool, typer.Option("--quick", help="A tiny run, to see that all can be measured.")]
Turns = Annotated[int, typer.Option("--turns", min=1, help="Turns of each; what is told is the median.")]
Requests = Annotated[int, typer.Option("--requests", min=1, help="Demo requests in each round.")]
Leads = Annotated[int, typer.Option("--leads", min=1, help="Leads to put to sleep with the cache full.")]
Cache = Annotated[int, typer.Option("--cache", min=1, help="The bound of the worker's cache, filled first.")]
Seconds = Annotated[float, typer.Option("--seconds", min=0.1, help="How long each of the two is run.")]


@bench.callback(invoke_without_command=True)
def everything(context: typer.Context, quick: Quick = False, as_json: AsJson = False) -> None:
    """Measure all of it, one after the other, and say which targets are met.

    Takes about ten minutes; let the machine do nothing else. Uses processes and data of its own.

    Example: leadworkflows bench --json
    """
    if context.invoked_subcommand is not None:
        return
    report = _run(measure_all(QUICK if quick else _SIZES, None, _tell))
    _show(report, as_json)
    if not as_json:
        Console().print(targets_table(report.targets))


@bench.command("ingress")
def ingress(
    deliveries: Deliveries = _SIZES.deliveries,
    connections: Connections = _SIZES.connections,
    rounds: Rounds = _SIZES.rounds,
    database: EmptyDatabase = None,
    as_json: AsJson = False,
) -> None:
    """Acknowledge signed webhooks, each on disk, beside what bare Temporal starts in the same time.

    Takes about a minute. Uses an API process, a Temporal server and data of its own.

    Example: leadworkflows bench ingress --json
    """
    if database is not None:
        check_database(database)
    _show(_run(measure(deliveries, connections, rounds, database, _tell)), as_json)


@bench.command("handoff")
def handoff(turns: Turns = _SIZES.turns, as_json: AsJson = False) -> None:
    """From the POST of a demo request to the request at Slack, beside a bare workflow's.

    Example: leadworkflows bench handoff --turns 100
    """
    _show(_run(_beside(partial(measure_handoff, turns=turns, tell=_tell))), as_json)


@bench.command("throughput")
def throughput(
    requests: Requests = _SIZES.requests, rounds: Rounds = _SIZES.rounds, as_json: AsJson = False
) -> None:
    """Demo requests fully handled a second, beside bare workflows that make the same two calls.

    Example: leadworkflows bench throughput --rounds 5
    """
    measuring = partial(measure_throughput, requests=requests, rounds=rounds, tell=_tell)
    _show(_run(_beside(measuring)), as_json)


@bench.command("lifecycle")
def lifecycle(as_json: AsJson = False) -> None:
    """What a whole life costs on Temporal: actions by the server's counter, and events of history.

    Example: leadworkflows bench lifecycle --json
    """
    _show(_run(measure_lifecycle(_tell)), as_json)


@bench.command("sleeping")
def sleeping(leads: Leads = _SIZES.leads, cache: Cache = _SIZES.cache, as_json: AsJson = False) -> None:
    """The memory of worker and server for leads that were opened and sleep.

    Example: leadworkflows bench sleeping --leads 10000
    """
    _show(_run(measure_sleeping(leads, cache, _tell)), as_json)


@bench.command("core")
def core(seconds: Seconds = _SIZES.core_s, as_json: AsJson = False) -> None:
    """Events a second through the core, in memory, on one core of the machine.

    Example: leadworkflows bench core
    """
    _show(measure_core(seconds), as_json)


async def _beside(measuring: Callable[[Installation], Awaitable[_Figures]]) -> _Figures:
    async with beside_bare_workflows() as running:
        return await measuring(running)


def _run(measuring: Coroutine[Any, Any, _Figures]) -> _Figures:
    try:
        with asyncio.Runner(loop_factory=fast_loop) as runner:
            return runner.run(measuring)
    except (ApiNotStarted, LoadRefused, EmbeddedServerError) as error:
        stop(str(error), NO)
    except TimeoutError:
        stop("a process that is measured did not do its work in time", NO)
    except RPCError as error:
        stop(f"the Temporal server refused: {error.status.name}", NO)


def _tell(text: str) -> None:
    Console(stderr=True).print(text)


def _show(figures: BaseModel, as_json: bool) -> None:
    if as_json:
        typer.echo(figures.model_dump_json(indent=2))
        return
    parts = dict(figures) if isinstance(figures, Report) else {"figures": figures}
    for name, part in parts.items():
        if isinstance(part, BaseModel):
            Console().print(figures_table(name, part))
