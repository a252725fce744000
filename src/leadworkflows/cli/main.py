"""`leadworkflows`: every command, and what all of them share."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from leadworkflows import __version__
from leadworkflows.cli import logs
from leadworkflows.cli.bench import bench
from leadworkflows.cli.content import content
from leadworkflows.cli.db import db
from leadworkflows.cli.demo import demo
from leadworkflows.cli.dev import dev
from leadworkflows.cli.doctor import doctor
from leadworkflows.cli.effects import effects
from leadworkflows.cli.errors import told_plainly
from leadworkflows.cli.import_file import import_file
from leadworkflows.cli.inbox import inbox
from leadworkflows.cli.key import key
from leadworkflows.cli.lead import lead
from leadworkflows.cli.policy import policy
from leadworkflows.cli.processes import api, worker
from leadworkflows.cli.slack import slack
from leadworkflows.cli.source import source
from leadworkflows.cli.suppression import suppression


class _PlainErrors(TyperGroup):
    """Every command below it fails with one line and an exit status, not with a traceback."""

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


app.command("dev")(dev)
app.command("demo")(demo)
app.command("api")(api)
app.command("worker")(worker)
app.command("doctor")(doctor)
app.command("import")(import_file)
app.add_typer(db, name="db")
app.add_typer(bench, name="bench")
app.add_typer(policy, name="policy")
app.add_typer(content, name="content")
app.add_typer(lead, name="lead")
app.add_typer(source, name="source")
app.add_typer(inbox, name="inbox")
app.add_typer(effects, name="effects")
app.add_typer(suppression, name="suppression")
app.add_typer(key, name="key")
app.add_typer(slack, name="slack")
