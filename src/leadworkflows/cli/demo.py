"""`leadworkflows demo`: the main job on a private instance, with its reasons."""

from __future__ import annotations

import asyncio
import json
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer
from pydantic import SecretStr
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource
from rich.console import Console

from leadworkflows.cli import demo_view, logs
from leadworkflows.cli.errors import NO
from leadworkflows.cli.options import AsJson, DataDir, Port, TemporalPort, UiPort
from leadworkflows.cli.stopping import for_ever, until_stopped
from leadworkflows.demo.checks import checks
from leadworkflows.demo.play import Player
from leadworkflows.demo.webhooks import STANDARD_SECRET, TYPEFORM_SECRET
from leadworkflows.dev import Instance, Ports, instance
from leadworkflows.settings import Settings, SourceSettings

Keep = Annotated[bool, typer.Option("--keep", help="Leave the instance running until Ctrl-C.")]


def demo(
    as_json: AsJson = False,
    keep: Keep = False,
    data_dir: DataDir = None,
    port: Port = 0,
    temporal_port: TemporalPort = 0,
    ui_port: UiPort = 0,
) -> None:
    """Run the main job on real input: signed webhooks in, stages, mails and alerts out.

    A private instance on free ports in a temporary folder; nothing leaves this machine. Exits with 1
    when anything that it promises did not happen.

    Example: leadworkflows demo --keep
    """
    logs.configure(quiet=True)
    logs.forward_core(as_json=False)
    stage = _Stage(as_json=as_json, keep=keep)
    with ExitStack() as stack:
        folder = data_dir or Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="leadworkflows-demo-"))
        )
        ports = Ports(api=port, temporal=temporal_port, ui=ui_port)
        asyncio.run(until_stopped(instance(_private(folder), ports), stage.perform, lambda: None))
    raise typer.Exit(0 if stage.kept else NO)


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
