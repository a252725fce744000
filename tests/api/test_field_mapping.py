"""What the settings say of fields and forms, as far as the lead: over HTTP, with a real store."""

from __future__ import annotations

import json
from datetime import timedelta
from functools import partial
from urllib.parse import urlencode

import pytest

from leadworkflows.api.app import create_app
from leadworkflows.api.deps import ApiDeps
from leadworkflows.domain.personas import classify_title
from leadworkflows.settings import Settings
from tests.api.edge import Edge, problem
from tests.domain.variants import DEFAULT
from tests.sources.inbound import NOW, typeform_headers

FORM = {"content-type": "application/x-www-form-urlencoded"}


@pytest.fixture
def settings(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    given = {
        "form": {"secrets": ["token-1"], "fields": {"what you do": "title", "team": "employees"}},
        "demo_form": {"kind": "form", "intent": "demo", "secrets": ["token-2"]},
        "typeform": {"secrets": ["typeform-secret"], "forms": {"Talk to us": "quote"}},
    }
    return Settings.model_validate({"data_dir": tmp_path, "sources": given})


@pytest.fixture
async def edge(store, settings):
    """The application with the words of the packaged policy."""
    edge = Edge(store)
    deps = ApiDeps(
        store=store,
        settings=settings,
        classify=partial(classify_title, policy=DEFAULT),
        policy_id="default-1",
        on_accepted=edge.wake,
        temporal_ready=edge.temporal_ready,
        command=edge.command,
        clock=lambda: NOW + timedelta(minutes=1),
    )
    async with edge.open(create_app(deps)):
        yield edge


async def post(edge, path, **fields):
    return await edge.client.post(path, content=urlencode(fields), headers=FORM)


async def the_event(edge, email="ada@gmail.com"):
    (event,) = await edge.store.inbox.of(await edge.lead_id(email))
    return event.type.value, event.facts.model_dump(exclude_none=True, exclude_defaults=True, mode="json")


async def test_a_mapped_title_in_a_form_is_a_persona_and_seniority(edge):
    asked = {"email": "Ada@Gmail.com", "What_you_do": "Chief Financial Officer", "team": "51-200"}
    response = await post(
        edge, "/webhooks/form?token=token-1", **asked, country="Allemagne", phone="030 12345678"
    )
    assert response.status_code == 202, response.text
    assert await the_event(edge) == (
        "form_submitted",
        {"persona": "cfo", "seniority": "c_level", "employees": 51, "country": "DE", "free_email": True},
    )
    person = await edge.store.leads.person(await edge.lead_id("ada@gmail.com"))
    assert (person.title, person.phone) == ("Chief Financial Officer", "+493012345678")


async def test_a_title_in_a_typeform_is_a_persona_and_seniority(edge):
    fields = [{"id": "e", "title": "E-mail"}, {"id": "t", "title": "What is your job title?"}]
    answers = [
        {"type": "email", "email": "ada@gmail.com", "field": {"id": "e"}},
        {"type": "text", "text": "VP of Engineering", "field": {"id": "t"}},
    ]
    response = {"token": "t-1", "definition": {"title": "Talk to us", "fields": fields}, "answers": answers}
    body = json.dumps({"event_type": "form_response", "form_response": response}).encode()
    assert (await edge.post("/webhooks/typeform", body, None, **typeform_headers(body))).status_code == 202
    kind, facts = await the_event(edge)
    assert kind == "quote_requested"
    assert facts["seniority"] == "vp"
    assert facts["persona"] == classify_title("VP of Engineering", DEFAULT)["persona"]


@pytest.mark.parametrize("path", ["/webhooks/demo_form", "/webhooks/Demo_Form"])
async def test_a_named_form_is_reached_by_its_name_with_its_own_token(edge, path):
    assert (await post(edge, f"{path}?token=token-2", email="ada@gmail.com")).status_code == 202
    assert (await the_event(edge))[0] == "demo_requested"


@pytest.mark.parametrize("path", ["/webhooks/demo_form?token=token-1", "/webhooks/form?token=token-2"])
async def test_a_token_of_one_form_opens_no_other(edge, path):
    problem(await post(edge, path, email="ada@gmail.com"), 401)


async def test_a_named_source_has_no_hyphen_in_its_address(edge):
    problem(await post(edge, "/webhooks/demo-form?token=token-2", email="ada@gmail.com"), 404)


async def test_each_plus_address_and_each_role_address_is_a_lead_of_its_own(edge):
    written = (
        "info@Example.com",
        "sales@example.com",
        "Ada+1@example.com",
        "ada@example.com",
        "ADA@example.com",
    )
    for number, email in enumerate(written):
        await post(edge, "/webhooks/form?token=token-1", email=email, message=str(number))
    known = ("info@example.com", "sales@example.com", "ada+1@example.com", "ada@example.com")
    assert len({await edge.lead_id(email) for email in known}) == 4
