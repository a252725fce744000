"""The demo's webhooks, made and signed as their senders make and sign them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from standardwebhooks.webhooks import Webhook

TYPEFORM_SECRET = "typeform-demo-secret"  # noqa: S105 - of a private instance that lives for seconds
STANDARD_SECRET = "whsec_" + base64.b64encode(b"leadworkflows-demo-signing-key!!").decode()


@dataclass(frozen=True)
class Delivery:
    """One signed request to `/webhooks/{source}`."""

    source: str
    headers: dict[str, str]
    body: bytes


def typeform(
    token: str, title: str, answers: dict[str, str], submitted_at: datetime, **hidden: str
) -> Delivery:
    """A Typeform response. `answers` maps a field's ref to what was answered."""
    fields = [{"id": f"f{n}", "ref": ref, "type": _kind(ref), "title": ref} for n, ref in enumerate(answers)]
    payload = {
        "event_id": f"evt-{token}",
        "event_type": "form_response",
        "form_response": {
            "form_id": "dEmO42",
            "token": token,
            "landed_at": _iso(submitted_at),
            "submitted_at": _iso(submitted_at),
            "hidden": hidden,
            "definition": {"id": "dEmO42", "title": title, "fields": fields},
            "answers": [_answer(field, answers[str(field["ref"])]) for field in fields],
        },
    }
    body = json.dumps(payload).encode()
    digest = hmac.new(TYPEFORM_SECRET.encode(), body, hashlib.sha256).digest()
    return Delivery("typeform", {"Typeform-Signature": f"sha256={base64.b64encode(digest).decode()}"}, body)


def standard(message_id: str, *events: dict[str, Any]) -> Delivery:
    """A Standard Webhook that carries events of our own shape."""
    body = json.dumps({"events": list(events)})
    now = datetime.now(UTC)
    headers = {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(STANDARD_SECRET).sign(message_id, now, body),
    }
    return Delivery("standard", headers, body.encode())


def event(event_id: str, kind: str, at: datetime, identity: dict[str, str], **rest: Any) -> dict[str, Any]:
    """One event as `POST /api/v1/events` and Standard Webhooks take it."""
    return {"id": event_id, "type": kind, "occurred_at": _iso(at), "identity": identity, **rest}


def _kind(ref: str) -> str:
    return {"email": "email", "phone": "phone_number"}.get(ref, "short_text")


def _answer(field: dict[str, Any], value: str) -> dict[str, Any]:
    kind = {"email": "email", "phone_number": "phone_number"}.get(field["type"], "text")
    return {
        "type": kind,
        kind: value,
        "field": {"id": field["id"], "ref": field["ref"], "type": field["type"]},
    }


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
