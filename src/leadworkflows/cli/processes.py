"""`leadworkflows api` and `leadworkflows worker`: the processes of a production installation."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from functools import partial
from typing import Annotated

import structlog
import typer
from temporalio.client import Client
from temporalio.service import RPCError

from leadworkflows import bootstrap
from leadworkflows.api.app import create_app, create_health_app
from leadworkflows.cli import logs
from leadworkflows.cli.errors import WrongUse
from leadworkflows.cli.exposed import require_locks
from leadworkflows.cli.options import DataDir, Port, settings_for
from leadworkflows.cli.policy_check import check_policy, policy_path
from leadworkflows.cli.stopping import for_ever, until_stopped
from leadworkflows.domain.policy import Policy
from leadworkflows.serving import bind, collect_seldom, fast_loop, leave_the_start_alone, serving
from leadworkflows.settings import Settings
from leadworkflows.store import Store
from leadworkflows.tracing.setup import traced
from leadworkflows.web import pages
from leadworkflows.worker import Runs, running

_log = structlog.get_logger(__name__)
_FIRST_WAIT_S, _LONGEST_WAIT_S = 0.5, 10.0
_NEWS_WITHIN_S = 0.01
"""How often a worker asks whether an API accepted something: sales are told of a request at once."""

Host = Annotated[str, typer.Option("--host", help="Address to listen on; 0.0.0.0 is every network.")]
HealthPort = Annotated[
    int | None,
    typer.Option(
        "--health-port", min=0, max=65535, show_default=False,
        help="Answer /healthz, /readyz and /metrics there; without it, nothing listens.",
    ),
]  # fmt: skip
SdkMetricsPort = Annotated[
    int | None,
    typer.Option(
        "--sdk-metrics-port", min=1, max=65535, show_default=False,
        help="Let Temporal's SDK answer /metrics there, on its pollers, slots and cache.",
    ),
]  # fmt: skip
Patience = Annotated[
    float | None,
    typer.Option(
        "--connect-within", min=0, metavar="SECONDS", show_default=False,
        help="Give up with exit 2 when Temporal cannot be reached for so long; without it, try for ever.",
    ),
]  # fmt: skip


def api(data_dir: DataDir = None, host: Host = "127.0.0.1", port: Port = 8080) -> None:
    """Take webhooks and events in, and answer what is known of leads.

    Needs the database alone: while Temporal is away events are acknowledged and wait. Listens for other
    machines only where a key and LEADWORKFLOWS_DASHBOARD_PASSWORD are set.

    Example: LEADWORKFLOWS_DATABASE_URL=postgresql://… leadworkflows api --host 0.0.0.0
    """
    settings = _prepared(data_dir)
    collect_seldom()
    with asyncio.Runner(loop_factory=fast_loop) as runner:
        runner.run(until_stopped(_api(settings, host, port), for_ever, _say_stopping))


def worker(
    data_dir: DataDir = None,
    connect_within: Patience = None,
    host: Host = "127.0.0.1",
    health_port: HealthPort = None,
    sdk_metrics_port: SdkMetricsPort = None,
) -> None:
    """Hand events on to the leads' workflows, run these, and perform what they decide.

    Start as many as you like. Waits for the Temporal server of LEADWORKFLOWS_TEMPORAL_ADDRESS.

    Example: LEADWORKFLOWS_TEMPORAL_ADDRESS=temporal:7233 leadworkflows worker
    """
    settings = _prepared(data_dir, f"{host}:{sdk_metrics_port}" if sdk_metrics_port else None)
    leave_the_start_alone()
    listening = None if health_port is None else bind(host, health_port)
    with asyncio.Runner(loop_factory=fast_loop) as runner:
        runner.run(until_stopped(_worker(settings, connect_within, listening), for_ever, _say_stopping))


def _prepared(data_dir: DataDir, sdk_metrics: str | None = None) -> Settings:
    logs.configure(as_json=True)
    try:
        logs.forward_core(as_json=True, metrics=sdk_metrics)
    except ValueError as error:
        raise WrongUse(
            f"Temporal's SDK cannot listen on {sdk_metrics}: take a free port with --sdk-metrics-port,"
            " and an IP address with --host"
        ) from error
    settings = settings_for(data_dir)
    check_policy(policy_path(settings), settings.content_dir)
    return settings


@asynccontextmanager
async def _api(settings: Settings, host: str, port: int) -> AsyncIterator[None]:
    async with AsyncExitStack() as stack:
        stack.enter_context(traced("api", settings.traces_endpoint, settings.traces_share))
        listening = bind(host, port)
        stack.callback(listening.close)
        store = await stack.enter_async_context(await bootstrap.open_store(settings))
        await require_locks(host, settings, store)
        policy = await bootstrap.activate_policy(settings, store)
        client = await bootstrap.connect_temporal(settings, lazy=True)
        bootstrap.read_tables()
        app = create_app(bootstrap.build_api(settings, store, client, policy, relay=None))
        pages.install(app, partial(bootstrap.run_url, settings))
        await stack.enter_async_context(serving(app, listening))
        _log.info("api.started", host=host, port=listening.getsockname()[1], policy=policy.id)
        yield


@asynccontextmanager
async def _worker(
    settings: Settings, connect_within: float | None, listening: socket.socket | None
) -> AsyncIterator[None]:
    async with AsyncExitStack() as stack:
        stack.enter_context(traced("worker", settings.traces_endpoint, settings.traces_share))
        store = await stack.enter_async_context(await bootstrap.open_store(settings))
        policy = await bootstrap.activate_policy(settings, store)
        bootstrap.install_policies(settings, policy)
        if listening is not None:
            # Before Temporal: a worker that waits for it is as it should be, and can be asked so.
            await stack.enter_async_context(await _watched(settings, store, policy, listening))
        client = await _connected(settings, connect_within)
        relay = bootstrap.build_relay(settings, store, client, _NEWS_WITHIN_S)
        cards, presses = (
            bootstrap.build_cards(settings, store),
            bootstrap.build_presses(settings, store, client),
        )
        worker = bootstrap.build_worker(settings, store, client, cards.notify)
        schedules = bootstrap.build_schedules(settings, store, client)
        others: list[Runs] = [cards, presses, schedules, *bootstrap.first_release(settings, client)]
        others += bootstrap.release_watch(settings, client)
        around = bootstrap.beside_the_worker(settings, store, policy, relay, *others)
        await stack.enter_async_context(running(worker, await stack.enter_async_context(around)))
        _log.info("worker.started", task_queue=settings.task_queue, policy=policy.id)
        yield


async def _watched(
    settings: Settings, store: Store, policy: Policy, listening: socket.socket
) -> AbstractAsyncContextManager[None]:
    client = await bootstrap.connect_temporal(settings, lazy=True)
    app = create_health_app(bootstrap.build_api(settings, store, client, policy, relay=None))
    _log.info("worker.watched", port=listening.getsockname()[1])
    return serving(app, listening)


async def _connected(settings: Settings, within: float | None) -> Client:
    """A client once Temporal answers. Raises WrongUse when it did not `within` so many seconds."""
    try:
        async with asyncio.timeout(within):
            return await _patiently(settings)
    except TimeoutError:
        raise WrongUse(
            f"Temporal at {settings.temporal_address} did not answer within {within:g} s:"
            " start it, or correct LEADWORKFLOWS_TEMPORAL_ADDRESS"
        ) from None


async def _patiently(settings: Settings) -> Client:
    wait = _FIRST_WAIT_S
    while True:
        try:
            client = await bootstrap.connect_temporal(settings)
            await client.count_workflows()  # the namespace must be there too
        except (RuntimeError, RPCError) as error:  # a refused connection is a RuntimeError in the SDK
            status = error.status.name if isinstance(error, RPCError) else "UNREACHABLE"
            _log.warning(
                "worker.waits_for_temporal", address=settings.temporal_address, status=status, again_in_s=wait
            )
            await asyncio.sleep(wait)
            wait = min(wait * 2, _LONGEST_WAIT_S)
        else:
            return client


def _say_stopping() -> None:
    _log.info("process.stopping")
