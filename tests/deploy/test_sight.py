"""Prometheus, its alerts and Grafana's dashboards: readable, and asking only for what exists."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator

import httpx
import pytest
from temporalio.client import Client
from temporalio.service import RPCError

from leadworkflows import tally
from leadworkflows.api.metrics import Gauges, Metrics
from leadworkflows.embedded import EmbeddedServer
from leadworkflows.store.effects import STUCK
from leadworkflows.store.measures import TICKING, Standing
from tests.architecture.tree import ROOT
from tests.cli.conftest import Process, eventually
from tests.cli.test_processes import free_port
from tests.deploy.asked import asked_of, is_condition, unknown
from tests.deploy.composed import services, yaml

DEPLOY = ROOT / "deploy"
SCRAPED = yaml(DEPLOY / "prometheus/prometheus.yml")
RULES = [rule for group in yaml(DEPLOY / "prometheus/alerts.yml")["groups"] for rule in group["rules"]]
BOARDS = {
    path.name: json.loads(path.read_text()) for path in sorted((DEPLOY / "grafana/boards").glob("*.json"))
}
PANELS = [(name, panel) for name, board in BOARDS.items() for panel in board["panels"]]
every_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
every_panel = pytest.mark.parametrize(("board", "panel"), PANELS, ids=lambda value: str(value)[:8])


def expressions() -> Iterator[str]:
    yield from (rule["expr"] for rule in RULES)
    yield from (target["expr"] for _, panel in PANELS for target in panel["targets"])


# What exists


def ours() -> dict[str, set[str]]:
    """Our metrics with their labels, as a process that has counted something shows them."""
    counted = Metrics()
    counted.webhook("form", "accepted")
    counted.events_accepted("form", 1)
    tally.ACTIONS.labels("slack.alert", "confirmed")
    for kind in tally.KINDS.values():
        tally.VENDOR_ERRORS.labels("slack.alert", kind)
    tally.RELEASE_CURRENT.labels("2026-12")
    standing = Standing({"lead": 1}, dict.fromkeys(STUCK, 1), dict.fromkeys(TICKING, 1))
    text = counted.exposition(Gauges(1, 2, 3, standing, 4)).decode()
    found = re.findall(r"^(leadworkflows_\w+)(?<!_created)(?:\{(.*)\})? ", text, re.MULTILINE)
    return {name: set(re.findall(r"(\w+)=", labels)) for name, labels in found}


def asked_for(prefix: tuple[str, ...] = ("",)) -> set[str]:
    """The metrics that rules and dashboards ask for, and whose names begin so."""
    return {name for name in unknown(expressions(), ()) if name.startswith(prefix)}


def test_of_ours_only_metrics_that_exist_are_asked_for_and_each_of_them_is():
    assert asked_for(("leadworkflows_",)) == ours().keys()


def test_labels_that_are_asked_for_exist_with_values_that_exist():
    values = {
        "outcome": {"accepted", "duplicate", "refused_signature", "refused_payload", "limited"},
        "state": {*STUCK, *TICKING},
        "kind": {*tally.KINDS.values()},
    }
    for expression in expressions():
        for selector in asked_of(expression):
            if selector.name not in ours():
                continue
            for matcher in selector.matchers.matchers:
                assert matcher.name in ours()[selector.name], expression
                wanted = matcher.value.split("|") if ".*" not in matcher.value else [matcher.value]
                for one in wanted:
                    assert any(re.fullmatch(one, value) for value in values[matcher.name]), expression


@pytest.mark.parametrize(
    "planted",
    [
        "sum(rate(leadworkflows_acknowledged_total[5m])) > 1",
        "max(leadworkflows_inbox_backlogs) > 0",
        'absent(up{job="api"}) or leadworkflow_inbox_backlog == 0',
    ],
)
def test_a_rule_that_asks_for_a_metric_that_does_not_exist_would_be_found(planted):
    there = {*ours(), *asked_for()} - (asked_for(("leadworkflows_",)) - ours().keys())
    assert not unknown(expressions(), there)
    [name] = re.findall(r"leadworkflows?_\w+", planted)
    assert unknown([*expressions(), planted], there) == {name}


def test_what_is_no_promql_would_be_found():
    with pytest.raises(ValueError, match="unclosed"):
        asked_of("sum(rate(x[5m])")


@pytest.mark.temporal
async def test_of_temporals_only_metrics_that_its_server_has_are_asked_for(tmp_path):
    port = free_port()
    async with EmbeddedServer(tmp_path, 0, 0, extra_args=("--metrics-port", str(port))) as server:
        client = await Client.connect(server.address)
        # Counters begin with the first that they count: something that is an action, and one that fails.
        await client.start_workflow("Nobody", id="nobody", task_queue="nobody")
        with pytest.raises(RPCError):
            await client.get_workflow_handle("not-there").describe()
        async with httpx.AsyncClient() as http:
            text = (await http.get(f"http://127.0.0.1:{port}/metrics")).text
    there = set(re.findall(r"^([a-z_]+)(?:\{| )", text, re.MULTILINE))
    asked = asked_for() - asked_for(("leadworkflows_", "temporal_"))
    assert "service_requests" in asked
    assert asked - {"up"} <= there  # which Prometheus itself makes
    for label in ("service_name", "operation", "error_type", "action_type"):
        assert f'{label}="' in text


@pytest.mark.temporal
@pytest.mark.e2e
async def test_of_the_sdk_only_metrics_that_a_worker_has_are_asked_for(tmp_path):
    health, sdk = free_port(), free_port()
    asked = asked_for(("temporal_",))
    async with EmbeddedServer(tmp_path / "temporal", 0, 0) as server:
        settings = {"DATA_DIR": str(tmp_path / "data"), "TEMPORAL_ADDRESS": server.address}
        client = await Client.connect(server.address)
        await client.start_workflow("Nobody", id="lead-1", task_queue="leadworkflows")
        with Process(tmp_path, "worker", "--health-port", health, "--sdk-metrics-port", sdk, **settings):
            await asyncio.to_thread(eventually, lambda: asked <= shown_at(sdk))
            assert "leadworkflows_events_handed_on_total" in shown_at(health)
    assert asked


def shown_at(port: int) -> set[str]:
    """The names of the metrics that are shown there by now; none before anybody listens."""
    try:
        text = httpx.get(f"http://127.0.0.1:{port}/metrics").text
    except httpx.TransportError:
        return set()
    return set(re.findall(r"^([a-z_]+)(?:\{| )", text, re.MULTILINE))


# Prometheus


def test_every_target_is_a_service_that_answers_there():
    jobs = {job["job_name"]: job for job in SCRAPED["scrape_configs"]}
    found = {name: job["dns_sd_configs"][0] for name, job in jobs.items() if "dns_sd_configs" in job}
    assert {name: where["names"] for name, where in found.items()} == {
        "api": ["api"], "worker": ["worker"], "worker-sdk": ["worker"], "temporal": ["temporal"],
    }  # fmt: skip
    api, worker, temporal = (services()[name] for name in ("api", "worker", "temporal"))
    assert str(found["api"]["port"]) == api["command"][api["command"].index("--port") + 1]
    assert str(found["worker"]["port"]) == worker["command"][worker["command"].index("--health-port") + 1]
    sdk = worker["command"][worker["command"].index("--sdk-metrics-port") + 1]
    assert str(found["worker-sdk"]["port"]) == sdk
    assert temporal["environment"]["PROMETHEUS_ENDPOINT"].endswith(f":{found['temporal']['port']}")


def test_the_jobs_that_are_asked_for_are_scraped():
    jobs = {job["job_name"] for job in SCRAPED["scrape_configs"]}
    for expression in expressions():
        for selector in asked_of(expression):
            for matcher in selector.matchers.matchers:
                if matcher.name == "job":
                    assert set(matcher.value.split("|")) <= jobs, expression


def test_prometheus_reads_the_rules_that_lie_beside_its_configuration():
    assert SCRAPED["rule_files"] == ["alerts.yml"]
    assert "./deploy/prometheus:/etc/prometheus:ro" in services()["prometheus"]["volumes"]
    assert "--config.file=/etc/prometheus/prometheus.yml" in services()["prometheus"]["command"]


@every_rule
def test_an_alert_says_how_urgent_it_is_what_it_means_and_where_it_is_written_what_to_do(rule):
    assert set(rule) <= {"alert", "expr", "for", "labels", "annotations"}
    assert rule["labels"]["severity"] in {"page", "ticket"}
    assert rule["annotations"]["summary"].endswith(".")
    page, _, anchor = rule["annotations"]["runbook"].partition("#")
    headings = re.findall(r"^### (\w+)$", (ROOT / page).read_text(), re.MULTILINE)
    assert rule["alert"] in headings
    assert anchor == rule["alert"].lower()


def test_what_is_written_about_is_an_alert():
    text = (ROOT / "docs/operations.md").read_text().partition("## At each alert")[2]
    assert re.findall(r"^### (\w+)$", text, re.MULTILINE) == [rule["alert"] for rule in RULES]


@every_rule
def test_an_alert_does_not_fire_where_all_is_well(rule):
    assert is_condition(rule["expr"])
    assert not rule.get("for") or re.fullmatch(r"\d+[mh]", rule["for"])


@pytest.mark.parametrize(
    ("expression", "fires_by_something"),
    [
        ('leadworkflows_webhooks_total{outcome="limited"}', False),
        ("leadworkflows_quarantine", False),
        ("leadworkflows_quarantine > bool 0", False),
        ('up{job!="api"} or up == 0', False),
        ("sum(leadworkflows_quarantine > 0)", True),
        ("absent(up) or sum(up) == 0", True),
        ("(up > 0) unless up", True),
    ],
)
def test_an_alert_that_would_always_fire_would_be_found(expression, fires_by_something):
    assert is_condition(expression) == fires_by_something


# Grafana


@every_panel
def test_a_panel_has_a_title_a_place_and_asks_the_data_source_that_is_provisioned(board, panel):
    source = yaml(DEPLOY / "grafana/datasources/prometheus.yml")["datasources"][0]
    assert panel["title"]
    assert panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24
    assert {panel["datasource"]["uid"], *(t["datasource"]["uid"] for t in panel["targets"])} == {
        source["uid"]
    }
    assert all(asked_of(target["expr"]) for target in panel["targets"])


@pytest.mark.parametrize("name", BOARDS)
def test_no_panel_of_a_dashboard_covers_another(name):
    covered = [
        (x, y)
        for panel in BOARDS[name]["panels"]
        for x in range(panel["gridPos"]["x"], panel["gridPos"]["x"] + panel["gridPos"]["w"])
        for y in range(panel["gridPos"]["y"], panel["gridPos"]["y"] + panel["gridPos"]["h"])
    ]
    assert len(covered) == len(set(covered))
    assert len({panel["id"] for panel in BOARDS[name]["panels"]}) == len(BOARDS[name]["panels"])


def test_grafana_finds_the_dashboards_and_prometheus_where_they_are():
    provider = yaml(DEPLOY / "grafana/dashboards/boards.yml")["providers"][0]
    source = yaml(DEPLOY / "grafana/datasources/prometheus.yml")["datasources"][0]
    mounts = dict(volume.split(":")[:2] for volume in services()["grafana"]["volumes"])
    assert mounts["./deploy/grafana/boards"] == provider["options"]["path"]
    home = services()["grafana"]["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]
    assert (DEPLOY / "grafana/boards" / home.removeprefix(f"{provider['options']['path']}/")).exists()
    assert source["url"] == "http://prometheus:9090"
    assert services()["prometheus"]["ports"][0].endswith(":9090")
    assert len({board["uid"] for board in BOARDS.values()}) == len(BOARDS)
