"""`leadworkflows suppression`: the addresses that must not be written to."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from pydantic import TypeAdapter, ValidationError
from rich.console import Console
from rich.table import Table
from rich.text import Text

from leadworkflows import bootstrap
from leadworkflows.cli.errors import NO, WrongUse, stop
from leadworkflows.cli.options import AsJson, DataDir, existing_database, settings_for
from leadworkflows.domain.decisions import iso
from leadworkflows.domain.facts import Word
from leadworkflows.settings import Settings
from leadworkflows.sources.identity import normalise_email
from leadworkflows.store import Store
from leadworkflows.store.refusals import LASTING, UNSUBSCRIBED
from leadworkflows.store.suppressions import Suppression

_MANUAL = "manual"
_WORD: TypeAdapter[str] = TypeAdapter(Word)

suppression = typer.Typer(
    no_args_is_help=True,
    help="Addresses that no mail is sent to.\n\nExample: leadworkflows suppression list ada@example.com",
)

Email = Annotated[str, typer.Argument(metavar="EMAIL", help="The address, in any spelling.")]
Topic = Annotated[str | None, typer.Option("--topic", help="Only this topic; without it, all mail.")]


@suppression.command("list")
def list_(
    email: Annotated[str | None, typer.Argument(metavar="[EMAIL]", help="Only this address.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000, help="How many addresses.")] = 100,
    after: Annotated[str, typer.Option("--after", help="Those that sort after this address.")] = "",
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """List who is not written to, why, and since when.

    Example: leadworkflows suppression list --json
    """
    named = normalise_email(email) if email else None
    found = asyncio.run(_listed(existing_database(settings_for(data_dir)), named, limit, after))
    if as_json:
        typer.echo(json.dumps({"suppressions": [_shown(each) for each in found]}, indent=2))
    else:
        Console(highlight=False).print(_table(found))


@suppression.command("add")
def add(email: Email, topic: Topic = None, data_dir: DataDir = None) -> None:
    """Send no more mail to an address, about a topic or at all.

    A lead's workflow is not told: it goes on with its sequence, and each mail is withheld when it is due.
    An unsubscribed event ends the sequence.

    Example: leadworkflows suppression add ada@example.com --topic case_studies
    """
    asyncio.run(_add(settings_for(data_dir), normalise_email(email), _word(topic)))
    about = f" about {_word(topic)}" if topic else ""
    typer.echo(f"Suppressed. No mail{about} leaves to this address from now on.")


@suppression.command("remove")
def remove(
    email: Email,
    topic: Topic = None,
    force: Annotated[
        bool, typer.Option("--force", help="Take back a bounce or a report of spam as well.")
    ] = False,
    data_dir: DataDir = None,
) -> None:
    """Take back an unsubscription, when the person asked for it. Exit 1 when something else still holds.

    A lead's workflow, which ended its sequences, is not told: a consent_given event does that.

    Example: leadworkflows suppression remove ada@example.com
    """
    reasons = [UNSUBSCRIBED, _MANUAL, *(LASTING if force else ())]
    settings, named = existing_database(settings_for(data_dir)), normalise_email(email)
    left = asyncio.run(_remove(settings, named, _word(topic), reasons))
    if lasting := sorted({each.reason for each in left if each.reason in LASTING}):
        stop(f"Still suppressed: {', '.join(lasting)}. Where the address was mended, add --force.", NO)
    typer.echo("Removed." if not left else f"Removed. Still off: {', '.join(_about(each) for each in left)}.")


def _word(topic: str | None) -> str | None:
    try:
        return _WORD.validate_python(topic) if topic is not None else None
    except ValidationError:
        raise WrongUse("--topic: expected a short word such as case_studies") from None


async def _listed(settings: Settings, email: str | None, limit: int, after: str) -> list[Suppression]:
    async with Store.open(settings.database) as store:
        return await (store.suppressions.of(email) if email else store.suppressions.all(limit, after))


async def _add(settings: Settings, email: str, topic: str | None) -> None:
    async with await bootstrap.open_store(settings) as store:
        await store.suppressions.add(email, _MANUAL, datetime.now(UTC), topic)


async def _remove(settings: Settings, email: str, topic: str | None, reasons: list[str]) -> list[Suppression]:
    async with Store.open(settings.database) as store:
        return await store.suppressions.remove(email, topic, at=datetime.now(UTC), reasons=reasons)


def _about(each: Suppression) -> str:
    return each.topic or "all mail"


def _shown(each: Suppression) -> dict[str, Any]:
    return {"email": each.email, "topic": each.topic, "reason": each.reason, "at": iso(each.at)}


def _table(found: list[Suppression]) -> Table:
    table = Table(box=None, pad_edge=False)
    for column in ("address", "about", "why", "since"):
        table.add_column(column, header_style="dim")
    for each in found:
        table.add_row(
            *map(Text, (each.email, _about(each), each.reason, iso(each.at)[:16].replace("T", " ")))
        )
    return table
