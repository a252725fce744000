"""What each source is sent in real life: the bodies that fuzzing starts from."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl

from leadworkflows.sources.bodies import JSON, MULTIPART, URLENCODED
from leadworkflows.sources.samples import sample
from tests.sources.inbound import vectors

SOURCES = ("standard", "form", "hubspot", "typeform", "calendly", "sendgrid", "segment", "webflow", "tally")
_VECTORS = {"standard": "standard_webhooks", "form": None, "sendgrid": "sendgrid_events"}
_NO_LEADS = frozenset({
    "sw-official", "sw-svix-docs", "sw-multi-sig", "sw-truncated-sig", "seg-unit-test", "hs-v1-python-sdk",
    "hs-v2-get-docs", "hs-v2-post-docs", "hs-v2-python-sdk", "hs-v3-python-sdk", "hs-v3-ruby-sdk",
})  # fmt: skip
"""Vectors whose bodies are of no kind that a vendor sends: they are there to be signed."""
_CHANGE = {"eventId": 1, "portalId": 62515, "occurredAt": 1_768_469_400_000, "objectId": 123}
_CALL = {"messageId": "m-1", "timestamp": "2026-03-02T09:30:00Z", "userId": "u-1", "anonymousId": "a-81"}
_EVENT = {"type": "page_viewed", "identity": {"email": "ada@example.com"}, "facts": {"page": "pricing"}}
_FURTHER: dict[str, list[Any]] = {
    "standard": [
        {"events": [{**_EVENT, "id": "e-1"}, {**_EVENT, "identity": {"vendor_ids": {"crm": "7"}}}]},
        {"type": "demo_requested", "timestamp": "2026-03-02T09:30:00Z", "data": _EVENT},
    ],
    "form": [_EVENT, {"events": [_EVENT]}],
    "hubspot": [
        [
            {**_CHANGE, "subscriptionType": "contact.creation"},
            {**_CHANGE, "subscriptionType": "contact.propertyChange", "propertyName": "email",
             "propertyValue": "ada@example.com", "changeSource": "CRM"},
            {**_CHANGE, "subscriptionType": "contact.merge", "primaryObjectId": 123,
             "mergedObjectIds": [124, 125], "newObjectId": 126},
            {**_CHANGE, "subscriptionType": "object.restore", "objectTypeId": "0-1"},
        ],
        {"email": "ada@example.com", "portal_id": 62515, "hs_object_id": "123", "form": "demo",
         "recent_conversion_date": "1768469400000", "recent_conversion_event_name": "Book a demo"},
    ],
    "calendly": [
        {"event": "routing_form_submission.created", "created_at": "2026-03-02T09:30:00Z",
         "payload": {"uri": "https://calendly.example/r/1", "routing_form": "https://calendly.example/f/2",
                     "questions_and_answers": [{"question": "E-mail", "answer": "ada@example.com"}],
                     "tracking": {"utm_source": "linkedin"}}},
        *({"event": f"invitee{act}", "created_at": "2026-03-02T09:30:00Z",
           "payload": {"uri": "https://calendly.example/i/1", "email": "ada@example.com",
                       "cancellation": {"reason": "ill"}, "old_invitee": "x", "rescheduled": False,
                       "scheduled_event": {"name": "Demo", "start_time": "2026-03-03T09:30:00Z"}}}
          for act in (".canceled", "_no_show.created", "_no_show.deleted")),
    ],
    "segment": [
        {**_CALL, "type": "track", "event": "Demo Requested", "properties": {"email": "ada@example.com"}},
        {**_CALL, "type": "track", "event": "Whitepaper Downloaded", "properties": {"asset": "guide"}},
        {**_CALL, "type": "page", "properties": {"url": "https://example.com/pricing", "path": "/pricing"}},
        {**_CALL, "type": "group", "traits": {"name": "X", "employees": 51, "address": {"country": "DE"}}},
        {**_CALL, "type": "alias", "previousId": "a-80"},
    ],
}  # fmt: skip


def bodies(source: str) -> list[tuple[bytes, str]]:
    """Bodies with their content types: the sample, the vendor's own examples, and further kinds."""
    signed = vectors(_VECTORS.get(source, source) or "") if _VECTORS.get(source, source) else []
    found = [vector["raw_body"].encode() for vector in signed if vector["id"] not in _NO_LEADS]
    found += [json.dumps(body).encode() for body in _FURTHER.get(source, [])]
    if source == "form":
        return [*_form_kinds(), *((body, JSON) for body in found)]
    return [(body, JSON) for body in [sample(source), *found]]


def _form_kinds() -> list[tuple[bytes, str]]:
    """One form as a page can send it: urlencoded, multipart and JSON."""
    fields = dict(parse_qsl(sample("form").decode()))
    parts = [
        f'--frontier\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    ]
    multipart = f"{''.join(parts)}--frontier--\r\n".encode()
    return [
        (sample("form"), URLENCODED),
        (multipart, f"{MULTIPART}; boundary=frontier"),
        (json.dumps(fields).encode(), JSON),
    ]
