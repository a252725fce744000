from __future__ import annotations

import asyncio
import tomllib
from datetime import timedelta
from importlib import import_module
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any, ClassVar

import pytest
from temporalio.common import RawValue
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from leadworkflows.activities import registry as registry_module
from leadworkflows.activities.base import ActionContext, Found, Params, Receipt, VendorBlocked
from leadworkflows.activities.inputs import ActionInput, RecordInput
from leadworkflows.activities.record import RecordActivities
from leadworkflows.activities.registry import ActionUnusable, action_types, params_models
from leadworkflows.activities.runner import ActionRunner
from leadworkflows.activities.services import ActionServices
from leadworkflows.domain.decisions import (
    ActionResult,
    Assignment,
    EffectClass,
    EntryKind,
    Outcome,
    TimelineEntry,
)
from leadworkflows.store import StoreUnavailable
from tests.activities.conftest import BUILT_IN, Performer


class Broken:
    """A plug-in with a bug that quotes what it should not."""

    name: ClassVar[str] = "crm.break"
    params_model = Params
    effect_class: ClassVar[EffectClass] = EffectClass.RATHER_MISSED
    reaches_lead: ClassVar[bool] = False

    def __init__(self, services: ActionServices) -> None:
        self.services = services

    async def perform(self, context: ActionContext, params: Params) -> Receipt:
        raise ValueError(f"cannot upsert {context.person.email}")

    async def reconcile(self, context: ActionContext, params: Params) -> Found:
        return None


class Counting(Broken):
    """A plug-in that works, slowly."""

    name: ClassVar[str] = "crm.count"
    calls: ClassVar[list[str]] = []

    async def perform(self, context: ActionContext, params: Params) -> Receipt:
        self.calls.append(context.key)
        await asyncio.sleep(0)
        return Receipt("v-1", "counted")


class Giving(Broken):
    """A plug-in that shares leads out."""

    name: ClassVar[str] = "crm.give"
    calls: ClassVar[list[str]] = []

    async def perform(self, context: ActionContext, params: Params) -> Receipt:
        self.calls.append(context.key)
        given = Assignment(rep="grace", team="emea", why=["whose turn it is"], passed_over=["bob: away"])
        return Receipt("v-1", "given", given)


async def test_whom_a_lead_was_given_to_is_told_again_where_the_first_answer_was_lost(outbox: Performer):
    Giving.calls.clear()
    outbox.more = {Giving.name: Giving}
    first, again = [await outbox.attempt(Giving.name) for _ in range(2)]
    assert first.assignment == Assignment(
        rep="grace", team="emea", why=["whose turn it is"], passed_over=["bob: away"]
    )
    assert (again, len(Giving.calls)) == (first, 1)


class Locked(Broken):
    """A plug-in whose vendor cannot be asked until somebody gives it leave."""

    name: ClassVar[str] = "crm.locked"

    async def reconcile(self, context: ActionContext, params: Params) -> Found:
        raise VendorBlocked("CRM: 403; give the app the scope contacts.read")


async def test_what_must_not_happen_twice_waits_until_the_vendor_can_be_asked(outbox: Performer):
    outbox.more = {Locked.name: Locked}
    await outbox.store.effects.reserve("k", outbox.lead_id, Locked.name, outbox.now)
    with pytest.raises(ApplicationError, match=r"contacts\.read") as raised:
        await outbox.attempt(Locked.name, key="k")
    assert raised.value.next_retry_delay == timedelta(minutes=5)
    [stuck] = await outbox.store.effects.stuck()
    assert (stuck.status, stuck.detail) == ("reserved", "CRM: 403; give the app the scope contacts.read")


