"""`leadworkflows content`: what marketing wrote, and what a lead would get of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from leadworkflows import bootstrap
from leadworkflows.cli.content_preview import Reader, keep, reader
from leadworkflows.cli.errors import WrongUse, nearest
from leadworkflows.cli.options import AsJson, DataDir, settings_for
from leadworkflows.content import SOME_LINKS, ContentLibrary, Rendered
from leadworkflows.policies.loader import content_folders
from leadworkflows.settings import Settings, load_settings

content = typer.Typer(
    no_args_is_help=True,
    help="Contents: the mails that a policy names.\n\nExample: leadworkflows content preview roi-study",
)


@content.command("list")
def list_(as_json: AsJson = False) -> None:
    """List every content with its category, languages, variants and number of subjects.

    Example: leadworkflows content list
    """
    rows = list(_rows(_library(load_settings())))
    if as_json:
        typer.echo(json.dumps(rows, indent=2))
        return
    table = Table(box=None, pad_edge=False)
    for column in ("content", "category", "languages", "variants", "subjects"):
        table.add_column(column, header_style="dim", overflow="fold", no_wrap=column == "content")
    for row in rows:
        variants = ", ".join(
            f"{each['variant']} ({', '.join(each['languages'])})" for each in row["variants"]
        )
        cells = (row["content"], row["category"], ", ".join(row["languages"]), variants, str(row["subjects"]))
        table.add_row(*(Text(cell) for cell in cells))
    Console(highlight=False).print(table)


@content.command("preview")
def preview(
    name: Annotated[str, typer.Argument(metavar="CONTENT", help="A content, such as roi-study.")],
    lead: Annotated[
        str | None, typer.Option("--lead", help="What this lead would get, by its id or address.")
    ] = None,
    language: Annotated[
        str | None, typer.Option("--language", help="Such as de; otherwise the lead's.", show_default=False)
    ] = None,
    variant: Annotated[
        str | None,
        typer.Option("--variant", help="Such as fintech; otherwise the lead's.", show_default=False),
    ] = None,
    as_text: Annotated[bool, typer.Option("--text", help="Print the plain text.")] = False,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="Write the HTML to this file and open nothing.", dir_okay=False),
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Open in the browser what a lead would get; without --lead, somebody of whom everything is known.

    Sends nothing, and the links at the end of the mail lead nowhere.

    Example: leadworkflows content preview roi-study --lead ada@example.com --language de
    """
    settings = settings_for(data_dir)
    library = _library(settings)
    _check(library, name, variant, language)
    who = reader(settings, name, lead)
    mail = library.render(
        name, who.person, who.lead, variant or who.variant, SOME_LINKS, language or who.language
    )
    _tell(mail, who)
    if as_text:
        typer.echo(mail.text)
    if out or not as_text:
        _show(mail, out)


def _check(library: ContentLibrary, name: str, variant: str | None, language: str | None) -> None:
    if not library.has(name):
        raise WrongUse(f"No content is called {name}; {nearest(name, library.names())}")
    if variant and variant.replace("_", "-") not in library.variants(name):
        raise WrongUse(f"{name} has no variant {variant}; {nearest(variant, library.variants(name))}")
    if language and language not in library.languages(name):
        raise WrongUse(f"{name} is not written in {language}; {nearest(language, library.languages(name))}")


def _show(mail: Rendered, out: Path | None) -> None:
    file = keep(mail, out)
    Console(highlight=False).print(Text.assemble(("HTML       ", "dim"), str(file)), soft_wrap=True)
    if out is None and typer.launch(str(file)):
        typer.echo("No browser could be opened: open the file yourself.", err=True)


def _tell(mail: Rendered, who: Reader) -> None:
    tried = f" (subject {mail.subject_variant})" if mail.subject_variant else ""
    said = {
        "For": who.called,
        "File": f"{mail.source}.md, in {mail.language}",
        "Subject": f"{mail.subject}{tried}",
        "Preheader": mail.preheader,
        "Template": mail.template_id or "",
        "Data": json.dumps(dict(mail.data), ensure_ascii=False) if mail.data else "",
    }
    console = Console(highlight=False)
    for label, value in said.items():
        if value:
            console.print(Text.assemble((f"{label:<11}", "dim"), value), soft_wrap=True)
    console.print()


def _library(settings: Settings) -> ContentLibrary:
    return ContentLibrary.load(*content_folders(settings.content_dir), sender=bootstrap.mail_sender(settings))


def _rows(library: ContentLibrary) -> Iterator[dict[str, Any]]:
    for name in library.names():
        variants = [
            {"variant": each, "languages": library.languages(name, each)} for each in library.variants(name)
        ]
        yield {
            "content": name,
            "category": library.category(name),
            "languages": library.languages(name),
            "variants": variants,
            "subjects": library.subjects(name, None, library.languages(name)[0]),
        }
