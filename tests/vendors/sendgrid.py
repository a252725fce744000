"""SendGrid's v3 mail/send, as strict as its documents.

Rules: vectors/out_sendgrid_mail_send.json and the vendor's own limits.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterator
from typing import Any

from tests.vendors.sendgrid_rules import problems
from tests.vendors.server import Answer, Call, VendorServer

LARGEST = 30 * 1024 * 1024


class SendGridStandIn(VendorServer):
    """`accepted` holds the JSON of each mail that would have left."""

    def __init__(self, api_key: str = "SG.test") -> None:
        super().__init__()
        self.api_key = api_key

    def answer(self, call: Call) -> Answer:
        if call.path != "/v3/mail/send":
            return _errors(404, "not found", None)
        if call.method != "POST":
            return _errors(405, "method not allowed", None)
        if call.headers.get("authorization") != f"Bearer {self.api_key}":
            return _errors(401, "The provided authorization grant is invalid, expired, or revoked", None)
        if call.headers.get("content-type", "").split(";")[0].strip().lower() != "application/json":
            return _errors(415, "Content-Type should be application/json", None)
        if len(call.body) > LARGEST:
            return _errors(413, "payload too large", None)
        return self._judge(call.body)

    def keys(self) -> list[str]:
        """The message key of each mail that would have left."""
        return [
            one["custom_args"]["message_key"] for mail in self.accepted for one in mail["personalizations"]
        ]

    def _judge(self, body: bytes) -> Answer:
        try:
            mail = json.loads(body.decode("utf-8"))
        except UnicodeDecodeError:
            return _errors(415, "the body is not UTF-8", None)
        except ValueError:
            return _errors(400, "Bad Request", None)
        found = list(problems(mail, int(time.time())))
        if found:
            return _errors(400, *reversed(found[0]))
        if (mail.get("mail_settings") or {}).get("sandbox_mode", {}).get("enable"):
            return Answer(200)
        self.accepted.append(mail)
        return Answer(202, {"X-Message-Id": uuid.uuid4().hex[:22]})


def too_many(resets_at: int) -> Answer:
    """429 as SendGrid sends it; the window opens again at a Unix second."""
    headers = {
        "X-RateLimit-Limit": "600",
        "X-RateLimit-Remaining": "0",
        "X-RateLimit-Reset": str(resets_at),
    }
    body = {"errors": [{"field": None, "message": "too many requests"}]}
    return Answer(429, headers, json.dumps(body).encode())


def judge(mail: Any, now: int) -> Iterator[tuple[str, str]]:
    """Field and problem of everything wrong with a mail."""
    return problems(mail, now)


def _errors(status: int, message: str, field: str | None) -> Answer:
    body = {"errors": [{"message": message, "field": field, "help": None}]}
    return Answer(status, {"Content-Type": "application/json"}, json.dumps(body).encode())