async def test_the_outbox_keeps_mail_and_alert_in_full(outbox: Performer):
    await outbox.perform("email.send", key="m", content="demo-confirmation")
    await outbox.perform("slack.alert", key="a", channel="#sales", template="hot-lead")
    mail, alert = await outbox.store.outbox.of(outbox.lead_id)
    assert (mail.kind, mail.to, mail.content) == ("email", "ada@example.com", "demo-confirmation")
    assert "Hello Ada" in (mail.html or "")
    assert "Hello Ada" in (mail.text or "")
    assert mail.subject == "Your demo: what happens next"
    assert (alert.kind, alert.channel, alert.template) == ("slack", "#sales", "hot-lead")
    assert "Ada Lovelace" in str(alert.blocks)
    assert "Ada Lovelace" in (alert.text or "")


@pytest.mark.parametrize("name", ["email.send", "slack.alert"])
async def test_a_crash_after_the_outbox_took_it_is_found_out(outbox: Performer, name):
    params: dict[str, Any] = {"content": "welcome"} if name == "email.send" else {}
    await outbox.store.effects.reserve("k", outbox.lead_id, name, outbox.now)
    handler = outbox.registry().get(name)
    person = await outbox.store.leads.person(outbox.lead_id)
    assert person
    context = ActionContext(outbox.lead_id, "k", person, {}, outbox.now, "p", outbox.now)
    await handler.perform(context, handler.params_model.model_validate(params))

    result = await outbox.perform(name, key="k", **params)
    assert result.outcome is Outcome.CONFIRMED
    assert "found" in result.detail
    assert len(await outbox.store.outbox.all()) == 1


async def test_an_unforeseen_error_reaches_temporal_without_its_message(outbox: Performer):
    outbox.more = {Broken.name: Broken}
    with pytest.raises(ApplicationError) as raised:
        await outbox.attempt(Broken.name)
    assert "ada" not in str(raised.value)
    assert "ValueError" in str(raised.value)
    assert raised.value.__cause__ is None
    assert not raised.value.non_retryable


async def test_a_store_that_fails_while_recording_quotes_nothing(outbox: Performer):
    entry = TimelineEntry(n=1, at=outbox.now, kind=EntryKind.EVENT, what="x", policy="p")
    record = RecordActivities(outbox.store).record
    with pytest.raises(ApplicationError):
        await ActivityEnvironment().run(record, RecordInput(lead_id="nobody", entries=[entry], revision=1))


async def test_recording_twice_writes_once(outbox: Performer):
    entry = TimelineEntry(n=1, at=outbox.now, kind=EntryKind.EVENT, what="Demo requested", policy="p")
    recorded = RecordInput(lead_id=outbox.lead_id, entries=[entry], snapshot={"stage": "sql"}, revision=1)
    for _ in range(2):
        await ActivityEnvironment().run(RecordActivities(outbox.store).record, recorded)
    lead = await outbox.store.leads.get(outbox.lead_id)
    assert lead is not None
    assert lead.snapshot == {"stage": "sql"}
    assert [each.what for each in await outbox.store.timeline.of(outbox.lead_id)] == ["Demo requested"]


async def test_actions_that_one_workflow_task_decided_one_after_the_other_each_record_their_own(
    outbox: Performer,
):
    entries = [
        TimelineEntry(n=n, at=outbox.now, kind=EntryKind.EVENT, what=f"Visit {n}", policy="p") for n in (1, 2)
    ]

    async def done(request: ActionInput) -> ActionResult:
        return ActionResult(key=request.key, outcome=Outcome.CONFIRMED)

    run = RecordActivities(outbox.store).before(done)
    taken = [
        RecordInput(lead_id=outbox.lead_id, entries=entries[:n], revision=n, attempt="one") for n in (1, 2)
    ]
    results = await asyncio.gather(*(run(_asked(outbox, each)) for each in taken))
    assert [each.recorded for each in results] == [1, 2]
    assert await outbox.store.timeline.of(outbox.lead_id) == entries


def _asked(outbox: Performer, record: RecordInput) -> ActionInput:
    key = f"lead:{outbox.lead_id}:{record.revision}"
    return ActionInput(
        lead_id=outbox.lead_id, key=key, name="x", policy="p", decided_at=outbox.now, record=record
    )


