"""The whole application, API and pages, with one person in its store and a secret in every setting."""

from __future__ import annotations

import base64
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

import httpx
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from leadworkflows.api.keyring import new_key
from leadworkflows.settings import Settings
from leadworkflows.store import Store
from leadworkflows.store.api_keys import Scope
from tests.store.given import form
from tests.web.conftest import NOW, entry, snapshot

PERSON = {
    "first_name": "Augusta",
    "last_name": "Kingsbury-Noel",
    "title": "CFO",
    "company": "Difference Engines",
    "phone": "+49 30 98765432",
}
EMAIL = "augusta.kingsbury@example.com"
NOTE = "met her at the soiree"
MARKS = ("Augusta", "Kingsbury", "kingsbury", "Difference", "98765432", NOTE)
"""What none but who may read is ever answered."""


_OWN = ('INSERT INTO "api_keys"', 'INSERT INTO "secrets"')


def secret(name: str) -> str:
    """One that can be found again, wherever it comes out."""
    return f"planted-{name}-c4f1d2e9a7b35860"


def in_base64(name: str) -> str:
    return "whsec_" + base64.b64encode(secret(name).encode()).decode()


SECRETS = {
    "api_keys": [secret("key")],
    "dashboard_password": secret("password"),
    "sendgrid_api_key": secret("sendgrid"),
    "slack_bot_token": secret("slack"),
    "slack_signing_secret": secret("signing"),
    "hubspot_token": secret("hubspot"),
    "salesforce_instance_url": "https://planted.my.salesforce.example",
    "salesforce_client_id": secret("client"),
    "salesforce_client_secret": secret("salesforce"),
    "http_secrets": {"erp": in_base64("outgoing")},
    "sources": {
        "standard": {"secrets": [in_base64("standard")]},
        "form": {"secrets": [secret("form")]},
        "typeform": {"secrets": [secret("typeform")]},
    },
    "from_email": "sales@example.com",
}


def told(text: str) -> list[str]:
    """What of the person stands in it."""
    return [mark for mark in MARKS if mark in text]


def secrets_in(text: str) -> list[str]:
    """Which planted secrets stand in it, as they are or in base64."""
    encoded = [base64.b64encode(b"planted-")[:10].decode()]
    return [found for found in [*re.findall(r"planted-[a-z]+-c4f1", text), *encoded] if found in text]


@dataclass
class House:
    """The application and its store; `lead_id` is the person's, `link` the token in their mails."""

    app: FastAPI
    store: Store
    settings: Settings
    lead_id: str
    link: str
    commands: list[Any] = field(default_factory=list)

    def client(self, address: str = "192.0.2.1", key: str = "", basic: str = "") -> httpx.AsyncClient:
        """Somebody elsewhere, with a key in one of its two ways or with none."""
        headers = {"authorization": f"Bearer {key}"} if key else {}
        if basic:
            headers["authorization"] = f"Basic {base64.b64encode(f'x:{basic}'.encode()).decode()}"
        transport = httpx.ASGITransport(self.app, client=(address, 40_000))
        return httpx.AsyncClient(transport=transport, base_url="http://leads.example.com", headers=headers)

    async def key(self, *scopes: Scope) -> str:
        """A key with these scopes."""
        kept, given = new_key("tests", scopes, NOW)
        await self.store.api_keys.add(kept)
        return given

    def address(self, path: str, **other: str) -> str:
        """A route's path with what is really there."""
        given = {
            "lead_id": self.lead_id, "token": self.link, "number": "1", "name": "funnel", "source": "form",
            "digest": "0", "rep_id": "rep-7", "erasure_id": "e1", "command": "accept", **other,
        }  # fmt: skip
        return re.sub(r"\{(\w+)(?::\w+)?\}", lambda found: given[found[1]], path)

    def kept(self) -> str:
        """Every row of the store but the days on which keys were used, and what pages are signed with."""
        with closing(sqlite3.connect(self.settings.data_dir / "leads.db")) as database:
            lines = [line for line in database.iterdump() if not line.startswith(_OWN)]
        return "\n".join(lines)


def routes(app: FastAPI) -> Iterator[tuple[str, str]]:
    """Every method and path that the application answers."""
    for route in iter_route_contexts(app.routes):
        for method in sorted(set(route.methods or ()) - {"HEAD"}):
            yield method, str(route.path)


async def move_in(store: Store, classify: Any) -> str:
    """Put the person into a store; the lead's id."""
    submitted = form("evt-1", email=EMAIL, person=PERSON, facts={"form": "contact"})
    await store.inbox.accept("form", [submitted], NOW, classify=classify)
    lead_id = await store.leads.lead_id_of(EMAIL)
    assert lead_id is not None
    await store.timeline.record(lead_id, [entry(1, "form_submitted", "P5 +40")], snapshot(lead_id), 1)
    return lead_id
