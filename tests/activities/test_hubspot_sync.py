from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leadworkflows.activities.hubspot_sync import STAGES, HubSpotParams, HubSpotSync, _planned
from leadworkflows.domain.decisions import Outcome
from leadworkflows.domain.lifecycle import Stage
from leadworkflows.domain.teams import Rep, Roster
from leadworkflows.hubspot.crm import Contact, HubSpotCrm
from leadworkflows.vendor import VendorRefused
from tests.activities.conftest import TIMEOUT_S
from tests.vendors.hubspot_crm import STAGES as THEIRS
from tests.vendors.hubspot_crm import HubSpotCrmStandIn, too_many
from tests.vendors.server import Answer, Hang, ResetAfterAccepting

ADA = "ada@example.com"
VECTORS = json.loads((Path(__file__).parent / "vectors/out_hubspot_crm.json").read_text())


@pytest.fixture
def hubspot():
    with HubSpotCrmStandIn() as running:
        yield running


@pytest.fixture
async def selling(performer, hubspot):
    """A lead of rep-7's, synced to the stand-in."""
    crm = HubSpotCrm("pat-test", hubspot.url, TIMEOUT_S)
    performer.more["crm.hubspot"] = lambda services: HubSpotSync(replace(services, hubspot=crm))
    performer.roster = Roster({"rep-7": Rep(crm={"hubspot": "5123"})})
    yield performer
    await crm.aclose()


async def sync(performer, stage="sql", key="lead:1:test:1", attempts=4, params=None, **facts):
    performer.facts = {"stage": stage, "owner": "rep-7", **facts}
    return await performer.perform("crm.hubspot", attempts, key=key, **(params or {}))


def stages(hubspot):
    return [write["lifecyclestage"] for write in hubspot.accepted if "lifecyclestage" in write]


@pytest.mark.parametrize("case", VECTORS["cases"], ids=lambda case: case["id"])
def test_the_stand_in_judges_every_vector_right(case):
    with HubSpotCrmStandIn({ADA: {"lifecyclestage": "opportunity"}}) as hubspot:
        asked = case["request"]
        headers = {"Authorization": "Bearer pat-test"}
        answer = httpx.request(
            asked["method"], hubspot.url + asked["path"], json=asked["json"], headers=headers
        )
    assert answer.is_success is case["expected"]["valid"]


def test_the_stand_in_answers_a_move_back_with_success_and_makes_none_as_hubspot_does():
    with HubSpotCrmStandIn({ADA: {"lifecyclestage": "opportunity"}}) as hubspot:
        given = {"id": ADA, "idProperty": "email", "properties": {"lifecyclestage": "lead"}}
        url = f"{hubspot.url}/crm/v3/objects/contacts/batch/upsert"
        answer = httpx.post(url, json={"inputs": [given]}, headers={"Authorization": "Bearer pat-test"})
    assert answer.status_code == 200
    assert answer.json()["results"][0]["properties"]["lifecyclestage"] == "opportunity"


async def test_a_new_contact_is_made_with_all_that_is_known_of_the_lead(selling, hubspot):
    result = await sync(selling, score=72, params={"score_property": "lead_score"})
    assert result.outcome is Outcome.CONFIRMED
    assert hubspot.contacts[ADA] == {
        "email": ADA, "firstname": "Ada", "lastname": "Lovelace", "jobtitle": "CFO",
        "company": "Example GmbH", "phone": "+49 30 1234567",
        "lifecyclestage": "salesqualifiedlead", "hubspot_owner_id": "5123", "lead_score": "72",
    }  # fmt: skip
    effect = await selling.store.effects.get("lead:1:test:1")
    assert effect.vendor_id == "1000"


async def test_what_we_do_not_know_wipes_nothing_out(selling, hubspot):
    hubspot.contacts[ADA] = {"email": ADA, "hubspot_owner_id": "4711", "country": "DE"}
    await sync(selling, owner=None)
    assert hubspot.contacts[ADA]["hubspot_owner_id"] == "4711"
    assert hubspot.contacts[ADA]["country"] == "DE"


@pytest.mark.parametrize("stage", [stage for stage in Stage if stage is not Stage.DISQUALIFIED])
async def test_each_stage_has_its_word_in_hubspot(selling, hubspot, stage):
    await sync(selling, stage)
    assert hubspot.contacts[ADA]["lifecyclestage"] == STAGES[stage]


async def test_an_account_may_mean_other_stages(selling, hubspot):
    await sync(selling, "sal", params={"stages": {"sal": "salesqualifiedlead"}})
    assert hubspot.contacts[ADA]["lifecyclestage"] == "salesqualifiedlead"


async def test_a_lead_that_is_returned_goes_back_by_way_of_no_stage(selling, hubspot):
    hubspot.contacts[ADA] = {"email": ADA, "lifecyclestage": "opportunity"}
    await sync(selling, "recycled")
    assert stages(hubspot) == ["", "lead"]
    assert hubspot.contacts[ADA]["lifecyclestage"] == "lead"


