"""`leadworkflows`: every command, and what all of them share."""

from __future__ import annotations

from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from leadworkflows import __version__
from leadworkflows.cli import logs
from leadworkflows.cli.errors import told_plainly

_COMMANDS = {
    "dev": "dev:dev", "demo": "demo:demo", "api": "processes:api", "worker": "processes:worker",
    "doctor": "doctor:doctor", "import": "import_file:import_file", "db": "db:db", "bench": "bench:bench",
    "policy": "policy:policy", "content": "content:content", "lead": "lead:lead", "source": "source:source",
    "inbox": "inbox:inbox", "effects": "effects:effects", "suppression": "suppression:suppression",
    "key": "key:key", "slack": "slack:slack", "report": "report:report",
    "release": "release:release", "replay": "replay:replay",
}  # fmt: skip
"""Each command's module and name: only the one that is asked for is loaded, which takes seconds for all."""


class _PlainErrors(TyperGroup):
    """Every command below it fails with one line and an exit status, not with a traceback."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - the group's shape
        """In the order in which they are needed."""
        return list(_COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002 - the group's shape
        """Load one command; None where there is none."""
        if cmd_name not in _COMMANDS:
            return None
        module, _, name = _COMMANDS[cmd_name].partition(":")
        found = getattr(import_module(f"leadworkflows.cli.{module}"), name)
        if isinstance(found, typer.Typer):
            command: Any = typer.main.get_group(found)
        else:
            alone = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
            alone.command(cmd_name)(found)
            command = typer.main.get_command(alone)
        command.name = cmd_name
        return command

    def invoke(self, ctx: Any) -> Any:
        """Run the command that was asked for."""
        with told_plainly():
            return super().invoke(ctx)


app = typer.Typer(
    cls=_PlainErrors,
    no_args_is_help=True,
    add_completion=False,
    # The usual traceback is for us; a pretty one would show the values of variables.
    pretty_exceptions_enable=False,
    help="One durable workflow for every B2B lead, from the first form to the signed customer."
    "\n\nExample: leadworkflows dev",
)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def _begin(
    _: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    logs.configure()
