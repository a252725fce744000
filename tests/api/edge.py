"""The HTTP edge as a client sees it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import httpx
from fastapi import FastAPI

from leadworkflows.api.deps import CommandRefused, LeadObject
from leadworkflows.domain.events import LeadEvent
from leadworkflows.store import Store
from tests.sources.inbound import NOW, standard_headers, typeform_headers

KEY = "key-of-the-tests"
EVENT: dict[str, Any] = {
    "id": "evt-17",
    "type": "page_viewed",
    "occurred_at": "2026-03-02T09:30:00Z",
    "identity": {"email": "ada@example.com", "anonymous_id": "a-81"},
    "person": {"first_name": "Ada", "last_name": "Lovelace", "title": "CFO"},
    "facts": {"page": "pricing", "seconds": 40, "industry": "fintech"},
}


class Edge:
    """A client of the application, and what the application asked of its surroundings."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.woken = 0
        self.commands: list[tuple[str, LeadEvent]] = []
        self.refusal: str | None = None
        self.temporal = True
        self.now = NOW + timedelta(minutes=1)
        self.client: httpx.AsyncClient

    @asynccontextmanager
    async def open(self, app: FastAPI) -> AsyncIterator[None]:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://inside") as self.client:
            yield

    def come_from(self, address: str) -> None:
        """Be at another address from now on."""
        transport = self.client._transport
        assert isinstance(transport, httpx.ASGITransport)
        transport.client = (address, 40_000)

    def later(self, **by: float) -> None:
        """Let time pass, without waiting for it."""
        self.now += timedelta(**by)

    def wake(self) -> None:
        self.woken += 1

    async def temporal_ready(self) -> bool:
        return self.temporal

    async def command(self, lead_id: str, event: LeadEvent) -> LeadObject:
        """Stands where the lead's workflow does: its validator may refuse."""
        if self.refusal:
            raise CommandRefused(self.refusal)
        self.commands.append((lead_id, event))
        return {"lead_id": lead_id, "stage": "sal"}

    async def get(self, path: str, key: str | None = KEY) -> httpx.Response:
        return await self.client.get(path, headers=_bytewise(_bearer(key)))

    async def post(self, path: str, body: Any, key: str | None = KEY, **headers: str) -> httpx.Response:
        return await self.request("POST", path, body, key, **headers)

    async def request(
        self, method: str, path: str, body: Any, key: str | None = KEY, **headers: str
    ) -> httpx.Response:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        sent = {"content-type": "application/json", **_bearer(key), **headers}
        return await self.client.request(method, path, content=raw, headers=_bytewise(sent))

    async def events(self, *events: dict[str, Any]) -> httpx.Response:
        return await self.post("/api/v1/events", {"events": events} if len(events) != 1 else events[0])

    async def standard(self, body: Any, **headers: str) -> httpx.Response:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        return await self.post("/webhooks/standard", raw, None, **(standard_headers(raw) | headers))

    async def typeform(self, body: bytes) -> httpx.Response:
        return await self.post("/webhooks/typeform", body, None, **typeform_headers(body))

    async def form(self, fields: dict[str, str], query: str = "?token=token-1") -> httpx.Response:
        headers = {"content-type": "application/x-www-form-urlencoded"}
        return await self.client.post(f"/webhooks/form{query}", content=urlencode(fields), headers=headers)

    async def lead_id(self, email: str = "ada@example.com") -> str:
        found = await self.store.leads.lead_id_of(email)
        assert found is not None
        return found


def _bearer(key: str | None) -> dict[str, str]:
    return {"authorization": f"Bearer {key}"} if key else {}


def _bytewise(headers: dict[str, str]) -> dict[bytes, bytes]:
    """As they go over the wire: senders write what no client library would."""
    return {name.encode(): value.encode("latin-1") for name, value in headers.items()}


def problem(response: httpx.Response, status: int) -> dict[str, Any]:
    """The problem document of a response, whose shape is checked."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    document: dict[str, Any] = response.json()
    assert document["status"] == status
    assert document["type"].startswith("urn:leadworkflows:problem:")
    assert document["title"]
    assert document["detail"]
    return document


def fields(response: httpx.Response) -> set[str]:
    """The fields that a 422 names, each with its problem and the fix."""
    errors = problem(response, 422)["errors"]
    assert all(error["problem"] and error["fix"] for error in errors)
    return {error["field"] for error in errors}
