from __future__ import annotations

import pytest

from tests.api.edge import EVENT, KEY, fields, problem


async def test_one_event_alone_is_taken(edge):
    response = await edge.events(EVENT)
    assert response.status_code == 202
    assert response.json() == {"accepted": 1, "duplicates": 0, "event_ids": ["evt-17"]}


async def test_several_events_are_taken_with_their_duplicates_counted(edge):
    response = await edge.events(EVENT, {**EVENT, "id": "evt-18"}, EVENT)
    assert response.json() == {"accepted": 2, "duplicates": 1, "event_ids": ["evt-17", "evt-18", "evt-17"]}


async def test_a_thousand_events_are_taken_at_once(edge):
    response = await edge.events(*({**EVENT, "id": f"e{n}", "person": {}} for n in range(1000)))
    assert response.json()["accepted"] == 1000


async def test_more_than_a_thousand_are_refused(edge):
    assert fields(await edge.events(*({"id": str(n)} for n in range(1001)))) == {"events"}


async def test_no_event_is_no_mistake(edge):
    assert (await edge.events()).json() == {"accepted": 0, "duplicates": 0, "event_ids": []}


async def test_facts_that_are_not_known_are_named_and_not_kept(edge):
    odd = {**EVENT, "facts": {"page": "pricing", "pge": "x"}, "person": {"nick": "A"}, "more": 1}
    response = await edge.events(odd, {**EVENT, "id": "evt-18"})
    assert response.status_code == 202
    assert response.json()["ignored"] == {"evt-17": ["more", "person.nick", "facts.pge"]}


async def test_one_wrong_event_refuses_them_all(edge):
    response = await edge.events(EVENT, {**EVENT, "id": "evt-18", "facts": {"page": 1, "country": "Germany"}})
    assert fields(response) == {"events[1].facts.page", "events[1].facts.country"}
    assert await edge.store.inbox.backlog() == 0


async def test_a_wrong_value_is_not_repeated_in_the_answer(edge):
    response = await edge.events({**EVENT, "identity": {"email": "ada at example"}})
    assert fields(response) == {"identity.email"}
    assert "ada at" not in response.text


async def test_an_event_without_an_id_is_known_by_its_content(edge):
    nameless = {name: value for name, value in EVENT.items() if name != "id"}
    first, again = await edge.events(nameless), await edge.events(nameless)
    assert (first.json()["accepted"], again.json()["duplicates"]) == (1, 1)
    assert first.json()["event_ids"] == again.json()["event_ids"]


async def test_an_id_that_holds_an_address_is_not_kept_as_it_is(edge):
    response = await edge.events({**EVENT, "id": "ada@example.com-1"})
    assert response.json()["event_ids"][0].startswith("sha-")


@pytest.mark.parametrize("key", [None, "", "wrong", KEY + "x", KEY[:-1], "\u00e9"])
async def test_events_need_a_key(edge, key):
    problem(await edge.post("/api/v1/events", EVENT, key), 401)
    headers = {"x-api-key": key} if key is not None else {}
    problem(await edge.post("/api/v1/events", EVENT, None, **headers), 401)


@pytest.mark.parametrize("key", [KEY, "another-key"])
async def test_each_of_the_keys_opens(edge, key):
    assert (await edge.post("/api/v1/events", EVENT, None, **{"x-api-key": key})).status_code == 202


async def test_a_change_of_policy_cannot_be_reported_by_anybody(edge):
    response = await edge.events({**EVENT, "type": "policy_changed", "facts": {"policy": "p-1"}})
    assert fields(response) == {"type"}
    assert "cannot be reported" in response.text
