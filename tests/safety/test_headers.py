"""Every answer says of itself that it is data, in no frame, in no cache."""

from __future__ import annotations

import re

import httpx
import pytest

from leadworkflows.api.app import create_health_app
from leadworkflows.web.assets import asset_url
from tests.safety.house import House, routes, secret

SAID = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
STRICT = re.compile(r"default-src 'none'.*frame-ancestors 'none'")


def check(answer: httpx.Response, where: object) -> None:
    """An answer has all of them, once each."""
    for name, value in SAID.items():
        assert answer.headers.get_list(name) == [value], (where, name)
    (policy,) = answer.headers.get_list("content-security-policy")
    assert STRICT.search(policy), (where, policy)
    assert answer.headers["referrer-policy"] in ("no-referrer", "same-origin"), where
    kept = answer.headers["cache-control"]
    assert kept == "no-store" or "/static/" in str(where), (where, kept)


async def test_every_route_says_so_whoever_asks(house: House):
    for method, path in routes(house.app):
        ended = "" if "/live/" in path else secret("key")  # an open page's answer does not end
        for how in ({}, {"key": ended}, {"basic": ended}):
            async with house.client(**how) as client:
                answer = await client.request(method, house.address(path))
            check(answer, (method, path, answer.status_code))


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/no/such/page", 404),
        ("PATCH", "/api/v1/leads", 405),
        ("GET", "/webhooks/form", 405),
        ("OPTIONS", "/leads", 405),
        ("POST", "/webhooks/nobody", 404),
        ("HEAD", "/docs", 405),
    ],
)
async def test_so_does_what_is_nowhere(house: House, method: str, path: str, status: int):
    async with house.client() as client:
        answer = await client.request(method, path, headers={"accept": "text/html"})
    assert answer.status_code == status
    check(answer, path)


async def test_so_does_a_defect(house: House, monkeypatch: pytest.MonkeyPatch):
    async def broken(_request: object) -> None:
        raise ZeroDivisionError(secret("defect"))

    monkeypatch.setattr("leadworkflows.api.webhooks.receive", broken)
    async with house.client() as client:
        answer = await client.post("/webhooks/form")
    assert answer.status_code == 500
    assert "planted" not in answer.text
    check(answer, "defect")


async def test_so_does_a_process_that_is_only_watched(house: House):
    app = create_health_app(house.app.state.deps)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://worker") as client:
        for path in ("/healthz", "/readyz", "/metrics", "/elsewhere"):
            check(await client.get(path), path)


async def test_a_file_that_never_changes_is_kept_by_browsers(house: House):
    async with house.client() as client:
        answer = await client.get(asset_url("page.css"))
    assert (answer.status_code, "immutable" in answer.headers["cache-control"]) == (200, True)
    check(answer, "/static/")


async def test_the_reference_runs_what_others_wrote_where_it_belongs_to_nobody(house: House):
    """Its scripts come from another host: in a sandbox they cannot act for who is signed in."""
    async with house.client() as client:
        shown, document = await client.get("/docs"), await client.get("/openapi.json")
    policy = shown.headers["content-security-policy"]
    assert "sandbox allow-scripts;" in policy
    assert "allow-same-origin" not in policy
    hosts = set(re.findall(r'(?:src|href)="(https?://[^/"]+)', shown.text))
    assert hosts == set(re.findall(r"https://[\w.]+", policy))
    assert document.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in document.headers


async def test_nothing_else_may_be_read_by_another_site(house: House):
    for method, path in routes(house.app):
        async with house.client(key="" if "/live/" in path else secret("key")) as client:
            answer = await client.request(
                method, house.address(path), headers={"origin": "https://evil.example"}
            )
        assert path == "/openapi.json" or "access-control-allow-origin" not in answer.headers, path
