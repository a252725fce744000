"""HubSpot's contacts, as strict as its documents: batch read by id, and the account behind a token."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from tests.vendors.server import Answer, Call, VendorServer

READ = "/crm/v3/objects/contacts/batch/read"
ACCOUNT = "/account-info/v3/details"
MOST = 100


class HubSpotStandIn(VendorServer):
    """`contacts` are the properties of each contact by its id; `accepted` the ids of each batch read.

    `merged` names the ids that were merged into a contact; `troubled` those that HubSpot cannot read now.
    """

    def __init__(
        self,
        contacts: Mapping[str, Mapping[str, str | None]] | None = None,
        token: str = "pat-test",
        portal: int = 62515,
        scopes: Iterable[str] = ("oauth", "crm.objects.contacts.read"),
    ) -> None:
        super().__init__()
        self.contacts = {contact: dict(properties) for contact, properties in (contacts or {}).items()}
        self.token, self.portal, self.scopes = token, portal, set(scopes)
        self.merged: dict[str, str] = {}
        self.troubled: set[str] = set()

    def answer(self, call: Call) -> Answer:
        path = call.path.partition("?")[0]
        if (call.method, path) not in {("POST", READ), ("GET", ACCOUNT)}:
            return _error(404, "OBJECT_NOT_FOUND", "resource not found")
        if call.headers.get("authorization") != f"Bearer {self.token}":
            return _error(401, "INVALID_AUTHENTICATION", "Authentication credentials not found.")
        scope = "oauth" if path == ACCOUNT else "crm.objects.contacts.read"
        if scope not in self.scopes:
            return _error(403, "MISSING_SCOPES", "This app hasn't been granted all required scopes")
        if path == ACCOUNT:
            return _json(
                200, {"portalId": self.portal, "accountType": "STANDARD", "uiDomain": "app.hubspot.com"}
            )
        return self._read(call)

    def _read(self, call: Call) -> Answer:
        if call.headers.get("content-type", "").partition(";")[0] != "application/json":
            return _error(415, "INVALID_CONTENT_TYPE", "expected application/json")
        try:
            body = json.loads(call.body)
        except ValueError:
            return _error(400, "VALIDATION_ERROR", "Invalid input JSON")
        if problem := _problem(body):
            return _error(400, "VALIDATION_ERROR", problem)
        asked = [each["id"] for each in body["inputs"]]
        self.accepted.append(asked)
        return self._results(asked, body.get("properties", []))

    def _results(self, asked: list[str], wanted: list[str]) -> Answer:
        present = {each: self.merged.get(each, each) for each in asked if each not in self.troubled}
        found = {name for name in present.values() if name in self.contacts}
        absent = [each for each, name in present.items() if name not in self.contacts]
        errors = []
        if absent:
            errors.append(_trouble("OBJECT_NOT_FOUND", "they may be deleted or not exist", absent))
        if troubled := [each for each in asked if each in self.troubled]:
            errors.append(_trouble("INTERNAL_ERROR", "try again", troubled))
        # HubSpot promises no order.
        results = [self._contact(name, wanted) for name in sorted(found, reverse=True)]
        body = {"status": "COMPLETE", "results": results, "startedAt": _AT, "completedAt": _AT}
        return (
            _json(207, {**body, "numErrors": len(errors), "errors": errors}) if errors else _json(200, body)
        )

    def _contact(self, name: str, wanted: list[str]) -> dict[str, Any]:
        """A property that is asked for and has no value is null; one that nobody asked for is left out."""
        stated = {**self.contacts[name]}
        if gone := [old for old, new in self.merged.items() if new == name]:
            stated["hs_merged_object_ids"] = ";".join(gone)
        always = {"hs_object_id": name, "createdate": _AT, "lastmodifieddate": _AT}
        properties = {**always, **{each: stated.get(each) for each in wanted}}
        return {"id": name, "properties": properties, "createdAt": _AT, "updatedAt": _AT, "archived": False}


_AT = "2026-01-15T09:30:00.000Z"


def _problem(body: Any) -> str | None:
    known = {"inputs", "properties", "propertiesWithHistory", "idProperty"}
    if not isinstance(body, dict) or set(body) - known:
        return "unknown fields"
    properties = body.get("properties", [])
    if not isinstance(properties, list) or not all(isinstance(each, str) for each in properties):
        return "properties is a list of names"
    return _wrong_inputs(body.get("inputs"))


def _wrong_inputs(inputs: Any) -> str | None:
    if not isinstance(inputs, list) or not 1 <= len(inputs) <= MOST:
        return f"inputs is required, with at most {MOST}"
    if not all(isinstance(each, dict) and set(each) == {"id"} for each in inputs):
        return "each input has an id and nothing else"
    ids = [each["id"] for each in inputs]
    if not all(isinstance(each, str) and each.isdigit() for each in ids):
        return "an id is a number, as a string"
    return "Duplicate IDs found in batch input" if len(set(ids)) != len(ids) else None


def _trouble(category: str, why: str, ids: list[str]) -> dict[str, Any]:
    message = f"Could not get some CONTACT objects, {why}"
    return {"status": "error", "category": category, "message": message, "context": {"ids": ids}}


def _error(status: int, category: str, message: str) -> Answer:
    return _json(
        status, {"status": "error", "category": category, "message": message, "correlationId": "c-1"}
    )


def _json(status: int, body: dict[str, Any]) -> Answer:
    return Answer(status, {"Content-Type": "application/json;charset=utf-8"}, json.dumps(body).encode())
