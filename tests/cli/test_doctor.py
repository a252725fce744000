from __future__ import annotations

import json
import socket
import sys
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from leadworkflows.cli.doctor_release import judged
from leadworkflows.releases import ReleaseState
from leadworkflows.store.migrate import upgrade
from tests.cli.conftest import Cli
from tests.vendors.hubspot import HubSpotStandIn
from tests.vendors.sendgrid import SendGridStandIn
from tests.vendors.server import Answer, Call, ResetBeforeReading
from tests.vendors.slack import SlackStandIn

KEY, TOKEN = "SG.very-secret", "xoxb-very-secret"


class SendGridScopes(SendGridStandIn):
    """Answers what a key may do, as `GET /v3/scopes` documents it."""

    scopes: tuple[str, ...] = ("mail.send", "alerts.read")

    def answer(self, call: Call) -> Answer:
        if (call.method, call.path) != ("GET", "/v3/scopes"):
            return super().answer(call)
        if call.headers.get("authorization") != f"Bearer {self.api_key}":
            return Answer(401, body=b'{"errors": [{"field": null, "message": "authorization required"}]}')
        return Answer(200, body=json.dumps({"scopes": self.scopes}).encode())


@pytest.fixture
def sendgrid() -> Iterator[SendGridScopes]:
    with SendGridScopes(KEY) as vendor:
        yield vendor


@pytest.fixture
def slack() -> Iterator[SlackStandIn]:
    with SlackStandIn(TOKEN) as vendor:
        yield vendor


@pytest.fixture
def doctor(cli: Cli, data_dir: Path) -> Any:
    """The findings by name, with the exit status under `exit` and all that was shown under `shown`."""

    def run(*arguments: object, **settings: str) -> dict[str, Any]:
        ports = ("--port", 0, "--temporal-port", 0, "--ui-port", 0)
        done = cli("doctor", "--json", "--data-dir", data_dir, *ports, *arguments, **settings)
        found = {each["name"]: each for each in json.loads(done.output)["checks"]}
        return {**found, "exit": done.exit_code, "shown": done.output + done.stderr}

    return run


def using_sendgrid(vendor: SendGridScopes, key: str = KEY) -> dict[str, str]:
    vendors = {"SENDGRID_API_KEY": key, "SENDGRID_BASE_URL": vendor.url}
    return {
        **vendors,
        "FROM_EMAIL": "us@example.org",
        "COMPANY_NAME": "Us",
        "COMPANY_WEBSITE": "https://us.example.org",
    }


def using_slack(vendor: SlackStandIn, token: str = TOKEN) -> dict[str, str]:
    secret = {"SLACK_SIGNING_SECRET": "hush", "PUBLIC_URL": "https://leads.example.com"}
    return {"SLACK_BOT_TOKEN": token, "SLACK_BASE_URL": f"{vendor.url}/api", **secret}


def test_a_newcomer_without_any_setting_is_fine(doctor: Any, data_dir: Path):
    found = doctor()
    # Somebody else's Temporal may run where this machine's would.
    others = {"exit", "shown", "Temporal", "Search attributes"}
    assert not [name for name in found.keys() - others if found[name]["status"] == "wrong"]
    assert (found["SendGrid"]["status"], found["Slack"]["status"]) == ("ok", "ok")
    assert "outbox" in found["SendGrid"]["found"]
    assert not data_dir.exists(), "looking changes nothing"


def test_keys_that_the_vendors_take_are_fine_and_nothing_is_sent(
    doctor: Any, sendgrid: SendGridScopes, slack: SlackStandIn
):
    found = doctor(**using_sendgrid(sendgrid), **using_slack(slack))
    assert (found["SendGrid"]["status"], found["Slack"]["status"], found["exit"]) == ("ok", "ok", 0)
    asked = [call.path for call in (*sendgrid.calls, *slack.calls)]
    assert asked == ["/v3/scopes", "/api/auth.test", "/api/conversations.list"]
    assert "very-secret" not in found["shown"]


def test_keys_that_the_vendors_refuse_are_wrong_and_stay_hidden(
    doctor: Any, sendgrid: SendGridScopes, slack: SlackStandIn
):
    found = doctor(**using_sendgrid(sendgrid, "SG.typo"), **using_slack(slack, "xoxb-typo"))
    assert found["exit"] == 1
    assert "401" in found["SendGrid"]["found"]
    assert "invalid_auth" in found["Slack"]["found"]
    assert "LEADWORKFLOWS_SENDGRID_API_KEY" in found["SendGrid"]["fix"]
    assert "typo" not in found["shown"]


