"""`leadworkflows lead export` and `lead erase`: what people may ask of whoever holds data on them."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Annotated, Any

import typer

from leadworkflows import bootstrap
from leadworkflows.cli.errors import NO, WrongUse, stop
from leadworkflows.cli.options import AsJson, DataDir, existing_database, settings_for
from leadworkflows.cli.who import Who, lead_id_of
from leadworkflows.domain.decisions import iso
from leadworkflows.erasing import NotGivenUp, receipt
from leadworkflows.settings import Settings
from leadworkflows.sources.identity import normalise_email
from leadworkflows.store import Store
from leadworkflows.store.erasing import Erasure
from leadworkflows.store.errors import UnknownLead

_BY = "command line"

File = Annotated[
    Path | None,
    typer.Option("--out", help="Write to this file instead, for your eyes only.", show_default=False),
]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask whether it is meant.")]
Whole = Annotated[
    bool,
    typer.Option(
        "--rewrite",
        help="PostgreSQL: write the tables anew, so that no byte is left; locks each for so long.",
    ),
]


def export(who: Who, out: File = None, data_dir: DataDir = None) -> None:
    """Print everything that is held on a person, as JSON.

    By table, as it is kept: who they are, every event, raw requests, timeline, points, mails, notes,
    consents. Exit 1 when there is no such lead.

    Example: leadworkflows lead export ada@example.com --out ada.json
    """
    settings = existing_database(settings_for(data_dir))
    held = asyncio.run(_held(settings, who))
    if held is None:
        stop("There is no such lead.", NO)
    text = json.dumps(held, indent=2, ensure_ascii=False)
    if out is None:
        typer.echo(text)
        return
    _write(out, text)
    typer.echo(f"Written to {out}: {sum(map(len, held.values()))} rows of {len(held)} tables.")


def erase(
    who: Who, yes: Yes = False, rewrite: Whole = False, data_dir: DataDir = None, as_json: AsJson = False
) -> None:
    """Erase a person: every row, raw request, mail, note and run. It cannot be undone.

    Reports keep their counts. What comes late about the person brings nobody back. While Temporal or Slack
    is away a worker finishes what lies there. Exit 1 when there is no such lead.

    Example: leadworkflows lead erase ada@example.com --yes
    """
    settings = existing_database(settings_for(data_dir))
    if not (yes or typer.confirm("Erase everything that is held on this person? It cannot be undone.")):
        stop("Nothing was erased.", NO)
    try:
        erasure, vacuumed = asyncio.run(_erase(settings, who, whole=rewrite))
    except UnknownLead as unknown:
        stop(str(unknown), NO)
    said = receipt(erasure)
    typer.echo(json.dumps({**said, "vacuumed": vacuumed}, indent=2) if as_json else _told(said, vacuumed))


def erasures(
    limit: Annotated[
        int | None,
        typer.Option("--limit", min=1, help="So many, newest first; all if left out.", show_default=False),
    ] = None,
    still_open: Annotated[bool, typer.Option("--open", help="Only those that are not finished.")] = False,
    give_up: Annotated[
        str | None,
        typer.Option(
            "--give-up",
            metavar="ID",
            help="Close this one, though something of it cannot be erased: its receipt says what, and why.",
            show_default=False,
        ),
    ] = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """List the receipts of erasures. They hold no personal data: keep them beside your backups.

    Whoever restores a backup erases the lead ids in them again. With --give-up, one is tried once more and
    closed then: where Slack's token is gone for good, for one. Exit 1 when there is nothing to give up.

    Example: leadworkflows lead erasures --json
    """
    settings = existing_database(settings_for(data_dir))
    if give_up is not None:
        found = [_given_up(settings, give_up)]
    else:
        found = asyncio.run(_receipts(settings, limit, still_open=still_open))
    if as_json:
        typer.echo(json.dumps({"erasures": found}, indent=2))
        return
    for each in found:
        typer.echo(f"{each['at']}  {each['erasure_id']}  {' '.join(each['leads'])}  {_state(each)}")
        for left in each["given_up"] or ():
            typer.echo(f"  Not erased: {left}")


def _state(said: dict[str, Any]) -> str:
    if said["given_up"]:
        return "closed, not all was erased"
    return "finished" if said["finished_at"] else f"not finished: {said['problem'] or 'looked at again'}"


def _given_up(settings: Settings, erasure_id: str) -> dict[str, Any]:
    try:
        return receipt(asyncio.run(_give_up(settings, erasure_id)))
    except NotGivenUp as why:
        stop(str(why), NO)


async def _give_up(settings: Settings, erasure_id: str) -> Erasure:
    """Raises NotGivenUp."""
    async with await bootstrap.open_store(settings) as store:
        client = await bootstrap.connect_temporal(settings, lazy=True)
        return await bootstrap.erase_desk(settings, store, client).give_up(erasure_id)


async def _receipts(settings: Settings, limit: int | None, *, still_open: bool) -> list[dict[str, Any]]:
    async with Store.open(settings.database) as store:
        found = await (store.erasures.unfinished() if still_open else store.erasures.latest(limit))
        return [receipt(each) for each in found[:limit]]


async def _held(settings: Settings, who: str) -> dict[str, Any] | None:
    async with Store.open(settings.database) as store:
        lead_id = await lead_id_of(store, who)
        return await store.holdings.of(lead_id) if lead_id else None


async def _erase(settings: Settings, who: str, *, whole: bool) -> tuple[Erasure, bool]:
    """Raises EmailInvalid and UnknownLead, which says what is known."""
    async with await bootstrap.open_store(settings) as store:
        lead_id = await lead_id_of(store, who)
        if lead_id is None or await store.leads.get(lead_id) is None:
            raise UnknownLead(await _nobody(store, who))
        client = await bootstrap.connect_temporal(settings, lazy=True)
        erasure = await bootstrap.erase_desk(settings, store, client).erase(lead_id, _BY)
        return erasure, await store.database.vacuum(whole=whole)


async def _nobody(store: Store, who: str) -> str:
    at = await store.erasures.erased_at(normalise_email(who)) if "@" in who else None
    return f"Nothing is held on this person, who was erased at {iso(at)}." if at else "There is no such lead."


def _write(out: Path, text: str) -> None:
    if out.exists():
        raise WrongUse(f"--out {out}: there is such a file already; name another")
    out.touch(mode=0o600)
    out.write_text(f"{text}\n", "utf-8")


def _told(said: dict[str, Any], vacuumed: bool) -> str:
    rows, slack = sum(said["rows"].values()), said["slack"]
    gone = (
        f"{rows} rows, {said['temporal_runs_deleted']} runs in Temporal, {slack['deleted']} messages in Slack"
    )
    lines = [f"Erased: {gone}. Receipt {said['erasure_id']}."]
    if slack["refused"]:
        lines.append(f"Slack did not let {slack['refused']} messages be deleted: delete them there by hand.")
    if said["problem"]:
        lines.append(f"Not done yet: {said['problem']}. A worker tries again every hour.")
    if not vacuumed:
        lines.append("The file was in use and is not written anew yet: run `leadworkflows db vacuum`.")
    lines.append("What mail providers and a CRM were told is theirs: erase it there too.")
    return "\n".join(lines)
