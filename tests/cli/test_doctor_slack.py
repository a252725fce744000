from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from leadworkflows.policies.loader import DEFAULT_POLICY
from leadworkflows.slack.manifest import SCOPES
from tests.cli.conftest import Cli
from tests.vendors.server import Answer, ResetBeforeReading
from tests.vendors.slack import Channel, Member, SlackStandIn

TOKEN = "xoxb-very-secret"
ALL = ",".join(scope.name for scope in SCOPES)
Findings = dict[str, dict[str, str]]
Doctor = Callable[..., Findings]
ANN: dict[str, str] = {"name": "Ann", "slack": "U0ANN0000"}
TEAM: dict[str, Any] = {"teams": {"emea": {"reps": ["ann", "bob"], "channel": "#emea"}}}
PEOPLE: dict[str, Any] = {**TEAM, "reps": {"ann": ANN, "bob": {"name": "Bob"}}}


@pytest.fixture
def slack() -> Iterator[SlackStandIn]:
    with SlackStandIn(TOKEN, scopes=ALL) as vendor:
        yield vendor


@pytest.fixture
def doctor(cli: Cli, data_dir: Path, slack: SlackStandIn) -> Doctor:
    """What is found of Slack, by name, for an installation that lacks nothing."""

    def run(**settings: str) -> Findings:
        given = {
            "SLACK_BOT_TOKEN": TOKEN, "SLACK_BASE_URL": f"{slack.url}/api", "SLACK_SIGNING_SECRET": "hush",
            "PUBLIC_URL": "https://leads.example.com", **settings,
        }  # fmt: skip
        ports = ("--port", 0, "--temporal-port", 0, "--ui-port", 0)
        done = cli("doctor", "--json", "--data-dir", data_dir, *ports, **given)
        assert TOKEN not in done.output
        checks: list[dict[str, Any]] = json.loads(done.output)["checks"]
        return {each["name"]: each for each in checks if each["name"].startswith("Slack")}

    return run


@pytest.fixture
def policy(tmp_path: Path) -> Callable[..., str]:
    """The default policy with another channel, and with other parts."""

    def write(channel: str = "#sales", parts: dict[str, Any] | None = None) -> str:
        file = tmp_path / "policy.yaml"
        text = DEFAULT_POLICY.read_text("utf-8").replace('"#sales"', f'"{channel}"')
        YAML().dump({**YAML(typ="safe").load(text), **(parts or {})}, file)
        return str(file)

    return write


def wrong(found: Findings) -> list[str]:
    return [name for name, each in found.items() if each["status"] == "wrong"]


def test_a_slack_app_that_lacks_nothing_is_fine(doctor: Doctor):
    found = doctor()
    assert {each["status"] for each in found.values()} == {"ok"}
    assert "#sales" in found["Slack channels"]["found"]
    assert found.keys() >= {"Slack", "Slack scopes", "Slack channels", "Slack buttons"}


@pytest.mark.parametrize("missing", SCOPES, ids=lambda scope: scope.name)
def test_a_missing_scope_is_named_with_what_will_not_work(doctor: Doctor, slack: SlackStandIn, missing: Any):
    slack.scopes = ",".join(scope.name for scope in SCOPES if scope != missing)
    check = doctor()[f"Slack {missing.name}"]
    assert check["status"] == ("wrong" if missing.always else "note")
    assert missing.without in check["found"]
    assert "leadworkflows slack manifest" in check["fix"]


def test_a_channel_that_does_not_exist_is_named_with_its_place_in_the_policy(
    doctor: Doctor, policy: Callable[..., str]
):
    check = doctor(POLICY=policy("#slaes"))["Slack #slaes"]
    assert check["status"] == "wrong"
    assert "on.mql." in check["fix"]
    assert "/invite @leadworkflows" in check["fix"]


def test_a_channel_without_the_app_says_how_to_invite_it(doctor: Doctor, slack: SlackStandIn):
    slack.channels = [Channel("C0SALES00", "sales", member=False)]
    found = doctor()
    assert wrong(found) == ["Slack #sales"]
    assert found["Slack #sales"]["fix"] == "write `/invite @leadworkflows` in the channel"


def test_an_archived_channel_is_wrong(doctor: Doctor, slack: SlackStandIn):
    slack.channels = [Channel("C0SALES00", "sales", archived=True)]
    found = doctor()
    assert wrong(found) == ["Slack #sales"]
    assert "archived" in found["Slack #sales"]["found"]


