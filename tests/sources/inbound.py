"""Requests as vendors send them, for the tests of the edge."""

from __future__ import annotations

import base64
import hmac
import json
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from leadworkflows.sources.base import InboundRequest

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
KEY = b"sixteen bytes or more of key"
SECRET = "whsec_" + base64.b64encode(KEY).decode()


def vectors(name: str) -> list[Any]:
    file = Path(__file__).parent / "vectors" / f"{name}.json"
    found: list[Any] = json.loads(file.read_text(encoding="utf-8"))["vectors"]
    return found


def inbound(
    body: Any = b"", headers: dict[str, str] | None = None, url: str = "/webhooks/x"
) -> InboundRequest:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    lower = {name.lower(): value for name, value in (headers or {}).items()}
    return InboundRequest("POST", f"https://leads.example.com{url}", lower, raw)


def of_vector(vector: Any) -> InboundRequest:
    return inbound(vector["raw_body"].encode(), vector["headers"])


def hmac64(key: bytes, data: bytes) -> str:
    return base64.b64encode(hmac.new(key, data, sha256).digest()).decode()


def standard_headers(body: bytes, message_id: str = "msg_1", at: datetime = NOW, prefix: str = "webhook"):
    stamp = str(int(at.timestamp()))
    signature = hmac64(KEY, f"{message_id}.{stamp}.".encode() + body)
    return {
        f"{prefix}-id": message_id,
        f"{prefix}-timestamp": stamp,
        f"{prefix}-signature": f"v1,{signature}",
    }


def typeform_headers(body: bytes, secret: str = "typeform-secret"):
    return {"typeform-signature": f"sha256={hmac64(secret.encode(), body)}"}
