from __future__ import annotations

import re

import pytest

from leadworkflows.sources.shape import read_event, read_events


@pytest.fixture
async def document(edge):
    return (await edge.get("/openapi.json", key=None)).json()


async def test_the_documentation_is_served(edge):
    assert "swagger" in (await edge.get("/docs", key=None)).text


def test_every_reference_of_the_document_leads_somewhere(document):
    names = set(re.findall(r"#/components/schemas/(\w+)", str(document)))
    assert names
    assert names <= document["components"]["schemas"].keys()


@pytest.mark.parametrize(
    "path", ["/webhooks/{source}", "/api/v1/events", "/api/v1/leads/{lead_id}/commands", "/api/v1/leads"]
)
def test_every_error_is_documented_as_a_problem(document, path):
    for operation in document["paths"][path].values():
        errors = {status: answer for status, answer in operation["responses"].items() if status >= "400"}
        assert {"401", "422", "503"} <= errors.keys()
        for answer in errors.values():
            assert list(answer["content"]) == ["application/problem+json"]


def test_the_documented_examples_are_taken(document):
    body = document["paths"]["/api/v1/events"]["post"]["requestBody"]["content"]["application/json"]
    assert not read_event(body["examples"]["one"]["value"]).ignored
    assert len(read_events(body["examples"]["several"]["value"]["events"])) == 1


def test_a_key_is_documented_where_one_is_needed(document):
    assert document["paths"]["/api/v1/leads"]["get"]["security"]
    assert "security" not in document["paths"]["/webhooks/{source}"]["post"]


@pytest.mark.parametrize(
    "path", ["/webhooks/{source}", "/api/v1/events", "/api/v1/leads/{lead_id}/commands", "/api/v1/leads"]
)
def test_scopes_and_limits_are_documented(document, path):
    for operation in document["paths"][path].values():
        assert {"403", "429"} <= operation["responses"].keys()


def test_either_header_may_carry_the_key(document):
    for path in ("/api/v1/events", "/api/v1/leads"):
        for operation in document["paths"][path].values():
            assert [list(way) for way in operation["security"]] == [["HTTPBearer"], ["APIKeyHeader"]]
