"""The contacts behind HubSpot's ids, asked over real HTTP."""

from __future__ import annotations

from contextlib import asynccontextmanager
from json import dumps

import pytest

from leadworkflows.domain.events import EventType
from leadworkflows.hubspot.answers import LookupRefused, LookupThrottled, LookupUnavailable
from leadworkflows.hubspot.contacts import HubSpotContacts
from tests.vendors.hubspot import ACCOUNT, READ, HubSpotStandIn
from tests.vendors.server import Answer, Hang, ResetBeforeReading

ADA = {
    "email": "Ada@Example.com",
    "firstname": "Ada",
    "lastname": "Lovelace",
    "jobtitle": "CFO",
    "company": "Example GmbH",
    "phone": "+49 30 901820",
    "industry": "FINANCIAL_SERVICES",
    "numberofemployees": "180",
    "country": "Germany",
    "hs_timezone": "europe_slash_berlin",
    "lifecyclestage": "lead",
}


@asynccontextmanager
async def asking(hubspot, token="pat-test", timeout_s=5.0):
    contacts = HubSpotContacts(token, hubspot.url, timeout_s)
    try:
        yield contacts
    finally:
        await contacts.aclose()


async def look_up(hubspot, *keys, **made):
    async with asking(hubspot, **made) as contacts:
        return await contacts.look_up(keys)


async def test_a_contact_joins_its_address_to_its_id():
    with HubSpotStandIn({"123": ADA}) as hubspot:
        answer = await look_up(hubspot, "hubspot:62515-123")
    event = answer.found["hubspot:62515-123"]
    assert answer.missing == set()
    assert (event.type, event.delivery_id) == (EventType.FACTS_UPDATED, None)
    assert event.identity.email == "ada@example.com"
    assert event.identity.vendor_ids == {"hubspot": "62515-123"}
    assert (event.person.first_name, event.person.title) == ("Ada", "CFO")
    assert event.person.company == "Example GmbH"
    assert event.facts.industry == "finance"
    assert event.facts.employees == 180
    assert event.facts.country == "DE"
    assert event.facts.time_zone == "Europe/Berlin"


async def test_whom_hubspot_does_not_know_is_missing_beside_those_it_knows():
    contacts = {"123": ADA, "124": {"firstname": "Nobody"}, "125": {"email": "no address"}}
    keys = [f"hubspot:62515-{number}" for number in (123, 124, 125, 9)]
    with HubSpotStandIn(contacts) as hubspot:
        answer = await look_up(hubspot, *keys)
    assert set(answer.found) == {keys[0]}
    assert answer.missing == set(keys[1:])


async def test_a_contact_of_another_portal_is_never_looked_up():
    with HubSpotStandIn({"123": ADA}, portal=62515) as hubspot:
        answer = await look_up(hubspot, "hubspot:33-123", "hubspot:62515-123")
        assert hubspot.accepted == [["123"]]
    assert set(answer.found) == {"hubspot:62515-123"}
    assert answer.missing == {"hubspot:33-123"}


@pytest.mark.parametrize(
    "key", ["hubspot:123", "hubspot:a-b", "hubspot:1-2-3", "segment:62515-123", "hubspot:", "anonymous:x", ""]
)
async def test_a_key_that_names_no_contact_is_missing_and_asks_nobody(key):
    with HubSpotStandIn({"123": ADA}) as hubspot:
        answer = await look_up(hubspot, key)
        assert hubspot.calls == []
    assert (answer.found, answer.missing) == ({}, {key})


async def test_many_contacts_are_asked_for_a_hundred_at_a_time_and_the_portal_once():
    contacts = {str(number): {"email": f"a{number}@example.com"} for number in range(1, 251)}
    keys = [f"hubspot:62515-{number}" for number in contacts]
    with HubSpotStandIn(contacts) as hubspot:
        async with asking(hubspot) as client:
            answer = await client.look_up(keys)
            await client.look_up(keys[:1])
        assert [len(batch) for batch in hubspot.accepted] == [100, 100, 50, 1]
        assert [call.path for call in hubspot.calls].count(ACCOUNT) == 1
    assert {key: found.identity.email for key, found in answer.found.items()} == {
        key: f"a{key.rpartition('-')[2]}@example.com" for key in keys
    }


async def test_a_contact_that_was_merged_away_is_found_under_its_old_id():
    with HubSpotStandIn({"500": ADA}) as hubspot:
        hubspot.merged = {"123": "500"}
        answer = await look_up(hubspot, "hubspot:62515-123")
    assert answer.found["hubspot:62515-123"].identity.email == "ada@example.com"


async def test_of_a_contact_in_trouble_nothing_is_said():
    with HubSpotStandIn({"123": ADA}) as hubspot:
        hubspot.troubled = {"124"}
        answer = await look_up(hubspot, "hubspot:62515-123", "hubspot:62515-124", "hubspot:62515-9")
    assert set(answer.found) == {"hubspot:62515-123"}
    assert answer.missing == {"hubspot:62515-9"}