def test_mails_that_leave_need_the_name_of_their_sender(doctor: Any, sendgrid: SendGridScopes):
    set_up = using_sendgrid(sendgrid)
    nameless = doctor(**{name: value for name, value in set_up.items() if not name.startswith("COMPANY")})
    assert (nameless["Sender"]["status"], nameless["exit"]) == ("wrong", 1)
    assert "LEADWORKFLOWS_COMPANY_NAME" in nameless["Sender"]["fix"]
    assert doctor(**set_up)["Sender"]["status"] == "note"
    assert doctor(**set_up, COMPANY_ADDRESS="Street 1, Berlin")["Sender"]["status"] == "ok"


def test_a_key_that_may_not_send_is_wrong(doctor: Any, sendgrid: SendGridScopes):
    sendgrid.scopes = ("alerts.read",)
    found = doctor(**using_sendgrid(sendgrid))
    assert (found["SendGrid"]["status"], found["exit"]) == ("wrong", 1)


@pytest.mark.parametrize("fault", [ResetBeforeReading(), Answer(503), Answer(200, body=b"<html>")])
def test_a_vendor_out_of_order_is_told_without_a_traceback(
    doctor: Any, sendgrid: SendGridScopes, slack: SlackStandIn, fault: Any
):
    sendgrid.fail(fault)
    slack.fail(fault)
    found = doctor(**using_sendgrid(sendgrid), **using_slack(slack))
    assert (found["SendGrid"]["status"], found["Slack"]["status"]) == ("wrong", "wrong")


def test_unusable_settings_are_all_listed(doctor: Any, cli: Cli):
    done = cli("doctor", "--json", TEMPORAL_ADDRESS="x", SLACK_BASE_URL="y")
    found = [each["found"] for each in json.loads(done.output)["checks"] if each["name"] == "Settings"]
    assert done.exit_code == 1
    assert [text.partition(":")[0] for text in found] == [
        "LEADWORKFLOWS_TEMPORAL_ADDRESS", "LEADWORKFLOWS_SLACK_BASE_URL"
    ]  # fmt: skip


def test_a_database_that_is_not_migrated_is_wrong_and_then_right(doctor: Any, tmp_path: Path):
    url = f"sqlite:///{tmp_path / 'leads.db'}"
    before = doctor(DATABASE_URL=url)
    upgrade(url)
    after = doctor(DATABASE_URL=url)
    assert (before["Database"]["status"], after["Database"]["status"]) == ("wrong", "ok")
    assert before["Database"]["fix"] == "run: leadworkflows db upgrade"


def test_an_unreachable_database_is_wrong_and_its_password_hidden(doctor: Any):
    found = doctor(DATABASE_URL="postgresql://ann:hush@127.0.0.1:1/leads")
    assert (found["Database"]["status"], found["exit"]) == ("wrong", 1)
    assert "hush" not in found["shown"]


def test_a_temporal_server_that_was_named_must_answer(doctor: Any):
    found = doctor(TEMPORAL_ADDRESS="127.0.0.1:1")
    assert (found["Temporal"]["status"], found["exit"]) == ("wrong", 1)


def test_a_taken_port_is_wrong_and_names_the_option(doctor: Any):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        found = doctor("--ui-port", port)
    assert (found[f"Port {port}"]["status"], found["exit"]) == ("wrong", 1)
    assert "--ui-port" in found[f"Port {port}"]["fix"]


