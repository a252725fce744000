from __future__ import annotations

import pytest

from leadworkflows import __version__
from tests.cli.conftest import Cli

COMMANDS = [
    "", "dev", "demo", "api", "worker", "doctor",
    "db", "db upgrade", "policy", "policy check", "policy show", "lead", "lead show", "lead command",
    "import", "source", "source list", "source sample", "bench", "bench ingress",
    "bench handoff", "bench throughput", "bench lifecycle", "bench sleeping", "bench core",
    "slack", "slack manifest", "content", "content list", "content preview",
    "key", "key create", "key list", "key revoke", "inbox", "inbox list", "inbox show", "inbox retry",
]  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself_with_an_example(cli: Cli, command: str):
    shown = cli(*command.split(), "--help")
    assert shown.exit_code == 0
    assert (
        f"Example: {'LEADWORKFLOWS_' if command in {'api', 'worker', 'db upgrade'} else 'leadworkflows'}"
        in shown.output
    )
    assert command in shown.output


@pytest.mark.parametrize(
    "command",
    [
        "dev",
        "doctor",
        "db upgrade",
        "policy check",
        "policy show",
        "lead show",
        "import",
        "source list",
        "content list",
    ],
)
def test_a_command_that_prints_data_can_print_json(cli: Cli, command: str):
    assert "--json" in cli(*command.split(), "--help").output


@pytest.mark.parametrize("wrong", ["nothing", "dev --port 70000", "lead show", "policy check a b"])
def test_wrong_use_exits_with_2(cli: Cli, wrong: str):
    assert cli(*wrong.split()).exit_code == 2


def test_the_version_is_told(cli: Cli):
    assert cli("--version").output.strip() == __version__