@pytest.mark.parametrize("taken", [False, True], ids=["refused", "lost"])
async def test_a_crash_between_the_two_steps_back_ends_in_the_right_stage(selling, hubspot, taken):
    hubspot.contacts[ADA] = {"email": ADA, "lifecyclestage": "opportunity"}
    answer = hubspot.answer
    crashed: list[str] = []

    def crashing(call):
        if call.method != "POST" or crashed:
            return answer(call)
        crashed.append(hubspot.contacts[ADA]["lifecyclestage"])
        if taken:
            answer(call)
        return Answer(502)

    hubspot.answer = crashing
    result = await sync(selling, "recycled")
    assert result.outcome is Outcome.CONFIRMED
    assert crashed == [""]
    assert hubspot.contacts[ADA]["lifecyclestage"] == "lead"


async def test_a_customer_is_never_moved_back(selling, hubspot):
    hubspot.contacts[ADA] = {"email": ADA, "lifecyclestage": "customer"}
    result = await sync(selling, "mql")
    assert hubspot.contacts[ADA]["lifecyclestage"] == "customer"
    assert hubspot.contacts[ADA]["hubspot_owner_id"] == "5123"
    assert "stays one" in result.detail


async def test_a_disqualified_lead_keeps_its_stage_and_is_unqualified_until_it_is_reopened(selling, hubspot):
    hubspot.contacts[ADA] = {"email": ADA, "lifecyclestage": "salesqualifiedlead"}
    await sync(selling, "disqualified")
    assert hubspot.contacts[ADA]["hs_lead_status"] == "UNQUALIFIED"
    assert hubspot.contacts[ADA]["lifecyclestage"] == "salesqualifiedlead"
    await sync(selling, "lead", key="lead:1:test:2")
    assert hubspot.contacts[ADA]["hs_lead_status"] == "OPEN"
    assert hubspot.contacts[ADA]["lifecyclestage"] == "lead"


async def test_a_status_that_a_salesperson_set_is_left_alone(selling, hubspot):
    hubspot.contacts[ADA] = {"email": ADA, "hs_lead_status": "BAD_TIMING"}
    await sync(selling)
    assert hubspot.contacts[ADA]["hs_lead_status"] == "BAD_TIMING"


async def test_two_syncs_in_the_wrong_order_end_in_the_newest_stage(selling, hubspot, store, ada):
    await store.timeline.record(ada, [], {"stage": "recycled", "owner": None, "revision": 9}, 9)
    await sync(selling, "recycled", key="lead:1:recycled.1", revision=9)
    await sync(selling, "opportunity", key="lead:1:opportunity.1", revision=7)
    assert hubspot.contacts[ADA]["lifecyclestage"] == "lead"


async def test_facts_that_are_newer_than_the_record_are_the_ones_told(selling, hubspot, store, ada):
    await store.timeline.record(ada, [], {"stage": "mql", "revision": 3}, 3)
    await sync(selling, "sql", revision=5)
    assert hubspot.contacts[ADA]["lifecyclestage"] == "salesqualifiedlead"


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(walk=st.lists(st.sampled_from([s for s in Stage if s is not Stage.CUSTOMER]), min_size=1, max_size=6))
def test_wherever_a_contact_stood_it_ends_where_the_lead_stands(walk):
    """The plan alone, over the account's own rule of the order."""
    hubspot = HubSpotCrmStandIn()
    with hubspot:
        for stage in walk:
            kept = hubspot.contacts.get(ADA)
            plan = _planned(stage, Contact("1", kept) if kept else None, HubSpotParams())
            if plan.clear:
                hubspot._write(ADA, {"lifecyclestage": ""})
            hubspot._write(ADA, {} if plan.value is None else {"lifecyclestage": plan.value})
            if stage is not Stage.DISQUALIFIED:
                assert hubspot.contacts[ADA]["lifecyclestage"] == STAGES[stage]


@pytest.mark.parametrize("wanted", ["lead", "customer"])
def test_a_stage_of_the_accounts_own_stops_the_sync_and_is_named(wanted):
    there = Contact("1", {"lifecyclestage": "129374"})
    with pytest.raises(VendorRefused, match=r"129374.*`stages`"):
        _planned(Stage(wanted), there, HubSpotParams())
    mapped = HubSpotParams(stages={Stage.SAL: "129374"})
    assert _planned(Stage(wanted), there, mapped).clear


async def test_a_stage_that_the_account_does_not_have_is_named(selling, hubspot):
    result = await sync(selling, params={"stages": {"sql": "working"}})
    assert result.outcome is Outcome.FAILED
    assert "no lifecycle stage working" in result.detail


