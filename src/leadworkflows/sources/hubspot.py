"""`hubspot`: CRM subscriptions of an app, and the webhooks of workflows."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from leadworkflows.sources.base import InboundEvent, InboundRequest
from leadworkflows.sources.bodies import JSON, read_json
from leadworkflows.sources.hubspot_changes import kind_of, read_changes
from leadworkflows.sources.hubspot_signatures import VERSIONS, v3_headers, verify
from leadworkflows.sources.hubspot_workflow import read_contact
from leadworkflows.sources.options import SourceOptions, WithOptions
from leadworkflows.sources.rejections import BodyUnreadable


class HubSpotSource(WithOptions):
    """An extra option `signatures` names the versions that are accepted: `v3` refuses the undated ones."""

    name = "hubspot"
    content_types = (JSON,)
    vendor_retries = True

    def __init__(self, options: SourceOptions | None = None) -> None:
        super().__init__(options)
        self._accepted = _versions(self._options)

    def verify(self, request: InboundRequest, secret: str, now: datetime) -> None:
        """Raise `SignatureRejected` unless the request was signed with the app's client secret."""
        verify(request, secret, now, self._accepted)

    def translate(self, request: InboundRequest) -> list[InboundEvent]:
        """The events of an array of changes, or the one of a workflow. Raises `PayloadRejected`."""
        body = read_json(request.body)
        if isinstance(body, list):
            return read_changes(body, self._options.fields)
        if not isinstance(body, dict):
            raise BodyUnreadable("the body is neither an array of changes nor a contact")
        if kind_of(body):
            return read_changes([body], self._options.fields)
        return read_contact(request, body, self._options)

    def sign(self, body: bytes, secret: str, now: datetime, url: str) -> dict[str, str]:
        """The headers with which HubSpot would post this body to this address."""
        signed = v3_headers(InboundRequest("POST", url, {}, body), secret, now)
        return {"content-type": JSON, **signed}


def _versions(options: SourceOptions) -> frozenset[str]:
    """What is set, or all three. A setting that names none of them accepts nothing."""
    stated: Any = (options.model_extra or {}).get("signatures") or ",".join(VERSIONS)
    return frozenset(word.strip().lower() for word in str(stated).split(",")) & frozenset(VERSIONS)
