from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from leadworkflows.activities.salesforce import SalesforceClient
from leadworkflows.activities.salesforce_sync import STATUSES, SalesforceSync
from leadworkflows.domain.decisions import Outcome
from leadworkflows.domain.events import EventType
from leadworkflows.domain.lifecycle import Stage
from leadworkflows.domain.teams import Rep, Roster
from leadworkflows.sources.base import Identity, InboundEvent, Person
from tests.activities.conftest import TIMEOUT_S
from tests.vendors.salesforce import SalesforceStandIn, refusal
from tests.vendors.server import Answer, Hang, ResetAfterAccepting

OWNER = "005D0000001ABCDIA4"
VECTORS = json.loads((Path(__file__).parent / "vectors/out_salesforce_upsert.json").read_text())


@pytest.fixture
def salesforce():
    with SalesforceStandIn() as running:
        yield running


@pytest.fixture
async def selling(performer, salesforce):
    """A lead of rep-7's, synced to the stand-in."""
    client = SalesforceClient(salesforce.url, "app", "hush", timeout_s=TIMEOUT_S)
    performer.more["crm.salesforce"] = lambda services: SalesforceSync(replace(services, salesforce=client))
    performer.roster = Roster({"rep-7": Rep(crm={"salesforce": OWNER})})
    yield performer
    await client.aclose()


async def sync(performer, stage="sql", key="lead:1:test:1", attempts=4, params=None, **facts):
    performer.facts = {"stage": stage, "owner": "rep-7", **facts}
    return await performer.perform("crm.salesforce", attempts, key=key, **(params or {}))


def told(url):
    """A token, as the client credentials flow gives one."""
    form = {"grant_type": "client_credentials", "client_id": "app", "client_secret": "hush"}
    token = httpx.post(f"{url}/services/oauth2/token", data=form).json()["access_token"]
    return {"Authorization": f"Bearer {token}"}


def test_the_stand_in_makes_the_lead_of_the_vector():
    case = VECTORS["cases"][0]
    with SalesforceStandIn() as salesforce:
        asked = case["request"]
        headers = told(salesforce.url)
        answer = httpx.request("PATCH", salesforce.url + asked["path"], json=asked["json"], headers=headers)
        again = httpx.request("PATCH", salesforce.url + asked["path"], json=asked["json"], headers=headers)
    assert answer.status_code == case["expected"]["status"]
    expected = {name: value for name, value in case["expected"]["json"].items() if name != "id"}
    assert {name: answer.json()[name] for name in expected} == expected
    assert (again.status_code, again.json()["created"]) == (200, False)


def test_the_stand_in_changes_nothing_where_several_leads_match():
    case = VECTORS["cases"][1]
    with SalesforceStandIn() as salesforce:
        salesforce.twice.add("lead_01")
        url = f"{salesforce.url}/services/data/v60.0/sobjects/Lead/External_Lead_Id__c/lead_01"
        answer = httpx.patch(url, json={"Email": "ada@example.com"}, headers=told(salesforce.url))
        assert answer.status_code == case["expected"]["status"]
        assert len(answer.json()) == 2
        assert not salesforce.accepted


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"External_Lead_Id__c": "lead_01", "LastName": "L", "Company": "C"}, "INVALID_FIELD"),
        ({"LastName": "L", "Company": "C", "Nonsense__c": "1"}, "INVALID_FIELD"),
        ({"LastName": "L"}, "REQUIRED_FIELD_MISSING"),
        ({"LastName": "L" * 81, "Company": "C"}, "STRING_TOO_LONG"),
        ({"LastName": "L", "Company": "C", "OwnerId": "rep-7"}, "MALFORMED_ID"),
        ({"LastName": "L", "Company": "C", "OwnerId": "005D0000009ZZZZ"}, "INVALID_CROSS_REFERENCE_KEY"),
        (
            {"LastName": "L", "Company": "C", "Status": "Closed - Converted"},
            "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
        ),
        ({"LastName": "L", "Company": "C", "Email": "ada"}, "INVALID_EMAIL_ADDRESS"),
    ],
)
def test_the_stand_in_refuses_what_salesforce_refuses(fields, code):
    with SalesforceStandIn() as salesforce:
        url = f"{salesforce.url}/services/data/v60.0/sobjects/Lead/External_Lead_Id__c/lead_01"
        answer = httpx.patch(url, json=fields, headers=told(salesforce.url))
        assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, code)
        assert not salesforce.accepted