async def test_an_account_with_stages_of_its_own_is_served_both_ways(selling, hubspot):
    hubspot.stages = ("lead", "meeting_set", "customer")
    own = {"stages": {"sql": "meeting_set", "mql": "lead"}}
    await sync(selling, "mql", params=own)
    await sync(selling, "sql", key="lead:1:test:2", params=own)
    assert hubspot.contacts[ADA]["lifecyclestage"] == "meeting_set"
    await sync(selling, "recycled", key="lead:1:test:3", params=own)
    assert hubspot.contacts[ADA]["lifecyclestage"] == "lead"


async def test_without_a_token_the_sync_is_stuck_and_says_what_to_set(performer):
    performer.more["crm.hubspot"] = HubSpotSync
    with pytest.raises(AssertionError):
        await performer.perform("crm.hubspot", attempts=1)
    assert "LEADWORKFLOWS_HUBSPOT_TOKEN" in performer.raised[0].message
    assert performer.raised[0].type == "VendorBlocked"


@pytest.mark.parametrize(
    ("mend", "says"),
    [
        ({"owners": set()}, "HubSpot does not know the owner 5123"),
        ({"token": "pat-other"}, "LEADWORKFLOWS_HUBSPOT_TOKEN"),
        ({"scopes": {"crm.objects.contacts.read"}}, "crm.objects.contacts.write"),
        ({"scopes": set()}, "crm.objects.contacts.read"),
        ({"custom": set()}, "no contact property lead_score"),
    ],
)
async def test_what_a_person_must_mend_is_stuck_with_the_remedy_and_recovers(selling, hubspot, mend, says):
    ((name, broken),) = mend.items()
    whole = getattr(hubspot, name)
    setattr(hubspot, name, broken)
    params = {"score_property": "lead_score"}
    with pytest.raises(AssertionError):
        await sync(selling, attempts=1, params=params, score=7)
    assert selling.raised[0].type == "VendorBlocked"
    assert says in selling.raised[0].message
    setattr(hubspot, name, whole)
    assert (await sync(selling, params=params, score=7)).outcome is Outcome.CONFIRMED
    assert len(hubspot.accepted) == 1


@pytest.mark.parametrize(
    ("fault", "waits"),
    [
        (too_many("TEN_SECONDLY_ROLLING"), 10),
        (too_many("DAILY"), 3600),
        (too_many("TEN_SECONDLY_ROLLING", **{"Retry-After": "4"}), 4),
    ],
)
async def test_a_limit_is_waited_out(selling, hubspot, fault, waits):
    hubspot.fail(fault)
    assert (await sync(selling)).outcome is Outcome.CONFIRMED
    assert selling.raised[0].next_retry_delay == timedelta(seconds=waits)


@pytest.mark.parametrize(
    "fault", [Answer(500), Answer(502), Answer(409), Hang(), ResetAfterAccepting()], ids=lambda f: str(f)[:12]
)
async def test_whatever_passes_is_tried_again(selling, hubspot, fault):
    hubspot.fail(fault)
    assert (await sync(selling)).outcome is Outcome.CONFIRMED
    assert hubspot.contacts[ADA]["lifecyclestage"] == "salesqualifiedlead"


async def test_a_contact_that_someone_moves_at_the_same_moment_is_looked_at_again(selling, hubspot):
    hubspot.contacts[ADA] = {"email": ADA, "lifecyclestage": "lead"}
    answer = hubspot.answer

    def meanwhile(call):
        if call.method == "POST" and not hubspot.accepted:
            hubspot.contacts[ADA]["lifecyclestage"] = "opportunity"
        return answer(call)

    hubspot.answer = meanwhile
    await sync(selling, "mql")
    assert "same moment" in selling.raised[0].message
    assert hubspot.contacts[ADA]["lifecyclestage"] == "marketingqualifiedlead"


async def test_what_is_said_of_a_refusal_quotes_nobody(selling, hubspot):
    message = (
        f'Property values were not valid: [{{"name":"email","error":"INVALID_EMAIL","message":"{ADA}"}}]'
    )
    body = json.dumps({"category": "VALIDATION_ERROR", "message": message}).encode()
    hubspot.faults.extend([Answer(404), Answer(400, {}, body)])
    result = await sync(selling)
    assert result.outcome is Outcome.FAILED
    assert result.detail == "HubSpot refused the contact: email: INVALID_EMAIL"


def test_every_default_word_is_one_of_hubspots():
    assert set(STAGES.values()) <= set(VECTORS["lifecyclestage_values"]) <= set(THEIRS)


async def test_ten_syncs_at_once_make_one_contact(selling, hubspot):
    selling.facts = {"stage": "sql"}
    await asyncio.gather(*(selling.attempt("crm.hubspot", key=f"lead:1:test:{n}") for n in range(10)))
    assert list(hubspot.contacts) == [ADA]