def test_a_channel_is_found_on_a_later_page(doctor: Doctor, slack: SlackStandIn):
    slack.channels = [*(Channel(f"C{n:08}", f"other-{n}") for n in range(1000)), *slack.channels]
    assert wrong(doctor()) == []


def test_a_channel_named_by_its_id_is_looked_up_by_its_id(
    doctor: Doctor, slack: SlackStandIn, policy: Callable[..., str]
):
    assert wrong(doctor(POLICY=policy("C0SALES00"))) == []
    assert [call.path for call in slack.calls][-1] == "/api/conversations.info"
    assert wrong(doctor(POLICY=policy("C0NOBODY0"))) == ["Slack C0NOBODY0"]


def test_the_channels_of_teams_are_looked_up_too(doctor: Doctor, policy: Callable[..., str]):
    check = doctor(POLICY=policy(parts=PEOPLE))["Slack #emea"]
    assert (check["status"], "teams.emea.channel" in check["fix"]) == ("wrong", True)


def test_people_without_a_slack_id_are_named_in_one_line(
    doctor: Doctor, slack: SlackStandIn, policy: Callable[..., str]
):
    slack.channels.append(Channel("C0EMEA000", "emea"))
    slack.people = [Member("U0ANN0000"), Member("U0B0B0000")]
    check = doctor(POLICY=policy(parts=PEOPLE))["Slack people"]
    assert (check["status"], "Slack id: bob;" in check["found"]) == ("note", True)
    everybody = {**TEAM, "reps": {"ann": ANN, "bob": {"slack": "U0B0B0000"}}}
    assert doctor(POLICY=policy(parts=everybody))["Slack people"]["status"] == "ok"


@pytest.mark.parametrize("people", [[], [Member("U0ANN0000", deactivated=True)]], ids=["nobody", "closed"])
def test_people_whose_slack_id_is_nobodys_are_named(
    doctor: Doctor, slack: SlackStandIn, policy: Callable[..., str], people: list[Member]
):
    slack.people = people
    check = doctor(POLICY=policy(parts=PEOPLE))["Slack people"]
    assert (check["status"], "the id of ann:" in check["found"]) == ("wrong", True)


def test_without_im_write_nobody_is_said_to_be_reached(
    doctor: Doctor, slack: SlackStandIn, policy: Callable[..., str]
):
    slack.people = [Member("U0ANN0000")]
    slack.scopes = ",".join(scope.name for scope in SCOPES if scope.name != "im:write")
    only_ann = {"teams": {"emea": {"reps": ["ann"], "channel": "#sales"}}, "reps": {"ann": ANN}}
    check = doctor(POLICY=policy(parts=only_ann))["Slack people"]
    assert (check["status"], "im:write" in check["found"]) == ("note", True)


def test_buttons_need_the_signing_secret(doctor: Doctor):
    found = doctor(SLACK_SIGNING_SECRET="")
    assert wrong(found) == ["Slack buttons"]
    assert "LEADWORKFLOWS_SLACK_SIGNING_SECRET" in found["Slack buttons"]["fix"]


@pytest.mark.parametrize("url", ["http://localhost:8080", "https://127.0.0.1", "http://leads.example.com"])
def test_an_address_that_slack_cannot_reach_is_a_warning(doctor: Doctor, url: str):
    check = doctor(PUBLIC_URL=url)["Slack address"]
    assert (check["status"], "LEADWORKFLOWS_PUBLIC_URL" in check["fix"]) == ("note", True)


@pytest.mark.parametrize(
    "fault", [ResetBeforeReading(), Answer(429, {"Retry-After": "30"}), Answer(200, body=b"[]")]
)
def test_channels_that_cannot_be_looked_up_now_are_a_note(doctor: Doctor, slack: SlackStandIn, fault: Any):
    answer = slack.answer

    def faulty(call: Any) -> Any:
        if call.path == "/api/auth.test":
            slack.fail(fault)
        return answer(call)

    slack.answer = faulty  # type: ignore[method-assign]
    assert doctor()["Slack channels"]["status"] == "note"


def test_without_a_token_nothing_is_asked(doctor: Doctor, slack: SlackStandIn):
    found = doctor(SLACK_BOT_TOKEN="")
    assert (list(found), slack.calls) == (["Slack"], [])
