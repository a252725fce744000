"""The scripts of the jobs: what they make, and that they may run again."""

from __future__ import annotations

import os
import re
from pathlib import Path

import psycopg
import pytest
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import Client

from leadworkflows.embedded import EmbeddedServer
from leadworkflows.embedded.attributes import INDEXED_TYPES
from leadworkflows.embedded.command import DYNAMIC_CONFIG
from tests.architecture.tree import ROOT
from tests.deploy.by_hand import SECRETS, Machine, run_script
from tests.deploy.composed import services, yaml
from tests.postgres import Cluster, running_cluster


def test_the_job_makes_the_search_attributes_that_leads_have():
    text = (ROOT / "deploy/temporal/namespace.sh").read_text()
    made = dict(re.findall(r"(Lead\w+)=(\w+)", text))
    names = {number: name for name, number in IndexedValueType.items()}
    spelled = {name: f"INDEXED_VALUE_TYPE_{kind.upper()}" for name, kind in made.items()}
    assert spelled == {name: names[kind] for name, kind in INDEXED_TYPES.items()}


@pytest.mark.temporal
@pytest.mark.timeout(180)
async def test_the_job_makes_the_namespace_once_and_may_run_again(tmp_path):
    async with EmbeddedServer(tmp_path, 0, 0) as server:
        machine = Machine(Cluster(tmp_path, tmp_path, None), server.address, tmp_path)  # type: ignore[arg-type]
        machine.make_namespace()
        machine.make_namespace()
        client = await Client.connect(server.address, namespace="leadworkflows")
        known = await client.operator_service.list_search_attributes(
            ListSearchAttributesRequest(namespace="leadworkflows")
        )
        described = await client.workflow_service.describe_namespace(
            DescribeNamespaceRequest(namespace="leadworkflows")
        )
    assert {name: known.custom_attributes[name] for name in INDEXED_TYPES} == INDEXED_TYPES
    assert described.config.workflow_execution_retention_ttl.ToTimedelta().days == 30


def test_what_makes_a_desk_quick_makes_a_server_quick():
    written = yaml(ROOT / "deploy/temporal/dynamicconfig.yaml")
    assert {name: str(value[0]["value"]).lower() for name, value in written.items()} == DYNAMIC_CONFIG
    there = services()["temporal"]["environment"]["DYNAMIC_CONFIG_FILE_PATH"]
    assert any(volume.split(":")[1] == there for volume in services()["temporal"]["volumes"])


def stand_in(folder: Path, name: str) -> Path:
    """A program that notes what it was called with. The tool itself is in Temporal's image alone."""
    program = folder / name
    program.write_text(f'#!/bin/sh\necho "$@" >> "{folder}/called"\ntest -n "$SQL_PASSWORD"\n')
    program.chmod(0o755)
    return folder / "called"


def test_the_schema_of_both_databases_is_made_and_brought_up_to_date(tmp_path):
    called = stand_in(tmp_path, "temporal-sql-tool")
    told = {**services()["temporal-schema"]["environment"], "SQL_PASSWORD": "secret-of-temporal"}
    run_script("temporal/schema.sh", PATH=f"{tmp_path}{os.pathsep}{os.environ['PATH']}", **told)
    where = "--plugin postgres12 --ep postgres -p 5432 -u temporal --db"
    schema = "/etc/temporal/schema/postgresql/v12"
    assert called.read_text().splitlines() == [
        f"{where} temporal setup-schema -v 0.0",
        f"{where} temporal update-schema -d {schema}/temporal/versioned",
        f"{where} temporal_visibility setup-schema -v 0.0",
        f"{where} temporal_visibility update-schema -d {schema}/visibility/versioned",
    ]


def test_the_server_reads_the_databases_that_the_schema_was_made_in():
    server, tool = (services()[name]["environment"] for name in ("temporal", "temporal-schema"))
    for name in ("POSTGRES_SEEDS", "DB_PORT", "POSTGRES_USER"):
        assert server[name] == tool[name]
    assert server["POSTGRES_PWD"] == tool["SQL_PASSWORD"]
    made = re.findall(r"^tables (\w+)", (ROOT / "deploy/temporal/schema.sh").read_text(), re.MULTILINE)
    assert [server["DBNAME"], server["VISIBILITY_DBNAME"]] == made
    sql = (ROOT / "deploy/postgres/databases.sh").read_text()
    assert set(re.findall(r"CREATE DATABASE (\w+)", sql)) == {*made, "leadworkflows"}


@pytest.mark.postgres
def test_neither_role_can_connect_to_the_others_database(tmp_path):
    with running_cluster(os.environ.get("LEADWORKFLOWS_TEST_POSTGRES")) as cluster:
        Machine(cluster, "", tmp_path).make_databases()
        roles = {"leadworkflows": "STORE_PASSWORD", "temporal": "TEMPORAL_PASSWORD"}

        def connects(role: str, database: str) -> bool:
            at = f"postgresql://{role}:{SECRETS[roles[role]]}@127.0.0.1:{cluster.port}/{database}"
            try:
                psycopg.connect(at).close()
            except psycopg.OperationalError:
                return False
            return True

        databases = ("leadworkflows", "temporal", "temporal_visibility")
        assert [connects("leadworkflows", name) for name in databases] == [True, False, False]
        assert [connects("temporal", name) for name in databases] == [False, True, True]
