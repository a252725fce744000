"""`leadworkflows doctor`: whether everything is in place, and what to do where it is not."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import asdict

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from leadworkflows.cli import doctor_machine, doctor_slack, doctor_vendors
from leadworkflows.cli.doctor_finding import Finding, Status
from leadworkflows.cli.doctor_temporal import temporal
from leadworkflows.cli.errors import NO
from leadworkflows.cli.options import AsJson, DataDir, Port, TemporalPort, UiPort
from leadworkflows.dev import Ports
from leadworkflows.settings import PREFIX, SettingsInvalid, load_settings

_MARKS = {Status.OK: ("✓", "green"), Status.NOTE: ("•", "yellow"), Status.WRONG: ("✗", "bold red")}


def doctor(
    data_dir: DataDir = None,
    port: Port = Ports.api,
    temporal_port: TemporalPort = Ports.temporal,
    ui_port: UiPort = Ports.ui,
    as_json: AsJson = False,
) -> None:
    """Check every setting and everything that is needed, and say what to do; exit 1 where something is wrong.

    Changes nothing, sends nothing and prints no secret.

    Example: leadworkflows doctor
    """
    ports = Ports(api=port, temporal=temporal_port, ui=ui_port)
    findings = asyncio.run(_all(data_dir, ports))
    wrong = [finding for finding in findings if finding.status is Status.WRONG]
    if as_json:
        typer.echo(json.dumps({"ok": not wrong, "checks": [asdict(each) for each in findings]}, indent=2))
    else:
        _show(findings, wrong)
    raise typer.Exit(NO if wrong else 0)


async def _all(data_dir: DataDir, ports: Ports) -> list[Finding]:
    return [finding async for finding in _checks(data_dir, ports)]


async def _checks(data_dir: DataDir, ports: Ports) -> AsyncIterator[Finding]:
    yield doctor_machine.python()
    try:
        settings = load_settings(data_dir=data_dir)
    except SettingsInvalid as error:
        for line in str(error).splitlines():
            yield Finding("Settings", Status.WRONG, line, "correct it; the other checks need the settings")
        return
    yield Finding("Settings", Status.OK, f"{len(settings.model_fields_set)} set, the others are defaults")
    yield doctor_machine.binary(settings)
    yield doctor_machine.data_folder(settings)
    yield await asyncio.to_thread(doctor_machine.database, settings)
    yield doctor_machine.policy(settings)
    reachable, found = await temporal(settings)
    for each in found:
        yield each
    for each in doctor_machine.free_ports(settings, ports, temporal_answers=reachable):
        yield each
    yield doctor_machine.api_keys(settings)
    yield doctor_machine.pages(settings)
    for each in doctor_machine.sources(settings):
        yield each
    for each in doctor_machine.sender(settings):
        yield each
    yield await doctor_vendors.sendgrid(settings)
    async for each in doctor_slack.slack(settings):
        yield each
    yield await doctor_vendors.hubspot(settings)


def _show(findings: list[Finding], wrong: list[Finding]) -> None:
    console, table = Console(highlight=False), Table.grid(padding=(0, 1))
    for each in findings:
        mark, style = _MARKS[each.status]
        told = Text(each.found)
        if each.fix:
            told.append(f"\n→ {each.fix}", style="bold" if each.status is Status.WRONG else "dim")
        table.add_row(Text(mark, style=style), Text(each.name, style="bold", no_wrap=True), told)
    console.print(table)
    if wrong:
        names = ", ".join(dict.fromkeys(each.name for each in wrong))
        console.print(
            Text(f"\nTo correct: {names}. Settings are {PREFIX}… in the environment or .env", "red")
        )
    else:
        console.print("\nEverything is in place.", style="green")
