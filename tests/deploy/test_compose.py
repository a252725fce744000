"""The compose file: valid, closed to the network, without a secret, and true to the product."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import Any

import pytest
import typer

from leadworkflows.cli.main import app
from leadworkflows.settings import PREFIX, Settings
from tests.architecture.tree import ROOT
from tests.deploy.composed import COMPOSE, JOBS, OURS, VARIABLE, compose, example, services

TEXT = COMPOSE.read_text()
every_service = pytest.mark.parametrize("name", services())


def test_the_compose_file_keeps_to_the_official_schema():
    checker = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"]
    done = subprocess.run([*checker, str(COMPOSE)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_the_schema_would_notice_a_word_that_compose_does_not_know(tmp_path):
    wrong = tmp_path / "docker-compose.yml"
    wrong.write_text(TEXT.replace("stop_grace_period", "stop_grace", 1))
    checker = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"]
    assert subprocess.run([*checker, str(wrong)], capture_output=True, check=False).returncode == 1


# Commands


def understood(arguments: list[str]) -> str:
    """The command that Typer would run. Raises for what it does not know."""
    command: Any = typer.main.get_command(app)
    path, rest = [], list(arguments)
    while hasattr(command, "get_command"):
        path.append(rest.pop(0))
        command = command.get_command(None, path[-1])
        assert command is not None, arguments
    command.make_context(path[-1], rest)
    return " ".join(path)


def test_each_of_our_services_runs_a_command_that_exists_with_options_that_exist():
    run = {name: understood(services()[name]["command"]) for name in OURS}
    assert run == {"migrate": "db upgrade", "api": "api", "worker": "worker"}


def test_an_option_that_does_not_exist_would_be_found():
    with pytest.raises(Exception, match="No such option"):
        understood(["worker", "--metric-port", "1"])


def commands_of_documents() -> list[list[str]]:
    """What follows `docker compose exec api leadworkflows` in the documents."""
    texts = [path.read_text() for path in (ROOT / "docs" / "operations.md", COMPOSE, ROOT / "SECURITY.md")]
    shown = re.findall(r"docker compose exec api leadworkflows ([a-z][^\n`]*)", "\n".join(texts))
    return [line.split() for line in shown]


def test_every_command_that_operators_are_told_to_run_in_a_container_exists():
    assert {understood(words) for words in commands_of_documents()} >= {"doctor", "key create", "inbox list"}


def test_every_service_that_operators_are_told_of_exists():
    text = (ROOT / "docs/operations.md").read_text()
    told = re.findall(
        r"docker compose (?:ps|stop|start|exec -T|exec) ([a-z -]+?)(?:`|\n| pg_| leadw| psql)", text
    )
    told += re.findall(r"docker compose up (?:-d )?([a-z-]+)`", text)
    assert {name for words in told for name in words.split() if name != "-d"} <= services().keys()
    assert len(told) > 8


# What it is told


def variables(text: str) -> dict[str, list[tuple[str | None, str | None]]]:
    found: dict[str, list[tuple[str | None, str | None]]] = {}
    for each in VARIABLE.finditer(text):
        found.setdefault(each["name"], []).append((each["kind"], each["rest"]))
    return found


def test_every_variable_of_the_compose_file_is_explained_in_the_example_and_no_other():
    ours = {name for name in example() if not name.startswith(PREFIX)} - {"FORWARDED_ALLOW_IPS"}
    in_file = {name for name in variables(TEXT) if not name.startswith(PREFIX)}
    assert ours == in_file
    assert {n for n in variables(TEXT) if n.startswith(PREFIX)} <= example().keys()


def test_a_default_in_the_example_is_the_default_of_the_compose_file():
    for name, uses in variables(TEXT).items():
        for kind, rest in uses:
            assert kind == "?" or rest == example()[name], name


def test_every_secret_is_asked_for_and_none_has_a_default():
    secret = {name for name in example() if re.search("PASSWORD|API_KEYS", name)}
    assert {name for name, uses in variables(TEXT).items() if {kind for kind, _ in uses} == {"?"}} == secret
    assert {example()[name] for name in secret} == {""}


def test_every_setting_named_in_the_compose_file_and_the_example_exists():
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    named = set(re.findall(rf"{PREFIX}[A-Z_]+", TEXT + (ROOT / ".env.example").read_text()))
    beside = {f"{PREFIX}SOURCES__TYPEFORM__SECRETS"}
    assert named - beside <= known


@pytest.mark.parametrize("name", OURS)
def test_our_processes_get_no_secret_of_postgresqls_administrator_temporal_or_grafana(name):
    environment = services()[name]["environment"]
    others = {"POSTGRES_PASSWORD", "TEMPORAL_PASSWORD", "GRAFANA_PASSWORD"}
    # `env_file` brings all of .env; what `environment` says goes before it.
    assert {environment[each] for each in others} == {""}
    assert not [value for value in environment.values() if any(f"{{{each}" in value for each in others)]


def test_no_password_stands_in_a_command():
    said = [str(each.get(key, "")) for each in services().values() for key in ("command", "entrypoint")]
    assert not [text for text in said if "PASSWORD" in text]


def test_the_number_of_history_shards_is_a_power_of_two_and_explained():
    chosen = example()["TEMPORAL_HISTORY_SHARDS"]
    assert int(chosen).bit_count() == 1
    assert f"**{chosen}** is right" in (ROOT / "docs/operations.md").read_text()


# Closed


@every_service
def test_nothing_listens_beyond_the_machine(name):
    assert all(port.startswith("127.0.0.1:") for port in services()[name].get("ports", []))


def test_databases_and_temporal_are_only_in_a_network_without_a_way_out():
    inside = {name for name, service in services().items() if service["networks"] == ["inside"]}
    assert inside == {"postgres", "temporal-schema", "temporal", "temporal-namespace"}
    assert compose()["networks"]["inside"] == {"internal": True}


@pytest.mark.parametrize("name", OURS)
def test_our_containers_can_write_nowhere_and_become_nobody_else(name):
    ours = services()[name]
    assert (ours["read_only"], ours["cap_drop"], ours["tmpfs"]) == (True, ["ALL"], ["/tmp"])  # noqa: S108
    assert ours["security_opt"] == ["no-new-privileges:true"]


@every_service
def test_every_image_of_others_is_of_a_version(name):
    image = services()[name]["image"]
    assert name in OURS or re.search(r":v?\d+(\.\d+)*$", image), image


# Starting in order


@every_service
def test_a_service_waits_for_what_it_needs_in_a_way_that_can_come_true(name):
    for other, how in services()[name].get("depends_on", {}).items():
        waited_for = services()[other]
        if how["condition"] == "service_completed_successfully":
            assert other in JOBS, f"{other} never ends"
        else:
            assert how["condition"] == "service_healthy"
            assert waited_for["healthcheck"]["test"]


@every_service
def test_what_runs_on_is_watched_and_started_again_and_a_job_is_tried_again(name):
    service = services()[name]
    if name in JOBS:
        assert service["restart"] == "on-failure:5"
    else:
        assert service["restart"] == "unless-stopped"
        assert service["healthcheck"]["test"][0] == "CMD"


def test_a_worker_is_given_longer_to_stop_than_an_activity_may_take():
    from leadworkflows.worker import GRACE

    assert int(services()["worker"]["stop_grace_period"].rstrip("s")) > GRACE.total_seconds()


# Files


@every_service
def test_every_file_that_is_mounted_exists_and_is_read_only(name):
    for volume in services()[name].get("volumes", []):
        source, *_, options = volume.split(":")
        if source.startswith("./"):
            assert (ROOT / source).exists(), source
            assert options == "ro", volume
        else:
            assert source in compose()["volumes"], source


@pytest.mark.parametrize("script", sorted(ROOT.glob("deploy/*/*.sh")), ids=lambda path: path.name)
def test_a_script_can_be_run_and_read_by_its_shell(script):
    shell = script.read_text().splitlines()[0].removeprefix("#!")
    assert script.stat().st_mode & 0o111
    assert subprocess.run([shell, "-n", str(script)], check=False).returncode == 0
