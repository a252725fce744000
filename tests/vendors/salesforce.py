"""Salesforce's leads, as strict as its documents: client credentials, and upsert by an external id."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qs, unquote

from tests.vendors.server import Answer, Call, VendorServer

TOKEN = "/services/oauth2/token"
FIELDS = {"FirstName": 40, "LastName": 80, "Company": 255, "Title": 128, "Phone": 40, "Email": 80,
          "Status": 255, "OwnerId": 18, "Score__c": 18}  # fmt: skip
STATUSES = ("Open - Not Contacted", "Working - Contacted", "Closed - Not Converted")
"""Those that can be set: a converted one comes by a conversion alone."""


class SalesforceStandIn(VendorServer):
    """`leads` are the fields by external id, `accepted` each write that was taken, in order.

    `twice` are external ids that several leads have, `converted` those of converted leads, and
    `tokens` the tokens that are valid: `forget()` ends them, as a session's end does.
    """

    def __init__(
        self, external_id: str = "External_Lead_Id__c", owners: Iterable[str] = ("005D0000001ABCDIA4",)
    ) -> None:
        super().__init__()
        self.external_id, self.owners = external_id, set(owners)
        self.leads: dict[str, dict[str, str]] = {}
        self.twice: set[str] = set()
        self.converted: set[str] = set()
        self.tokens: list[str] = []
        self._valid: set[str] = set()

    def forget(self) -> None:
        """No token that was given is valid any more."""
        self._valid.clear()

    def answer(self, call: Call) -> Answer:
        if call.path == TOKEN:
            return self._token(call)
        if call.headers.get("authorization", "").removeprefix("Bearer ") not in self._valid:
            return _errors(401, "INVALID_SESSION_ID", "Session expired or invalid")
        one = re.fullmatch(r"/services/data/v\d+\.0/sobjects/Lead/([^/]+)/([^/]+)", call.path)
        if one is None:
            return _errors(404, "NOT_FOUND", "The requested resource does not exist")
        if call.method != "PATCH":
            return _errors(405, "METHOD_NOT_ALLOWED", f"HTTP Method '{call.method}' not allowed.")
        if one[1] != self.external_id:
            return _errors(404, "NOT_FOUND", "Provided external ID field does not exist or is not accessible")
        return self._upsert(call, unquote(one[2]))

    def _token(self, call: Call) -> Answer:
        form = {name: values[0] for name, values in parse_qs(call.body.decode()).items()}
        if call.method != "POST" or form.get("grant_type") != "client_credentials":
            return _json(
                400, {"error": "unsupported_grant_type", "error_description": "grant type not supported"}
            )
        if (form.get("client_id"), form.get("client_secret")) != ("app", "hush"):
            return _json(401, {"error": "invalid_client", "error_description": "invalid client credentials"})
        token = f"00D!{len(self.tokens)}"
        self.tokens.append(token)
        self._valid.add(token)
        return _json(200, {"access_token": token, "instance_url": self.url, "token_type": "Bearer"})

    def _upsert(self, call: Call, value: str) -> Answer:
        if call.headers.get("content-type", "").partition(";")[0] != "application/json":
            return _errors(415, "UNSUPPORTED_MEDIA_TYPE", "expected application/json")
        try:
            fields = json.loads(call.body)
        except ValueError:
            return _errors(400, "JSON_PARSER_ERROR", "The HTTP entity body is not JSON")
        if value in self.twice:
            records = [f"/services/data/v60.0/sobjects/Lead/00QD00000{n}" for n in (1, 2)]
            return Answer(300, {"Content-Type": "application/json"}, json.dumps(records).encode())
        if value in self.converted:
            return _errors(400, "CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead")
        return self._wrong(fields, new=value not in self.leads) or self._write(value, fields)

    def _write(self, value: str, fields: dict[str, str]) -> Answer:
        new = value not in self.leads
        self.leads.setdefault(value, {}).update(fields)
        self.accepted.append({"id": value, **fields})
        number = f"00QD0000{list(self.leads).index(value):07d}MA4"
        body = {"id": number, "errors": [], "success": True, "created": new}
        return _json(201 if new else 200, body)

    def _wrong(self, fields: Any, *, new: bool) -> Answer | None:
        if not isinstance(fields, dict) or not all(isinstance(each, str) for each in fields.values()):
            return _errors(400, "JSON_PARSER_ERROR", "an object of texts is expected")
        if self.external_id in fields:
            message = f"The {self.external_id} field should not be specified in the sobject data."
            return _errors(400, "INVALID_FIELD", message, self.external_id)
        if unknown := [name for name in fields if name not in FIELDS]:
            return _errors(400, "INVALID_FIELD", f"No such column '{unknown[0]}' on sobject of type Lead")
        if long := [name for name, value in fields.items() if len(value) > FIELDS[name]]:
            return _errors(400, "STRING_TOO_LONG", f"{long[0]}: data value too large", *long)
        emptied = [name for name in ("LastName", "Company") if not fields.get(name, "" if new else "kept")]
        if emptied:
            message = f"Required fields are missing: [{', '.join(emptied)}]"
            return _errors(400, "REQUIRED_FIELD_MISSING", message, *emptied)
        return self._wrong_values(fields)

    def _wrong_values(self, fields: dict[str, str]) -> Answer | None:
        if fields.get("Status", STATUSES[0]) not in STATUSES:
            message = "Lead Status: bad value for restricted picklist field"
            return _errors(400, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", message, "Status")
        owner = fields.get("OwnerId")
        if owner is not None and not re.fullmatch(r"[A-Za-z0-9]{15}([A-Za-z0-9]{3})?", owner):
            return _errors(400, "MALFORMED_ID", f"Owner ID: id value of incorrect type: {owner}", "OwnerId")
        if owner is not None and owner not in self.owners:
            return _errors(400, "INVALID_CROSS_REFERENCE_KEY", "Owner ID: owner cannot be blank", "OwnerId")
        if not re.fullmatch(r"[^@\s]+@[^@\s.]+\.[^@\s]+", fields.get("Email", "a@example.com")):
            return _errors(400, "INVALID_EMAIL_ADDRESS", "Email: invalid email address", "Email")
        return None


def refusal(status: int, code: str, message: str = "no reason", *fields: str) -> Answer:
    """An answer of Salesforce's to ask for by `fail`."""
    return _errors(status, code, message, *fields)


def _errors(status: int, code: str, message: str, *fields: str) -> Answer:
    error: dict[str, Any] = {"message": message, "errorCode": code}
    return _json(status, [{**error, "fields": list(fields)} if fields else error])


def _json(status: int, body: Any) -> Answer:
    return Answer(status, {"Content-Type": "application/json;charset=UTF-8"}, json.dumps(body).encode())
