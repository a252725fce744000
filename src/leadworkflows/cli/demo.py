"""`leadworkflows demo`: the main job on a private instance, with its reasons."""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer
from pydantic import SecretStr
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource
from rich.console import Console

from leadworkflows.cli import demo_view, logs
from leadworkflows.cli.demo_year import serve_year
from leadworkflows.cli.errors import NO
from leadworkflows.cli.options import AsJson, DataDir
from leadworkflows.cli.stopping import for_ever, until_stopped
from leadworkflows.demo.checks import checks
from leadworkflows.demo.play import Player
from leadworkflows.demo.webhooks import STANDARD_SECRET, TYPEFORM_SECRET
from leadworkflows.dev import Instance, Ports, instance
from leadworkflows.settings import Settings, SourceSettings

Keep = Annotated[bool, typer.Option("--keep", help="Leave the instance running until Ctrl-C.")]
Year = Annotated[
    bool, typer.Option("--year", help="Fill a playground with a year of leads and serve it until Ctrl-C.")
]
Seed = Annotated[int, typer.Option("--seed", help="With --year: the same seed gives the same people.")]
Leads = Annotated[int, typer.Option("--leads", min=1, max=20_000, help="With --year: how many leads come.")]
_FREE = "free with the story, as `dev` has it with --year"
Port = Annotated[int | None, typer.Option("--port", min=0, max=65535, help=f"Port of the API; {_FREE}.")]
TemporalPort = Annotated[
    int | None, typer.Option("--temporal-port", min=0, max=65535, help=f"Port of Temporal; {_FREE}.")
]
UiPort = Annotated[
    int | None, typer.Option("--ui-port", min=0, max=65535, help=f"Port of the Temporal UI; {_FREE}.")
]


def demo(
    as_json: AsJson = False,
    keep: Keep = False,
    data_dir: DataDir = None,
    port: Port = None,
    temporal_port: TemporalPort = None,
    ui_port: UiPort = None,
    year: Year = False,
    seed: Seed = 1,
    leads: Leads = 2_000,
) -> None:
    """Run the main job on real input: signed webhooks in, stages, mails and alerts out.

    A private instance on free ports in a temporary folder; nothing leaves this machine. Exits with 1
    when anything that it promises did not happen.

    With --year it plays a year of 2,000 invented leads instead, through the same core, and serves the
    dashboard on it: in a temporary folder, or in --data-dir, where it stays.

    Example: leadworkflows demo --year
    """
    logs.configure(quiet=True)
    logs.forward_core(as_json=False)
    if year:
        usual = Ports()
        ports = Ports(_or(port, usual.api), _or(temporal_port, usual.temporal), _or(ui_port, usual.ui))
        with _folder(data_dir) as folder:
            serve_year(_private(folder), ports, seed, leads, as_json=as_json)
        return
    stage = _Stage(as_json=as_json, keep=keep)
    with _folder(data_dir) as folder:
        ports = Ports(port or 0, temporal_port or 0, ui_port or 0)
        asyncio.run(until_stopped(instance(_private(folder), ports), stage.perform, lambda: None))
    raise typer.Exit(0 if stage.kept else NO)


def _or(port: int | None, usual: int) -> int:
    return usual if port is None else port


@contextmanager
def _folder(data_dir: Path | None) -> Iterator[Path]:
    """The given folder, or one that goes with the demo."""
    if data_dir is not None:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        yield data_dir
        return
    with tempfile.TemporaryDirectory(prefix="leadworkflows-demo-") as made:
        yield Path(made)


class _Stage:
    """Plays on a running instance and shows what came of it. `kept`: every promise was."""

    def __init__(self, *, as_json: bool, keep: bool) -> None:
        self._as_json, self._keep = as_json, keep
        self._console = Console(stderr=as_json, highlight=False)
        self.kept = False

    async def perform(self, running: Instance) -> None:
        """The whole demo; with `keep` it stays until it is told to go."""
        self._console.print(
            f"A private instance runs on {running.api_url}, Temporal's UI on {running.server.ui_url}"
        )
        headers = {"Authorization": f"Bearer {running.api_key}"}
        async with httpx.AsyncClient(base_url=running.api_url, headers=headers, timeout=30) as http:
            played = await Player(running, http).play()
        if self._as_json:
            typer.echo(json.dumps(demo_view.as_json(played), indent=2))
        else:
            demo_view.show(self._console, running, played)
        held = checks(played)
        demo_view.verdict(self._console, held)
        self.kept = all(ok for _, ok in held)
        if self._keep:
            self._console.print(
                f"\nStill running on {running.api_url}, key {running.api_key}. Ctrl-C stops it."
            )
            await for_ever(running)


class _OnlyGiven(Settings):
    """Settings that read neither the environment nor `.env`."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - given by pydantic
        init_settings: PydanticBaseSettingsSource,
        *_: Any,
        **__: Any,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings,)


def _private(folder: Path) -> Settings:
    """Nothing of the user's own environment, above all no key that would really send."""
    return _OnlyGiven(
        data_dir=folder,
        sources={
            "typeform": SourceSettings(secrets=[SecretStr(TYPEFORM_SECRET)]),
            "standard": SourceSettings(secrets=[SecretStr(STANDARD_SECRET)]),
        },
    )
