"""HubSpot's contacts as they are written, as strict as its documents: read, update, batch upsert."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.vendors.server import Answer, Call, VendorServer

CONTACTS = "/crm/v3/objects/contacts"
UPSERT = f"{CONTACTS}/batch/upsert"
STAGES = ("subscriber", "lead", "marketingqualifiedlead", "salesqualifiedlead", "opportunity", "customer",
          "evangelist", "other")  # fmt: skip
STATUSES = ("NEW", "OPEN", "IN_PROGRESS", "OPEN_DEAL", "UNQUALIFIED", "ATTEMPTED_TO_CONTACT", "CONNECTED",
            "BAD_TIMING")  # fmt: skip
PLAIN = {"email", "firstname", "lastname", "jobtitle", "company", "phone", "country"}
MOST = 100
_AT = "2026-01-15T09:30:00.000Z"


class HubSpotCrmStandIn(VendorServer):
    """`contacts` are the properties by e-mail; `accepted` each write that was taken, in order.

    `stages` are the account's lifecycle stages in their order, `owners` those it has, and `custom`
    the properties it made itself.
    """

    def __init__(
        self,
        contacts: Mapping[str, Mapping[str, str]] | None = None,
        token: str = "pat-test",
        stages: Iterable[str] = STAGES,
        owners: Iterable[str] = ("5123",),
        custom: Iterable[str] = ("lead_score",),
        scopes: Iterable[str] = ("crm.objects.contacts.read", "crm.objects.contacts.write"),
    ) -> None:
        super().__init__()
        self.contacts = {email: {"email": email, **given} for email, given in (contacts or {}).items()}
        self.token, self.stages, self.owners = token, tuple(stages), set(owners)
        self.custom, self.scopes = set(custom), set(scopes)

    def answer(self, call: Call) -> Answer:
        url = urlsplit(call.path)
        if call.headers.get("authorization") != f"Bearer {self.token}":
            return _error(401, "INVALID_AUTHENTICATION", "Authentication credentials not found.")
        if f"crm.objects.contacts.{'read' if call.method == 'GET' else 'write'}" not in self.scopes:
            return _error(403, "MISSING_SCOPES", "This app hasn't been granted all required scopes")
        if (call.method, url.path) == ("POST", UPSERT):
            return self._upsert(call)
        one = re.fullmatch(rf"{CONTACTS}/([^/]+)", url.path)
        if one is None or call.method not in {"GET", "PATCH"}:
            return _error(404, "OBJECT_NOT_FOUND", "resource not found")
        return self._one(call, unquote(one[1]).lower(), parse_qs(url.query))

    def _one(self, call: Call, email: str, query: Mapping[str, list[str]]) -> Answer:
        if query.get("idProperty") != ["email"]:  # without it the id is a number
            return _error(404 if email.isdigit() else 400, "VALIDATION_ERROR", "contact id is no number")
        if call.method == "PATCH":
            return self._update(email, _body(call))
        if email not in self.contacts:
            return _error(404, "OBJECT_NOT_FOUND", "resource not found")
        asked = ",".join(query.get("properties", [])).split(",")
        return _json(200, self._shown(email, [name for name in asked if name]))

    def _update(self, email: str, body: Any) -> Answer:
        if isinstance(body, Answer):
            return body
        if problem := _shape(body, {"properties"}):
            return _error(400, "VALIDATION_ERROR", problem)
        if email not in self.contacts:
            return _error(404, "OBJECT_NOT_FOUND", "resource not found")
        if invalid := self._invalid(body["properties"]):
            return _error(400, "VALIDATION_ERROR", invalid)
        self._write(email, body["properties"])
        return _json(200, self._shown(email, body["properties"]))

    def _upsert(self, call: Call) -> Answer:
        body = _body(call)
        if isinstance(body, Answer):
            return body
        if problem := _wrong_batch(body):
            return _error(400, "VALIDATION_ERROR", problem)
        results, errors = [], []
        for given in body["inputs"]:
            email = given["id"].lower()
            if invalid := self._invalid({**given["properties"], "email": email}):
                errors.append({"status": "error", "category": "VALIDATION_ERROR", "message": invalid})
                continue
            new = email not in self.contacts
            self._write(email, given["properties"])
            results.append({**self._shown(email, given["properties"]), "new": new})
        answer = {"status": "COMPLETE", "results": results, "startedAt": _AT, "completedAt": _AT}
        if not errors:
            return _json(200, answer)
        return _json(207, {**answer, "numErrors": len(errors), "errors": errors})

    def _write(self, email: str, properties: Mapping[str, str]) -> None:
        kept = self.contacts.setdefault(email, {"email": email})
        changed = {name: value for name, value in properties.items() if name != "email"}
        if not self._moves(kept.get("lifecyclestage", ""), changed.get("lifecyclestage", "")):
            changed.pop("lifecyclestage", None)  # HubSpot says 200, and the contact stays where it is
        kept.update(changed)
        self.accepted.append({"email": email, **properties})

    def _moves(self, before: str, after: str) -> bool:
        return not before or not after or self.stages.index(after) >= self.stages.index(before)

    def _invalid(self, properties: Mapping[str, str]) -> str | None:
        problems = [
            {"isValid": False, "message": f"{value} is wrong", "error": error, "name": name}
            for name, value in properties.items()
            if (error := self._problem(name, value))
        ]
        return f"Property values were not valid: {json.dumps(problems)}" if problems else None

    def _problem(self, name: str, value: str) -> str | None:
        match name:
            case "email":
                return None if re.fullmatch(r"[^@\s]+@[^@\s.]+\.[^@\s]+", value) else "INVALID_EMAIL"
            case "lifecyclestage":
                return None if value in {"", *self.stages} else "INVALID_OPTION"
            case "hs_lead_status":
                return None if value in {"", *STATUSES} else "INVALID_OPTION"
            case "hubspot_owner_id":
                return None if value in {"", *self.owners} else "INVALID_OWNER_ID"
            case _:
                return None if name in PLAIN | self.custom else "PROPERTY_DOESNT_EXIST"

    def _shown(self, email: str, names: Iterable[str]) -> dict[str, Any]:
        number = str(1000 + list(self.contacts).index(email))
        stated = {name: self.contacts[email].get(name) or None for name in names}
        properties = {"hs_object_id": number, "createdate": _AT, "lastmodifieddate": _AT, **stated}
        return {"id": number, "properties": properties, "createdAt": _AT, "updatedAt": _AT, "archived": False}


def too_many(policy: str, **headers: str) -> Answer:
    """What HubSpot says beyond a limit: TEN_SECONDLY_ROLLING or DAILY."""
    body = {"status": "error", "message": "You have reached your limit.", "errorType": "RATE_LIMIT",
            "policyName": policy}  # fmt: skip
    return Answer(429, {"Content-Type": "application/json", **headers}, json.dumps(body).encode())


def _body(call: Call) -> Any:
    if call.headers.get("content-type", "").partition(";")[0] != "application/json":
        return _error(415, "INVALID_CONTENT_TYPE", "expected application/json")
    try:
        return json.loads(call.body)
    except ValueError:
        return _error(400, "VALIDATION_ERROR", "Invalid input JSON")


def _shape(given: Any, known: set[str]) -> str | None:
    if not isinstance(given, dict) or set(given) - known:
        return "unknown fields"
    properties = given.get("properties")
    if not isinstance(properties, dict) or not all(isinstance(each, str) for each in properties.values()):
        return "properties is required, with texts as values"
    return None


def _wrong_batch(body: Any) -> str | None:
    if not isinstance(body, dict) or set(body) != {"inputs"} or not isinstance(body["inputs"], list):
        return "inputs is required"
    inputs = body["inputs"]
    if not 1 <= len(inputs) <= MOST:
        return f"inputs has at most {MOST}"
    for given in inputs:
        if problem := _shape(given, {"id", "idProperty", "properties", "objectWriteTraceId"}):
            return problem
        if not isinstance(given.get("id"), str) or given.get("idProperty") != "email":
            return "each input has an id and its idProperty"
    ids = [given["id"].lower() for given in inputs]
    return "Duplicate IDs found in batch input" if len(set(ids)) != len(ids) else None


def _error(status: int, category: str, message: str) -> Answer:
    return _json(
        status, {"status": "error", "category": category, "message": message, "correlationId": "c-1"}
    )


def _json(status: int, body: dict[str, Any]) -> Answer:
    return Answer(status, {"Content-Type": "application/json;charset=utf-8"}, json.dumps(body).encode())
