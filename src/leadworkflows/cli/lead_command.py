"""`leadworkflows lead command`: what a person in sales does with a lead, from the command line."""

from __future__ import annotations

import asyncio
import json
from typing import Annotated, Any

import typer

from leadworkflows import bootstrap
from leadworkflows.cli.errors import NO, WrongUse, nearest, stop
from leadworkflows.cli.options import AsJson, DataDir, existing_database, settings_for
from leadworkflows.cli.who import Who, lead_id_of
from leadworkflows.commands.errors import CommandRefused, CommandUnavailable
from leadworkflows.commands.events import read_command
from leadworkflows.commands.shape import Command, CommandShape
from leadworkflows.domain.lifecycle import Stage
from leadworkflows.domain.wording import STAGE_NAMES
from leadworkflows.settings import Settings
from leadworkflows.sources.rejections import FieldProblem, FieldsRejected
from leadworkflows.store import Store
from leadworkflows.store.errors import UnknownLead

_KNOWN = ", ".join(Command)
_OPTION_OF = {"facts.to": "--to", "facts.until": "--until"}

What = Annotated[str, typer.Argument(metavar="COMMAND", help=f"One of {_KNOWN}.")]
By = Annotated[str | None, typer.Option("--by", help="The id of the person in sales.", show_default=False)]
Reason = Annotated[
    str | None, typer.Option("--reason", help="Why, in a word such as not_ready.", show_default=False)
]
Note = Annotated[
    str | None, typer.Option("--note", help="Free text; it stays in the store.", show_default=False)
]
Said = Annotated[
    list[str] | None,
    typer.Option("--fact", metavar="NAME=LEVEL", help="Such as budget=yes; repeatable.", show_default=False),
]
To = Annotated[str | None, typer.Option("--to", help="assign: who gets the lead.", show_default=False)]
Until = Annotated[
    str | None,
    typer.Option("--until", help="pause: until when, such as 2026-12-01T09:00Z.", show_default=False),
]
Seen = Annotated[
    int | None,
    typer.Option(
        "--seen", min=0, help="Refuse where the lead moved on since this revision.", show_default=False
    ),
]


def command(
    who: Who, what: What, by: By = None, reason: Reason = None, note: Note = None, fact: Said = None,
    to: To = None, until: Until = None, seen: Seen = None, data_dir: DataDir = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Do something with a lead: accept it, return it, give it to somebody, and the rest.

    Asks the lead's own workflow, so Temporal and a worker must run. Exit 1 when the lead does not allow
    it now, with the reason.

    Example: leadworkflows lead command ada@example.com accept --by rep-7
    """
    facts = {**_facts(fact or []), **_given(to=to, until=until)}
    shape = _shape(_given(command=what, by=by, reason=reason, note=note, seen=seen), facts)
    settings = existing_database(settings_for(data_dir))
    try:
        answer = asyncio.run(_carry_out(settings, who, shape))
    except UnknownLead:
        stop("There is no such lead.", NO)
    except CommandRefused as refused:
        stop(refused.reason, NO)
    except CommandUnavailable as error:
        stop(f"The command did not reach the lead: {error} ({settings.temporal_address}).", NO)
    typer.echo(json.dumps(answer, indent=2) if as_json else _sentence(answer))


async def _carry_out(settings: Settings, who: str, shape: CommandShape) -> dict[str, Any]:
    """Raises EmailInvalid, UnknownLead, CommandRefused and CommandUnavailable."""
    async with Store.open(settings.database) as store:
        lead_id = await lead_id_of(store, who)
        if lead_id is None:
            raise UnknownLead("there is no lead with this address")
        client = await bootstrap.connect_temporal(settings, lazy=True)
        return await bootstrap.command_desk(store, client).carry_out(lead_id, shape)


def _given(**options: Any) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value is not None}


def _facts(said: list[str]) -> dict[str, str]:
    pairs = [each.partition("=") for each in said]
    if wrong := [name for name, equals, value in pairs if not (name and equals and value)]:
        raise WrongUse(f"--fact {wrong[0]}: write it as budget=yes")
    return {name.strip(): value.strip() for name, _, value in pairs}


def _shape(top: dict[str, Any], facts: dict[str, Any]) -> CommandShape:
    """Raises WrongUse, naming the option to correct."""
    if top["command"] not in list(Command):
        raise WrongUse(f"There is no command {top['command']!r}: {nearest(top['command'], Command)}")
    try:
        return read_command({**top, "facts": facts})
    except FieldsRejected as rejected:
        raise WrongUse("; ".join(map(_line, rejected.problems))) from None


def _line(problem: FieldProblem) -> str:
    fact = f"--fact {problem.field.removeprefix('facts.')}"
    option = fact if problem.field.startswith("facts.") else f"--{problem.field}"
    return f"{_OPTION_OF.get(problem.field, option)} {problem.problem}: {problem.fix}"


def _sentence(lead: dict[str, Any]) -> str:
    stage = STAGE_NAMES[Stage(lead.get("stage", Stage.LEAD))]
    detail = f" ({str(lead['sub_status']).replace('_', ' ')})" if lead.get("sub_status") else ""
    owner = f", owned by {lead['owner']}" if lead.get("owner") else ", without an owner"
    return f"Done. The lead is {stage} now{detail}{owner}."