@pytest.mark.parametrize(
    ("name", "params", "says"),
    [
        ("email.send", {"contents": "x"}, "contents: extra_forbidden"),
        ("email.send", {"content": "../../etc/passwd"}, "content: string_pattern_mismatch"),
        ("slack.alert", {"template": "no-such-card"}, "template: value_error"),
        ("slack.alert", {"channel": "sales"}, "channel: string_pattern_mismatch"),
    ],
)
async def test_wrong_parameters_fail_and_name_the_field(outbox: Performer, name, params, says):
    result = await outbox.perform(name, **params)
    assert result.outcome is Outcome.FAILED
    assert says in result.detail


async def test_actions_at_the_same_moment_are_performed_once_each(outbox: Performer):
    Counting.calls.clear()
    outbox.more = {Counting.name: Counting}
    for _ in range(2):
        await asyncio.gather(*(outbox.perform(Counting.name, key=f"k{n}") for n in range(5)))
    assert sorted(Counting.calls) == [f"k{n}" for n in range(5)]


def test_the_package_offers_its_own_actions_through_the_plug_in_door():
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())
    offered = project["project"]["entry-points"]["leadworkflows.actions"]
    found = {}
    for name, value in offered.items():
        module, _, attribute = value.partition(":")
        found[name] = getattr(import_module(module), attribute)
    assert BUILT_IN.items() <= found.items()
    assert {name: kind.name for name, kind in found.items()} == {name: name for name in found}


@pytest.mark.parametrize(
    ("points", "says"),
    [
        ([("crm.break", "tests.activities.no_such:Thing")], "cannot be imported"),
        ([("crm.other", f"{__name__}:Broken")], "another name"),
        ([("crm.break", f"{__name__}:Params")], "lacks"),
        ([("crm.break", f"{__name__}:Broken")] * 2, "two packages"),
        ([], "no action is installed"),
    ],
)
def test_a_plug_in_that_cannot_be_used_is_named(monkeypatch, points, says):
    found = [EntryPoint(name, value, "leadworkflows.actions") for name, value in points]
    monkeypatch.setattr(registry_module, "entry_points", lambda group: found)
    with pytest.raises(ActionUnusable, match=says):
        action_types()


def test_a_policy_can_be_checked_against_every_actions_parameters():
    models = params_models(BUILT_IN)
    assert set(models) == {"email.send", "slack.alert", "slack.remind", "slack.escalate", "route.reassign"}
    assert models["email.send"].model_json_schema()["required"] == ["content"]


@pytest.mark.parametrize("lookup", ["leads.person", "suppressions.reason"])
async def test_a_store_that_stumbles_before_the_call_only_delays_the_mail(
    performer, sendgrid, monkeypatch, lookup
):
    repository, name = lookup.split(".")
    part = getattr(performer.store, repository)
    really = getattr(part, name)

    async def stumbles(*given: Any) -> Any:
        monkeypatch.setattr(part, name, really)
        raise StoreUnavailable("no free connection to the database")

    monkeypatch.setattr(part, name, stumbles)
    result = await performer.perform("email.send", content="demo-confirmation")
    assert (result.outcome, len(sendgrid.accepted)) == (Outcome.CONFIRMED, 1)


async def test_an_action_that_no_package_offers_ends_with_a_word(performer):
    registry = performer.registry()
    runner = ActionRunner(performer.store, registry, lambda: performer.now)
    unknown = registry.temporal_activities(runner.run)[-1]
    request = performer.request("crm.push")
    worker = ActivityEnvironment()
    worker.payload_converter = pydantic_data_converter.payload_converter
    result = await worker.run(unknown, [RawValue(worker.payload_converter.to_payload(request))])
    assert result.outcome is Outcome.FAILED
    assert "no action is called crm.push" in result.detail