@pytest.mark.parametrize(
    ("headers", "body", "seconds"),
    [
        ({"Retry-After": "7"}, {}, 7),
        ({"Retry-After": "0"}, {}, 1),
        ({}, {"policyName": "TEN_SECONDLY_ROLLING"}, 10),
        ({"Retry-After": "soon"}, {"policyName": "DAILY"}, 3600),
        ({}, None, 10),
    ],
)
async def test_too_many_questions_are_answered_with_how_long_to_wait(headers, body, seconds):
    with HubSpotStandIn({"123": ADA}) as hubspot:
        hubspot.fail(Answer(429, headers, b"" if body is None else dumps(body).encode()))
        with pytest.raises(LookupThrottled) as caught:
            await look_up(hubspot, "hubspot:62515-123")
    assert caught.value.retry_after_s == seconds


@pytest.mark.parametrize(
    "fault",
    [
        Answer(500),
        Answer(503),
        Answer(302, {"Location": "/elsewhere"}),
        Answer(200, body=b"<html>"),
        Answer(200, body=b"[]"),
        ResetBeforeReading(),
    ],
    ids=["500", "503", "redirect", "HTML", "list", "reset"],
)
async def test_what_is_no_answer_is_asked_again_later(fault):
    with HubSpotStandIn({"123": ADA}) as hubspot:
        async with asking(hubspot) as contacts:
            hubspot.fail(fault)
            with pytest.raises(LookupUnavailable):
                await contacts.look_up(["hubspot:62515-123"])
            assert (await contacts.look_up(["hubspot:62515-123"])).found


async def test_an_answer_without_contacts_is_no_answer():
    with HubSpotStandIn({"123": ADA}) as hubspot:
        async with asking(hubspot) as contacts:
            await contacts.look_up(["hubspot:62515-123"])
            hubspot.fail(Answer(200, body=b'{"status": "PENDING"}'))
            with pytest.raises(LookupUnavailable, match="lists no contacts"):
                await contacts.look_up(["hubspot:62515-123"])


async def test_a_vendor_that_says_nothing_is_waited_for_no_longer_than_set():
    with HubSpotStandIn() as hubspot:
        hubspot.fail(Hang())
        with pytest.raises(LookupUnavailable, match="ReadTimeout"):
            await look_up(hubspot, "hubspot:62515-123", timeout_s=0.2)


async def test_a_vendor_that_is_not_there_is_unavailable():
    contacts = HubSpotContacts("pat-test", "http://127.0.0.1:9", 1.0)
    with pytest.raises(LookupUnavailable, match="not reached"):
        await contacts.look_up(["hubspot:62515-123"])
    await contacts.aclose()


async def test_a_wrong_token_names_the_setting_and_not_the_token():
    with (
        HubSpotStandIn() as hubspot,
        pytest.raises(LookupRefused, match="LEADWORKFLOWS_HUBSPOT_TOKEN") as caught,
    ):
        await look_up(hubspot, "hubspot:62515-123", token="pat-secret")
    assert "pat-secret" not in str(caught.value)


async def test_a_token_that_may_not_read_contacts_names_the_scope():
    with (
        HubSpotStandIn(scopes=["oauth"]) as hubspot,
        pytest.raises(LookupRefused, match=r"crm\.objects\.contacts\.read"),
    ):
        await look_up(hubspot, "hubspot:62515-123")


async def test_a_refused_question_is_not_asked_for_ever():
    with HubSpotStandIn() as hubspot:
        async with asking(hubspot) as contacts:
            await contacts.look_up(["hubspot:62515-1"])
            hubspot.fail(Answer(400))
            with pytest.raises(LookupRefused, match="status 400"):
                await contacts.look_up(["hubspot:62515-1"])


async def test_a_token_that_may_not_name_its_portal_is_believed_for_one_portal_alone():
    with HubSpotStandIn({"123": ADA}, scopes=["crm.objects.contacts.read"]) as hubspot:
        async with asking(hubspot) as contacts:
            assert (await contacts.look_up(["hubspot:62515-123"])).found
            with pytest.raises(LookupRefused, match="several portals"):
                await contacts.look_up(["hubspot:62515-123", "hubspot:33-123"])
        assert [call.path for call in hubspot.calls] == [ACCOUNT, READ]


async def test_a_contact_is_asked_for_once_however_often_it_is_named():
    with HubSpotStandIn({"123": ADA}) as hubspot:
        answer = await look_up(hubspot, *["hubspot:62515-123"] * 3)
        assert hubspot.accepted == [["123"]]
    assert set(answer.found) == {"hubspot:62515-123"}
