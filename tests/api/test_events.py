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


NAMELESS = {name: value for name, value in EVENT.items() if name != "id"}


async def test_an_event_without_an_id_is_an_event_of_its_own(edge):
    answers = [(await edge.events(NAMELESS)).json() for _ in range(3)]
    assert [(answer["accepted"], answer["duplicates"]) for answer in answers] == [(1, 0)] * 3
    assert len({answer["event_ids"][0] for answer in answers}) == 3


async def test_equal_events_without_an_id_in_one_batch_are_as_many_events(edge):
    answer = (await edge.events(NAMELESS, {**NAMELESS, "id": ""}, EVENT, NAMELESS)).json()
    assert (answer["accepted"], answer["duplicates"]) == (4, 0)
    assert len(set(answer["event_ids"])) == 4
    assert answer["event_ids"][2] == "evt-17"


async def test_the_id_that_an_event_was_given_tells_it_apart_later(edge):
    (given,) = (await edge.events(NAMELESS)).json()["event_ids"]
    again = (await edge.events({**EVENT, "id": given})).json()
    assert (again["duplicates"], again["event_ids"]) == (1, [given])


async def test_what_is_ignored_of_events_without_an_id_is_named_by_the_id_they_were_given(edge):
    odd = {**NAMELESS, "facts": {"page": "pricing", "pge": "x"}}
    answer = (await edge.events(odd, odd)).json()
    assert answer["ignored"] == {given: ["facts.pge"] for given in answer["event_ids"]}


async def test_a_phone_number_or_an_address_among_the_facts_is_refused_and_not_repeated(edge):
    mail = {**EVENT, "id": "evt-18", "type": "email_clicked", "facts": {"key": "ada@example.com"}}
    response = await edge.events({**EVENT, "facts": {"page": "0151-23456789"}}, mail)
    assert fields(response) == {"events[0].facts.page", "events[1].facts.key"}
    assert "23456789" not in response.text
    assert "ada@" not in response.text


async def test_a_time_without_a_utc_is_refused_by_its_field(edge):
    starts_at = {"starts_at": "9999-12-31T23:59:59-14:00"}
    response = await edge.events({**EVENT, "type": "meeting_booked", "facts": starts_at})
    assert fields(response) == {"facts.starts_at"}


async def test_an_id_that_holds_an_address_is_not_kept_as_it_is(edge):
    response = await edge.events({**EVENT, "id": "ada@example.com-1"})
    assert response.json()["event_ids"][0].startswith("id-")


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
