"""`leadworkflows source`: the sources of this installation, and a sample of each to try it with."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from leadworkflows import sources
from leadworkflows.cli.errors import NO, WrongUse, nearest
from leadworkflows.cli.options import AsJson, DataDir
from leadworkflows.cli.source_post import Answer, post_sample
from leadworkflows.settings import Settings, load_settings
from leadworkflows.sources import samples

source = typer.Typer(
    no_args_is_help=True, help="Webhook sources.\n\nExample: leadworkflows source sample typeform --post"
)

Name = Annotated[str, typer.Argument(metavar="NAME", help="A source, as `source list` names it.")]
Post = Annotated[bool, typer.Option("--post", help="Sign it and post it, instead of printing it.")]
Url = Annotated[
    str, typer.Option("--url", help="Where the installation answers that it is posted to.", show_default=True)
]
Again = Annotated[
    bool, typer.Option("--again", help="Post the sample as it is printed: the same delivery each time.")
]


@source.command("list")
def list_sources(data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """List the sources: whether a secret is set, where its webhooks are to be sent, which page explains it.

    Example: leadworkflows source list
    """
    settings = load_settings(data_dir=data_dir)
    found = [_described(settings, name) for name in sorted({*sources.names(), *settings.sources})]
    if as_json:
        typer.echo(json.dumps({"sources": found}, indent=2))
        return
    Console(highlight=False).print(_table(found))


@source.command("sample")
def sample(
    name: Name,
    post: Post = False,
    url: Url = "http://localhost:8080",
    again: Again = False,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Print what a vendor would post, or post it, signed as the vendor signs it.

    Each post has new ids and times, where the vendor's format has them, and is a new delivery. The
    secret is the configured one, or that which `dev` made. Exit 1 when the sample was not accepted.

    Example: leadworkflows source sample typeform --post
    """
    settings = load_settings(data_dir=data_dir)
    name = name.lower()
    known = {*sources.names(), *settings.sources}
    if name not in known:
        raise WrongUse(f"There is no source {name!r}; {nearest(name, known)}")
    kind = (settings.source(name).kind or name).lower()
    if kind not in samples.names():
        raise WrongUse(f"There is no sample of {kind!r}; {nearest(kind, samples.names())}")
    if not post:
        typer.echo(samples.sample(kind).decode(), nl=False)
        return
    answer = post_sample(settings, name, kind, url.rstrip("/"), again=again)
    _tell(answer, as_json=as_json)
    raise typer.Exit(0 if answer.accepted else NO)


def _tell(answer: Answer, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps({"status": answer.status, "accepted": answer.accepted, "answer": answer.body}))
        return
    for line in answer.words:
        typer.echo(line, err=not answer.accepted)


def _table(found: list[dict[str, Any]]) -> Table:
    """An address is never folded: it is there to be copied."""
    table = Table(box=None, pad_edge=False)
    for column in ("source", "secret", "webhooks go to", "page"):
        table.add_column(column, header_style="dim", overflow="fold")
    table.columns[2].min_width = max(len(each["url"]) for each in found)
    for each in found:
        of_kind = "" if each["kind"] == each["name"] else f" ({each['kind']})"
        secret = "set" if each["secret_set"] else "none"
        cells = (f"{each['name']}{of_kind}", secret, each["url"], each["docs"] or "")
        table.add_row(*map(Text, cells))
    return table


def _described(settings: Settings, name: str) -> dict[str, Any]:
    options = settings.source(name)
    kind = (options.kind or name).lower()
    built_in = kind in samples.names()
    return {
        "name": name,
        "kind": kind,
        "secret_set": bool(options.secrets),
        "url": f"{settings.public_url}/webhooks/{name}",
        "docs": f"docs/sources/{kind}.md" if built_in else None,
        "sample": built_in,
    }
