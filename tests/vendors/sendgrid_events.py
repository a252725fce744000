"""SendGrid's event webhook: what it reports of the mails it took, signed with a key of its own."""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

KINDS = {"delivered", "open", "click", "bounce", "spamreport", "unsubscribe"}
CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/125.0 Safari/537.36"


class EventWebhook:
    """`public_key` is what SendGrid shows as the Verification Key."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        raw = self._key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        self.public_key = base64.b64encode(raw).decode()

    def post(self, events: Sequence[Mapping[str, Any]], at: datetime) -> tuple[bytes, dict[str, str]]:
        """The body and the headers of one batch."""
        body = json.dumps(list(events)).encode() + b"\r\n"
        stamp = str(int(at.timestamp()))
        signature = self._key.sign(stamp.encode() + body, ec.ECDSA(SHA256()))
        return body, {
            "content-type": "application/json",
            "x-twilio-email-event-webhook-timestamp": stamp,
            "x-twilio-email-event-webhook-signature": base64.b64encode(signature).decode(),
        }


def event_of(mail: Mapping[str, Any], kind: str, at: datetime, **more: Any) -> dict[str, Any]:
    """One event of a mail that was accepted; its custom arguments come back at top level."""
    assert kind in KINDS, kind
    (one,) = mail["personalizations"]
    told: dict[str, Any] = {
        "email": one["to"][0]["email"],
        "timestamp": int(at.timestamp()),
        "event": kind,
        "category": mail.get("categories", []),
        "sg_event_id": uuid.uuid4().hex,
        "sg_message_id": f"{uuid.uuid4().hex[:22]}.recvd-1",
        **one.get("custom_args", {}),
    }
    if kind in {"open", "click"}:
        told |= {"useragent": CHROME, "ip": "203.0.113.7"}
    if kind == "click":
        told["url"] = "https://www.example.com/guide"
    if kind == "bounce":
        told |= {"type": "bounce", "status": "5.1.1", "reason": "550 no such user"}
    return told | more
