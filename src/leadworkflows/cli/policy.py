"""`leadworkflows policy`: read and check what marketing operations wrote."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import typer
from rich.console import Console
from rich.text import Text

from leadworkflows.cli.errors import NO, WrongUse
from leadworkflows.cli.options import AsJson, PolicyFile
from leadworkflows.cli.policy_check import Checked, check_policy, policy_path
from leadworkflows.cli.policy_tables import tables
from leadworkflows.policies.loader import PolicyProblem, PolicyRejected, load_policy
from leadworkflows.settings import load_settings

policy = typer.Typer(
    no_args_is_help=True, help="Policies.\n\nExample: leadworkflows policy check my-policy.yaml"
)


@policy.command("check")
def check(file: PolicyFile = None, as_json: AsJson = False) -> None:
    """Say what is wrong with a policy, with line, field and fix; exit 1 when it cannot be used.

    Also checks every action's parameters, and renders every content that the policy names.

    Example: leadworkflows policy check my-policy.yaml
    """
    path = _chosen(file)
    try:
        checked = check_policy(path, load_settings().content_dir)
    except PolicyRejected as error:
        _tell_problems(path, error.problems, as_json=as_json)
        raise typer.Exit(NO) from None
    _tell_valid(path, checked, as_json=as_json)


@policy.command("show")
def show(file: PolicyFile = None, as_json: AsJson = False) -> None:
    """Show a policy's id, thresholds, rules, clocks and sequences.

    Example: leadworkflows policy show --json
    """
    found = load_policy(_chosen(file))
    if as_json:
        typer.echo(json.dumps({"id": found.id, **found.model_dump(mode="json", by_alias=True)}, indent=2))
        return
    console = Console(highlight=False)
    for table in tables(found):
        console.print(table)


def _chosen(file: Path | None) -> Path:
    path = file or policy_path(load_settings())
    if not path.is_file():
        raise WrongUse(f"There is no file {path}")
    return path


def _tell_problems(path: Path, problems: list[PolicyProblem], *, as_json: bool) -> None:
    if as_json:
        _print(
            {
                "file": str(path),
                "valid": False,
                "problems": [asdict(each) for each in problems],
                "warnings": [],
            }
        )
        return
    console = Console(stderr=True, highlight=False)
    for each in problems:
        console.print(Text.assemble((f"{path}: ", "bold"), str(each)), soft_wrap=True)
    console.print(f"{_count(len(problems), 'problem')}: this policy cannot be used", style="bold red")


def _tell_valid(path: Path, checked: Checked, *, as_json: bool) -> None:
    found = checked.policy
    if as_json:
        head = {"file": str(path), "valid": True, "id": found.id, "name": found.name}
        _print({**head, "problems": [], "warnings": [asdict(each) for each in checked.warnings]})
        return
    console = Console(highlight=False)
    for each in checked.warnings:
        console.print(Text.assemble((f"{path}: ", "bold"), "warning: ", str(each)), soft_wrap=True)
    warned = f", {_count(len(checked.warnings), 'warning')}" if checked.warnings else ""
    console.print(
        Text(f"{path}: valid{warned}. It is {found.name}, {found.id}.", style="green"), soft_wrap=True
    )


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _print(data: dict[str, object]) -> None:
    typer.echo(json.dumps(data, indent=2))
