from __future__ import annotations

import json
from datetime import timedelta

import pytest

from tests.api.edge import EVENT, KEY, fields, problem
from tests.sources.inbound import NOW, standard_headers, typeform_headers, vectors

DEMO = next(v for v in vectors("typeform") if v["id"] == "tf-replay")["raw_body"].encode()


async def rows(store):
    """What waits to be handed on, lead by lead."""
    far_off = NOW + timedelta(days=1)
    return [event for hand_on in await store.claims.take("tests", 10, far_off) for event in hand_on.rows]


async def test_a_typeform_demo_request_is_on_disk_when_it_is_acknowledged(edge):
    response = await edge.typeform(DEMO)
    assert response.status_code == 202
    assert response.json() == {"accepted": 1, "duplicates": 0, "event_ids": ["u6nXL7k4"]}
    (event,) = await rows(edge.store)
    assert event.type == "demo_requested"
    assert event.facts.employees == 51
    assert edge.woken == 1


async def test_a_second_delivery_is_one_duplicate_and_wakes_nobody(edge):
    await edge.typeform(DEMO)
    response = await edge.typeform(DEMO)
    assert response.json() == {"accepted": 0, "duplicates": 1, "event_ids": ["u6nXL7k4"]}
    assert edge.woken == 1


async def test_a_redelivery_under_another_event_id_is_the_same_response(edge):
    await edge.typeform(DEMO)
    again = DEMO.replace(b"01HXAMPLE0000000000000000", b"01HXAMPLE0000000000000001")
    assert (await edge.typeform(again)).json()["duplicates"] == 1


async def test_a_partial_response_is_acknowledged_and_kept_nowhere(edge):
    response = await edge.typeform(DEMO.replace(b'"form_response"', b'"form_response_partial"', 1))
    assert response.json() == {"accepted": 0, "duplicates": 0, "event_ids": []}
    assert edge.woken == 0


async def test_a_signed_event_of_ours_is_taken_with_either_of_two_secrets(edge):
    response = await edge.standard(EVENT)
    assert response.json() == {"accepted": 1, "duplicates": 0, "event_ids": ["evt-17"]}


async def test_a_changed_body_is_refused_and_nothing_is_kept(edge):
    raw = json.dumps(EVENT).encode()
    response = await edge.post("/webhooks/standard", raw + b" ", None, **standard_headers(raw))
    document = problem(response, 401)
    assert response.headers["www-authenticate"]
    assert "no v1 signature fits" in document["detail"]
    assert await edge.store.inbox.backlog() == 0


async def test_a_source_of_another_name_has_its_own_headers(edge):
    raw = json.dumps(EVENT).encode()
    response = await edge.post("/webhooks/partner", raw, None, **standard_headers(raw, prefix="svix"))
    assert response.status_code == 202


async def test_svix_headers_are_not_taken_by_the_standard_source(edge):
    raw = json.dumps(EVENT).encode()
    problem(await edge.post("/webhooks/standard", raw, None, **standard_headers(raw, prefix="svix")), 401)


@pytest.mark.parametrize("header", ["webhook-id", "webhook-timestamp", "webhook-signature"])
@pytest.mark.parametrize("value", ["", "\xff\xfe", "v1,", "v1,====", ",,,,", "9" * 60, "v1,\xe9", "-0"])
async def test_a_malformed_header_is_a_401(edge, header, value):
    problem(await edge.standard(EVENT, **{header: value}), 401)


async def test_an_api_key_opens_no_signed_source(edge):
    problem(await edge.post("/webhooks/typeform", DEMO, KEY), 401)


@pytest.mark.parametrize("name", ["nobody", "Form%00", "..", "standard%0a"])
async def test_an_unknown_source_lists_those_that_are_known(edge, name):
    problem(await edge.post(f"/webhooks/{name}", EVENT), 404)


async def test_a_form_with_its_token_makes_a_lead(edge):
    response = await edge.form({"email": "Ada@Example.com", "form": "contact", "budget": "50k"})
    assert response.status_code == 202
    (event,) = await rows(edge.store)
    assert event.facts.states_budget is True
    assert event.id == response.json()["event_ids"][0]
    assert "example" not in event.id


async def test_a_form_sent_twice_is_one_duplicate(edge):
    await edge.form({"email": "ada@example.com", "form": "contact"})
    assert (await edge.form({"email": "ada@example.com", "form": "contact"})).json()["duplicates"] == 1


async def test_a_form_takes_an_api_key_in_a_header_but_not_in_the_address(edge):
    body = {"email": "ada@example.com"}
    assert (await edge.post("/webhooks/form", body)).status_code == 202
    assert (await edge.post("/webhooks/form", body, None, **{"x-api-key": KEY})).status_code == 202
    problem(await edge.post(f"/webhooks/form?token={KEY}", body, None), 401)


async def test_a_forms_token_opens_nothing_else(edge):
    problem(await edge.post("/api/v1/events", EVENT, "token-1"), 401)


async def test_a_form_without_any_key_is_refused(edge):
    problem(await edge.form({"email": "ada@example.com"}, query=""), 401)


async def test_a_machine_in_the_honeypot_learns_nothing(edge):
    response = await edge.form({"email": "bot@example.com", "_gotcha": "http://spam.example"})
    assert response.status_code == 202
    assert await edge.store.leads.lead_id_of("bot@example.com") is None


async def test_a_file_in_a_form_is_left_out(edge):
    files = {"cv": ("cv.pdf", b"%PDF")}
    response = await edge.client.post(
        "/webhooks/form?token=token-1", data={"email": "ada@example.com"}, files=files
    )
    assert response.json()["accepted"] == 1


async def test_another_content_type_is_a_415(edge):
    headers = typeform_headers(DEMO) | {"content-type": "text/plain"}
    problem(await edge.post("/webhooks/typeform", DEMO, None, **headers), 415)


async def test_a_signed_body_that_is_no_json_is_a_400(edge):
    problem(await edge.typeform(b"{"), 400)


async def test_a_field_that_is_missing_is_named(edge):
    assert fields(await edge.form({"first_name": "Ada"})) == {"email"}
    assert fields(await edge.standard({**EVENT, "facts": {}})) == {"facts.page"}


async def test_page_views_before_the_form_are_claimed_by_it(edge):
    view = {"type": "page_viewed", "identity": {"anonymous_id": "a-81"}, "facts": {"page": "pricing"}}
    await edge.events({**view, "id": "v-1", "occurred_at": "2026-03-01T09:00:00Z"})
    assert await rows(edge.store) == []
    await edge.form({"email": "ada@example.com", "anonymous_id": "a-81", "title": "CFO"})
    first, second = await rows(edge.store)
    assert (first.type, first.anonymous, first.seq) == ("page_viewed", True, 1)
    assert (second.type, second.anonymous, second.seq) == ("form_submitted", False, 2)
    assert second.facts.persona == "finance"


async def test_an_event_from_a_clock_ahead_happened_when_it_was_received(edge):
    await edge.standard({**EVENT, "occurred_at": "2099-01-01T00:00:00Z"})
    (event,) = await rows(edge.store)
    assert event.occurred_at.isoformat() == "2026-03-02T09:31:00+00:00"


async def test_a_source_in_capitals_is_the_same_source(edge):
    raw = json.dumps(EVENT).encode()
    await edge.standard(EVENT)
    response = await edge.post("/webhooks/STANDARD", raw, None, **standard_headers(raw))
    assert response.json()["duplicates"] == 1
