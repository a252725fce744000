"""Signed webhooks as a vendor would send them, each about a person of its own."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from leadworkflows.sources.standard import StandardSource

SECRET = "whsec_YmVuY2htYXJrcyBhcmUgc2lnbmVkIHRvbywgbGlrZSBhbGw="  # noqa: S105 - of a throw-away process


def signed_requests(count: int) -> list[bytes]:
    """Whole HTTP requests: a page view of somebody new, signed by Standard Webhooks."""
    return [_request(json.dumps(_event()).encode()) for _ in range(count)]


def demo_requests(count: int) -> list[bytes]:
    """The same for a demo request: the moment the product exists for."""
    asked = {"type": "demo_requested", "facts": {"industry": "fintech", "employees": 180, "country": "DE"}}
    return [_request(json.dumps({**_event(), **asked}).encode()) for _ in range(count)]


def _event() -> dict[str, Any]:
    return {
        "id": f"evt-{uuid4().hex}",
        "type": "page_viewed",
        "occurred_at": datetime.now(UTC).isoformat(),
        "identity": {"email": f"lead-{uuid4().hex[:12]}@example.com"},
        "person": {"first_name": "Ada", "title": "CFO", "company": "Example GmbH"},
        "facts": {"page": "pricing", "seconds": 40, "industry": "fintech"},
    }


def _request(body: bytes) -> bytes:
    headers = StandardSource().sign(body, SECRET, datetime.now(UTC), "")
    lines = [f"{name}: {value}" for name, value in headers.items()]
    head = ["POST /webhooks/standard HTTP/1.1", "host: localhost", f"content-length: {len(body)}", *lines]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body