async def test_a_new_lead_is_made_with_all_that_is_known(selling, salesforce, ada):
    result = await sync(selling, score={"total": 72}, params={"score_field": "Score__c"})
    assert result.outcome is Outcome.CONFIRMED
    assert salesforce.leads == {
        ada: {
            "FirstName": "Ada", "LastName": "Lovelace", "Company": "Example GmbH", "Title": "CFO",
            "Phone": "+49 30 1234567", "Email": "ada@example.com", "Status": "Working - Contacted",
            "OwnerId": OWNER, "Score__c": "72",
        }
    }  # fmt: skip


@pytest.mark.parametrize("stage", list(Stage))
async def test_each_stage_has_its_status_and_a_customer_keeps_what_it_has(selling, salesforce, ada, stage):
    salesforce.leads[ada] = {"Status": "before"}
    await sync(selling, stage)
    assert salesforce.leads[ada]["Status"] == STATUSES.get(stage, "before")


async def test_an_organisation_may_have_other_statuses(selling, salesforce, ada):
    await sync(selling, "sql", params={"statuses": {"sql": "Closed - Not Converted"}})
    assert salesforce.leads[ada]["Status"] == "Closed - Not Converted"


async def anonymous(performer, store):
    """A lead of whom nobody knows more than the address."""
    event = InboundEvent(
        delivery_id="d-2", type=EventType.DEMO_REQUESTED, identity=Identity(email="who@example.com")
    )
    await store.inbox.accept("form", [event], performer.now, classify=lambda _title: {})
    performer.lead_id = await store.leads.lead_id_of("who@example.com")
    return performer.lead_id


async def test_a_required_field_that_nobody_knows_is_said_to_be_unknown(selling, salesforce, store):
    lead_id = await anonymous(selling, store)
    assert (await sync(selling)).outcome is Outcome.CONFIRMED
    assert salesforce.leads[lead_id]["LastName"] == "[not provided]"
    assert salesforce.leads[lead_id]["Company"] == "[not provided]"


async def test_what_salesforce_knows_of_a_lead_is_not_written_over_by_what_we_do_not(
    selling, salesforce, store
):
    lead_id = await anonymous(selling, store)
    salesforce.leads[lead_id] = {"LastName": "Hopper", "Company": "Navy"}
    await sync(selling)
    assert salesforce.leads[lead_id]["LastName"] == "Hopper"
    assert salesforce.leads[lead_id]["Company"] == "Navy"


async def test_a_name_longer_than_the_field_is_cut_rather_than_refused(selling, salesforce, store, ada):
    event = InboundEvent(
        delivery_id="d-3", type=EventType.FACTS_UPDATED, identity=Identity(email="ada@example.com"),
        person=Person(last_name="Lovelace " * 12),
    )  # fmt: skip
    await store.inbox.accept("form", [event], selling.now, classify=lambda _title: {})
    await sync(selling)
    assert len(salesforce.leads[ada]["LastName"]) <= 80


async def test_the_id_in_the_address_is_encoded(salesforce):
    client = SalesforceClient(salesforce.url, "app", "hush")
    await client.upsert("a/b c?d", {"LastName": "L", "Company": "C"}, ())
    await client.aclose()
    assert list(salesforce.leads) == ["a/b c?d"]
    assert salesforce.calls[-1].path.endswith("/External_Lead_Id__c/a%2Fb%20c%3Fd")


async def test_several_matching_leads_are_left_to_a_person(selling, salesforce, ada):
    salesforce.twice.add(ada)
    result = await sync(selling)
    assert result.outcome is Outcome.FAILED
    assert "several records match; merge them by hand" in result.detail


async def test_two_syncs_in_the_wrong_order_end_in_the_newest_status(selling, salesforce, store, ada):
    await store.timeline.record(ada, [], {"stage": "disqualified", "revision": 9}, 9)
    await sync(selling, "disqualified", key="lead:1:disqualified.1", revision=9)
    await sync(selling, "sql", key="lead:1:sql.1", revision=7)
    assert salesforce.leads[ada]["Status"] == "Closed - Not Converted"


