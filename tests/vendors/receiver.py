"""Somebody's receiver of Standard Webhooks, as strict as the specification asks for."""

from __future__ import annotations

import base64
import hmac
import json
import re
import time
from hashlib import sha256
from typing import Any

from tests.vendors.server import Answer, Call, VendorServer

SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()
TOLERANCE_S = 300


class Receiver(VendorServer):
    """`accepted` are the bodies of signed requests, `deliveries` each by its id: repetitions are dropped."""

    def __init__(self, secret: str = SECRET) -> None:
        super().__init__()
        self.secret = secret
        self.deliveries: dict[str, dict[str, Any]] = {}

    def answer(self, call: Call) -> Answer:
        if call.method != "POST":
            return Answer(405)
        if not self._signed(call):
            return Answer(401)
        if call.headers.get("content-type", "").partition(";")[0] != "application/json":
            return Answer(415)
        body = json.loads(call.body)
        if problem := _problem(body):
            return Answer(400, {}, problem.encode())
        self.accepted.append(body)
        self.deliveries.setdefault(call.headers["webhook-id"], body)
        return Answer(204)

    def _signed(self, call: Call) -> bool:
        """The signature is over `id.timestamp.body`, with the key that the secret is the base64 of."""
        message, stamp = call.headers.get("webhook-id", ""), call.headers.get("webhook-timestamp", "")
        if not re.fullmatch(r"[A-Za-z0-9_:-]{1,255}", message) or not re.fullmatch(r"[0-9]{10}", stamp):
            return False
        if abs(time.time() - int(stamp)) > TOLERANCE_S:
            return False
        key = base64.b64decode(self.secret.removeprefix("whsec_"))
        signed = f"{message}.{stamp}.".encode() + call.body
        expected = f"v1,{base64.b64encode(hmac.new(key, signed, sha256).digest()).decode()}"
        return expected in call.headers.get("webhook-signature", "").split(" ")


def _problem(body: Any) -> str | None:
    """The specification suggests `type` (words with dots between), `timestamp` (ISO 8601) and `data`."""
    if not isinstance(body, dict) or set(body) != {"type", "timestamp", "data"}:
        return "expected type, timestamp and data"
    if not re.fullmatch(r"[A-Za-z0-9_]+(\.[A-Za-z0-9_]+)*", str(body["type"])):
        return "type is words with dots between"
    if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", str(body["timestamp"])):
        return "timestamp is an instant in ISO 8601"
    return None if isinstance(body["data"], dict) else "data is an object"
