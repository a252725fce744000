"""A sample as the vendor would send it now: other ids and times where its format has them.

Without that, every post of a sample would be the same delivery.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from leadworkflows.sources.samples import sample


@dataclass(frozen=True)
class _Moment:
    """When a fresh sample is sent, and what makes it different from all others."""

    now: datetime
    token: str

    def id(self, _: str) -> str:
        return self.token

    def uri(self, before: str) -> str:
        return f"{before.rpartition('/')[0]}/{self.token}"

    def action(self, _: str) -> str:
        """The key of an action of ours, as SendGrid carries it."""
        return f"lead:{self.token}:nurture.finance.1:1"

    def iso(self, _: str) -> str:
        return _iso(self.now)

    def soon(self, _: str) -> str:
        return _iso(self.now + timedelta(days=2))

    def seconds(self, _: int) -> int:
        return int(self.now.timestamp())

    def milliseconds(self, _: int) -> int:
        return int(self.now.timestamp() * 1_000)


_Change = Callable[[_Moment, Any], Any]
_M = _Moment
# What a fresh delivery has anew, by its place in the body; `*` is each of a list.
_FRESH: dict[str, dict[str, _Change]] = {
    "standard": {"id": _M.id, "occurred_at": _M.iso},
    "typeform": {
        "event_id": _M.id, "form_response.token": _M.id,
        "form_response.landed_at": _M.iso, "form_response.submitted_at": _M.iso,
    },
    "hubspot": {"form-submissions.*.conversion-id": _M.id, "form-submissions.*.timestamp": _M.milliseconds},
    "calendly": {
        "created_at": _M.iso, "payload.uri": _M.uri, "payload.created_at": _M.iso,
        "payload.scheduled_event.start_time": _M.soon, "payload.scheduled_event.end_time": _M.soon,
    },
    "sendgrid": {
        "*.timestamp": _M.seconds, "*.sg_event_id": _M.id,
        "*.message_key": _M.action, "*.lead_id": _M.id,
    },
    "segment": {
        "messageId": _M.id, "timestamp": _M.iso, "originalTimestamp": _M.iso,
        "sentAt": _M.iso, "receivedAt": _M.iso,
    },
    "webflow": {"payload.id": _M.id, "payload.submittedAt": _M.iso},
    "tally": {
        "eventId": _M.id, "createdAt": _M.iso, "data.responseId": _M.id,
        "data.submissionId": _M.id, "data.createdAt": _M.iso,
    },
}  # fmt: skip


def fresh(name: str, now: datetime) -> bytes:
    """The sample as a delivery that was never made before. Raises `NoSample`.

    A plain form has neither id nor time: its sample stays as it is.
    """
    body, changes = sample(name), _FRESH.get(name)
    if not changes:
        return body
    parsed, moment = json.loads(body), _Moment(now, uuid4().hex)
    for path, change in changes.items():
        _renew(parsed, path.split("."), change, moment)
    return json.dumps(parsed, ensure_ascii=False).encode()


def _renew(part: Any, path: list[str], change: _Change, moment: _Moment) -> None:
    name, *rest = path
    if name == "*":
        for each in part:
            _renew(each, rest, change, moment)
    elif rest:
        _renew(part[name], rest, change, moment)
    else:
        part[name] = change(moment, part[name])


def _iso(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