async def test_the_token_is_asked_for_once_and_renewed_when_the_session_ends(selling, salesforce):
    await asyncio.gather(
        *(selling.attempt("crm.salesforce", key=f"lead:1:test:{number}") for number in range(5))
    )
    assert len(salesforce.tokens) == 1
    salesforce.forget()
    assert (await sync(selling, key="lead:1:test:9")).outcome is Outcome.CONFIRMED
    assert len(salesforce.tokens) == 2
    assert not selling.raised


@pytest.mark.parametrize(
    ("fault", "waits"),
    [
        (refusal(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."), timedelta(hours=1)),
        (
            refusal(403, "REQUEST_LIMIT_EXCEEDED", "ConcurrentRequests Limit exceeded."),
            timedelta(minutes=1),
        ),
    ],
)
async def test_a_limit_is_waited_out(selling, salesforce, fault, waits):
    await sync(selling, key="lead:1:test:0")
    salesforce.fail(fault)
    assert (await sync(selling)).outcome is Outcome.CONFIRMED
    assert selling.raised[0].next_retry_delay == waits


@pytest.mark.parametrize(
    "fault",
    [
        refusal(400, "UNABLE_TO_LOCK_ROW"),
        refusal(503, "SERVER_UNAVAILABLE"),
        Answer(502),
        Hang(),
        ResetAfterAccepting(),
    ],
    ids=["locked", "unavailable", "gateway", "hangs", "resets"],
)
async def test_whatever_passes_is_tried_again(selling, salesforce, fault, ada):
    await sync(selling, "mql", key="lead:1:test:0")
    salesforce.fail(fault)
    assert (await sync(selling)).outcome is Outcome.CONFIRMED
    assert salesforce.leads[ada]["Status"] == "Working - Contacted"


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (refusal(400, "FIELD_CUSTOM_VALIDATION_EXCEPTION", "ada is wrong", "Phone"), "(Phone); a validation"),
        (refusal(400, "CANNOT_UPDATE_CONVERTED_LEAD"), "was converted in Salesforce"),
        (refusal(400, "DUPLICATES_DETECTED"), "duplicate rule"),
        (refusal(400, "INVALID_EMAIL_ADDRESS", "ada@example.com", "Email"), "INVALID_EMAIL_ADDRESS (Email)"),
    ],
)
async def test_a_final_refusal_says_the_code_the_field_and_the_remedy(selling, salesforce, fault, says):
    await sync(selling, key="lead:1:test:0")
    salesforce.fail(fault)
    result = await sync(selling)
    assert result.outcome is Outcome.FAILED
    assert says in result.detail
    assert "ada" not in result.detail.lower()


@pytest.mark.parametrize(
    ("name", "broken", "says"),
    [
        ("owners", set(), "INVALID_CROSS_REFERENCE_KEY (OwnerId); correct `salesforce` under `crm`"),
        ("external_id", "Other__c", "LEADWORKFLOWS_SALESFORCE_EXTERNAL_ID_FIELD"),
    ],
)
async def test_what_a_person_must_mend_is_stuck_with_the_remedy_and_recovers(
    selling, salesforce, name, broken, says
):
    whole = getattr(salesforce, name)
    setattr(salesforce, name, broken)
    with pytest.raises(AssertionError):
        await sync(selling, attempts=1)
    assert selling.raised[0].type == "VendorBlocked"
    assert says in selling.raised[0].message
    setattr(salesforce, name, whole)
    assert (await sync(selling)).outcome is Outcome.CONFIRMED
    assert len(salesforce.accepted) == 1


async def test_credentials_that_are_wrong_name_the_settings(performer, salesforce):
    client = SalesforceClient(salesforce.url, "app", "wrong")
    performer.more["crm.salesforce"] = lambda services: SalesforceSync(replace(services, salesforce=client))
    with pytest.raises(AssertionError):
        await sync(performer, attempts=1)
    await client.aclose()
    assert performer.raised[0].type == "VendorBlocked"
    assert "LEADWORKFLOWS_SALESFORCE_CLIENT_ID" in performer.raised[0].message
    assert "hush" not in performer.raised[0].message


async def test_without_settings_the_sync_is_stuck_and_says_what_to_set(performer):
    performer.more["crm.salesforce"] = SalesforceSync
    with pytest.raises(AssertionError):
        await sync(performer, attempts=1)
    assert performer.raised[0].type == "VendorBlocked"
    assert "LEADWORKFLOWS_SALESFORCE_INSTANCE_URL" in performer.raised[0].message
