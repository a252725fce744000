"""Everything in one process on an embedded Temporal server: what `dev` and `demo` run."""

from __future__ import annotations

import os
import secrets
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from pydantic import SecretStr
from temporalio.client import Client

from leadworkflows import bootstrap
from leadworkflows.api.app import create_app
from leadworkflows.domain.policy import Policy
from leadworkflows.embedded import EmbeddedServer
from leadworkflows.playground import KEY_FILE, with_playground_secrets
from leadworkflows.policies.loader import DEFAULT_POLICY, load_policy
from leadworkflows.serving import bind, serving
from leadworkflows.settings import Settings
from leadworkflows.store import Store
from leadworkflows.tracing.setup import traced
from leadworkflows.web import pages
from leadworkflows.worker import running

HOST = "127.0.0.1"
_DEFAULT_URL = Settings.model_fields["public_url"].default


@dataclass(frozen=True)
class Ports:
    """Where an instance listens; 0 takes a free port."""

    api: int = 8080
    temporal: int = 7233
    ui: int = 8233


@dataclass(frozen=True)
class Instance:
    """A running instance and its addresses."""

    settings: Settings
    store: Store
    client: Client
    policy: Policy
    server: EmbeddedServer
    api_url: str
    api_key: str

    def run_url(self, lead_id: str) -> str:
        """A lead's run in the Temporal UI."""
        return bootstrap.run_url(self.settings, lead_id) or self.server.ui_url


@asynccontextmanager
async def instance(settings: Settings, ports: Ports) -> AsyncIterator[Instance]:
    """A whole instance on its data folder, stopped in the reverse order of its start.

    Raises before anything is started: PolicyRejected, AddressTaken; and the errors of the embedded
    server and of the store.
    """
    load_policy(settings.policy or DEFAULT_POLICY)
    async with AsyncExitStack() as stack:
        stack.enter_context(traced("dev", settings.traces_endpoint, settings.traces_share))
        listening = bind(HOST, ports.api)
        stack.callback(listening.close)
        settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        api_url = f"http://localhost:{listening.getsockname()[1]}"
        server = await stack.enter_async_context(EmbeddedServer(settings.data_dir, ports.temporal, ports.ui))
        settings, api_key = _own(settings, api_url, server)
        store = await stack.enter_async_context(await bootstrap.open_store(settings))
        policy = await bootstrap.activate_policy(settings, store)
        bootstrap.install_policies(settings, policy)
        client = await bootstrap.connect_temporal(settings)
        relay = bootstrap.build_relay(settings, store, client)
        cards, presses = (
            bootstrap.build_cards(settings, store),
            bootstrap.build_presses(settings, store, client),
        )
        worker = bootstrap.build_worker(settings, store, client, cards.notify)
        schedules = bootstrap.build_schedules(settings, store, client)
        around = bootstrap.beside_the_worker(settings, store, policy, relay, cards, presses, schedules)
        await stack.enter_async_context(running(worker, await stack.enter_async_context(around)))
        bootstrap.read_tables()
        app = create_app(bootstrap.build_api(settings, store, client, policy, relay, presses))
        pages.install(app, partial(bootstrap.run_url, settings))
        await stack.enter_async_context(serving(app, listening))
        yield Instance(settings, store, client, policy, server, api_url, api_key)


def _own(settings: Settings, api_url: str, server: EmbeddedServer) -> tuple[Settings, str]:
    """The settings with this instance's addresses, a key, and a secret for each source."""
    keys = settings.api_keys or [SecretStr(_kept_key(settings.data_dir))]
    public = api_url if settings.public_url == _DEFAULT_URL else settings.public_url
    changes = {
        "temporal_address": server.address,
        "temporal_ui_url": server.ui_url,
        "public_url": public,
        "api_keys": keys,
        # A release is one process here: a lead that waited for the one before would wait for ever.
        "worker_deployment": None,
    }
    api_key = keys[0].get_secret_value()
    return with_playground_secrets(settings.model_copy(update=changes), api_key), api_key


def _kept_key(data_dir: Path) -> str:
    """The key that this data folder's first start made."""
    path = data_dir / KEY_FILE
    if not path.exists():
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(f"lw_{secrets.token_urlsafe(24)}")
    return path.read_text().strip()
