"""`leadworkflows slack`: setting up the Slack app."""

from __future__ import annotations

import json
import sys
from typing import Annotated
from urllib.parse import urlsplit

import typer
from ruamel.yaml import YAML

from leadworkflows.cli.errors import WrongUse
from leadworkflows.settings import PREFIX, load_settings
from leadworkflows.slack.manifest import manifest

slack = typer.Typer(
    no_args_is_help=True,
    help="The Slack app.\n\nExample: leadworkflows slack manifest --url https://leads.example.com",
)

Url = Annotated[
    str | None,
    typer.Option(
        "--url", help="Where Slack reaches this installation; LEADWORKFLOWS_PUBLIC_URL.", show_default=False
    ),
]
AsYaml = Annotated[bool, typer.Option("--yaml/--json", help="As YAML instead of JSON.")]
_HERE = ("localhost", "127.0.0.1", "::1", "0.0.0.0")  # noqa: S104 - recognised, not listened on


@slack.callback()
def _group() -> None:
    """Keep `manifest` a command with a name of its own while it is the only one."""


@slack.command("manifest")
def print_manifest(url: Url = None, as_yaml: AsYaml = False) -> None:
    """Print the app's manifest, to be pasted at api.slack.com/apps under "From a manifest".

    Example: leadworkflows slack manifest --url https://leads.example.com
    """
    address = (url or load_settings().public_url).rstrip("/")
    made = manifest(_checked(address))
    if unreachable := out_of_reach(address):
        typer.echo(f"Note: {unreachable}; name its public address with --url.", err=True)
    if as_yaml:
        YAML().dump(made, sys.stdout)
    else:
        typer.echo(json.dumps(made, indent=2))


def out_of_reach(url: str) -> str | None:
    """Why Slack's servers cannot post to this address, as far as one can see from it."""
    parts = urlsplit(url)
    if parts.hostname in _HERE:
        return f"{url} is this machine, and Slack must reach it from outside"
    return None if parts.scheme == "https" else f"{url} is not https, which Slack requires"


def _checked(url: str) -> str:
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise WrongUse(
            f"--url {url}: expected an address such as https://leads.example.com ({PREFIX}PUBLIC_URL)"
        )
    return url