def test_what_dev_alone_needs_is_not_wrong_where_a_temporal_server_is_named(
    doctor: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """As in the image of a production installation, which has no embedded server."""
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    monkeypatch.setenv("PATH", str(tmp_path))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        installed, newcomer = doctor("--port", port, TEMPORAL_ADDRESS="127.0.0.1:1"), doctor("--port", port)
    names = ("temporal binary", f"Port {port}")
    assert [installed[name]["status"] for name in names] == ["note", "note"]
    assert [newcomer[name]["status"] for name in names] == ["wrong", "wrong"]


def release(build: str | None, leads: int = 0, *, current: bool = False, worked: bool = True) -> ReleaseState:
    return ReleaseState(build, is_current=current, is_worked=worked, leads=leads)


@pytest.mark.parametrize(
    ("states", "status", "said"),
    [
        ([release("2", current=True), release("1", 3)], "ok", "2 is current"),
        ([release("2", current=True), release("1", worked=False)], "ok", "2 is current"),
        ([release("2", current=True), release(None, 3, worked=False)], "ok", "2 is current"),
        ([release("3", current=True), release("2")], "note", "release activate 2"),
        ([release("2", current=True), release("1", 1200, worked=False)], "wrong", "1,200 leads wait"),
        ([release("2", current=True, worked=False), release("1", 3)], "wrong", "has no worker"),
        ([release("2")], "wrong", "none is current"),
        ([], "wrong", "none is current"),
    ],
)
def test_leads_that_no_worker_takes_on_are_found(states: list[ReleaseState], status: str, said: str):
    found = judged(states, "2")
    assert (found.status, said in f"{found.found} {found.fix}") == (status, True), found


def test_a_broken_policy_is_wrong(doctor: Any, tmp_path: Path):
    (tmp_path / "p.yaml").write_text("version: 2\n")
    found = doctor(POLICY="p.yaml")
    assert (found["Policy"]["status"], found["Policy"]["fix"]) == (
        "wrong",
        "run: leadworkflows policy check p.yaml",
    )


def test_a_policy_that_acts_on_deliveries_is_told_that_leads_learn_of_them_late(doctor: Any, tmp_path: Path):
    packaged = (files("leadworkflows") / "policies" / "default.yaml").read_text()
    rule = "scoring:\n  - {id: D1, title: delivered, on: email_delivered, points: 1, group: online}\n"
    (tmp_path / "p.yaml").write_text(packaged.replace("scoring:\n", rule, 1))
    late = doctor(POLICY="p.yaml")["Policy"]
    assert (late["status"], late["fix"]) == ("note", "to tell it at once: LEADWORKFLOWS_DELIVERY_WINDOW=0")
    assert "acts on email_delivered, which a lead may learn 24 hours late" in late["found"]
    assert doctor(POLICY="p.yaml", DELIVERY_WINDOW="0")["Policy"]["status"] == "ok"
    assert doctor()["Policy"]["status"] == "ok"


def test_sources_say_whether_they_have_a_secret_and_a_stranger_is_named(doctor: Any):
    found = doctor(SOURCES__TYPEFORM__SECRETS="hush-hush", SOURCES__TYPEFROM__SECRETS="hush-hush")
    assert found["Source typeform"]["status"] == "ok"
    assert found["Source standard"]["status"] == "note"
    assert (found["Source typefrom"]["status"], found["Source typefrom"]["fix"]) == (
        "wrong",
        "did you mean typeform?",
    )
    assert "hush-hush" not in found["shown"]


def test_a_data_folder_that_cannot_be_is_wrong(doctor: Any, data_dir: Path):
    data_dir.write_text("a file")
    assert doctor()["Data folder"]["status"] == "wrong"


def test_people_see_what_to_do(cli: Cli, data_dir: Path):
    shown = cli("doctor", "--data-dir", data_dir, TEMPORAL_ADDRESS="127.0.0.1:1")
    assert shown.exit_code == 1
    assert "LEADWORKFLOWS_TEMPORAL_ADDRESS" in shown.output
    assert "To correct: Temporal" in shown.output


def using_hubspot(vendor: HubSpotStandIn, token: str = "pat-test") -> dict[str, str]:
    return {"HUBSPOT_TOKEN": token, "HUBSPOT_BASE_URL": vendor.url}


def of_hubspot(found: Any) -> tuple[str, str]:
    check = found["HubSpot"]
    return check["status"], check["found"] + " " + check["fix"]


def test_a_token_of_hubspot_is_tried_and_no_contact_is_read(doctor: Any):
    with HubSpotStandIn({"7": {"email": "ada@example.com"}}) as vendor:
        status, said = of_hubspot(doctor(**using_hubspot(vendor)))
        assert (status, "account 62515" in said) == ("ok", True)
        assert vendor.accepted == [["1"]]


def test_a_token_that_hubspot_refuses_or_that_may_not_read_contacts_is_explained(doctor: Any):
    with HubSpotStandIn() as vendor:
        status, said = of_hubspot(doctor(**using_hubspot(vendor, "pat-typo")))
        assert (status, "LEADWORKFLOWS_HUBSPOT_TOKEN" in said, "pat-typo" in said) == ("wrong", True, False)
    with HubSpotStandIn(scopes=("oauth",)) as vendor:
        status, said = of_hubspot(doctor(**using_hubspot(vendor)))
        assert (status, "crm.objects.contacts.read" in said) == ("wrong", True)


def test_without_a_token_contacts_wait_and_doctor_says_so(doctor: Any):
    status, said = of_hubspot(doctor())
    assert (status, "LEADWORKFLOWS_HUBSPOT_TOKEN" in said) == ("ok", True)


def test_what_keeps_the_api_on_this_machine_is_told(doctor: Any):
    found = doctor()["Pages"]
    assert (found["status"], "this machine alone" in found["found"]) == ("note", True)
    short = doctor(DASHBOARD_PASSWORD="correct horse", API_KEYS="key-1")["Pages"]
    assert (short["status"], "LEADWORKFLOWS_API_KEYS" in short["fix"]) == ("note", True)
    assert doctor(DASHBOARD_PASSWORD="correct horse", API_KEYS="k" * 16)["Pages"]["status"] == "ok"
