"""The stand-in is only worth something if it refuses what HubSpot refuses."""

from __future__ import annotations

import httpx
import pytest

from tests.vendors.hubspot import ACCOUNT, READ, HubSpotStandIn

ADA = {"123": {"email": "ada@example.com", "firstname": "Ada"}}


def ask(hubspot, question, token="pat-test", **sent):
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.post(hubspot.url + READ, headers=headers, **({"json": question} | sent))


def question(*ids, **more):
    return {"inputs": [{"id": each} for each in ids], "properties": ["email"], **more}


def test_a_contact_comes_with_the_properties_asked_for_and_no_others():
    with HubSpotStandIn(ADA) as hubspot:
        answer = ask(hubspot, question("123", properties=["email", "country"]))
    assert answer.status_code == 200
    (contact,) = answer.json()["results"]
    stated = contact["properties"]
    assert (stated["email"], stated["country"], "firstname" in stated) == ("ada@example.com", None, False)


def test_a_contact_that_is_not_there_makes_the_answer_a_207():
    with HubSpotStandIn(ADA) as hubspot:
        answer = ask(hubspot, question("123", "9"))
    assert answer.status_code == 207
    assert [contact["id"] for contact in answer.json()["results"]] == ["123"]
    assert answer.json()["errors"][0]["context"] == {"ids": ["9"]}


@pytest.mark.parametrize(
    "wrong",
    [
        [],
        {},
        {"inputs": []},
        {"inputs": ["123"]},
        {"inputs": [{"id": 123}]},
        {"inputs": [{"id": "ada@example.com"}]},
        {"inputs": [{"id": "123", "idProperty": "email"}]},
        question("123", "123"),
        question("123", properties=[1]),
        question("123", limit=5),
        question(*map(str, range(1, 102))),
    ],
)
def test_a_question_of_another_shape_is_refused(wrong):
    with HubSpotStandIn(ADA) as hubspot:
        assert ask(hubspot, wrong).status_code == 400
        assert not hubspot.accepted


def test_another_token_a_missing_scope_and_another_content_type_are_refused():
    with HubSpotStandIn(ADA, scopes=["oauth"]) as hubspot:
        assert ask(hubspot, question("123"), token="pat-other").status_code == 401
        assert ask(hubspot, question("123")).status_code == 403
    with HubSpotStandIn(ADA) as hubspot:
        assert ask(hubspot, None, json=None, content=b"{}").status_code == 415
        assert ask(hubspot, None, json=None, data={"inputs": "1"}).status_code == 415


def test_the_account_behind_a_token_is_told():
    with HubSpotStandIn(portal=33) as hubspot:
        headers = {"Authorization": "Bearer pat-test"}
        assert httpx.get(hubspot.url + ACCOUNT, headers=headers).json()["portalId"] == 33
